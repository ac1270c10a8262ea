package people

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"

	"countersign/internal/fault"
)

// Keys is the folder with the personal key files, one for each person.
type Keys struct {
	folder string
	cost   func() Cost // of the next key that is sealed
}

// NewKeys returns the folder, which need not exist yet.
func NewKeys(folder string) *Keys { return &Keys{folder: folder, cost: sync.OnceValue(calibrate)} }

var personID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// path refuses what is no person's ID: it becomes a file name.
func (k *Keys) path(id string) (string, error) {
	if !personID.MatchString(id) {
		return "", fault.Newf(fault.KeyFile, id, "not a person's ID")
	}
	return filepath.Join(k.folder, id+".key"), nil
}

// Unlock opens a person's key file. The faults are KeyFile for a file that is missing, damaged or somebody else's, and
// Passphrase for a wrong one. Where the key was being replaced when the power went, the new file is taken if its key is the
// one that counts.
func (k *Keys) Unlock(p Person, origin, passphrase string) (*Signer, error) {
	path, err := k.path(p.ID)
	if err != nil {
		return nil, err
	}
	signer, err := unlockFile(path, p, origin, passphrase)
	if err == nil {
		return signer, nil
	}
	next, nextErr := unlockFile(path+nextSuffix, p, origin, passphrase)
	if nextErr != nil {
		return nil, err
	}
	_ = os.Rename(path+nextSuffix, path) // where that fails, the next time finds it again
	return next, nil
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
		return nil, fault.Newf(fault.KeyFile, p.Name, "the key of another person, or one that was replaced")
	}
	return newSigner(p, origin, key), nil
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return nil, errors.New("not a key file")
	}
	return os.ReadFile(path)
}

// Save writes a key file whole or not at all, readable by this user alone, and never over another.
func (k *Keys) Save(id string, key ed25519.PrivateKey, passphrase string) error {
	return k.save(id, "", key, passphrase)
}

// nextSuffix is at the end of a key file that will replace another.
const nextSuffix = ".next"

// Stage writes the key that will replace a person's, beside the one that still counts.
func (k *Keys) Stage(id string, key ed25519.PrivateKey, passphrase string) error {
	k.Unstage(id) // of an attempt that came to nothing
	return k.save(id, nextSuffix, key, passphrase)
}

// Adopt puts the staged key in the place of the one before. Unlock does it where this was not reached.
func (k *Keys) Adopt(id string) error {
	path, err := k.path(id)
	if err != nil {
		return err
	}
	if err := os.Rename(path+nextSuffix, path); err != nil {
		return fault.New(fault.KeyFile, path, err)
	}
	return syncFolders(filepath.Dir(path))
}

// Unstage forgets a staged key.
func (k *Keys) Unstage(id string) {
	if path, err := k.path(id); err == nil {
		_ = os.Remove(path + nextSuffix)
	}
}

func (k *Keys) save(id, suffix string, key ed25519.PrivateKey, passphrase string) error {
	path, err := k.path(id)
	if err != nil {
		return err
	}
	path += suffix
	file, err := seal(id, key.Seed(), passphrase, k.cost())
	if err != nil {
		return fault.New(fault.Internal, id, err)
	}
	if err := os.MkdirAll(k.folder, 0o700); err != nil {
		return fault.New(fault.LogDenied, k.folder, err)
	}
	if err := writeNew(path, file); err != nil {
		kind := fault.LogDenied
		if errors.Is(err, syscall.ENOSPC) {
			kind = fault.LogFull
		}
		return fault.New(kind, path, err)
	}
	return nil
}

func writeNew(path string, content []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path) // half a key file is worse than none
		}
	}()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return syncFolders(filepath.Dir(path))
}

// syncFolders makes a new file's name and its folder's name durable. A person whom the log enrols and whose key a power cut
// took away could never sign in. Windows has no such call and needs none.
func syncFolders(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	for _, name := range []string{folder, filepath.Dir(folder)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes back what Save wrote for a person who was not enrolled after all.
func (k *Keys) Remove(id string) {
	if path, err := k.path(id); err == nil {
		_ = os.Remove(path) // where it stays, a key without a person is of no use to anybody
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

// Import takes in a key file that was carried here, and says whose it is. One that is there already stays as it is. What is
// no key file is fault.KeyFile.
func (k *Keys) Import(file []byte) (id string, err error) {
	h, _, _, err := parseKeyFile(file)
	if err != nil {
		return "", fault.New(fault.KeyFile, h.Person, err)
	}
	path, err := k.path(h.Person)
	if err != nil {
		return "", err
	}
	if k.Has(h.Person) {
		return h.Person, nil
	}
	if err := os.MkdirAll(k.folder, 0o700); err != nil {
		return "", fault.New(fault.LogDenied, k.folder, err)
	}
	if err := writeNew(path, file); err != nil {
		return "", fault.New(fault.LogDenied, path, err)
	}
	return h.Person, nil
}

// Exposed returns the files that other users of this computer may read, and the folder where they may look into it. Nothing
// is refused for that: a person must be able to sign in, and be told.
func (k *Keys) Exposed() []string {
	if runtime.GOOS == "windows" {
		return nil // its permissions are not these bits
	}
	var exposed []string
	names, _ := filepath.Glob(filepath.Join(k.folder, "*.key")) // the pattern is well formed
	for _, name := range append([]string{k.folder}, names...) {
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o077 != 0 {
			exposed = append(exposed, name)
		}
	}
	return exposed
}
