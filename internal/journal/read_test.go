package journal

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"countersign/internal/leaf"
)

// seeds are real journals.
func seeds(tb testing.TB) [][]byte {
	f, next := claim(tb, tb.TempDir()), newChain(signs)
	for _, size := range []int{0, 300, 700, 1500} {
		put(tb, f, next(tb, size))
	}
	whole, err := os.ReadFile(f.Path())
	if err != nil {
		tb.Fatal(err)
	}
	whole = whole[:12*Slot]
	torn := bytes.Clone(whole)
	clear(torn[3*Slot+100 : 4*Slot])
	return [][]byte{whole, whole[:len(whole)-Slot], whole[:700], whole[Slot:], torn, nil}
}

// mend makes the checksums right, so that what lies behind them is reached.
func mend(b []byte) {
	if len(b) >= Slot {
		binary.BigEndian.PutUint32(b[8:], headSum(b[:Slot]))
	}
	for at := Slot; at+frameHeader <= len(b); at += Slot {
		if length := int(binary.BigEndian.Uint32(b[at+32:])); length <= len(b)-at-frameHeader {
			binary.BigEndian.PutUint32(b[at+36:], checksum(b[at:at+frameHeader+length]))
		}
	}
}

// FuzzRead reads anything as a journal: what comes out is whole, in its one spelling, and bounded by what went in.
func FuzzRead(f *testing.F) {
	for _, seed := range seeds(f) { // short: a long one is made smaller for a minute while the fuzzing waits
		f.Add(seed[:min(len(seed), 3*Slot)], false)
		f.Add(seed[:min(len(seed), 2*Slot)], true)
	}
	f.Fuzz(func(t *testing.T, b []byte, mended bool) {
		if b = bytes.Clone(b); mended {
			mend(b)
		}
		var c Content
		c.read(b)
		filled := 0
		for _, frame := range c.Frames {
			again, err := frame.encode()
			if err != nil || !bytes.Contains(b, again[:frameHeader+len(frame.Bytes)]) {
				t.Fatalf("frame %d was not in what was read: %v", frame.N, err)
			}
			l, err := frame.Leaf()
			if err != nil || l.Seq != frame.N || frame.Hash != leaf.Hash(frame.Bytes) {
				t.Fatalf("frame %d: %v", frame.N, err)
			}
			filled += len(again) / Slot
		}
		if most := (len(b) + Slot - 1) / Slot; filled+c.Damaged > most {
			t.Fatalf("%d slots with frames and %d damaged of %d", filled, c.Damaged, most)
		}
	})
}

func TestEveryByteThatChangesIsSeenAndTheOtherFramesAreFound(t *testing.T) {
	whole := seeds(t)[0]
	var all Content
	all.read(whole)
	for at := range whole {
		b := bytes.Clone(whole)
		b[at] ^= 0x40
		var c Content
		c.read(b)
		where := owner(all.Frames, at)
		switch {
		case where < 0: // the head, or behind the last frame
			if len(c.Frames) != len(all.Frames) {
				t.Fatalf("byte %d: %d frames", at, len(c.Frames))
			}
		case padding(all.Frames, at): // holds nothing
		case len(c.Frames) != len(all.Frames)-1 || c.Damaged == 0:
			t.Fatalf("byte %d of frame %d: %d frames, %d damaged", at, where, len(c.Frames), c.Damaged)
		}
	}
}

// owner is the frame that a byte belongs to, or -1.
func owner(frames []Frame, at int) int {
	slot := 1
	for i, f := range frames {
		if slot += slots(len(f.Bytes)); at >= Slot && at < slot*Slot {
			return i
		}
	}
	return -1
}

func padding(frames []Frame, at int) bool {
	slot := 1
	for _, f := range frames {
		end := slot*Slot + frameHeader + len(f.Bytes)
		if slot += slots(len(f.Bytes)); at < slot*Slot {
			return at >= end
		}
	}
	return true
}
