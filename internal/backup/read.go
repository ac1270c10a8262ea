package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"countersign/internal/fault"
	"countersign/internal/store"
)

// archive is a backup that is being read. What it says of itself is believed as far as the manifest lists it: nothing more
// is read of any file than the manifest says, and what is read must have the digest that it says.
type archive struct {
	entries  []*zip.File
	Manifest Manifest
}

// maxDirectory bounds what is read before it is known how many files there are, in bytes.
const maxDirectory = 4 << 20

// ageIntro begins a file that is sealed.
const ageIntro = "age-encryption.org/v1\n"

// frugal reads from where it is told, and no more than its budget in all.
type frugal struct {
	io.ReaderAt
	budget int64 // less than 0: spent; unlimited once free
	free   bool
}

func (f *frugal) ReadAt(b []byte, at int64) (int, error) {
	if !f.free {
		if f.budget -= int64(len(b)); f.budget < 0 {
			return 0, errors.New("its list of files is longer than a backup's")
		}
	}
	return f.ReaderAt.ReadAt(b, at)
}

// open reads what a backup lists. Everything that is not a whole backup is fault.Incoming.
func open(r io.ReaderAt, size int64) (*archive, error) {
	a, err := openZip(r, size)
	if err != nil {
		return nil, fault.New(fault.Incoming, manifestPath, err)
	}
	return a, nil
}

func openZip(r io.ReaderAt, size int64) (*archive, error) {
	thrifty := &frugal{ReaderAt: r, budget: maxDirectory}
	z, err := zip.NewReader(thrifty, size)
	if err != nil {
		return nil, err
	}
	thrifty.free = true
	n := len(z.File)
	if n < 2 || n > maxEntries || z.File[n-1].Name != manifestPath {
		return nil, fmt.Errorf("%d files, and no manifest behind them", n)
	}
	text, err := manifestOf(z.File[n-1])
	if err != nil {
		return nil, err
	}
	a := &archive{entries: z.File[:n-1]}
	if a.Manifest, err = ParseManifest(text); err != nil {
		return nil, err
	}
	return a, a.check()
}

func manifestOf(entry *zip.File) ([]byte, error) {
	from, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	text, err := io.ReadAll(io.LimitReader(from, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = errors.New("its manifest is too long")
	}
	return text, err
}

// check holds the list of files against the manifest: the same ones, in the same order, and none that a backup never holds.
func (a *archive) check() error {
	files, databases := a.Manifest.Files, 0
	if len(files) != len(a.entries) {
		return fmt.Errorf("%d files where its manifest lists %d", len(a.entries), len(files))
	}
	for i, entry := range a.entries {
		f := files[i]
		why := leftOut(f.Path)
		if strings.EqualFold(f.Path, store.FileName) {
			databases++
		}
		switch {
		case entry.Name != f.Path:
			return fmt.Errorf("%.80q stands where its manifest lists %s", entry.Name, f.Path)
		case why != "":
			return fmt.Errorf("%s has no place in a backup (%s)", f.Path, why)
		case strings.EqualFold(f.Path, store.FileName) && f.Path != store.FileName:
			return fmt.Errorf("%s is not how the database is called", f.Path)
		case !entry.Mode().IsRegular():
			return fmt.Errorf("%s is no file", f.Path)
		case entry.UncompressedSize64 != uint64(f.Size):
			return fmt.Errorf("%s has %d bytes where its manifest says %d", f.Path, entry.UncompressedSize64, f.Size)
		}
	}
	if databases != 1 {
		return errors.New("it holds no database")
	}
	return nil
}

// each calls visit with every file; visit reads it to its end. What it has read is held against the manifest behind it, so
// nothing may count before each has returned.
func (a *archive) each(ctx context.Context, visit func(f File, from io.Reader) error) error {
	for i, entry := range a.entries {
		if err := ctx.Err(); err != nil {
			return fault.New(fault.Cancelled, "", err)
		}
		if err := one(entry, a.Manifest.Files[i], visit); err != nil {
			return err
		}
	}
	return nil
}

func one(entry *zip.File, f File, visit func(File, io.Reader) error) (err error) {
	from, err := entry.Open()
	if err != nil {
		return fault.New(fault.Incoming, f.Path, err)
	}
	defer func() { _ = from.Close() }() // only read
	sum, n := sha256.New(), int64(0)
	limited := io.TeeReader(io.LimitReader(from, f.Size+1), counted{sum, &n})
	if err := visit(f, limited); err != nil {
		return incoming(f.Path, err)
	}
	if n != f.Size || [32]byte(sum.Sum(nil)) != f.SHA256 {
		return fault.Newf(fault.Incoming, f.Path, "it is not the file that the manifest lists")
	}
	return nil
}

// incoming gives what the archive's reader says its kind; what was said of a disk keeps its own.
func incoming(subject string, err error) error {
	var known *fault.Fault
	if errors.As(err, &known) {
		return err
	}
	return fault.New(fault.Incoming, subject, err)
}

// unsealed is the reader of a file that may be sealed for one of the identities.
func unsealed(r io.ReaderAt, size int64, identities Identities) (io.ReaderAt, int64, error) {
	intro := make([]byte, len(ageIntro))
	if _, err := r.ReadAt(intro, 0); err != nil || string(intro) != ageIntro {
		return r, size, nil
	}
	if len(identities) == 0 {
		return nil, 0, fault.Newf(fault.KeyFile, "identity", "the backup is sealed: name the file of the identity that opens it")
	}
	open, n, err := age.DecryptReaderAt(r, size, identities...)
	if err != nil {
		return nil, 0, fault.New(fault.KeyFile, "identity", err)
	}
	return open, n, nil
}

// Identities are those that may open a sealed backup.
type Identities []age.Identity

// ReadIdentities reads a file of identities as package age writes them.
func ReadIdentities(r io.Reader) (Identities, error) {
	all, err := age.ParseIdentities(io.LimitReader(r, maxManifest))
	if err != nil {
		return nil, fault.New(fault.KeyFile, "identity", err)
	}
	return all, nil
}
