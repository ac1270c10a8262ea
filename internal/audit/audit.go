// Package audit is the audit log: records that follow one another without a gap, each bound to the one before by its
// hash and all together by a Merkle root. Append is the only way to write, here and in the database.
//
// It does not know what records mean: a kind belongs to the package that writes it, which also hands in a Projection
// that turns its records into rows. It does not know SQL databases either: package store implements Store.
package audit

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/notify"
)

// Draft is a record before it has a place in the log.
type Draft struct {
	Kind  string
	Actor leaf.Actor
	Body  leaf.Body
	Stmt  string // the signed note of the statement behind it; "" when there is none
}

// Record is a leaf in its place, with the bytes that were stored and their hash.
type Record struct {
	leaf.Leaf
	Bytes      []byte
	Hash       [32]byte
	Checkpoint string // over the log up to this record, to be stored with it; "" when there is none
}

// Head is the state of the log that people sign along with what they decide.
type Head struct {
	Origin string // which log
	Size   int64
	Root   [32]byte
}

// State is what a Store keeps beside the records so that the log can go on after a start.
type State struct {
	Origin string
	Range  leaf.Range
	Last   [32]byte // hash of the last leaf
}

// Store keeps records. Append is all or nothing and durable when it returns nil; it fails when the records do not
// follow the ones that are there. A projection's refusal is ErrConflict. Scan visits what is there in order of number,
// numbers that should not be there among them.
type Store interface {
	State(ctx context.Context) (State, error)
	Append(ctx context.Context, records []Record, after State) error
	Scan(ctx context.Context, from int64, visit func(seq int64, leaf, hash []byte) error) error
}

// Log is the audit log of one console. Its methods are safe for concurrent use.
type Log struct {
	store   Store
	clock   clock.Clock
	changed notify.Signal

	published atomic.Pointer[Head]
	lent      lent

	mu      sync.Mutex
	state   State
	machine *machine // nil without a machine key
	bare    bool     // whether the log was seen to have no epochs, without a machine key
	signed  *signatures
}

// Option is something that a log is opened with.
type Option func(*Log)

// Open continues the log that store holds. Without options it signs no checkpoints.
func Open(ctx context.Context, store Store, clock clock.Clock, options ...Option) (*Log, error) {
	state, err := store.State(ctx)
	if err != nil {
		return nil, err
	}
	l := &Log{store: store, clock: clock, state: state, signed: newSignatures(state.Range.Size())}
	l.publish()
	for _, option := range options {
		option(l)
	}
	if l.machine != nil {
		if err := l.begin(ctx); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Head returns the log's size and root now.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Head{l.state.Origin, l.state.Range.Size(), l.state.Range.Root()}
}

// Changed is closed at the next append.
func (l *Log) Changed() <-chan struct{} { return l.changed.Changed() }

// Now returns the time as records carry it.
func (l *Log) Now() clock.Reading { return l.clock.Now() }

// Append records the drafts, all or none, and returns once they are durable.
func (l *Log) Append(ctx context.Context, drafts ...Draft) ([]Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	records, after, err := l.place(drafts)
	if err != nil {
		return nil, err
	}
	if err := l.commit(ctx, records, after); err != nil {
		return nil, err
	}
	return records, nil
}

// commit stores records that have their place.
func (l *Log) commit(ctx context.Context, records []Record, after State) error {
	if err := l.store.Append(ctx, records, after); err != nil {
		l.reload(ctx)
		return err
	}
	l.state = after
	l.publish()
	for i := range records {
		l.signed.see(&records[i].Leaf)
	}
	if l.machine != nil {
		l.machine.took(records)
	}
	l.changed.Notify()
	return nil
}

// place gives each draft its number, its time and its link to the record before, and signs the checkpoints that are due.
func (l *Log) place(drafts []Draft) ([]Record, State, error) {
	after, now := l.state, l.clock.Now()
	records := make([]Record, 0, len(drafts))
	due := l.machine.plan()
	for _, d := range drafts {
		r := Record{Leaf: leaf.Leaf{
			Seq: after.Range.Size(), Prev: after.Last, Kind: d.Kind, At: now, Epoch: due.epoch, Actor: d.Actor, Body: d.Body, Stmt: d.Stmt,
		}}
		var err error
		if r.Bytes, err = leaf.Encode(r.Leaf); err != nil {
			return nil, State{}, err
		}
		r.Hash = leaf.Hash(r.Bytes)
		after.Range.Append(r.Hash)
		after.Last = r.Hash
		if r.Checkpoint, err = due.checkpoint(&r.Leaf, &after); err != nil {
			return nil, State{}, err
		}
		records = append(records, r)
	}
	return records, after, nil
}

// reload asks the store what it holds after a failure: a commit whose answer was lost may have happened.
func (l *Log) reload(ctx context.Context) {
	if state, err := l.store.State(context.WithoutCancel(ctx)); err == nil {
		l.state = state
		l.publish()
	}
}

// Each calls visit with every record from seq on, in order, until visit returns an error.
func (l *Log) Each(ctx context.Context, from int64, visit func(Record) error) error {
	return l.store.Scan(ctx, from, func(seq int64, bytes, hash []byte) error {
		decoded, err := leaf.Decode(bytes)
		if err != nil {
			return fault.Newf(fault.LogBroken, seqName(seq), "%w", err)
		}
		record := Record{Leaf: decoded, Bytes: bytes}
		copy(record.Hash[:], hash)
		return visit(record)
	})
}

// Record returns the record with this number, or fault.NotFound.
func (l *Log) Record(ctx context.Context, seq int64) (Record, error) {
	var found *Record
	err := l.Each(ctx, seq, func(r Record) error {
		found = &r
		return errDone
	})
	switch {
	case found != nil && found.Seq == seq:
		return *found, nil
	case err != nil && found == nil:
		return Record{}, err
	}
	return Record{}, fault.New(fault.NotFound, seqName(seq), nil)
}

// Hashes returns the hashes of the log's first n leaves, from which the root of every size up to n and every proof between
// two of them can be made. It reads what is stored and does not verify it.
func (l *Log) Hashes(ctx context.Context, n int64) ([][32]byte, error) {
	if size := l.Head().Size; n < 0 || n > size {
		return nil, fault.Newf(fault.NotFound, seqName(n), "the log has %d records", size)
	}
	hashes := make([][32]byte, 0, n)
	if n == 0 {
		return hashes, nil
	}
	err := l.store.Scan(ctx, 0, func(seq int64, _, hash []byte) error {
		if seq != int64(len(hashes)) || len(hash) != 32 {
			return fault.Newf(fault.LogBroken, seqName(seq), "record %d stands where %d should", seq, len(hashes))
		}
		if hashes = append(hashes, [32]byte(hash)); int64(len(hashes)) == n {
			return errDone
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errDone):
		return nil, err
	case int64(len(hashes)) != n:
		return nil, fault.Newf(fault.LogBroken, seqName(int64(len(hashes))), "the records end where %d should follow", n)
	}
	return hashes, nil
}
