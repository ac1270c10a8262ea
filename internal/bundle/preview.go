package bundle

import (
	"context"
	"errors"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/report"
)

// Look counts what a bundle of the selection would hold. It writes nothing, and signs nothing.
func Look(ctx context.Context, source Source, s Selection, progress func(done, of int64)) (Preview, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	head := source.Head()
	p, err := newPlan(ctx, source, s, head, nil, func(done, of int64) { progress(done, 2*of) })
	if err != nil {
		return Preview{}, err
	}
	sum := report.NewSummary(formats.Heading{
		Origin: head.Origin, Scope: p.scope, From: p.from, To: p.to, Head: formats.Head{Size: head.Size, Root: head.Root}, Shown: p.shown,
	})
	err = source.Stored(ctx, 0, func(seq int64, encoded, _ []byte) error {
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
		l, err := leaf.Decode(encoded)
		if err != nil {
			return nil // the plan says so
		}
		return sum.Record(formats.Record{Leaf: l, Bytes: encoded, Hash: p.hashes[seq]})
	})
	if err != nil && !errors.Is(err, errDone) {
		return Preview{}, ended(ctx, err)
	}
	if err := sum.Close(); err != nil {
		return Preview{}, err
	}
	progress(2*head.Size, 2*head.Size)
	return Preview{
		From: p.from, To: p.to, Shown: p.shown, Withheld: head.Size - p.shown,
		Changes: int64(sum.Requests), Emergencies: int64(sum.Emergencies), OpenReviews: int64(sum.OpenReviews), Unknown: int64(sum.Unknown),
		Clock: sum.ClockSteps + sum.Unsynced, Gaps: int64(sum.Gaps), Unattested: int64(sum.UnattestedCount),
		Bytes: estimate(p.bytes, p.shown), Broken: p.broken,
	}, nil
}
