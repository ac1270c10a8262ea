package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

// seals follows the epochs and checkpoints while Verify walks over the records.
type seals struct {
	ctx    context.Context
	store  Sealed // nil where the store keeps no checkpoints
	origin string

	page  []Checkpoint // that were read ahead
	after int64        // the size of the last one read
	ended bool         // whether there were no more

	epoch  int64
	key    ed25519.PublicKey
	sealed int64 // size at the last checkpoint
}

const sealPage = 256

func newSeals(ctx context.Context, origin string, store Store) seals {
	s := seals{ctx: ctx, origin: origin, after: math.MinInt64}
	s.store, _ = store.(Sealed)
	s.ended = s.store == nil
	return s
}

// next returns the next checkpoint without taking it, or nil.
func (s *seals) next() (*Checkpoint, error) {
	if len(s.page) == 0 && !s.ended {
		s.page = s.page[:0]
		err := s.store.Checkpoints(s.ctx, s.after, func(c Checkpoint) error {
			s.page = append(s.page, c)
			s.after = c.Size
			if len(s.page) == sealPage {
				return errDone
			}
			return nil
		})
		if err != nil && !errors.Is(err, errDone) {
			return nil, err
		}
		s.ended = len(s.page) < sealPage
	}
	if len(s.page) == 0 {
		return nil, nil
	}
	return &s.page[0], nil
}

// seal checks a record's place among the epochs, and the checkpoint behind it where there is one or must be.
func (w *walk) seal(record *Record) error {
	s := &w.seals
	if record.Kind != KindEpoch {
		if record.Epoch != s.epoch {
			return fmt.Errorf("it is of epoch %d in epoch %d", record.Epoch, s.epoch)
		}
		return w.checkpoint(record)
	}
	e, err := readEpoch(record)
	if err == nil {
		err = e.follows(s.origin, record.Epoch, s.epoch, s.key)
	}
	if err != nil {
		return err
	}
	w.verified.Epochs++
	if e.link == linkNext {
		err = w.checkpoint(record) // by the old key, which ends with it
		s.epoch, s.key = e.epoch, e.key
		return err
	}
	if e.link == linkUnlinked {
		w.find(record.Seq, FindingUnlinked)
	}
	s.epoch, s.key = e.epoch, e.key
	return w.checkpoint(record)
}

// checkpoint checks the one behind the record that was taken in last.
func (w *walk) checkpoint(record *Record) error {
	s, size := &w.seals, w.seen.size()
	c, err := s.next()
	switch {
	case err != nil:
		w.trouble = err
		return err
	case c == nil || c.Size > size:
		if s.epoch > 0 && due(&record.Leaf, size-s.sealed) {
			return errors.New("the checkpoint behind it is missing")
		}
		return nil
	case c.Size < size:
		return fmt.Errorf("a checkpoint over %d records stands where none can", c.Size)
	case c.Epoch != s.epoch || s.epoch == 0:
		return fmt.Errorf("its checkpoint is of epoch %d in epoch %d", c.Epoch, s.epoch)
	}
	said, root, err := statement.OpenCheckpoint(c.Note, s.origin, s.key)
	switch {
	case err != nil:
		return err
	case said != size:
		return fmt.Errorf("its checkpoint is over %d records", said)
	case root != w.seen.now.Root():
		return errors.New("its checkpoint has another root")
	}
	s.page, s.sealed = s.page[1:], size
	w.verified.Checkpoints++
	return nil
}

// end looks for checkpoints over more records than there are: what is left where a log's end was cut off without them.
func (s *seals) end(l *Log) error {
	if s.store == nil {
		return nil
	}
	return s.store.Checkpoints(s.ctx, s.sealed, func(c Checkpoint) error {
		if size := l.Head().Size; c.Size > size {
			return fault.Newf(fault.LogBroken, seqName(size), "a checkpoint over %d records where there are %d", c.Size, size)
		}
		return nil
	})
}
