package verify

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// What was recorded in an emergency stood in a journal first, where each record has a place in the chain of its process. The log
// keeps with such a record what it takes to make it again, byte for byte.

// chain is how far the journal of one process has come into the log. What comes before its place, because the log took nothing when
// it was its turn, waits for those in between.
type chain struct {
	next  int64
	last  [32]byte
	ahead map[int64]link
}

// link is a record in a chain: the one before, itself, and its place in the log.
type link struct {
	prev, hash [32]byte
	seq        int64
}

// take puts a record in its place, or says that there is one already, or that it does not follow the one before.
func (c *chain) take(n int64, l link) error {
	if _, twice := c.ahead[n]; twice || n < c.next {
		return frameOrder.at(l.seq, n)
	}
	before, known := c.ahead[n-1]
	if n == c.next {
		before, known = link{hash: c.last}, true
	}
	if behind, there := c.ahead[n+1]; known && before.hash != l.prev || there && behind.prev != l.hash {
		return framePrev.at(l.seq, n)
	}
	c.ahead[n] = l
	for {
		l, there := c.ahead[c.next]
		if !there {
			return nil
		}
		delete(c.ahead, c.next)
		c.next, c.last = c.next+1, l.hash
	}
}

const framePrefix = "frame."

// frame holds a record that came from an emergency journal against its hash and its place in its chain.
func (j *judge) frame(r *formats.Record) error {
	name, ok := r.Body.Text("frame.chain")
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
	c := j.chains[name]
	if c == nil {
		c = &chain{ahead: map[int64]link{}}
		j.chains[name] = c
	}
	if err := c.take(l.Seq, link{l.Prev, stated, r.Seq}); err != nil {
		return err
	}
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

// unlinked tells what is missing between the records of emergencies.
func (j *judge) unlinked() {
	for _, name := range slices.Sorted(maps.Keys(j.chains)) {
		c := j.chains[name]
		for _, n := range slices.Sorted(maps.Keys(c.ahead)) {
			if n > c.next && j.full {
				j.find(sawFramesMissing.at(c.ahead[n].seq, c.next, n-1))
			} else if n > c.next {
				j.missing(5)
			}
			c.next = n + 1
		}
	}
}
