package audit

import "countersign/internal/leaf"

// history knows the tree's root after every number of records so far. It keeps each hash (32 bytes a record) and now and
// then a compact range to go on from.
type history struct {
	now    leaf.Range
	hashes [][32]byte
	marks  []leaf.Range // marks[i] is the range over the first i*markEvery records
}

// markEvery weighs memory (2 KiB a mark) against the hashes that looking up a root takes.
const markEvery = 128

func (h *history) size() int64 { return h.now.Size() }

func (h *history) append(hash [32]byte) {
	if h.size()%markEvery == 0 {
		h.marks = append(h.marks, h.now)
	}
	h.hashes = append(h.hashes, hash)
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
	r := h.marks[size/markEvery]
	for _, hash := range h.hashes[r.Size():size] {
		r.Append(hash)
	}
	return r.Root(), true
}
