package verify

import (
	"bytes"
	"slices"

	"countersign/internal/leaf"
)

// heads are the roots over as many records as somebody claims to have seen: those alone are kept, not one for each record.
type heads struct {
	sizes []int64
	roots [][32]byte
	known []bool
	next  int // the first whose size was not reached yet
}

// want asks for the root over so many records, before the walk begins.
func (h *heads) want(size int64) {
	if n := len(h.sizes); n == 0 || h.sizes[n-1] != size { // mostly they come in order
		h.sizes = append(h.sizes, size)
	}
}

// begin is called when all are asked for.
func (h *heads) begin() {
	slices.Sort(h.sizes)
	h.sizes = slices.Compact(h.sizes)
	h.roots, h.known = make([][32]byte, len(h.sizes)), make([]bool, len(h.sizes))
}

// reached is told how far the tree has grown.
func (h *heads) reached(tree *leaf.Range) {
	for h.next < len(h.sizes) && h.sizes[h.next] <= tree.Size() {
		if h.sizes[h.next] == tree.Size() {
			h.roots[h.next], h.known[h.next] = tree.Root(), true
		}
		h.next++
	}
}

// root returns the root over so many records; it is not known where the tree grew past it at once.
func (h *heads) root(size int64) (root [32]byte, known bool) {
	i, asked := slices.BinarySearch(h.sizes, size)
	if !asked || !h.known[i] {
		return root, false
	}
	return h.roots[i], true
}

// Every statement but the founding ends with the log as its signer saw it. In a leaf its line feeds are escaped.
var (
	hasStatement = []byte(`,"stmt":"`)
	logLine      = []byte(`\nlog `)
	lineEnd      = []byte(`\n`)
)

// look asks for the root that the statement of a leaf names. It is quick and strict about nothing: what the statement says is read
// properly later, and a root too many does no harm.
func (h *heads) look(line []byte) {
	if !bytes.Contains(line, hasStatement) {
		return
	}
	at := bytes.LastIndex(line, logLine)
	if at < 0 {
		return
	}
	rest := line[at+len(logLine):]
	end := bytes.Index(rest, lineEnd)
	if end < 0 {
		return
	}
	words := bytes.Split(rest[:end], []byte(" "))
	if len(words) != 5 {
		return
	}
	if size, ok := number(string(words[2])); ok {
		h.want(size)
	}
}
