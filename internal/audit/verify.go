package audit

import (
	"context"
	"errors"
	"fmt"
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

// CheckStatement verifies the signatures of a record's statement with the keys that were in force there.
type CheckStatement func(Record) error

// progressEvery bounds how often Verify reports.
const progressEvery = 256

// Verify reads every record again, follows the chain, folds the tree and compares both with what the log stands on. The
// first record that is not what it must be ends it with fault.LogBroken. Progress is told how many records are done.
func (l *Log) Verify(ctx context.Context, check CheckStatement, progress func(done, of int64)) (Verified, error) {
	l.mu.Lock()
	want := l.state
	l.mu.Unlock()
	var r leaf.Range
	var last [32]byte
	var v Verified
	err := l.store.Scan(ctx, 0, func(seq int64, bytes, hash []byte) error {
		if seq >= want.Range.Size() {
			return errDone // appended since
		}
		if err := ctx.Err(); err != nil {
			return fault.New(fault.Cancelled, "", err)
		}
		record, err := follow(seq, bytes, hash, r.Size(), last)
		if err != nil {
			return fault.New(fault.LogBroken, seqName(seq), err)
		}
		if record.Stmt != "" {
			if err := check(record); err != nil {
				return fault.New(fault.LogBroken, seqName(seq), err)
			}
			v.Signed++
		}
		last = record.Hash
		r.Append(last)
		v.Bytes += int64(len(bytes))
		if r.Size()%progressEvery == 0 {
			progress(r.Size(), want.Range.Size())
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return v, err
	}
	v.Head = Head{want.Origin, r.Size(), r.Root()}
	if r.Size() != want.Range.Size() || r.Root() != want.Range.Root() || last != want.Last {
		return v, fault.Newf(fault.LogBroken, seqName(r.Size()), "the records end in another root than the log's")
	}
	return v, nil
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
