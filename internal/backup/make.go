package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/store"
)

// Request is a backup that somebody asks for.
type Request struct {
	Folder    string    // the data folder
	DB        *store.DB // open in it
	To        string    // the folder in which the file is made
	Recipient string    // of package age, "age1…"; "" for a backup that is not sealed
	Program   string    // name and version
	Now       clock.Reading
	Free      func(folder string) (bytes int64, err error) // room on a disk
}

// Made is a backup that is complete: it was read back and is what was written.
type Made struct {
	Path     string
	Bytes    int64
	SHA256   [32]byte // of the file
	Manifest Manifest
	Sealed   bool
	Left     []Left
}

// Progress is told which stage a backup or a restore is in, and how far. Stages are keys, not text for people.
type Progress func(stage string, done, of int64)

// The stages.
const (
	Files    = "files"    // being written
	Database = "database" // being copied, or its records being followed
	Check    = "check"    // what was written is being read back
)

// ErrDiffers is the cause where a medium does not give back what was written to it.
var ErrDiffers = errors.New("what was read back is not what was written")

// CheckRecipient says why text is no recipient; "" is none, and fine.
func CheckRecipient(text string) error {
	_, err := recipient(text)
	return err
}

func recipient(text string) (age.Recipient, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	all, err := age.ParseRecipients(strings.NewReader(text))
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("%d recipients", len(all))
	}
	if err != nil {
		return nil, fault.New(fault.OutOfRange, "recipient", err)
	}
	return all[0], nil
}

// Make makes a backup. It has its name only when it is complete, durable and read back; until then its name ends in
// ".partial", and what is left of one that failed is removed. The faults are LogFull and LogDenied with the folder as
// subject, LogBroken for a log that does not verify, OutOfRange for a recipient that is none, Incoming with ErrDiffers for a
// medium that does not hold what it took, and Cancelled.
func Make(ctx context.Context, r Request, progress Progress) (made Made, err error) {
	to, err := recipient(r.Recipient)
	if err != nil {
		return made, err
	}
	root, err := os.OpenRoot(r.Folder)
	if err != nil {
		return made, disk.Fault(r.Folder, err)
	}
	defer root.Close()
	files, err := choose(ctx, root)
	if err != nil {
		return made, err
	}
	w := &writer{request: r, root: root, progress: progress, to: to, of: files.bytes}
	w.path = filepath.Join(r.To, Name(r.DB.Origin(), r.Now.Wall, to != nil))
	w.staged = w.path + partial + ".db"
	if to != nil { // nothing readable may lie on a medium that the sealed file is for
		w.staged = filepath.Join(r.Folder, filepath.Base(w.staged))
	}
	if err := w.room(ctx); err != nil {
		return made, err
	}
	if err := w.make(ctx, files); err != nil {
		return made, err
	}
	made = w.made
	made.Left = files.left
	return made, nil
}

// writer makes one backup.
type writer struct {
	request  Request
	root     *os.Root
	progress Progress
	to       age.Recipient
	path     string
	staged   string // the database's copy, until it is in the file
	done, of int64

	zip  *zip.Writer
	sum  hash.Hash
	size int64
	made Made
}

// margin is what a folder needs besides the files: names, the manifest, and what others write meanwhile.
const margin = 4 << 20

// room says whether everything fits, as if nothing could be packed.
func (w *writer) room(ctx context.Context) error {
	database, err := w.request.DB.Size(ctx)
	if err != nil {
		return err
	}
	w.of += database
	need := map[string]int64{filepath.Dir(w.staged): database + margin}
	need[filepath.Dir(w.path)] += w.of + margin
	for folder, bytes := range need {
		free, err := w.request.Free(folder)
		if err != nil {
			return err
		}
		if free < bytes {
			return fault.Newf(fault.LogFull, folder, "%d bytes are free where %d are needed", free, bytes)
		}
	}
	return nil
}

