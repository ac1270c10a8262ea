package audit

import "countersign/internal/leaf"

// history knows the tree's root after every number of records so far. It keeps each hash (32 bytes a record) and now and
// then a compact range to go on from. It grows by stretches, so that what is there is never copied.
type history struct {
	now  leaf.Range
	past []*stretch
}

// stretch is every so many records: the range over all before, and their hashes.
type stretch struct {
	before leaf.Range
	hashes [markEvery][32]byte
}

// markEvery weighs memory (2 KiB a range) against the hashes that looking up a root takes.
const markEvery = 128

func (h *history) size() int64 { return h.now.Size() }

func (h *history) append(hash [32]byte) {
	n := h.size() % markEvery
	if n == 0 {
		h.past = append(h.past, &stretch{before: h.now})
	}
	h.past[len(h.past)-1].hashes[n] = hash
	h.now.Append(hash)
}

// root returns the root over the first size records, and false where there are not so many.
func (h *history) root(size int64) ([32]byte, bool) {
	switch {
	case size < 0 || size > h.size():
		return [32]byte{}, false
	case size == h.size():
		return h.now.Root(), true
	}
	in := h.past[size/markEvery]
	r := in.before
	for _, hash := range in.hashes[:size%markEvery] {
		r.Append(hash)
	}
	return r.Root(), true
}
