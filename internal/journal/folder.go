package journal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/gofrs/flock"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

// The names in a journal's folder.
const (
	ending     = ".jnl"
	lockEnding = ".lock"
	// spares is how many empty journals are kept. One that is there needs no room on a full disk.
	spares = 2
)

// Claim returns a journal in folder for this process alone: an empty one that nobody holds, so that a full disk does not
// matter, or else a new one. The faults are LogFull and LogDenied.
func Claim(folder, boot string) (*File, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, disk.Fault(folder, err)
	}
	found := takeAny(folder)
	if found == nil {
		made, err := create(folder)
		if err != nil { // perhaps somebody was only looking whether the spare one is held
			made = takeAny(folder)
		}
		if made == nil {
			return nil, err
		}
		found = made
	}
	if err := found.begin(boot); err != nil {
		return nil, errors.Join(err, found.Close())
	}
	return found, nil
}

func takeAny(folder string) *File {
	for _, path := range Paths(folder) {
		if found := take(path); found != nil {
			return found
		}
	}
	return nil
}

// Paths returns the journals in a folder, in the order of their names. A folder that is not there has none.
func Paths(folder string) []string {
	paths, _ := filepath.Glob(filepath.Join(escape(folder), "*"+ending)) // the pattern is well formed
	slices.Sort(paths)
	return paths
}

// escape keeps a folder's name from being a pattern.
func escape(folder string) string {
	var b []rune
	for _, r := range folder {
		if runtime.GOOS != "windows" && (r == '*' || r == '?' || r == '[' || r == '\\') {
			b = append(b, '\\')
		}
		b = append(b, r)
	}
	return string(b)
}

// take claims an existing journal that nobody holds and that is empty, or returns nil.
func take(path string) *File {
	lock, free, err := try(path)
	if err != nil || !free {
		return nil
	}
	content, err := Read(path)
	if err == nil && len(content.Frames) == 0 && !content.strange {
		if file, err := openOwn(path, os.O_RDWR); err == nil {
			if info, err := file.Stat(); err == nil && info.Size() == Size && (content.Damaged == 0 || fill(file) == nil) {
				return &File{path: path, disk: file, sync: dataSync(file), lock: lock, next: 1}
			}
			_ = file.Close()
		}
	}
	_ = lock.Close()
	return nil
}

// create makes a new journal under a name of its own.
func create(folder string) (*File, error) {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the program first
	path := filepath.Join(folder, "emergency-"+hex.EncodeToString(id[:])+ending)
	lock, free, err := try(path)
	if err != nil || !free {
		return nil, disk.Fault(path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		if err = fill(file); err == nil {
			err = disk.SyncFolder(folder)
		}
		if err != nil {
			err = errors.Join(err, file.Close(), os.Remove(path)) // half a journal takes room and holds nothing
		}
	}
	if err != nil {
		return nil, errors.Join(disk.Fault(path, err), lock.Close(), os.Remove(path+lockEnding))
	}
	return &File{path: path, disk: file, sync: dataSync(file), lock: lock, next: 1}, nil
}

// Held says whether a living process has the journal.
func Held(path string) bool {
	lock, free, err := try(path)
	if free {
		_ = lock.Close() // nothing was written
	}
	return err == nil && !free
}

// try takes a journal's lock where no process has it. What lies in the lock's place and is no file is an error: opening it
// might make a file elsewhere, or wait for ever.
func try(path string) (lock *flock.Flock, free bool, err error) {
	if err := regular(path + lockEnding); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, false, err
	}
	lock = flock.New(path + lockEnding)
	if free, err = lock.TryLock(); err != nil || !free {
		_ = lock.Close() // it holds the file open even so
		return nil, false, err
	}
	return lock, true, nil
}

// Recycle empties a journal whose frames are elsewhere for good, so that it can be claimed again; where there are enough
// empty ones it is removed. Whether its frames may go is for the caller to know. A journal that a process holds is
// fault.LogBusy.
func Recycle(path string) error {
	lock, free, err := try(path)
	if err != nil || !free {
		return fault.New(fault.LogBusy, path, err)
	}
	defer lock.Close()
	if err := regular(path); err != nil {
		return disk.Fault(path, err)
	}
	empty := 0
	for _, other := range Paths(filepath.Dir(path)) {
		if content, err := Read(other); err == nil && other != path && len(content.Frames) == 0 && !content.strange && !Held(other) {
			empty++
		}
	}
	if empty >= spares { // Windows removes no file that is open
		return errors.Join(os.Remove(path), lock.Close(), os.Remove(path+lockEnding))
	}
	file, err := openOwn(path, os.O_RDWR)
	if err != nil {
		return disk.Fault(path, err)
	}
	return errors.Join(fill(file), file.Close())
}
