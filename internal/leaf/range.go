package leaf

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Range is a compact range from the beginning of the log (RFC 6962, 2.1): the roots of the perfect subtrees that cover it,
// the largest first. That is all that must be kept to append the next leaf and to know the root. The zero Range is
// empty. A Range is a value: a copy does not change with the original, so that a failed transaction drops its copy.
type Range struct {
	size  int64
	nodes [63]tlog.Hash // as many as size has bits that are set
}

// maxLeaves bounds what is read back, so that Append always has room. No log comes near it.
const maxLeaves = 1 << 62

// Size returns the number of leaves.
func (r *Range) Size() int64 { return r.size }

// Append adds the hash of the next leaf.
func (r *Range) Append(leafHash [32]byte) {
	n := r.depth()
	r.nodes[n] = leafHash
	for range bits.TrailingZeros64(^uint64(r.size)) { // each set bit at the end is a subtree that is now full
		r.nodes[n-1] = tlog.NodeHash(r.nodes[n-1], r.nodes[n])
		n--
	}
	r.size++
}

// Root returns the root of the tree over all leaves; for none it is SHA-256 of nothing.
func (r *Range) Root() [32]byte {
	n := r.depth()
	if n == 0 {
		return sha256.Sum256(nil)
	}
	root := r.nodes[n-1]
	for i := n - 2; i >= 0; i-- {
		root = tlog.NodeHash(r.nodes[i], root)
	}
	return root
}

func (r *Range) depth() int { return bits.OnesCount64(uint64(r.size)) }

var errRange = errors.New("not a compact range")

// MarshalBinary returns the size in eight bytes, big-endian, and the hashes, the largest subtree's first. It never fails.
func (r *Range) MarshalBinary() ([]byte, error) {
	b := make([]byte, 8, 8+r.depth()*tlog.HashSize)
	binary.BigEndian.PutUint64(b, uint64(r.size))
	for _, h := range r.nodes[:r.depth()] {
		b = append(b, h[:]...)
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. On an error r is as it was.
func (r *Range) UnmarshalBinary(b []byte) error {
	if len(b) < 8 {
		return errRange
	}
	size, hashes := binary.BigEndian.Uint64(b), b[8:]
	if size >= maxLeaves || len(hashes) != bits.OnesCount64(size)*tlog.HashSize {
		return errRange
	}
	*r = Range{size: int64(size)}
	for i := range r.depth() {
		copy(r.nodes[i][:], hashes[i*tlog.HashSize:])
	}
	return nil
}