func (w *writer) make(ctx context.Context, files chosen) (err error) {
	if _, err := os.Lstat(w.path); !errors.Is(err, fs.ErrNotExist) {
		return fault.Newf(fault.LogDenied, w.path, "it is there already")
	}
	file, err := os.OpenFile(w.path+partial, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	defer func() {
		_ = file.Close() // closed already where all is well
		_ = os.Remove(w.staged)
		if err != nil {
			_ = os.Remove(w.path + partial) // where it stays, its name says what it is
		}
	}()
	if err := w.write(ctx, file, files); err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	if err := w.readBack(ctx); err != nil {
		return err
	}
	if err := errors.Join(os.Rename(w.path+partial, w.path), disk.SyncFolder(filepath.Dir(w.path))); err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	w.made.Path, w.made.Sealed = w.path, w.to != nil
	return nil
}

// write writes the whole file: journals, database, the rest, and what they are.
func (w *writer) write(ctx context.Context, file *os.File, files chosen) (err error) {
	w.sum = sha256.New()
	var out io.WriteCloser = counted{io.MultiWriter(file, w.sum), &w.size}
	if w.to != nil {
		if out, err = age.Encrypt(out, w.to); err != nil {
			return disk.Fault(filepath.Dir(w.path), err)
		}
	}
	w.zip = zip.NewWriter(out)
	if err := w.addAll(ctx, files.journals); err != nil {
		return err
	}
	if err := w.addDatabase(ctx); err != nil {
		return err
	}
	if err := w.addAll(ctx, files.others); err != nil {
		return err
	}
	m := &w.made.Manifest
	m.Program, m.Made, m.Clock = w.request.Program, w.request.Now.Wall.UTC().Truncate(time.Millisecond), string(w.request.Now.State)
	text, err := m.Text()
	if err != nil {
		return err
	}
	entry, err := w.zip.CreateHeader(&zip.FileHeader{Name: manifestPath, Method: zip.Deflate})
	if err == nil {
		_, err = entry.Write(text)
	}
	if err = errors.Join(err, w.zip.Close(), out.Close()); err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	w.made.Bytes, w.made.SHA256 = w.size, [32]byte(w.sum.Sum(nil))
	return nil
}

func (w *writer) addAll(ctx context.Context, names []string) error {
	for _, name := range names {
		file, err := w.root.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since: a journal that is in the log, for one
		}
		if err != nil {
			return disk.Fault(filepath.Join(w.request.Folder, name), err)
		}
		if err := errors.Join(w.add(ctx, name, file), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// addDatabase has SQLite copy the database, follows its records, and packs the copy.
func (w *writer) addDatabase(ctx context.Context) error {
	err := w.request.DB.Copy(ctx, w.staged, func(done, of int64) { w.progress(Database, done, of) })
	if err != nil {
		return err
	}
	m := &w.made.Manifest
	if m.Head, err = store.Inspect(ctx, w.staged, func(done, of int64) { w.progress(Database, done, of) }); err != nil {
		return err
	}
	file, err := os.Open(w.staged)
	if err != nil {
		return disk.Fault(w.staged, err)
	}
	if err := errors.Join(w.add(ctx, store.FileName, file), file.Close()); err != nil {
		return err
	}
	return os.Remove(w.staged)
}

// add packs one file.
func (w *writer) add(ctx context.Context, name string, from io.Reader) error {
	entry, err := w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	sum := sha256.New()
	n, err := pour(ctx, io.MultiWriter(entry, sum), from, func(n int64) {
		w.done += n
		w.progress(Files, min(w.done, w.of), w.of)
	})
	if err != nil {
		if fault.Is(err, fault.Cancelled) {
			return err
		}
		return disk.Fault(filepath.Dir(w.path), err)
	}
	w.made.Manifest.Files = append(w.made.Manifest.Files, File{name, n, [32]byte(sum.Sum(nil))})
	return nil
}

// readBack reads the whole file from its medium: it must be the bytes that were written, and, where it is not sealed, a
// backup in which everything is what its manifest says.
func (w *writer) readBack(ctx context.Context) error {
	file, err := os.Open(w.path + partial)
	if err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	defer file.Close()
	disk.Forget(file)
	sum := sha256.New()
	var done int64
	n, err := pour(ctx, sum, file, func(n int64) {
		done += n
		w.progress(Check, done, w.size)
	})
	if fault.Is(err, fault.Cancelled) {
		return err
	}
	if err != nil {
		return disk.Fault(filepath.Dir(w.path), err)
	}
	if n != w.size || [32]byte(sum.Sum(nil)) != w.made.SHA256 {
		return fault.New(fault.Incoming, w.path, ErrDiffers)
	}
	if w.to != nil {
		return nil
	}
	a, err := open(file, n)
	if err == nil {
		err = a.each(ctx, func(_ File, from io.Reader) error {
			_, err := pour(ctx, io.Discard, from, func(int64) {})
			return err
		})
	}
	return err
}

// Draft is the record of a backup.
func (m Made) Draft() audit.Draft {
	d := audit.Draft{Kind: KindMade}
	d.Body.Set("file", filepath.Base(m.Path))
	d.Body.SetInt("bytes", m.Bytes)
	d.Body.Set("sha256", fmt.Sprintf("%x", m.SHA256))
	d.Body.SetInt("size", m.Manifest.Head.Size)
	d.Body.Set("root", strict64.EncodeToString(m.Manifest.Head.Root[:]))
	if m.Sealed {
		d.Body.Set("sealed", "age")
	}
	return d
}

// counted counts what is written.
type counted struct {
	io.Writer
	n *int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	*c.n += int64(n)
	return n, err
}

func (c counted) Close() error { return nil }

// chunk is how much is copied between two looks at the context.
const chunk = 1 << 20

// pour copies until the end, or until ctx ends.
func pour(ctx context.Context, to io.Writer, from io.Reader, progress func(n int64)) (total int64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return total, fault.New(fault.Cancelled, "", err)
		}
		n, err := io.CopyN(to, from, chunk)
		total += n
		progress(n)
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
