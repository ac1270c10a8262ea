package bundle

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// What becomes of a record in a bundle.
const (
	absent   byte = iota // there is none with this number: the log is broken
	withheld             // its hash, or that of a subtree, stands for it
	shown
)

// plan says which records a bundle shows. It is made in one pass over the log, which follows the chain on the way. For each
// record it keeps 32 bytes of hash, and 5 of its fate and length; where not all are shown one more, and with a device or a person
// chosen another four.
type plan struct {
	head     audit.Head
	previous formats.Head
	from, to int64
	scope    formats.Scope
	filter   string
	hashes   [][32]byte
	fate     []byte
	shown    int64
	bytes    int64 // of the leaves that are shown
	epochs   []int64
	epoch    int64  // the last
	broken   string // what is wrong with the log; "" for nothing
	seen     []sight
}

// sight is that the statement of a record says how long the log was.
type sight struct{ seq, size int64 }

// newPlan reads the log up to its head. What is wrong with it is noted and does not end that.
// Each is told every record where all are shown; it may be nil.
func newPlan(ctx context.Context, source Source, c *chooser, head audit.Head, trouble error, each func(formats.Record), tick func(done, of int64)) (*plan, error) {
	p := &plan{head: head, from: c.from, to: c.to, hashes: make([][32]byte, head.Size), fate: make([]byte, head.Size)}
	if trouble != nil {
		p.broken = "the log takes no records: " + cause(trouble)
	}
	lengths := make([]int32, head.Size)
	walk := walk{p: p, c: c, each: each, lengths: lengths}
	err := source.Stored(ctx, 0, func(seq int64, encoded, hash []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if seq%256 == 0 {
			tick(seq, head.Size)
		}
		if seq >= head.Size {
			return errDone
		}
		walk.step(seq, encoded, hash)
		return nil
	})
	if err != nil && err != errDone {
		return nil, ended(ctx, err)
	}
	walk.end()
	c.settle(p.fate)
	for seq, fate := range p.fate {
		if fate == shown {
			p.shown++
			p.bytes += int64(lengths[seq])
		}
	}
	p.describe(c.Selection)
	tick(head.Size, head.Size)
	return p, nil
}

// walk follows the chain.
type walk struct {
	p       *plan
	c       *chooser
	each    func(formats.Record)
	lengths []int32
	next    int64
	last    [32]byte
	root    leaf.Range
}

func (w *walk) step(seq int64, encoded, hash []byte) {
	p := w.p
	if seq < 0 {
		w.wrong(0, "record %d stands before the first", seq)
		return
	}
	l, err := leaf.Decode(encoded)
	h := leaf.Hash(encoded)
	switch {
	case err != nil:
		w.wrong(w.next, "it cannot be read: %s", cause(err))
	case seq != w.next || l.Seq != seq:
		w.wrong(w.next, "record %d stands in its place", l.Seq)
	case l.Prev != w.last:
		w.wrong(seq, "it does not follow the record before it")
	case !bytes.Equal(hash, h[:]):
		w.wrong(seq, "its hash is not the stored one")
	}
	w.next, w.last = seq+1, h
	w.root.Append(h)
	p.hashes[seq], w.lengths[seq] = h, int32(len(encoded))+1
	if err != nil {
		p.fate[seq] = shown // whoever looks for the mistake must see it
		return
	}
	if l.Kind == audit.KindEpoch {
		p.epochs = append(p.epochs, seq+1)
		p.epoch, _ = l.Body.Int("epoch")
	}
	p.fate[seq] = withheld
	if w.c.all {
		p.fate[seq] = shown
		if w.each != nil {
			w.each(formats.Record{Leaf: l, Bytes: encoded, Hash: h})
		}
		return
	}
	st := statementOf(&l)
	w.c.look(&l, st)
	if st != nil {
		if saw, ok := st.Witnessed(); ok && saw.Size > 0 && saw.Size <= seq {
			p.seen = append(p.seen, sight{seq, saw.Size})
		}
	}
}

// wrong notes the first thing that is wrong.
func (w *walk) wrong(seq int64, format string, args ...any) {
	if w.p.broken == "" {
		w.p.broken = fmt.Sprintf("record %d: ", seq) + fmt.Sprintf(format, args...)
	}
}

func (w *walk) end() {
	switch head := w.p.head; {
	case w.next != head.Size:
		w.wrong(w.next, "the records end here where %d should be", head.Size)
	case w.root.Root() != head.Root:
		w.wrong(head.Size, "the records end in another root than the log's")
	}
}

// describe words which records were chosen.
func (p *plan) describe(s Selection) {
	var words []string
	p.scope = formats.Full
	if p.from != 0 || p.to != p.head.Size {
		p.scope = formats.Partial
		words = append(words, fmt.Sprintf("records %d to %d", p.from, p.to-1))
	}
	if s.Device != "" {
		p.scope = formats.Partial
		words = append(words, "device "+plain(s.Device))
	}
	if s.Person != "" {
		p.scope = formats.Partial
		words = append(words, "person "+plain(s.Person))
	}
	if p.shown < p.head.Size && p.scope == formats.Full {
		p.scope = formats.Partial // some are not there at all
	}
	if len(s.Without) > 0 {
		p.scope = formats.Redacted
		var classes []string
		for _, w := range s.Without {
			classes = append(classes, string(w))
		}
		words = append(words, "without "+strings.Join(classes, ", ")+": "+plain(s.Reason))
	}
	if p.broken != "" {
		words = append([]string{"THE LOG IS BROKEN: " + plain(p.broken)}, words...)
	}
	p.filter = strings.Join(words, "; ")
}

// ended is why a pass over the log did not come to its end.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fault.New(fault.Cancelled, "", ctx.Err())
	}
	return err
}

// maxPlain bounds what people wrote where a manifest repeats it, in bytes.
const maxPlain = 400

// plain makes one line of what people wrote.
func plain(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r <= ' ' || r >= 0x7f && r <= 0xa0 || r == 0x2028 || r == 0x2029 }), " ")
	if len(s) > maxPlain {
		s = strings.ToValidUTF8(s[:maxPlain], "") + "…"
	}
	return s
}
