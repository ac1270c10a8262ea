package verify

import (
	"encoding/hex"
	"strings"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// What was recorded in an emergency stood in a journal first, where each record has a place in the chain of its process. The log
// keeps with such a record what it takes to make it again, byte for byte.

// link is how far a chain has come.
type link struct {
	next int64
	last [32]byte
}

const framePrefix = "frame."

// frame holds a record that came from an emergency journal against its hash and its place in its chain.
func (j *judge) frame(r *formats.Record) error {
	chain, ok := r.Body.Text("frame.chain")
	if !ok {
		return nil
	}
	l, stated, err := frameOf(r)
	if err != nil {
		return err
	}
	encoded, err := leaf.Encode(l)
	if err != nil {
		return frameForm.at(r.Seq)
	}
	if leaf.Hash(encoded) != stated {
		return frameHash.at(r.Seq)
	}
	j.counts.Frames++
	at, known := j.chains[chain]
	switch {
	case l.Seq < at.next:
		return frameOrder.at(r.Seq, l.Seq, at.next-1)
	case l.Seq > at.next && !j.full:
		j.missing(5)
	case l.Seq > at.next:
		j.find(sawFramesMissing.at(r.Seq, at.next, l.Seq-1))
	case l.Prev != at.last && (known || l.Seq == 0):
		return framePrev.at(r.Seq, l.Seq)
	}
	j.chains[chain] = link{l.Seq + 1, stated}
	j.frameSays(r)
	return nil
}

// frameOf makes the record again as it stood in the journal, and returns the hash that it had there.
func frameOf(r *formats.Record) (l leaf.Leaf, stated [32]byte, err error) {
	before, ok := hashIn(r, "frame.prev")
	stated, also := hashIn(r, "frame.hash")
	n, numbered := r.Body.Int("frame.n")
	if !ok || !also || !numbered {
		return l, stated, frameForm.at(r.Seq)
	}
	text := func(key string) string { t, _ := r.Body.Text(key); return t }
	l = leaf.Leaf{Seq: n, Prev: before, Kind: r.Kind, Actor: r.Actor, Stmt: r.Stmt}
	if l.At.Wall, err = clock.ParseWall(text("frame.at")); err != nil {
		return l, stated, frameForm.at(r.Seq)
	}
	l.At.Boot, l.At.State = text("frame.boot"), clock.State(text("frame.clock"))
	l.At.BootMS, _ = r.Body.Int("frame.boot_ms")
	for f := range r.Body.All() {
		switch {
		case f.Key == "frame.stmt":
			l.Stmt = f.Text
		case strings.HasPrefix(f.Key, framePrefix):
		case f.IsInt:
			l.Body.SetInt(f.Key, f.Int)
		default:
			l.Body.Set(f.Key, f.Text)
		}
	}
	return l, stated, nil
}

func hashIn(r *formats.Record, key string) (h [32]byte, ok bool) {
	text, _ := r.Body.Text(key)
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return [32]byte(b), true
}

// frameSays tells what the importer found about a frame.
func (j *judge) frameSays(r *formats.Record) {
	if machine, _ := r.Body.Text("frame.machine"); machine == "wrong" {
		j.find(sawFrameMachine.at(r.Seq))
	}
	if _, ok := r.Body.Text("frame.stmt"); ok {
		j.find(sawFrameStatement.at(r.Seq))
	}
}
