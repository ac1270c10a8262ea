package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

// ofDatabase are the endings of the files that make up one database, in the order in which they are moved. The main
// file is last: SQLite deletes a write-ahead log that has none, and the log holds the newest records. The rollback
// journal must not stay either, because SQLite would play it back into the next database.
var ofDatabase = [...]string{"-journal", "-shm", "-wal", ""}

// Quarantine puts a damaged database out of the way, so that two persons can begin a new log in folder. Nothing is
// deleted or changed: its files are renamed to "damaged-<UTC time>-<name>", all alike, so that SQLite's own tools still
// take them for one database. Moved has the new names within folder, the main file's first. Digest is the SHA-256 of the
// main file as it is, all noughts where there is none or a bad disk does not let it be read to its end.
//
// The faults are LogBusy when another process has the database, NotFound when there is nothing to move, LogDenied when
// the folder cannot be written or something else than a file has a name of the database's, and LogFull. After a fault
// everything has its old name.
func Quarantine(folder string, now time.Time) (moved []string, digest [32]byte, err error) {
	return quarantine(folder, now, os.Rename)
}

func quarantine(folder string, now time.Time, rename func(from, to string) error) (moved []string, digest [32]byte, err error) {
	lock := flock.New(filepath.Join(folder, lockName))
	held, err := lock.TryLock()
	if err != nil {
		return nil, digest, disk.Fault(folder, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if !held {
		return nil, digest, fault.New(fault.LogBusy, folder, nil)
	}
	names, err := databaseFiles(folder)
	if err != nil {
		return nil, digest, err
	}
	digest = digestOf(filepath.Join(folder, fileName))
	prefix, err := unusedPrefix(folder, now, names)
	if err != nil {
		return nil, digest, err
	}
	for i, name := range names {
		if err := rename(filepath.Join(folder, name), filepath.Join(folder, prefix+name)); err != nil {
			return nil, digest, disk.Fault(folder, errors.Join(err, restore(folder, prefix, names[:i], rename)))
		}
		moved = append([]string{prefix + name}, moved...)
	}
	if err := disk.SyncFolder(folder); err != nil {
		return nil, digest, disk.Fault(folder, errors.Join(err, restore(folder, prefix, names, rename)))
	}
	return moved, digest, nil
}

// restore gives files their old names back, the main file's first: without its log a database looks like an older one.
func restore(folder, prefix string, names []string, rename func(from, to string) error) error {
	var errs []error
	for i := len(names) - 1; i >= 0; i-- {
		errs = append(errs, rename(filepath.Join(folder, prefix+names[i]), filepath.Join(folder, names[i])))
	}
	return errors.Join(errs...)
}

// databaseFiles returns the names of the database's files that are there, in the order in which they are moved.
func databaseFiles(folder string) ([]string, error) {
	var names []string
	for _, ending := range ofDatabase {
		info, err := os.Lstat(filepath.Join(folder, fileName+ending))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, disk.Fault(folder, err)
		case !info.Mode().IsRegular():
			return nil, fault.Newf(fault.LogDenied, filepath.Join(folder, fileName+ending), "no file but %v", info.Mode().Type())
		}
		names = append(names, fileName+ending)
	}
	if len(names) == 0 {
		return nil, fault.New(fault.NotFound, folder, nil)
	}
	return names, nil
}

// mostPrefixes is how many databases may be damaged in one second.
const mostPrefixes = 100

// unusedPrefix returns what to put in front of the names. Renaming replaces what has the name already, so none of them
// may be there; the lock keeps other consoles from making one meanwhile.
func unusedPrefix(folder string, now time.Time, names []string) (string, error) {
	stamp := "damaged-" + now.UTC().Format("20060102T150405Z")
	for n := 1; n <= mostPrefixes; n++ {
		prefix := stamp + "-"
		if n > 1 {
			prefix = fmt.Sprintf("%s-%d-", stamp, n)
		}
		used, err := anyThere(folder, prefix, names)
		if err != nil {
			return "", disk.Fault(folder, err)
		}
		if !used {
			return prefix, nil
		}
	}
	return "", fault.Newf(fault.LogDenied, folder, "%d damaged databases have the time %s", mostPrefixes, stamp)
}

func anyThere(folder, prefix string, names []string) (bool, error) {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(folder, prefix+name)); !errors.Is(err, fs.ErrNotExist) {
			return true, err
		}
	}
	return false, nil
}

// digestOf returns the SHA-256 of the file as long as it is now, or noughts where it cannot be read. That a disk is bad
// must not keep people from beginning a new log.
func digestOf(path string) (digest [32]byte) {
	file, err := os.Open(path)
	if err != nil {
		return digest
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return digest
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, io.LimitReader(file, info.Size())); err != nil || n != info.Size() {
		return digest
	}
	return [32]byte(hash.Sum(nil))
}
