package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/store"
)

// Restore is what somebody asks for who wants a console back.
type Restore struct {
	File       string     // the backup
	Identities Identities // that may open a sealed one
	Folder     string     // the data folder that it shall become
	SetAside   bool       // what is in that folder may be moved beside it, under another name
	Now        time.Time
	Free       func(folder string) (bytes int64, err error)
}

// Back is a console that was put back.
type Back struct {
	Manifest Manifest
	SHA256   [32]byte // of the backup's file
	Aside    string   // where the folder that was there is now; "" where none was
}

const (
	restoring = ".restoring" // ends the name of a folder that is being filled
	asideName = ".set-aside-"
	anchor    = "last-checkpoint.note"
)

// Run puts a console back. Everything is written beside the folder and checked there, first each file against the manifest,
// then the log's records against its head, and only then the folder gets its name. Nothing is deleted and nothing written
// over: a folder that is not empty is WrongState, or with SetAside gets another name. A console that runs in it is LogBusy.
// The faults of a backup that is none, or not whole, are Incoming and LogBroken; KeyFile is for a sealed one that cannot be
// opened; those of the disk are LogFull and LogDenied.
//
// Between the two renamings of SetAside there is a moment in which a power cut leaves no folder under the name. Both are
// beside it then, whole.
func (r Restore) Run(ctx context.Context, progress Progress) (back Back, err error) {
	file, err := os.Open(r.File)
	if err != nil {
		return back, disk.Fault(r.File, err)
	}
	defer file.Close()
	a, err := r.read(ctx, file, &back, progress)
	if err != nil {
		return back, err
	}
	if r.Folder, err = filepath.Abs(r.Folder); err != nil {
		return back, fault.New(fault.LogDenied, r.Folder, err)
	}
	there, err := r.there()
	if err != nil {
		return back, err
	}
	if there && !r.SetAside {
		return back, fault.Newf(fault.WrongState, r.Folder, "the folder is not empty")
	}
	staged, err := r.stage(ctx, a, back.SHA256, progress)
	if staged != "" {
		defer func() {
			if err != nil {
				_ = os.RemoveAll(staged) // where it stays, its name says what it is
			}
		}()
	}
	if err != nil {
		return back, err
	}
	back.Aside, err = r.place(staged, there)
	return back, err
}

// read opens the backup and takes its digest.
func (r Restore) read(ctx context.Context, file *os.File, back *Back, progress Progress) (*archive, error) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, fault.New(fault.Incoming, r.File, err)
	}
	sum, done := sha256.New(), int64(0)
	_, err = pour(ctx, sum, file, func(n int64) {
		done += n
		progress(Check, done, info.Size())
	})
	if err != nil {
		return nil, incoming(r.File, err)
	}
	back.SHA256 = [32]byte(sum.Sum(nil))
	plain, size, err := unsealed(file, info.Size(), r.Identities)
	if err != nil {
		return nil, err
	}
	a, err := open(plain, size)
	if err == nil {
		back.Manifest = a.Manifest
	}
	return a, err
}

// there says whether something is in the folder.
func (r Restore) there() (bool, error) {
	entries, err := os.ReadDir(r.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, disk.Fault(r.Folder, err)
	}
	return len(entries) > 0, nil
}

// stage writes everything into a new folder beside the one that it shall become, and checks it there.
func (r Restore) stage(ctx context.Context, a *archive, digest [32]byte, progress Progress) (staged string, err error) {
	parent := filepath.Dir(r.Folder)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", disk.Fault(parent, err)
	}
	free, err := r.Free(parent)
	if err != nil {
		return "", err
	}
	if need := a.Manifest.Total() + margin; free < need {
		return "", fault.Newf(fault.LogFull, parent, "%d bytes are free where %d are needed", free, need)
	}
	if staged, err = os.MkdirTemp(parent, filepath.Base(r.Folder)+"-*"+restoring); err != nil {
		return "", disk.Fault(parent, err)
	}
	root, err := os.OpenRoot(staged)
	if err != nil {
		return staged, disk.Fault(staged, err)
	}
	defer root.Close()
	if err := fillFrom(ctx, a, root, progress); err != nil {
		return staged, err
	}
	head, err := store.Inspect(ctx, filepath.Join(staged, store.FileName), func(done, of int64) { progress(Database, done, of) })
	if err != nil {
		return staged, err
	}
	if head != a.Manifest.Head {
		return staged, fault.Newf(fault.Incoming, store.FileName, "its log has %d records where the manifest says %d", head.Size, a.Manifest.Head.Size)
	}
	m := a.Manifest
	marker := Marker{Backup: digest, Made: m.Made, Clock: m.Clock, Head: m.Head, Restored: r.Now.Truncate(time.Millisecond)}
	if err := writeNew(root, markerName, marker.text()); err != nil {
		return staged, err
	}
	return staged, syncAll(staged)
}

