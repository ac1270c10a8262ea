package powercut

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// policy says what becomes of what was not synced.
type policy int

const (
	allLost policy = iota
	allKept
	someTorn // each name, each length and each sector of a write at random
	policies
)

// cut is one power cut: at a moment, with a fate for what was not synced.
type cut struct {
	at     int
	policy policy
	number uint64 // seeds what is left to chance
}

// cuts returns n cuts of a disk in order of their moments, the same ones for the same seed.
func (d *disk) cuts(n int, seed uint64) []cut {
	random := rand.New(rand.NewPCG(seed, 0))
	all := make([]cut, n)
	for i := range all {
		all[i] = cut{random.IntN(d.end + 1), policy(random.IntN(int(policies))), random.Uint64()}
	}
	slices.SortFunc(all, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	return all
}

// chance returns what decides whether the next piece that was not synced is kept.
func (c cut) chance() func() bool {
	random := rand.New(rand.NewPCG(c.number, 1))
	share := []float64{0.05, 0.5, 0.95}[random.IntN(3)] // a subset of halves hardly ever has all but one piece
	return func() bool {
		return c.policy == allKept || c.policy == someTorn && random.Float64() < share
	}
}

// replay computes what a folder holds after one cut after another. The cuts must come in order of their moments: what a
// file has for certain is kept from one to the next.
type replay struct {
	disk   *disk
	firmly map[*file]*certain
}

// certain is a file up to the first of its changes that was not durable at the last cut.
type certain struct {
	bytes []byte
	next  int
}

func newReplay(d *disk) *replay {
	return &replay{d, map[*file]*certain{}}
}

// after returns the folder's files by name. The bytes are good until the next cut.
func (r *replay) after(c cut) map[string][]byte {
	keep := c.chance()
	names := map[string]*file{}
	for _, e := range r.disk.entries {
		if e.begin >= c.at || e.durable >= c.at && !keep() {
			continue
		}
		delete(names, e.before)
		if e.file == nil {
			delete(names, e.name)
		} else {
			names[e.name] = e.file
		}
	}
	left := map[string][]byte{}
	for _, f := range r.disk.files { // in this order, so that chance falls the same way every time
		for name, kept := range names {
			if kept == f {
				left[name] = r.content(f, c.at, keep)
			}
		}
	}
	return left
}

func (r *replay) content(f *file, at int, keep func() bool) []byte {
	base, known := r.firmly[f]
	if !known {
		base = &certain{}
		r.firmly[f] = base
	}
	for base.next < len(f.changes) && f.changes[base.next].durable < at {
		base.bytes = f.changes[base.next].apply(base.bytes, func() bool { return true })
		base.next++
	}
	bytes := slices.Clone(base.bytes)
	for _, change := range f.changes[base.next:] {
		switch {
		case change.begin >= at:
			return bytes
		case change.durable < at:
			bytes = change.apply(bytes, func() bool { return true })
		default:
			bytes = change.apply(bytes, keep)
		}
	}
	return bytes
}

// apply makes those parts of a change that are kept. A file's length may be kept without the bytes behind it: they are
// zero then.
func (c change) apply(bytes []byte, keep func() bool) []byte {
	if c.data == nil {
		if keep() {
			bytes = lengthen(bytes, int(c.offset))[:c.offset]
		}
		return bytes
	}
	from := int(c.offset)
	end := from + len(c.data)
	if keep() {
		bytes = lengthen(bytes, end)
	}
	for from < end {
		to := min(end, from-from%sector+sector)
		if keep() {
			bytes = lengthen(bytes, to)
			copy(bytes[from:to], c.data[from-int(c.offset):])
		}
		from = to
	}
	return bytes
}

func lengthen(bytes []byte, size int) []byte {
	if size <= len(bytes) {
		return bytes
	}
	return append(bytes, make([]byte, size-len(bytes))...)
}

// acknowledged returns how many records had been acknowledged before a moment.
func (d *disk) acknowledged(at int) int64 {
	n, _ := slices.BinarySearchFunc(d.acks, at, func(a ack, at int) int { return cmp.Compare(a.at, at) })
	if n == 0 {
		return 0
	}
	return d.acks[n-1].seq + 1
}
