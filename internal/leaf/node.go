package leaf

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/fault"
)

// Node is the root of a perfect subtree of the log: of the leaves from From up to, not including, To. Their number is a power
// of two that divides From. It stands for records that are not shown, and a Node of one leaf is that leaf's hash.
type Node struct {
	From, To int64
	Hash     [32]byte
}

// Check says whether n has a place in the tree.
func (n Node) Check() error {
	many := n.To - n.From
	if n.From < 0 || many <= 0 || n.To >= maxLeaves || many&(many-1) != 0 || n.From%many != 0 {
		return fault.Newf(fault.LogBroken, "tree", "the records from %d to %d are no subtree", n.From, n.To)
	}
	return nil
}

// AppendNode adds a subtree that begins where r ends.
func (r *Range) AppendNode(n Node) error {
	if err := n.Check(); err != nil {
		return err
	}
	if n.From != r.size {
		return fault.New(fault.LogBroken, "tree", fmt.Errorf("a subtree from record %d on, where there are %d", n.From, r.size))
	}
	level := bits.TrailingZeros64(uint64(n.To - n.From))
	at := r.depth()
	r.nodes[at] = n.Hash
	for range bits.TrailingZeros64(^(uint64(r.size) >> level)) {
		r.nodes[at-1] = tlog.NodeHash(r.nodes[at-1], r.nodes[at])
		at--
	}
	r.size = n.To
	return nil
}

// Cover returns the fewest nodes that stand for the leaves from from up to, not including, to; hashes has those of the leaves
// from first on.
func Cover(hashes [][32]byte, first, from, to int64) []Node {
	var nodes []Node
	for from < to {
		many := int64(1) << (bits.Len64(uint64(to-from)) - 1)
		if from > 0 {
			many = min(many, from&-from)
		}
		var part Range
		for _, hash := range hashes[from-first : from-first+many] {
			part.Append(hash)
		}
		nodes = append(nodes, Node{from, from + many, part.Root()})
		from += many
	}
	return nodes
}
