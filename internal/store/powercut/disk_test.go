package powercut

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	sector  = 512      // what a drive writes whole or not at all
	maxSize = 16 << 20 // of a file: more than any test here makes
)

// disk is what one folder's disk was asked to do, and when it had to have done it.
//
// A write, a cut to length, a new name and an unlink may reach the disk from the moment they begin. They must have
// reached it when a sync returns that began after they ended: of the file for its bytes and length, of the folder for its
// names. Until then each may be kept or lost, in any combination, writes by the sector. Bytes in a sector that a write
// leaves alone are safe from it. A rename takes the old name away and gives the new one, or does neither. What the model
// does not know, such as a link, is an error and not ignored.
type disk struct {
	folder string
	marked string // the file of acknowledgements

	live    map[string]*file // by name, as the process sees it
	files   []*file
	entries []entry // in the order in which they began
	acks    []ack
	end     int // the moment after the last
}

type file struct{ changes []change }

// span is when a thing began and ended, and the moment at which it must have reached the disk.
type span struct{ begin, end, durable int }

// change is bytes at an offset or, without bytes, a new length.
type change struct {
	span
	offset int64
	data   []byte
}

// entry gives a name to a file or, without a file, takes it away. One that renames takes away the name before.
type entry struct {
	span
	name   string
	file   *file
	before string
}

// ack says that all records up to seq are durable.
type ack struct {
	at   int
	seq  int64
	hash [32]byte // of that record
}

func newDisk(folder, marked string) *disk {
	return &disk{folder: folder, marked: marked, live: map[string]*file{}}
}

// name returns the name in the folder that a path has. The shared-memory index is left out: it holds nothing that SQLite
// does not make again.
func (d *disk) name(path string) (string, bool) {
	name, ok := strings.CutPrefix(path, d.folder+"/")
	return name, ok && !strings.HasSuffix(name, "-shm")
}

// take applies one call to the model.
func (d *disk) take(c call) error {
	if c.result < 0 && c.result != unknown {
		if strings.HasSuffix(c.name, "sync") {
			return errors.New("a sync failed")
		}
		return nil
	}
	switch c.name {
	case "openat":
		return d.open(c)
	case "pwrite64":
		return d.write(c)
	case "write":
		return d.acknowledge(c)
	case "ftruncate":
		return d.truncate(c)
	case "fsync", "fdatasync":
		return d.sync(c)
	case "unlink":
		return d.unlink(c, 0)
	case "unlinkat":
		return d.unlink(c, 1)
	case "renameat":
		return d.rename(c)
	case "mmap":
		if !strings.Contains(strings.Join(c.args, " "), "MAP_SHARED") {
			return nil
		}
	}
	return d.refuse(c)
}

// refuse lets the model know of no call that touches the folder in a way it does not understand.
func (d *disk) refuse(c call) error {
	for n := range c.args {
		path, err := c.file(n)
		if err != nil {
			return err
		}
		if path == "" {
			if text, err := c.data(n); err == nil {
				path = string(text)
			}
		}
		if name, ours := d.name(path); ours {
			return fmt.Errorf("the model knows no %s of %s", c.name, name)
		}
	}
	return nil
}

func (d *disk) open(c call) error {
	name, ours := d.name(c.opened)
	if !ours {
		return nil
	}
	flags, err := c.arg(2)
	if err != nil {
		return err
	}
	f, known := d.live[name]
	switch {
	case !known && !strings.Contains(flags, "O_CREAT"):
		return fmt.Errorf("%s was there before", name)
	case !known:
		f = &file{}
		d.live[name] = f
		d.files = append(d.files, f)
		d.entries = append(d.entries, entry{span: c.span(), name: name, file: f})
	case strings.Contains(flags, "O_TRUNC"):
		f.changes = append(f.changes, change{span: c.span()})
	}
	return nil
}

// span of a call, which nothing has made durable yet.
func (c call) span() span { return span{c.begin, c.end, never} }

