package preflight

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

// BallastSize is how many bytes a complete ballast holds. It is room for some ten thousand records, far more than
// what an emergency and the import of its journal need.
const BallastSize = 8 << 20

// ballastName is the ballast's file in the data folder.
const ballastName = "ballast"

// chunk is how much is written at a time, in bytes.
const chunk = 1 << 20

// Keep makes the ballast in folder, or completes it: a file that takes BallastSize bytes of the disk and can be given
// up when the disk is full. Its bytes are random, because some file systems store nothing for nought and little for a
// pattern. What is already there is not written again, so calling it at each start costs nothing. Folder must exist.
//
// The faults are LogFull when the room is not there, in which case nothing more is taken than before, and LogDenied.
// A file system that is slow to tell what it allocated (or never tells) is not believed and LogFull is returned; the
// ballast stays.
func Keep(folder string) error {
	path := filepath.Join(folder, ballastName)
	have, err := reserved(path)
	if err != nil {
		return disk.Fault(path, err)
	}
	if have >= BallastSize {
		return nil
	}
	if err := fill(path, have); err != nil {
		return disk.Fault(path, err)
	}
	if err := disk.SyncFolder(folder); err != nil {
		return disk.Fault(path, err)
	}
	if have, err = reserved(path); err != nil {
		return disk.Fault(path, err)
	}
	if have < BallastSize {
		return fault.Newf(fault.LogFull, path, "%d of %d bytes are really on the disk", have, int64(BallastSize))
	}
	return nil
}

// Release removes the ballast from folder and so gives its room back. A ballast that is not there is no error; the fault
// is LogDenied.
func Release(folder string) error {
	path := filepath.Join(folder, ballastName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return disk.Fault(path, err)
	}
	return nil
}

// Kept returns how many bytes of the disk the ballast in folder holds in reserve, 0 to BallastSize.
func Kept(folder string) (bytes int64) {
	bytes, err := reserved(filepath.Join(folder, ballastName))
	if err != nil {
		return 0
	}
	return min(bytes, BallastSize)
}

// reserved returns how much of the file at path is there and has blocks of its own; nought for a file that is not there.
func reserved(path string) (int64, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, errors.New("something else than a file is there")
	}
	if allocated(info) < info.Size() {
		return 0, nil // which part of it is hollow is not told: all of it is written again
	}
	return info.Size(), nil
}

// fill writes random bytes from the offset from up to BallastSize. What does not fit is taken back.
func fill(path string, from int64) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Truncate(from)) // a full disk must not be fuller for having tried
		}
		err = errors.Join(err, file.Close())
	}()
	if err := file.Truncate(from); err != nil {
		return err
	}
	block := make([]byte, chunk)
	for at := from; at < BallastSize; at += chunk {
		block = block[:min(chunk, BallastSize-at)]
		_, _ = rand.Read(block) // never fails: crypto/rand ends the program first
		if _, err := file.WriteAt(block, at); err != nil {
			return err
		}
	}
	return file.Sync()
}
