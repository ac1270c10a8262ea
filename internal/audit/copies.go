package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// A log that was cut short together with its state is a whole log. What tells is a head that was kept elsewhere: the last
// checkpoint is copied to files beside and far from the database. They are best effort. Somebody who rolls all of them
// back with the database is found by the people's signatures, by other machines and by the devices, and not by this.

// KindRolledBack is the record that says that a copy knows of a longer or another log than the one that was opened.
const KindRolledBack = "log.rolled-back"

// KindRestored is the record that says that the log was put back from a backup: what came after that is missing in it. It is
// the first one behind the key with which it goes on, whether or not a copy of the last checkpoint is there to contradict it.
const KindRestored = "backup.restored"

// copyName is the file of a copy in its folder.
const copyName = "last-checkpoint.note"

// AnchorState says how a copy compared with the log when that was opened.
type AnchorState string

// The states of a copy.
const (
	AnchorNone       AnchorState = "none"       // there was none
	AnchorSame       AnchorState = "same"       // it is of this log
	AnchorAhead      AnchorState = "ahead"      // it has more records: the log was rolled back or cut
	AnchorForked     AnchorState = "forked"     // it has another root at its size: the log was rewritten
	AnchorUnreadable AnchorState = "unreadable" // it is no checkpoint of this log
)

// Anchor is the status of one copy of the last checkpoint.
type Anchor struct {
	Folder string
	State  AnchorState // at the open
	Size   int64       // of the log as the copy has it now
	Err    error       // why it could not be read or written last; nil where it could
}

// Anchors returns how the copies of the last checkpoint are, and none for a log without a machine key. Trouble with the
// machine key is told by the error of the first.
func (l *Log) Anchors() []Anchor {
	if l.machine == nil {
		return nil
	}
	return l.machine.copies.list()
}

// copies writes the last checkpoint to files. One goroutine does so while there is something to write, and none else.
type copies struct {
	mu      sync.Mutex
	anchors []Anchor
	started bool
	size    int64
	note    string        // to be written; "" when it is
	idle    chan struct{} // closed when nothing is being written; nil before the first
	trouble error
}

func newCopies(folders []string) *copies {
	c := &copies{}
	for _, folder := range folders {
		c.anchors = append(c.anchors, Anchor{Folder: folder, State: AnchorNone})
	}
	return c
}

func (c *copies) list() []Anchor {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.anchors)
	if len(all) > 0 && all[0].Err == nil {
		all[0].Err = c.trouble
	}
	return all
}

func (c *copies) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trouble = err
}

// put hands over the last checkpoint. It never waits: one that comes while another is being written is written next, and
// only the newest is.
func (c *copies) put(size int64, note string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size, c.note = size, note
	c.wake()
}

// start lets writing begin. Until then the files are evidence of what was there before.
func (c *copies) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = true
	c.wake()
}

func (c *copies) wake() {
	busy := c.idle != nil && !isClosed(c.idle)
	if !c.started || c.note == "" || busy || len(c.anchors) == 0 {
		return
	}
	c.idle = make(chan struct{})
	go c.write(c.idle)
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func (c *copies) write(idle chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(idle)
	for c.note != "" {
		size, note := c.size, c.note
		c.note = ""
		for i, a := range c.anchors { // folders never change
			c.mu.Unlock()
			err := writeCopy(a.Folder, note)
			c.mu.Lock()
			if c.anchors[i].Err = err; err == nil {
				c.anchors[i].Size = size
			}
		}
	}
}

func writeCopy(folder, note string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return disk.Fault(folder, err)
	}
	return replaceFile(filepath.Join(folder, copyName), []byte(note), false)
}

// wait returns once nothing is being written, or ctx is done.
func (c *copies) wait(ctx context.Context) error {
	c.mu.Lock()
	idle := c.idle
	c.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Cancelled, copyName, ctx.Err())
	}
}

// copied is a copy that contradicts the log.
type copied struct {
	size int64
	root [32]byte
	note string
}

// compareCopies looks at every copy before anything is appended, and returns those that contradict the log, each claim
// once.
func (l *Log) compareCopies(ctx context.Context) (against []copied, err error) {
	c := l.machine.copies
	for i := range c.anchors {
		a := &c.anchors[i]
		var one copied
		if one, a.Err = readCopy(a.Folder, l.state.Origin); errors.Is(a.Err, fs.ErrNotExist) {
			a.Err = nil
			continue
		}
		if a.Err != nil {
			a.State = AnchorUnreadable
			continue
		}
		a.Size = one.size
		if a.State, err = l.compare(ctx, one); err != nil {
			return nil, err
		}
		claimed := func(o copied) bool { return o.size == one.size && o.root == one.root }
		if a.State != AnchorSame && !slices.ContainsFunc(against, claimed) {
			against = append(against, one)
		}
	}
	return against, nil
}

// maxCopy is more than any copy has: what is longer is no checkpoint.
const maxCopy = statement.MaxCheckpoint + 1

func readCopy(folder, origin string) (one copied, err error) {
	file, err := os.Open(filepath.Join(folder, copyName))
	if err != nil {
		return one, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxCopy))
	if err != nil {
		return one, disk.Fault(folder, err)
	}
	one.note = string(b)
	one.size, one.root, err = statement.ReadCheckpoint(one.note, origin)
	return one, err
}

// compare holds a copy against the log. Its size mostly is that of a stored checkpoint, which Verify holds against the
// records; only where that does not agree are the records' hashes read.
func (l *Log) compare(ctx context.Context, one copied) (AnchorState, error) {
	switch size := l.state.Range.Size(); {
	case one.size > size:
		return AnchorAhead, nil
	case one.size == size && one.root == l.state.Range.Root():
		return AnchorSame, nil
	case one.size == size:
		return AnchorForked, nil
	}
	same := false
	err := l.store.(Sealed).Checkpoints(ctx, one.size-1, func(c Checkpoint) error {
		same = c.Size == one.size && c.Note == one.note
		return errDone
	})
	switch {
	case err != nil && !errors.Is(err, errDone):
		return "", err
	case same:
		return AnchorSame, nil
	}
	hashes, err := l.Hashes(ctx, one.size)
	if err != nil {
		return "", err
	}
	var r leaf.Range
	for _, h := range hashes {
		r.Append(h)
	}
	if r.Root() == one.root {
		return AnchorSame, nil
	}
	return AnchorForked, nil
}

// rolledBack records what a copy says, once: not again where it could not be replaced since.
func (l *Log) rolledBack(ctx context.Context, c copied) error {
	d := Draft{Kind: KindRolledBack, Actor: itself}
	d.Body.SetInt("size", c.size)
	d.Body.Set("root", base64Strict.EncodeToString(c.root[:]))
	d.Body.Set("note", c.note)
	told, looked := false, 0
	err := l.backwards(ctx, l.state.Range.Size(), func(r Record) error {
		note, _ := r.Body.Text("note")
		told = r.Kind == KindRolledBack && note == c.note
		if looked++; told || looked == lookBack {
			return errDone
		}
		return nil
	})
	if err != nil || told {
		return err
	}
	records, after, err := l.place([]Draft{d})
	if err != nil {
		return err
	}
	return l.commit(ctx, records, after)
}
