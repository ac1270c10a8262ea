package breakglass

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
)

// retryEvery is how often the importer tries again what the audit log did not take.
const retryEvery = 2 * time.Second

// batch is how many frames go into one transaction.
const batch = 64

// What the importer adds to a record's body, behind the frame's own fields. With them the frame can be made again, byte for
// byte, and held against its hash.
const (
	framePrefix  = "frame."
	frameChain   = "frame.chain"
	frameN       = "frame.n"
	frameHash    = "frame.hash"
	framePrev    = "frame.prev" // the hash of the frame before, as the frame says it
	frameAt      = "frame.at"
	frameBoot    = "frame.boot"
	frameBootMS  = "frame.boot_ms"
	frameClock   = "frame.clock"
	frameMachine = "frame.machine" // "signed", "unsigned" or "wrong"
	frameStmt    = "frame.stmt"    // a statement that does not hold now
)

// Importer brings frames into the audit log exactly once and in order. While there is no log it keeps them. It is safe for
// concurrent use.
type Importer struct {
	importing sync.Mutex // one at a time

	mu      sync.Mutex
	log     *audit.Log
	query   audit.Query
	check   func(note string) error // whether a statement verifies now
	pending []journal.Frame
	left    []journal.Content // journals of processes that are gone, until all of theirs is in the log
	trouble error             // why the log did not take what is kept, at the last try
}

// NewImporter returns an importer without a log.
func NewImporter() *Importer { return &Importer{} }

// Attach gives the importer the log. Check says whether the signatures of a statement are those of enrolled persons.
func (i *Importer) Attach(log *audit.Log, query audit.Query, check func(note string) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.log, i.query, i.check = log, query, check
}

// Detach takes the log away again; what is kept stays kept.
func (i *Importer) Detach() {
	i.importing.Lock() // whoever brings something in has done so
	defer i.importing.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.log, i.query, i.check, i.trouble = nil, nil, nil, nil
}

// Sink is the audit log as one of the places: it tries once, and leaves the rest to Run.
func (i *Importer) Sink() Sink {
	return Sink{Name: "log", Durable: true, Put: func(ctx context.Context, f journal.Frame) error {
		i.Keep(f)
		return i.Take(ctx)
	}}
}

// Keep remembers a frame until it is in the log.
func (i *Importer) Keep(frames ...journal.Frame) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range frames {
		if !slices.ContainsFunc(i.pending, identical(f)) {
			i.pending = append(i.pending, f)
		}
	}
}

// Pending is how many frames are not in the log yet.
func (i *Importer) Pending() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.pending)
}

// Run tries again until ctx ends.
func (i *Importer) Run(ctx context.Context) {
	ticker := time.NewTicker(retryEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if i.Pending() > 0 {
				_ = i.Take(ctx) // Pending tells; the next tick tries again
			}
		case <-ctx.Done():
			return
		}
	}
}

// Take brings in what is kept, in the order in which it was kept. What the log refuses stays kept. Without a log it is
// fault.LogDenied.
func (i *Importer) Take(ctx context.Context) (err error) {
	i.importing.Lock()
	defer i.importing.Unlock()
	i.mu.Lock()
	frames, log := slices.Clone(i.pending), i.log
	i.mu.Unlock()
	if log == nil {
		return fault.Newf(fault.LogDenied, "", "the audit log is not open")
	}
	defer func() {
		i.mu.Lock()
		i.trouble = err
		i.mu.Unlock()
	}()
	for len(frames) > 0 {
		part := frames[:min(batch, len(frames))]
		frames = frames[len(part):]
		if err := i.bring(ctx, part); err != nil {
			return err
		}
		i.mu.Lock()
		i.pending = slices.DeleteFunc(i.pending, func(f journal.Frame) bool { return slices.ContainsFunc(part, identical(f)) })
		i.mu.Unlock()
	}
	return nil
}

// Trouble is why the log does not take what is kept, or nil. An open log whose records are whole can still refuse them.
func (i *Importer) Trouble() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.trouble
}

// identical says whether a frame is this one. Two with the same place and other bytes are not: one of them is forged, and
// both are kept.
func identical(f journal.Frame) func(journal.Frame) bool {
	return func(other journal.Frame) bool { return f.Same(other) && f.Hash == other.Hash }
}

