package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"countersign/internal/fault"
	"countersign/internal/leaf"
)

// Verified says how far the log was found whole.
type Verified struct {
	Head        Head
	Bytes       int64
	Signed      int64     // statements whose signatures were checked
	Epochs      int64     // of machine keys
	Checkpoints int64     // whose roots and signatures were checked
	Findings    []Finding // what does not break the log and yet wants a look
}

// Finding is something that happened to the log and that it says itself.
type Finding struct {
	Seq  int64 // the record that says so
	Kind FindingKind
}

// FindingKind is a class of findings.
type FindingKind string

// The findings.
const (
	// FindingUnlinked: a machine key that its predecessor did not sign. That one was lost, or taken away.
	FindingUnlinked FindingKind = "unlinked"
	// FindingRolledBack: a copy of the last checkpoint knew of more records, or of others.
	FindingRolledBack FindingKind = "rolled-back"
	// FindingRestored: the log was put back from a backup.
	FindingRestored FindingKind = "restored"
)

// CheckStatement verifies the signatures of a record's statement with the keys that were in force there. It returns the
// head of the log that the statement's signer saw, or nil for a statement that names none.
type CheckStatement func(Record) (*Head, error)

// progressEvery bounds how often Verify reports.
const progressEvery = 256

// Verify reads every record again, follows the chain, folds the tree, and compares it with what the log stands on and with
// what every signer saw: each signed statement witnesses all that was recorded before it, and each checkpoint is signed by
// the key of its own epoch and no other. The first record that is not what it must be ends it with fault.LogBroken.
// Progress is told how many records are done.
func (l *Log) Verify(ctx context.Context, check CheckStatement, progress func(done, of int64)) (Verified, error) {
	l.mu.Lock()
	want := l.state
	l.mu.Unlock()
	w := walk{origin: want.Origin, check: check, seals: newSeals(ctx, want.Origin, l.store)}
	err := l.store.Scan(ctx, math.MinInt64, func(seq int64, bytes, hash []byte) error {
		if w.seen.size() == want.Range.Size() && l.Head().Size > w.seen.size() {
			return errDone // appended since
		}
		if err := ctx.Err(); err != nil {
			return fault.New(fault.Cancelled, "", err)
		}
		if err := w.step(seq, bytes, hash); w.trouble != nil {
			return w.trouble
		} else if err != nil {
			return fault.New(fault.LogBroken, seqName(seq), err)
		}
		if n := w.seen.size(); n%progressEvery == 0 {
			progress(n, want.Range.Size())
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return w.verified, err
	}
	w.verified.Head = Head{want.Origin, w.seen.size(), w.seen.now.Root()}
	if w.seen.size() != want.Range.Size() || w.verified.Head.Root != want.Range.Root() || w.last != want.Last {
		return w.verified, fault.Newf(fault.LogBroken, seqName(w.seen.size()), "the records end in another root than the log's")
	}
	return w.verified, w.seals.end(l)
}

// walk is how far Verify has come.
type walk struct {
	origin   string
	check    CheckStatement
	seen     history
	last     [32]byte
	seals    seals
	trouble  error // that the store had, not the log
	verified Verified
}

func (w *walk) step(seq int64, bytes, hash []byte) error {
	record, err := follow(seq, bytes, hash, w.seen.size(), w.last)
	if err != nil {
		return err
	}
	if record.Stmt != "" {
		if err := w.witness(record); err != nil {
			return err
		}
	}
	w.last = record.Hash
	w.seen.append(record.Hash)
	w.verified.Bytes += int64(len(bytes))
	switch record.Kind {
	case KindRolledBack:
		w.find(record.Seq, FindingRolledBack)
	case KindRestored:
		w.find(record.Seq, FindingRestored)
	}
	return w.seal(&record)
}

func (w *walk) find(seq int64, kind FindingKind) {
	w.verified.Findings = append(w.verified.Findings, Finding{seq, kind})
}

// witness checks a statement's signatures and holds what its signer saw against the records as they are.
func (w *walk) witness(record Record) error {
	saw, err := w.check(record)
	if err != nil {
		return err
	}
	w.verified.Signed++
	if saw == nil {
		return nil
	}
	root, known := w.seen.root(saw.Size)
	switch {
	case saw.Origin != w.origin:
		return fmt.Errorf("its signer saw another log, %s", saw.Origin)
	case !known:
		return fmt.Errorf("its signer saw %d records where there are %d before it", saw.Size, w.seen.size())
	case root != saw.Root:
		return fmt.Errorf("its signer saw another history of the first %d records", saw.Size)
	}
	return nil
}

var errDone = errors.New("done")

// follow says whether these bytes are the record that must come next.
func follow(seq int64, bytes, hash []byte, next int64, last [32]byte) (Record, error) {
	decoded, err := leaf.Decode(bytes)
	if err != nil {
		return Record{}, err
	}
	record := Record{Leaf: decoded, Bytes: bytes, Hash: leaf.Hash(bytes)}
	switch {
	case seq != next || decoded.Seq != next:
		return record, fmt.Errorf("record %d stands where %d should", decoded.Seq, next)
	case decoded.Prev != last:
		return record, errors.New("it does not follow the record before it")
	case string(hash) != string(record.Hash[:]):
		return record, errors.New("its hash is not the stored one")
	}
	return record, nil
}

func seqName(seq int64) string { return strconv.FormatInt(seq, 10) }
