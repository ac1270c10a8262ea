package people

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"countersign/internal/disk"
)

// readBounded reads a key file.
func readBounded(path string) ([]byte, error) { return readAtMost(path, maxKeyFile) }

// readAtMost reads a file that is no longer than most bytes. A file that grew since is not read any further than one byte more.
func readAtMost(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("not a file of at most %d bytes", most)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	return content, errors.Join(err, f.Close())
}

// replaceFile makes a file durable in the place of the one before it, whole or not at all. The faults are LogDenied and LogFull.
func replaceFile(path string, content []byte) error {
	next := path + ".new"
	_ = os.Remove(next) // of a power cut in the middle of this; where it stays, the next line fails
	if err := writeNew(next, content); err != nil {
		return disk.Fault(path, err)
	}
	if err := os.Rename(next, path); err != nil {
		_ = os.Remove(next)
		return disk.Fault(path, err)
	}
	if err := syncFolders(filepath.Dir(path)); err != nil {
		return disk.Fault(path, err)
	}
	return nil
}

// write makes a new file durable in the folder of the keys.
func (k *Keys) write(path string, content []byte) error {
	if err := os.MkdirAll(k.folder, 0o700); err != nil {
		return disk.Fault(k.folder, err)
	}
	if err := writeNew(path, content); err != nil {
		return disk.Fault(path, err)
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
	for _, name := range []string{folder, filepath.Dir(folder)} {
		if err := disk.SyncFolder(name); err != nil {
			return err
		}
	}
	return nil
}

// Exposed returns the key files that other users of this computer may use, and the folder where they may. That is a file
// that its mode opens to others, that belongs to another user, or that is a link to somewhere else. Nothing is refused for
// that: a person must be able to sign in, and be told.
func (k *Keys) Exposed() []string {
	if runtime.GOOS == "windows" {
		return nil // its permissions are not these bits
	}
	var exposed []string
	names, _ := filepath.Glob(filepath.Join(k.folder, "*")) // the pattern is well formed
	for _, name := range append([]string{k.folder}, names...) {
		info, err := os.Lstat(name)
		if err == nil && (info.Mode().Perm()&0o077 != 0 || info.Mode()&os.ModeSymlink != 0 || !ownedByUs(info)) {
			exposed = append(exposed, name)
		}
	}
	return exposed
}
