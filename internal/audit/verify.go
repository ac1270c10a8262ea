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
	Head   Head
	Bytes  int64
	Signed int64 // statements whose signatures were checked
}

// CheckStatement verifies the signatures of a record's statement with the keys that were in force there. It returns the
// head of the log that the statement's signer saw, or nil for a statement that names none.
type CheckStatement func(Record) (*Head, error)

// progressEvery bounds how often Verify reports.
const progressEvery = 256

// Verify reads every record again, follows the chain, folds the tree, and compares it with what the log stands on and with
// what every signer saw: each signed statement witnesses all that was recorded before it. The first record that is not
// what it must be ends it with fault.LogBroken. Progress is told how many records are done.
func (l *Log) Verify(ctx context.Context, check CheckStatement, progress func(done, of int64)) (Verified, error) {
	l.mu.Lock()
	want := l.state
	l.mu.Unlock()
	w := walk{origin: want.Origin, check: check}
	err := l.store.Scan(ctx, math.MinInt64, func(seq int64, bytes, hash []byte) error {
		if w.seen.size() == want.Range.Size() && l.Head().Size > w.seen.size() {
			return errDone // appended since
		}
		if err := ctx.Err(); err != nil {
			return fault.New(fault.Cancelled, "", err)
		}
		if err := w.step(seq, bytes, hash); err != nil {
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
	return w.verified, nil
}

// walk is how far Verify has come.
type walk struct {
	origin   string
	check    CheckStatement
	seen     history
	last     [32]byte
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
	return nil
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
