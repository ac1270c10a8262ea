package bundle

import (
	"bufio"
	"bytes"
	"errors"

	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/report"
)

// records makes the files of records, and all that are made from them. This goroutine reads and packs the records; those of
// package report write and pack everything else, so that more than one core is used.
func (w *writing) records(h formats.Heading) error {
	p := w.plan
	leaves := formats.NewParts(w.spool.open, formats.LeavesPath)
	view := report.All(h, w.spool.open)
	var line []byte
	var done int64
	err := w.r.Source.Stored(w.ctx, 0, func(seq int64, encoded, hash []byte) error {
		switch {
		case seq >= p.head.Size:
			return errDone
		case seq < 0 || p.fate[seq] != shown:
			return w.ctx.Err()
		}
		if done++; done%256 == 0 {
			w.tick(StageMake, done, p.shown)
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
		line = append(append(line[:0], encoded...), '\n')
		if err := leaves.Write(line); err != nil {
			return err
		}
		l, err := leaf.Decode(encoded)
		if err != nil {
			if p.broken == "" {
				return fault.New(fault.LogBroken, l.Kind, err)
			}
			return nil // nothing can be made of it
		}
		return view.Record(formats.Record{Leaf: l, Bytes: encoded, Hash: p.hashes[seq]})
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	if err == nil {
		w.tick(StageFinish, 0, 1)
	}
	return errors.Join(err, leaves.Close(), view.Close())
}

// proofs makes the files that are not made from records.
func (w *writing) proofs() error {
	var cuts []int64
	for _, one := range []struct {
		path  string
		write func(f *spooled) error
	}{
		{formats.CheckpointsPath, func(f *spooled) error {
			sizes, err := w.plan.writeCheckpoints(w.ctx, w.r.Source, f)
			cuts = w.plan.cuts(sizes)
			return err
		}},
		{formats.OutsidePath, func(f *spooled) error { return w.plan.writeOutside(f, cuts) }},
		{formats.ConsistencyPath, func(f *spooled) error { return w.plan.writeConsistency(f) }},
		{formats.FramesPath, w.frames},
	} {
		f, err := w.spool.create(one.path)
		if err != nil {
			return err
		}
		if err := errors.Join(one.write(f), f.Close()); err != nil {
			return err
		}
	}
	return w.ctx.Err()
}

// frames writes what the log has not taken in.
func (w *writing) frames(f *spooled) error {
	if w.r.Frames == nil {
		return nil
	}
	frames, err := w.r.Frames(w.ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	for _, encoded := range frames {
		if bytes.IndexByte(encoded, '\n') >= 0 {
			continue // no record has a line feed: its one spelling escapes it
		}
		_, _ = out.Write(encoded)
		_ = out.WriteByte('\n')
	}
	return out.Flush()
}

// The room that a bundle takes, measured on records of a ward: what is packed of each byte of a record with all that is made from
// it, and what every record and every bundle takes besides.
const (
	perByte   = 1.0
	perRecord = 200
	perBundle = 256 << 10
)

// estimate is about how many bytes a bundle has.
func estimate(leaves, records int64) int64 {
	return int64(float64(leaves)*perByte) + records*perRecord + perBundle
}