// fillFrom writes the files of a backup into a folder that nothing leads out of.
func fillFrom(ctx context.Context, a *archive, root *os.Root, progress Progress) error {
	var done int64
	of := a.Manifest.Total()
	return a.each(ctx, func(f File, from io.Reader) error {
		if folder := path.Dir(f.Path); folder != "." {
			if err := root.MkdirAll(folder, 0o700); err != nil {
				return disk.Fault(f.Path, err)
			}
		}
		file, err := root.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return disk.Fault(f.Path, err)
		}
		_, err = pour(ctx, onDisk{file}, from, func(n int64) {
			done += n
			progress(Files, done, of)
		})
		if synced := errors.Join(file.Sync(), file.Close()); err == nil && synced != nil {
			err = disk.Fault(f.Path, synced)
		}
		return err
	})
}

// onDisk tells what a disk says from what a reader says.
type onDisk struct{ *os.File }

func (d onDisk) Write(b []byte) (int, error) {
	n, err := d.File.Write(b)
	if err != nil {
		err = disk.Fault(d.Name(), err)
	}
	return n, err
}

// ReadFrom would pass Write by.
func (d onDisk) ReadFrom(r io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{d}, r) }

func writeNew(root *os.Root, name string, content []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return disk.Fault(name, err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return disk.Fault(name, err)
	}
	return nil
}

// syncAll makes the names in a folder and in those below it durable.
func syncAll(folder string) error {
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = disk.SyncFolder(name)
		}
		return err
	})
	if err != nil {
		return disk.Fault(folder, err)
	}
	return nil
}

// place gives the new folder its name.
func (r Restore) place(staged string, there bool) (aside string, err error) {
	parent := filepath.Dir(r.Folder)
	if there {
		if aside, err = r.setAside(staged); err != nil {
			return "", err
		}
	} else if err := os.Remove(r.Folder); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is empty
		return "", disk.Fault(r.Folder, err)
	}
	if err := os.Rename(staged, r.Folder); err != nil {
		if there {
			err = errors.Join(err, os.Rename(aside, r.Folder))
		}
		return "", disk.Fault(r.Folder, err)
	}
	if err := disk.SyncFolder(parent); err != nil {
		return aside, disk.Fault(parent, err)
	}
	return aside, nil
}

// setAside gives the folder that is there another name. What it knows of how long the log was stays a witness beside the log
// that is put back.
func (r Restore) setAside(staged string) (aside string, err error) {
	release, err := store.Lock(r.Folder)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, release()) }()
	witness, err := os.ReadFile(filepath.Join(r.Folder, anchor))
	if err == nil && len(witness) <= maxManifest {
		root, err := os.OpenRoot(staged)
		if err != nil {
			return "", disk.Fault(staged, err)
		}
		defer root.Close()
		if err := errors.Join(writeNew(root, anchor, witness), disk.SyncFolder(staged)); err != nil {
			return "", err
		}
	}
	aside = r.Folder + asideName + r.Now.UTC().Format("20060102-150405")
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		return "", fault.New(fault.LogDenied, aside, fmt.Errorf("it is there already: %w", err))
	}
	if err := release(); err != nil { // Windows renames no folder in which a file is open
		return "", disk.Fault(r.Folder, err)
	}
	if err := os.Rename(r.Folder, aside); err != nil {
		return "", disk.Fault(r.Folder, err)
	}
	return aside, nil
}