func (d *disk) write(c call) error {
	f, err := d.fileOf(c)
	if err != nil || f == nil {
		return err
	}
	data, err := c.data(1)
	if err != nil {
		return err
	}
	offset, err := c.number(3)
	if err != nil {
		return err
	}
	if c.result != unknown {
		data = data[:min(c.result, int64(len(data)))]
	}
	if offset < 0 || offset > maxSize-int64(len(data)) {
		return errors.New("a write beyond all sizes")
	}
	if len(data) > 0 {
		f.changes = append(f.changes, change{c.span(), offset, data})
	}
	return nil
}

func (d *disk) truncate(c call) error {
	f, err := d.fileOf(c)
	if err != nil || f == nil {
		return err
	}
	size, err := c.number(1)
	if err != nil {
		return err
	}
	if size < 0 || size > maxSize {
		return errors.New("a length beyond all sizes")
	}
	f.changes = append(f.changes, change{span: c.span(), offset: size})
	return nil
}

// fileOf returns the file that a call's first argument is open on, or nothing when it is none of the folder's.
func (d *disk) fileOf(c call) (*file, error) {
	path, err := c.file(0)
	if err != nil {
		return nil, err
	}
	name, ours := d.name(path)
	if !ours {
		return nil, nil
	}
	f, known := d.live[name]
	if !known {
		return nil, fmt.Errorf("%s of %s, which was not opened", c.name, name)
	}
	return f, nil
}

func (d *disk) sync(c call) error {
	if c.result == unknown {
		return nil
	}
	path, err := c.file(0)
	if err != nil {
		return err
	}
	if path == d.folder {
		for i := range d.entries {
			d.entries[i].settle(c)
		}
		return nil
	}
	f, err := d.fileOf(c)
	if err != nil || f == nil {
		return err
	}
	for i := range f.changes {
		f.changes[i].settle(c)
	}
	return nil
}

func (s *span) settle(c call) {
	if s.end < c.begin {
		s.durable = min(s.durable, c.end)
	}
}

func (d *disk) unlink(c call, n int) error {
	path, err := c.data(n)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(string(path)) {
		return errors.New("an unlink of a relative path")
	}
	name, ours := d.name(string(path))
	if !ours {
		return nil
	}
	delete(d.live, name)
	d.entries = append(d.entries, entry{span: c.span(), name: name})
	return nil
}

func (d *disk) rename(c call) error {
	var names [2]string
	var ours [2]bool
	for i, n := range []int{1, 3} {
		path, err := c.data(n)
		if err != nil {
			return err
		}
		if !filepath.IsAbs(string(path)) {
			return errors.New("a rename of a relative path")
		}
		names[i], ours[i] = d.name(string(path))
	}
	f, known := d.live[names[0]]
	switch {
	case !ours[0] && !ours[1]:
		return nil
	case !ours[0] || !ours[1] || !known:
		return fmt.Errorf("a rename from %q to %q, which are not both of the folder", names[0], names[1])
	}
	delete(d.live, names[0])
	d.live[names[1]] = f
	d.entries = append(d.entries, entry{c.span(), names[1], f, names[0]})
	return nil
}

// acknowledge takes lines "number hash" from the marked file.
func (d *disk) acknowledge(c call) error {
	path, err := c.file(0)
	if err != nil || path != d.marked {
		return errors.Join(err, d.refuse(c))
	}
	data, err := c.data(1)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(data) {
		number, hash, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		a := ack{at: c.begin}
		if a.seq, err = strconv.ParseInt(number, 10, 64); err != nil {
			return errors.New("an acknowledgement without a number")
		}
		if n, err := hex.Decode(a.hash[:], []byte(hash[:min(len(hash), 64)])); err != nil || n != len(a.hash) {
			return errors.New("an acknowledgement without a hash")
		}
		if len(d.acks) > 0 && a.seq <= d.acks[len(d.acks)-1].seq {
			return errors.New("acknowledgements out of order")
		}
		d.acks = append(d.acks, a)
	}
	return nil
}
