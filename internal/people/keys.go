package people

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"

	"countersign/internal/fault"
)

// Keys is the folder with the personal key files, one for each person.
type Keys struct {
	folder string
	cost   Cost
}

// NewKeys returns the folder, which need not exist yet.
func NewKeys(folder string) *Keys { return &Keys{folder: folder, cost: Floor} }

var personID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// path refuses what is no person's ID: it becomes a file name.
func (k *Keys) path(id string) (string, error) {
	if !personID.MatchString(id) {
		return "", fault.Newf(fault.KeyFile, id, "not a person's ID")
	}
	return filepath.Join(k.folder, id+".key"), nil
}

// Unlock opens a person's key file. The faults are KeyFile for a file that is missing, damaged or somebody else's, and
// Passphrase for a wrong one.
func (k *Keys) Unlock(p Person, origin, passphrase string) (*Signer, error) {
	path, err := k.path(p.ID)
	if err != nil {
		return nil, err
	}
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
		return nil, fault.Newf(fault.KeyFile, p.Name, "the key of another person")
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
	path, err := k.path(id)
	if err != nil {
		return err
	}
	file, err := seal(id, key.Seed(), passphrase, k.cost)
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
