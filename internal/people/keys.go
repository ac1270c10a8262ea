package people

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// Keys is the folder with the personal key files, one for each person.
type Keys struct {
	folder string
	cost   func() Cost // of the next key that is sealed
	moving sync.Mutex  // files take each other's place one after the other
}

// NewKeys returns the folder, which need not exist yet.
func NewKeys(folder string) *Keys { return &Keys{folder: folder, cost: sync.OnceValue(calibrate)} }

var personID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// path refuses what is no person's ID: it becomes a file name.
func (k *Keys) path(id string) (string, error) {
	if !personID.MatchString(id) {
		return "", fault.Newf(fault.KeyFile, id, "not a person's ID")
	}
	return filepath.Join(k.folder, id+ownEnd), nil
}

// beside returns the path of another file of the person's.
func (k *Keys) beside(id, end string) (string, error) {
	own, err := k.path(id)
	return strings.TrimSuffix(own, ownEnd) + end, err
}

const (
	ownEnd     = ".key"
	nextEnd    = ".next"    // of a key that will replace another
	broughtEnd = ".brought" // of a key that was carried here while another one was there
)

// nextOf is how the name of a staged key's file ends. It names the key: of two that are being prepared, each finds its own.
func nextOf(key ed25519.PublicKey) string { return "." + statement.PersonID(key) + nextEnd }

// Unlock opens a person's key file. The faults are KeyFile for a file that is missing, damaged or somebody else's, and
// Passphrase for a wrong one. Where the key was being replaced when the power went, or a newer one was carried here, the file
// is taken whose key is the one that counts, and put in its place.
func (k *Keys) Unlock(p Person, origin, passphrase string) (*Signer, error) {
	k.moving.Lock()
	defer k.moving.Unlock()
	own, err := k.path(p.ID)
	if err != nil {
		return nil, err
	}
	var worst error
	for _, end := range []string{nextOf(p.Key), ownEnd, broughtEnd} {
		path := strings.TrimSuffix(own, ownEnd) + end
		signer, err := unlockFile(path, p, origin, passphrase)
		if err == nil {
			if path != own {
				_ = replace(path, own) // where that fails, the next time finds it again
			}
			return signer, nil
		}
		worst = telling(worst, err)
	}
	return nil, worst
}

// telling returns the failure that tells a person more: a wrong passphrase, then a file that does not fit, then none.
func telling(a, b error) error {
	if a == nil || errors.Is(a, os.ErrNotExist) || fault.Is(b, fault.Passphrase) {
		return b
	}
	return a
}

func unlockFile(path string, p Person, origin, passphrase string) (*Signer, error) {
	file, err := readBounded(path)
	if err != nil {
		return nil, fault.New(fault.KeyFile, p.Name, err)
	}
	id, key, err := unseal(file, passphrase)
	switch {
	case fault.Is(err, fault.Passphrase):
		return nil, fault.New(fault.Passphrase, p.Name, err)
	case err != nil:
		return nil, fault.New(fault.KeyFile, p.Name, err)
	case id != p.ID || !p.Key.Equal(key.Public()):
		clear(key)
		return nil, fault.Newf(fault.KeyFile, p.Name, "the key of another person, or one that was replaced")
	}
	return newSigner(p, origin, key), nil
}

// Save writes a key file whole or not at all, readable by this user alone, and never over another.
func (k *Keys) Save(id string, key ed25519.PrivateKey, passphrase string) error {
	return k.save(id, ownEnd, key, passphrase)
}

// Stage writes a key that may replace a person's, beside the one that still counts and beside others that may.
func (k *Keys) Stage(id string, key ed25519.PrivateKey, passphrase string) error {
	return k.save(id, nextOf(key.Public().(ed25519.PublicKey)), key, passphrase)
}

// Adopt puts a staged key in the place of the one before. Unlock does it where this was not reached.
func (k *Keys) Adopt(id string, key ed25519.PublicKey) error {
	k.moving.Lock()
	defer k.moving.Unlock()
	next, err := k.beside(id, nextOf(key))
	if err != nil {
		return err
	}
	own, err := k.path(id)
	if err != nil {
		return err
	}
	return replace(next, own)
}

// replace renames a file over the person's own. What else lies beside it fits no key that counts or could still come to
// count: the key before would have to sign it.
func replace(path, own string) error {
	if err := os.Rename(path, own); err != nil {
		return fault.New(fault.KeyFile, own, err)
	}
	if err := syncFolders(filepath.Dir(own)); err != nil {
		return disk.Fault(own, err)
	}
	stem := strings.TrimSuffix(own, ownEnd)
	others, err := filepath.Glob(stem + ".*" + nextEnd)
	for _, name := range append(others, stem+broughtEnd) {
		_ = os.Remove(name)
	}
	return err
}

// Unstage forgets a staged key.
func (k *Keys) Unstage(id string, key ed25519.PublicKey) { k.remove(id, nextOf(key)) }

func (k *Keys) save(id, end string, key ed25519.PrivateKey, passphrase string) error {
	path, err := k.beside(id, end)
	if err != nil {
		return err
	}
	file, err := seal(id, key.Seed(), passphrase, k.cost())
	if err != nil {
		return fault.New(fault.Internal, id, err)
	}
	return k.write(path, file)
}

// Remove takes back what Save wrote for a person who was not enrolled after all.
func (k *Keys) Remove(id string) { k.remove(id, ownEnd) }

func (k *Keys) remove(id, end string) {
	if path, err := k.beside(id, end); err == nil {
		_ = os.Remove(path) // where it stays, a key that nobody enrolled is of no use to anybody
	}
}

// Has says whether a person's key file is on this console.
func (k *Keys) Has(id string) bool {
	path, err := k.path(id)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// File returns a person's key file, to be carried to another console. It stays sealed with the passphrase.
func (k *Keys) File(id string) ([]byte, error) {
	path, err := k.path(id)
	if err != nil {
		return nil, err
	}
	file, err := readBounded(path)
	if err != nil {
		return nil, fault.New(fault.KeyFile, id, err)
	}
	return file, nil
}

// Import takes in a key file that was carried here, and says whose it is. It takes no other file's place: Unlock does that
// once the passphrase shows that it holds the key that counts. What is no key file is fault.KeyFile.
func (k *Keys) Import(file []byte) (id string, err error) {
	h, _, _, err := parseKeyFile(file)
	if err != nil {
		return "", fault.New(fault.KeyFile, h.Person, err)
	}
	k.moving.Lock()
	defer k.moving.Unlock()
	own, err := k.path(h.Person)
	if err != nil {
		return "", err
	}
	old, err := os.ReadFile(own)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return h.Person, k.write(own, file)
	case bytes.Equal(old, file):
		return h.Person, nil
	}
	brought := strings.TrimSuffix(own, ownEnd) + broughtEnd
	if err := os.Remove(brought); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", disk.Fault(brought, err)
	}
	return h.Person, k.write(brought, file)
}
