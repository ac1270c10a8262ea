package breakglass

import (
	"context"
	"encoding/hex"
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
	frameAt      = "frame.at"
	frameBoot    = "frame.boot"
	frameBootMS  = "frame.boot_ms"
	frameClock   = "frame.clock"
	frameMachine = "frame.machine" // "signed", "unsigned" or "wrong"
	frameStmt    = "frame.stmt"    // a statement whose signature does not verify now
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
}

// NewImporter returns an importer without a log.
func NewImporter() *Importer { return &Importer{} }

// Attach gives the importer the log. Check says whether the signatures of a statement are those of enrolled persons.
func (i *Importer) Attach(log *audit.Log, query audit.Query, check func(note string) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.log, i.query, i.check = log, query, check
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
		if !slices.ContainsFunc(i.pending, f.Same) {
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
func (i *Importer) Take(ctx context.Context) error {
	i.importing.Lock()
	defer i.importing.Unlock()
	i.mu.Lock()
	frames, log := slices.Clone(i.pending), i.log
	i.mu.Unlock()
	if log == nil {
		return fault.Newf(fault.LogDenied, "", "the audit log is not open")
	}
	for len(frames) > 0 {
		part := frames[:min(batch, len(frames))]
		frames = frames[len(part):]
		if err := i.bring(ctx, part); err != nil {
			return err
		}
		i.mu.Lock()
		i.pending = slices.DeleteFunc(i.pending, func(f journal.Frame) bool { return slices.ContainsFunc(part, f.Same) })
		i.mu.Unlock()
	}
	return nil
}

// bring records those of the frames that are not in the log.
func (i *Importer) bring(ctx context.Context, frames []journal.Frame) error {
	var drafts []audit.Draft
	for _, f := range frames {
		there, err := i.has(ctx, f)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		draft, err := i.draft(ctx, f)
		if err != nil {
			return err
		}
		drafts = append(drafts, draft)
	}
	if len(drafts) == 0 {
		return nil
	}
	_, err := i.log.Append(ctx, drafts...)
	return err
}

// has says whether a frame is in the log.
func (i *Importer) has(ctx context.Context, f journal.Frame) (there bool, err error) {
	err = i.query.Query(ctx, func(into func(...any) error) error {
		var n int64
		there = true
		return into(&n)
	}, "SELECT n FROM journal_frame WHERE chain = ? AND n = ?", f.Chain, f.N)
	return there, err
}

// draft is a frame as a record of the audit log.
func (i *Importer) draft(ctx context.Context, f journal.Frame) (audit.Draft, error) {
	l, err := f.Leaf()
	if err != nil {
		return audit.Draft{}, fault.New(fault.Internal, f.Chain, err)
	}
	d := audit.Draft{Kind: l.Kind, Actor: l.Actor, Body: l.Body, Stmt: l.Stmt}
	d.Body.Set(frameChain, f.Chain)
	d.Body.SetInt(frameN, f.N)
	d.Body.Set(frameHash, hex.EncodeToString(f.Hash[:]))
	d.Body.Set(frameAt, clock.FormatWall(l.At.Wall))
	d.Body.Set(frameBoot, l.At.Boot)
	d.Body.SetInt(frameBootMS, l.At.BootMS)
	d.Body.Set(frameClock, string(l.At.State))
	machine := "unsigned"
	if f.Sig != nil {
		machine = "wrong"
		ok, err := i.log.Vouched(ctx, f.Hash, f.Epoch, f.Sig)
		if err != nil {
			return d, err
		}
		if ok {
			machine = "signed"
		}
	}
	d.Body.Set(frameMachine, machine)
	if l.Stmt != "" && i.check(l.Stmt) != nil {
		// The key was replaced since, or the frame is forged. The log must verify, and nothing may be lost.
		d.Stmt = ""
		d.Body.Set(frameStmt, l.Stmt)
	}
	return d, nil
}

// frameOf makes the frame of a record again; before is the hash of the frame before it in its chain. It is false for a record
// that was no frame.
func frameOf(record leaf.Leaf, before [32]byte) (f journal.Frame, stated [32]byte, ok bool) {
	chain, ok := record.Body.Text(frameChain)
	if !ok {
		return f, stated, false
	}
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
	text, _ := record.Body.Text(frameHash)
	digest, err := hex.DecodeString(text)
	if err == nil && len(digest) == len(stated) {
		stated = [32]byte(digest)
	}
	encoded, err := leaf.Encode(l)
	if err != nil {
		return f, stated, true
	}
	return journal.Frame{Chain: chain, N: l.Seq, Bytes: encoded, Hash: leaf.Hash(encoded)}, stated, true
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
		chain, ok := r.Body.Text(frameChain)
		if !ok {
			return nil
		}
		at := chains[chain]
		f, stated, _ := frameOf(r.Leaf, at.last)
		frames++
		switch {
		case f.N < at.next:
			return fault.Newf(fault.LogBroken, fmt.Sprint(r.Seq), "frame %d of chain %s follows frame %d", f.N, chain, at.next-1)
		case f.N > at.next:
			gaps = append(gaps, Gap{chain, at.next, f.N - 1}) // the link to what is missing cannot be checked
		case f.Hash != stated:
			return fault.Newf(fault.LogBroken, fmt.Sprint(r.Seq), "frame %d of chain %s is not what was written", f.N, chain)
		}
		chains[chain] = place{f.N + 1, stated}
		return nil
	})
	return frames, gaps, err
}