// bring records those of the frames that are not in the log. What a table refuses is brought again, frame by frame, and at
// last as strange: no frame may stand in the way of those behind it.
func (i *Importer) bring(ctx context.Context, frames []journal.Frame) error {
	err := i.try(ctx, frames, false)
	if !errors.Is(err, audit.ErrConflict) {
		return err
	}
	for _, f := range frames {
		one := []journal.Frame{f}
		err := i.try(ctx, one, false)
		if errors.Is(err, audit.ErrConflict) {
			err = i.try(ctx, one, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (i *Importer) try(ctx context.Context, frames []journal.Frame, strange bool) error {
	var drafts []audit.Draft
	last := map[string]journal.Frame{} // by chain, of those that are on their way
	signed := map[string]bool{}        // the statements of those
	for _, f := range frames {
		is, err := i.place(ctx, f, last)
		if err != nil {
			return err
		}
		if is == thereAlready {
			continue
		}
		draft, ok, err := i.draft(ctx, f, signed)
		if err != nil {
			return err
		}
		if strange || is == elsewhere || !ok {
			draft = strangeDraft(f)
		} else {
			last[f.Chain] = f
		}
		drafts = append(drafts, draft)
	}
	if len(drafts) == 0 {
		return nil
	}
	_, err := i.log.Append(ctx, drafts...)
	return err
}

// draft is a frame as a record of the audit log. It is false for what is no session's record, or could not be made again from
// it: no session wrote that.
func (i *Importer) draft(ctx context.Context, f journal.Frame, signed map[string]bool) (d audit.Draft, ok bool, err error) {
	l, err := f.Leaf()
	if err != nil || !sessionKind(l.Kind) {
		return d, false, nil // the journal's reader has decoded it: only the kind can be wrong
	}
	d = audit.Draft{Kind: l.Kind, Actor: l.Actor, Body: l.Body, Stmt: l.Stmt}
	d.Body.Set(frameChain, f.Chain)
	d.Body.SetInt(frameN, f.N)
	d.Body.Set(frameHash, hex.EncodeToString(f.Hash[:]))
	d.Body.Set(framePrev, hex.EncodeToString(l.Prev[:]))
	d.Body.Set(frameAt, clock.FormatWall(l.At.Wall))
	d.Body.Set(frameBoot, l.At.Boot)
	d.Body.SetInt(frameBootMS, l.At.BootMS)
	d.Body.Set(frameClock, string(l.At.State))
	machine := "unsigned"
	if f.Sig != nil {
		machine = "wrong"
		ok, err := i.log.Vouched(ctx, f.Hash, f.Epoch, f.Sig)
		if err != nil {
			return d, false, err
		}
		if ok {
			machine = "signed"
		}
	}
	d.Body.Set(frameMachine, machine)
	if holds, err := i.holds(ctx, l, signed); err != nil {
		return d, false, err
	} else if !holds { // the log must verify, and nothing may be lost
		d.Stmt = ""
		d.Body.Set(frameStmt, l.Stmt)
	}
	record := leaf.Leaf{Kind: d.Kind, At: l.At, Actor: d.Actor, Body: d.Body, Stmt: d.Stmt}
	if _, err := leaf.Encode(record); err != nil {
		return d, false, nil
	}
	again, _, _, _ := frameOf(record)
	return d, again.Hash == f.Hash, nil
}

// frameOf makes the frame of a record again, with the hashes of itself and of the frame before that the record states. It is
// false for a record that was no frame.
func frameOf(record leaf.Leaf) (f journal.Frame, stated, before [32]byte, ok bool) {
	chain, ok := record.Body.Text(frameChain)
	if !ok {
		return f, stated, before, false
	}
	before, stated = hashIn(record.Body, framePrev), hashIn(record.Body, frameHash)
	l := leaf.Leaf{Prev: before, Kind: record.Kind, Actor: record.Actor, Stmt: record.Stmt}
	l.Seq, _ = record.Body.Int(frameN)
	at, _ := record.Body.Text(frameAt)
	l.At.Wall, _ = clock.ParseWall(at) // what is not a time makes another hash
	l.At.Boot, _ = record.Body.Text(frameBoot)
	l.At.BootMS, _ = record.Body.Int(frameBootMS)
	state, _ := record.Body.Text(frameClock)
	l.At.State = clock.State(state)
	for field := range record.Body.All() {
		switch {
		case field.Key == frameStmt:
			l.Stmt = field.Text
		case strings.HasPrefix(field.Key, framePrefix):
		case field.IsInt:
			l.Body.SetInt(field.Key, field.Int)
		default:
			l.Body.Set(field.Key, field.Text)
		}
	}
	encoded, err := leaf.Encode(l)
	if err != nil {
		return f, stated, before, true
	}
	return journal.Frame{Chain: chain, N: l.Seq, Bytes: encoded, Hash: leaf.Hash(encoded)}, stated, before, true
}

// hashIn reads a hash from a body; what is none is nought.
func hashIn(b leaf.Body, key string) (hash [32]byte) {
	text, _ := b.Text(key)
	if digest, err := hex.DecodeString(text); err == nil && len(digest) == len(hash) {
		hash = [32]byte(digest)
	}
	return hash
}

// Gap is a run of frames of a chain that the log does not have.
type Gap struct {
	Chain    string
	From, To int64 // both missing, and all between them
}

// CheckFrames walks through the log and holds every record that was a frame against its hash and its place in its chain. It
// returns the frames that are missing between others; an error names the first record that is not what was written.
func CheckFrames(ctx context.Context, log *audit.Log) (frames int, gaps []Gap, err error) {
	type place struct {
		next int64
		last [32]byte
	}
	chains := map[string]place{}
	err = log.Each(ctx, 0, func(r audit.Record) error {
		f, stated, before, ok := frameOf(r.Leaf)
		if !ok {
			return nil
		}
		chain, at := f.Chain, chains[f.Chain]
		frames++
		switch {
		case f.Hash != stated || f.Bytes == nil:
			return fault.Newf(fault.LogBroken, fmt.Sprint(r.Seq), "a frame is not what was written")
		case f.N < at.next:
			return fault.Newf(fault.LogBroken, fmt.Sprint(r.Seq), "frame %d of chain %s follows frame %d", f.N, chain, at.next-1)
		case f.N > at.next:
			gaps = append(gaps, Gap{chain, at.next, f.N - 1}) // the link to what is missing cannot be checked
		case before != at.last:
			return fault.Newf(fault.LogBroken, fmt.Sprint(r.Seq), "frame %d of chain %s does not follow the one before", f.N, chain)
		}
		chains[chain] = place{f.N + 1, stated}
		return nil
	})
	return frames, gaps, err
}
