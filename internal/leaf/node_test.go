package leaf

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// TestSubtreesStandForTheirLeaves folds logs of which parts are only shown as subtrees: the root is the same.
func TestSubtreesStandForTheirLeaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(0, 300).Draw(t, "size")
		hashes := make([][32]byte, size)
		var whole Range
		for i := range hashes {
			binary.BigEndian.PutUint64(hashes[i][:], uint64(i)+1)
			whole.Append(hashes[i])
		}
		var r Range
		for r.Size() < size {
			to := rapid.Int64Range(r.Size()+1, size).Draw(t, "to")
			if rapid.Bool().Draw(t, "shown") {
				for r.Size() < to {
					r.Append(hashes[r.Size()])
				}
				continue
			}
			first := rapid.Int64Range(0, r.Size()).Draw(t, "first")
			for _, n := range Cover(hashes[first:], first, r.Size(), to) {
				if err := r.AppendNode(n); err != nil {
					t.Fatal(err)
				}
			}
		}
		if r.Size() != size || r.Root() != whole.Root() {
			t.Fatalf("%d records fold to %x, not %x", size, r.Root(), whole.Root())
		}
	})
}

// TestASubtreeHasOnePlace refuses nodes that the tree does not have, or not here.
func TestASubtreeHasOnePlace(t *testing.T) {
	for _, n := range []Node{{-1, 0, [32]byte{}}, {0, 0, [32]byte{}}, {0, 3, [32]byte{}}, {1, 3, [32]byte{}}, {2, 1, [32]byte{}}, {0, maxLeaves, [32]byte{}}} {
		if n.Check() == nil {
			t.Errorf("%d to %d is taken", n.From, n.To)
		}
	}
	var r Range
	if r.AppendNode(Node{From: 4, To: 8}) == nil || r.Size() != 0 {
		t.Error("a subtree is taken that does not follow")
	}
}
