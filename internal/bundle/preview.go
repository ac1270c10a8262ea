package bundle

import (
	"context"
	"errors"
	"sync"

	"countersign/internal/audit"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/report"
)

// Look counts what a bundle of the selection would hold. It writes nothing, and signs nothing. Where all records are shown, one
// pass over the log is enough.
func Look(ctx context.Context, source Source, s Selection, progress func(done, of int64)) (Preview, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	head := source.Head()
	c, err := newChooser(s, head.Size)
	if err != nil {
		return Preview{}, err
	}
	t := newTeller(report.NewSummary(formats.Heading{Origin: head.Origin, From: c.from, To: c.to, Head: formats.Head{Size: head.Size, Root: head.Root}}))
	passes := int64(2)
	if c.all {
		passes = 1
	}
	p, err := newPlan(ctx, source, c, head, nil, t.tell, func(done, of int64) { progress(done, passes*of) })
	if err == nil && !c.all {
		err = t.read(ctx, source, p, head, progress)
	}
	sum := t.end()
	if err != nil {
		return Preview{}, ended(ctx, err)
	}
	progress(passes*head.Size, passes*head.Size)
	return Preview{
		From: p.from, To: p.to, Shown: p.shown, Withheld: head.Size - p.shown,
		Changes: int64(sum.Requests), Emergencies: int64(sum.Emergencies), OpenReviews: int64(sum.OpenReviews), Unknown: int64(sum.Unknown),
		Clock: sum.ClockSteps + sum.Unsynced, Gaps: int64(sum.Gaps), Unattested: int64(sum.UnattestedCount),
		Bytes: estimate(p.bytes, p.shown), Broken: p.broken,
	}, nil
}

// teller hands records to a summary that counts beside, so that reading the log and counting use a core each.
type teller struct {
	next []formats.Record
	feed chan []formats.Record
	done sync.WaitGroup
	sum  *report.Summary
}

const tellAtOnce = 256

func newTeller(sum *report.Summary) *teller {
	t := &teller{feed: make(chan []formats.Record, 4), sum: sum}
	t.done.Go(func() {
		for records := range t.feed {
			for _, r := range records {
				_ = sum.Record(r) // it does not fail
			}
		}
	})
	return t
}

// tell hands on a record whose bytes nobody writes to any more.
func (t *teller) tell(r formats.Record) {
	if t.next = append(t.next, r); len(t.next) == tellAtOnce {
		t.feed <- t.next
		t.next = make([]formats.Record, 0, tellAtOnce)
	}
}

// read tells those that a plan shows.
func (t *teller) read(ctx context.Context, source Source, p *plan, head audit.Head, progress func(done, of int64)) error {
	err := source.Stored(ctx, 0, func(seq int64, encoded, _ []byte) error {
		if seq%256 == 0 {
			progress(head.Size+seq, 2*head.Size)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		switch {
		case seq >= head.Size:
			return errDone
		case seq < 0 || p.fate[seq] != shown:
			return nil
		}
		if l, err := leaf.Decode(encoded); err == nil { // else the plan says so
			t.tell(formats.Record{Leaf: l, Bytes: encoded, Hash: p.hashes[seq]})
		}
		return nil
	})
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// end waits until everything is counted.
func (t *teller) end() *report.Summary {
	t.feed <- t.next
	close(t.feed)
	t.done.Wait()
	_ = t.sum.Close() // it does not fail
	return t.sum
}
