package bundle

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"countersign/internal/audit"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// What a bundle has beside the records so that each can be held against the tree.

var strict64 = base64.StdEncoding.Strict()

// includes says whether a checkpoint is part of the bundle: of a full one all are; else those with which epochs end, those of
// the period, and the last.
func (p *plan) includes(size int64) bool {
	if size > p.head.Size || size <= 0 {
		return false
	}
	if p.scope == formats.Full || size == p.head.Size || size > p.from && size <= p.to {
		return true
	}
	_, ends := slices.BinarySearch(p.epochs, size)
	return ends
}

// writeCheckpoints copies those that the bundle includes, and returns their sizes where records are withheld.
func (p *plan) writeCheckpoints(ctx context.Context, source Source, w io.Writer) (sizes []int64, err error) {
	out := bufio.NewWriter(w)
	err = source.Checkpoints(ctx, 0, func(c audit.Checkpoint) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !p.includes(c.Size) {
			return nil
		}
		if p.shown < p.head.Size {
			sizes = append(sizes, c.Size)
		}
		_, err := fmt.Fprintf(out, "checkpoint %d %d\n%s\n", c.Size, c.Epoch, c.Note)
		return err
	})
	if err != nil {
		return nil, ended(ctx, err)
	}
	return sizes, out.Flush()
}

// cuts are the sizes at which what is withheld must be split, so that every checkpoint and every signer's log can be compared.
func (p *plan) cuts(checkpoints []int64) []int64 {
	cuts := append([]int64{p.previous.Size}, checkpoints...)
	for _, s := range p.seen {
		if p.fate[s.seq] == shown {
			cuts = append(cuts, s.size)
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// writeOutside writes the nodes that stand for what is withheld. Between two cuts they are as few as can be; the record right
// before one that is shown stands by itself, so that the link to it can be checked.
func (p *plan) writeOutside(w io.Writer, cuts []int64) error {
	if p.shown == p.head.Size {
		return nil
	}
	out := bufio.NewWriter(w)
	for at := int64(0); at < p.head.Size; {
		if p.fate[at] != withheld {
			at++
			continue
		}
		end := at + 1
		for end < p.head.Size && p.fate[end] == withheld {
			end++
		}
		if err := p.writeRun(out, cuts, at, end); err != nil {
			return err
		}
		at = end
	}
	return out.Flush()
}

func (p *plan) writeRun(out io.Writer, cuts []int64, from, to int64) error {
	i, _ := slices.BinarySearch(cuts, from+1)
	j, _ := slices.BinarySearch(cuts, to)
	ends := slices.Clone(cuts[min(i, j):j])
	if to < p.head.Size && to-1 > from && (len(ends) == 0 || ends[len(ends)-1] < to-1) {
		ends = append(ends, to-1)
	}
	for _, end := range append(ends, to) {
		for _, n := range leaf.Cover(p.hashes[from:end], from, from, end) {
			if _, err := fmt.Fprintf(out, "node %d %d %s\n", n.From, n.To, hex.EncodeToString(n.Hash[:])); err != nil {
				return err
			}
		}
		from = end
	}
	return nil
}

// writeConsistency proves that the log goes on from what it was at the export before.
func (p *plan) writeConsistency(w io.Writer) error {
	before := p.previous
	if before.Size == 0 {
		return nil
	}
	proof, err := leaf.Consistency(p.hashes, before.Size)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "from %d %s\nto %d %s\n", before.Size, strict64.EncodeToString(before.Root[:]), p.head.Size, strict64.EncodeToString(p.head.Root[:]))
	for _, h := range proof {
		fmt.Fprintf(out, "%s\n", strict64.EncodeToString(h[:]))
	}
	return out.Flush()
}
