package bundle

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"filippo.io/age"

	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/preflight"
)

// The endings of a bundle's name.
const (
	ending     = ".zip"
	encrypted  = ".age"
	unfinished = ".partial"
)

// medium is the file that a bundle is written to. It has its name only at the end.
type medium struct {
	folder, path string // the name that it will have
	file         file
	out          *bufio.Writer
	age          io.WriteCloser // nil for a bundle that is not encrypted
	to           io.Writer      // where the zip goes
	sum          hash.Hash      // of what is on the medium
	size         int64
	closed       bool
	settle       func(folder string) error // makes its names durable
}

// file is what of an os.File is needed. Tests have one that fails.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// recipient reads the key of whom a bundle is encrypted to; "" is nobody.
func recipient(text string) (*age.X25519Recipient, error) {
	if text == "" {
		return nil, nil
	}
	r, err := age.ParseX25519Recipient(text)
	if err != nil {
		return nil, fault.New(fault.Recipient, text, err)
	}
	return r, nil
}

// createMedium begins the file under a name that is not taken.
func createMedium(folder, name string, to *age.X25519Recipient, create func(string) (file, error)) (*medium, error) {
	last := ending
	if to != nil {
		last += encrypted
	}
	m := &medium{folder: folder, sum: sha256.New(), settle: disk.SyncFolder}
	for n := 1; m.file == nil; n++ {
		m.path = filepath.Join(folder, name+last)
		if n > 1 {
			m.path = filepath.Join(folder, fmt.Sprintf("%s-%d%s", name, n, last))
		}
		if _, err := os.Lstat(m.path); err == nil {
			continue
		}
		f, err := create(m.path + unfinished)
		switch {
		case errors.Is(err, fs.ErrExist) && n < 1000:
			continue // of an export that was cut short
		case err != nil:
			return nil, mediumFault(folder, err)
		}
		m.file = f
	}
	m.out = bufio.NewWriterSize(io.MultiWriter(counter{m.file, &m.size}, m.sum), 256<<10)
	m.to = m.out
	if to != nil {
		var err error
		if m.age, err = age.Encrypt(m.out, to); err != nil {
			m.discard()
			return nil, mediumFault(folder, err)
		}
		m.to = m.age
	}
	return m, nil
}

// finish brings everything to the medium and closes the file.
func (m *medium) finish() error {
	var err error
	if m.age != nil {
		err = m.age.Close()
	}
	if err == nil {
		err = m.out.Flush()
	}
	if err == nil {
		err = m.file.Sync()
	}
	m.closed = true
	if closed := m.file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return mediumFault(m.folder, err)
	}
	return nil
}

// discard removes what is not whole; where the medium is gone it stays there as .partial.
func (m *medium) discard() {
	if !m.closed {
		_ = m.file.Close()
	}
	m.closed = true
	_ = os.Remove(m.path + unfinished)
}

// reread reads the file again, and holds it against what was written. Forget has seen to it, where that can be done, that it comes
// from the medium and not from memory. The file is open when it returns.
func (m *medium) reread(ctx context.Context, tick func(done int64)) (*os.File, error) {
	f, err := os.Open(m.path + unfinished)
	if err != nil {
		return nil, mediumFault(m.folder, err)
	}
	disk.Forget(f)
	sum := sha256.New()
	var n int64
	_, err = io.CopyBuffer(ticking{counter{sum, &n}, &n, tick}, until{ctx, f}, make([]byte, 256<<10))
	switch {
	case ctx.Err() != nil:
		err = fault.New(fault.Cancelled, "", ctx.Err())
	case err != nil:
		err = mediumFault(m.folder, err)
	case n != m.size || [32]byte(sum.Sum(nil)) != [32]byte(m.sum.Sum(nil)):
		err = fault.Newf(fault.MediumBad, m.folder, "%d bytes were written, and %d other ones read", m.size, n)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// ticking tells how much went through.
type ticking struct {
	w    io.Writer
	n    *int64
	tick func(int64)
}

// Write implements io.Writer.
func (t ticking) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.tick(*t.n)
	return n, err
}

// name gives the file its name, for good.
func (m *medium) name() error {
	if _, err := os.Lstat(m.path); err == nil {
		return mediumFault(m.folder, fs.ErrExist) // a file that came meanwhile is not overwritten
	}
	if err := os.Rename(m.path+unfinished, m.path); err != nil {
		return mediumFault(m.folder, err)
	}
	if err := m.settle(m.folder); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		_ = os.Rename(m.path, m.path+unfinished) // nobody knows whether the name lasts
		return mediumFault(m.folder, err)
	}
	return nil // some file systems of sticks cannot sync a folder, and keep its names when they are unmounted
}

// mediumFault gives what happened on the medium its kind: it is full, or else it is gone or lets nobody write.
func mediumFault(folder string, err error) error {
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return err
	case fault.Is(disk.Fault(folder, err), fault.LogFull):
		return fault.New(fault.NoRoom, folder, err)
	}
	return fault.New(fault.MediumGone, folder, err)
}

// spoolFault is why files cannot be kept until all are there.
func spoolFault(folder string, err error) error {
	if fault.Is(disk.Fault(folder, err), fault.LogFull) {
		return fault.New(fault.NoRoom, folder, err)
	}
	return fault.New(fault.LogDenied, folder, err)
}

// room says whether a folder's disk can take so many bytes.
func room(folder string, bytes int64) error {
	free, err := preflight.Free(folder)
	switch {
	case err != nil:
		return fault.New(fault.MediumGone, folder, err)
	case free < bytes:
		return fault.Newf(fault.NoRoom, folder, "about %d bytes are needed where %d are free", bytes, free)
	}
	return nil
}
