package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gofrs/flock"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

// Size is how large a journal is from the beginning, in bytes: room for some two thousand records.
const Size = 4 << 20

// The first slot says whose the journal is: magic, checksum, process, length and text of the boot's name. It helps people
// and is not needed to read the frames.
const (
	fileMagic = "CSJOURN1"
	maxBoot   = 128
)

// medium is the part of a file that a journal needs; tests have one that fails.
type medium interface {
	io.WriterAt
	io.Closer
}

// File is a journal that this process writes. It is safe for concurrent use.
type File struct {
	path string
	disk medium
	sync func() error
	lock *flock.Flock

	mu   sync.Mutex
	next int   // the first free slot
	bad  error // after a write or sync that failed: what the disk holds is not known, and nothing more is believed
}

// Path returns where the journal is.
func (f *File) Path() string { return f.path }

// Used is the share that is filled, in percent.
func (f *File) Used() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next * 100 / (Size / Slot)
}

// Check returns why the journal takes no frame, or nil.
func (f *File) Check() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bad
}

// Put makes a frame durable: when it returns nil the frame is there after a power cut. A write or sync that fails ends the
// journal: a second try could be believed where the first one lost the data. The faults are LogFull for a journal without
// room and LogDenied.
func (f *File) Put(frame Frame) error {
	b, err := frame.encode()
	if err != nil {
		return fault.New(fault.Internal, f.path, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bad != nil {
		return f.bad
	}
	if f.next*Slot+len(b) > Size {
		return fault.Newf(fault.LogFull, f.path, "the journal has no room for %d bytes", len(b))
	}
	_, err = f.disk.WriteAt(b, int64(f.next)*Slot)
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		f.bad = disk.Fault(f.path, err)
		return f.bad
	}
	f.next += len(b) / Slot
	return nil
}

// Close lets other processes have the journal. What is in it stays.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bad == nil {
		f.bad = fault.Newf(fault.LogDenied, f.path, "the journal is closed")
	}
	return errors.Join(f.disk.Close(), f.lock.Close())
}

// begin writes the first slot: from now on the journal is this process's.
func (f *File) begin(boot string) error {
	b := make([]byte, Slot)
	copy(b, fileMagic)
	boot = boot[:min(len(boot), maxBoot)]
	binary.BigEndian.PutUint64(b[12:], uint64(os.Getpid()))
	binary.BigEndian.PutUint16(b[20:], uint16(len(boot)))
	copy(b[22:], boot)
	binary.BigEndian.PutUint32(b[8:], headSum(b))
	if _, err := f.disk.WriteAt(b, 0); err != nil {
		return disk.Fault(f.path, err)
	}
	if err := f.sync(); err != nil {
		return disk.Fault(f.path, err)
	}
	return nil
}

func headSum(b []byte) uint32 {
	return checksum(append(append(make([]byte, 36), make([]byte, 4)...), b[12:]...))
}

// fill writes noughts over a whole file and syncs it with its name: every block is there from now on.
func fill(file *os.File) error {
	nothing := make([]byte, 64<<10)
	for at := int64(0); at < Size; at += int64(len(nothing)) {
		if _, err := file.WriteAt(nothing, at); err != nil {
			return err
		}
	}
	return file.Sync()
}

// Content is what a journal holds.
type Content struct {
	Path    string
	Boot    string // "" where the first slot cannot be read
	PID     int
	Frames  []Frame
	Damaged int // slots in use that hold no whole frame; a power cut leaves one torn frame at the end

	strange bool // the first slot holds something, and not what begin wrote
}

// Read reads a journal, whoever is writing it. Frames behind a damage are found again at the next slot where one begins,
// also where the damage is in the first slot. The faults are LogDenied and NotFound.
func Read(path string) (Content, error) {
	c := Content{Path: path}
	file, err := openOwn(path, os.O_RDONLY)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return c, fault.New(fault.NotFound, path, err)
		}
		return c, disk.Fault(path, err)
	}
	defer file.Close()
	b := make([]byte, Size)
	n, err := io.ReadFull(file, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return c, disk.Fault(path, err)
	}
	c.read(b[:n])
	return c, nil
}

// read takes in a journal's bytes.
func (c *Content) read(b []byte) {
	if len(b) < Slot {
		c.strange = !blank(b)
		return
	}
	length := int(binary.BigEndian.Uint16(b[20:]))
	switch {
	case string(b[:8]) == fileMagic && length <= maxBoot && headSum(b[:Slot]) == binary.BigEndian.Uint32(b[8:]):
		c.Boot, c.PID = string(b[22:22+length]), int(binary.BigEndian.Uint64(b[12:]))
	case !blank(b[:Slot]):
		c.strange = true
		c.Damaged++
	}
	for at := Slot; at < len(b); {
		f, filled, err := decode(b[at:])
		if err == nil {
			c.Frames = append(c.Frames, f)
			at += filled * Slot
			continue
		}
		if !blank(b[at:min(at+Slot, len(b))]) {
			c.Damaged++
		}
		at += Slot
	}
}

var noughts [Slot]byte

// blank says whether b, a slot at most, holds nothing.
func blank(b []byte) bool { return bytes.Equal(b, noughts[:len(b)]) }

// openOwn opens a regular file, and nothing that a link leads to.
func openOwn(path string, flag int) (*os.File, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, flag, 0)
}

// regular is nil for a file that is there and is neither a link nor something else, which might hang when it is opened.
func regular(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path)
	}
	return err
}
