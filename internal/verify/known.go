package verify

import (
	"context"
	"errors"
	"fmt"
	"io"

	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// known holds the log against what was seen of it before: step 7.
func (v *run) known() error {
	file, err := v.a.small(formats.ConsistencyPath, maxConsistency)
	if err != nil {
		return err
	}
	c, err := parseConsistency(file)
	if err != nil {
		return consistencyForm.at(-1, err)
	}
	if err := v.previous(c); err != nil {
		return err
	}
	for _, w := range v.o.Known {
		if err := v.witness(w); err != nil {
			return err
		}
	}
	return nil
}

// previous holds the log against the head of which the exporter says that it was exported before.
func (v *run) previous(c *consistency) error {
	before := v.m.Previous
	switch {
	case c == nil && before.Size == 0:
		return nil
	case c == nil || c.from != before || c.to != v.m.Head:
		return consistencyHeads.at(-1)
	}
	if err := leaf.CheckConsistency(c.proof, c.to.Size, c.to.Root, c.from.Size, c.from.Root); err != nil {
		return consistencyProof.at(-1, errors.Unwrap(err))
	}
	if root, known := v.heads.root(before.Size); known && root != before.Root {
		return consistencyProof.at(-1, "the records have another root over as many")
	}
	return nil
}

// witness holds the log against a head that somebody kept.
func (v *run) witness(w Witness) error {
	root, reached := v.heads.root(w.Size)
	if !reached && w.Size == v.m.Previous.Size {
		root, reached = v.m.Previous.Root, true // the proof shows that this log begins with it
	}
	switch {
	case w.Origin != v.m.Origin:
		return knownOrigin.at(-1, w.Name, w.Origin)
	case w.Size > v.m.Head.Size:
		return knownSize.at(v.m.Head.Size, w.Name, w.Size, v.m.Head.Size)
	case !reached:
		v.judge.missing(7)
		v.find(sawKnownWithheld.at(-1, w.Name, w.Size))
		return nil
	case root != w.Root:
		return knownRoot.at(-1, w.Name, w.Size)
	}
	if v.m.From <= w.Size {
		v.gap, v.report.Answers.NoGapSince = Yes, fmt.Sprintf("%s (%d records)", w.Name, w.Size)
	} else if v.gap == Unknown {
		v.gap, v.report.Answers.NoGapSince = No, fmt.Sprintf("%s (%d records); the bundle begins with record %d", w.Name, w.Size, v.m.From)
	}
	return nil
}

// Head returns the head of the log that a bundle's manifest names, to hold a later bundle against it. It verifies nothing: whoever
// kept the bundle knows where it was.
func Head(ctx context.Context, r io.ReaderAt, size int64, name string) (Witness, error) {
	a, err := open(&medium{ctx: ctx, r: r}, size)
	if err != nil {
		return Witness{}, fault.New(fault.Incoming, name, err)
	}
	text, err := a.small(formats.ManifestPath, formats.MaxManifest)
	if err != nil {
		return Witness{}, fault.New(fault.Incoming, name, err)
	}
	m, err := formats.ParseManifest(text)
	if err != nil {
		return Witness{}, err
	}
	return Witness{Name: name, Origin: m.Origin, Size: m.Head.Size, Root: m.Head.Root}, nil
}
