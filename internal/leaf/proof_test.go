package leaf

import (
	"fmt"
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	merkle "github.com/transparency-dev/merkle/testonly"

	"countersign/internal/fault"
)

// grove returns the hashes of n leaves, the roots of every size, and somebody else's tree over the same leaves.
func grove(n int) (hashes, roots [][32]byte, other *merkle.Tree) {
	other = merkle.New(rfc6962.DefaultHasher)
	var r Range
	roots = append(roots, r.Root())
	for i := range n {
		data := fmt.Appendf(nil, "leaf %d", i)
		hashes = append(hashes, Hash(data))
		r.Append(hashes[i])
		roots = append(roots, r.Root())
		other.AppendData(data)
	}
	return hashes, roots, other
}

func bare(all [][32]byte) (out [][]byte) {
	for _, h := range all {
		out = append(out, h[:])
	}
	return out
}

func TestProofsAgreeWithAnotherImplementationsTree(t *testing.T) {
	const n = 70
	hashes, roots, other := grove(n)
	for size := range n + 1 {
		if size > 0 && string(other.HashAt(uint64(size))) != string(roots[size][:]) {
			t.Fatalf("size %d: another root", size)
		}
		for old := range size + 1 {
			ours, err := Consistency(hashes[:size], int64(old))
			if err != nil {
				t.Fatalf("%d to %d: %v", old, size, err)
			}
			theirs, err := other.ConsistencyProof(uint64(old), uint64(size))
			if err != nil || !slices.EqualFunc(bare(ours), theirs, slices.Equal) {
				t.Fatalf("%d to %d: %x, theirs %x, %v", old, size, ours, theirs, err)
			}
			if err := CheckConsistency(ours, int64(size), roots[size], int64(old), roots[old]); err != nil {
				t.Errorf("%d to %d: %v", old, size, err)
			}
		}
	}
}

// TestAProofThatIsNotOneIsRefusedByBoth breaks one thing at a time. The other implementation is asked too, so that a
// case which is a proof after all would show.
func TestAProofThatIsNotOneIsRefusedByBoth(t *testing.T) {
	const n = 40
	hashes, roots, _ := grove(n)
	for size := 2; size <= n; size++ {
		for old := 1; old < size; old++ {
			good, err := Consistency(hashes[:size], int64(old))
			if err != nil {
				t.Fatal(err)
			}
			for what, c := range spoiled(good, size, old, roots) {
				if err := CheckConsistency(c.proof, c.size, c.root, c.old, c.oldRoot); !fault.Is(err, fault.LogBroken) {
					t.Errorf("%d to %d, %s: %v", old, size, what, err)
				}
				if c.old < 0 || c.size < 0 {
					continue // they count without a sign
				}
				theirs := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(c.old), uint64(c.size), bare(c.proof), c.oldRoot[:], c.root[:])
				if theirs == nil {
					t.Errorf("%d to %d, %s: they accept it", old, size, what)
				}
			}
		}
	}
}

type claim struct {
	proof     [][32]byte
	size, old int64
	root      [32]byte
	oldRoot   [32]byte
}

func spoiled(good [][32]byte, size, old int, roots [][32]byte) map[string]claim {
	right := claim{good, int64(size), int64(old), roots[size], roots[old]}
	all := map[string]claim{}
	spoil := func(what string, change func(*claim)) {
		c := right
		c.proof = slices.Clone(good)
		change(&c)
		all[what] = c
	}
	spoil("another root", func(c *claim) { c.root[7] ^= 1 })
	spoil("another old root", func(c *claim) { c.oldRoot[7] ^= 1 })
	spoil("the roots the other way round", func(c *claim) { c.root, c.oldRoot = c.oldRoot, c.root })
	spoil("the old log is the longer one", func(c *claim) { c.size, c.old = c.old, c.size })
	spoil("of no records before", func(c *claim) { c.old = 0 })
	spoil("a negative number before", func(c *claim) { c.old = -1 })
	spoil("a hash too many", func(c *claim) { c.proof = append(c.proof, [32]byte{}) })
	spoil("a bit of a hash", func(c *claim) { c.proof[len(c.proof)/2][0] ^= 1 })
	spoil("a hash too few", func(c *claim) { c.proof = c.proof[1:] })
	spoil("nothing", func(c *claim) { c.proof = nil })
	return all
}

func TestAProofOfMoreThanThereIsCannotBeMade(t *testing.T) {
	hashes, _, _ := grove(5)
	for _, old := range []int64{-1, 6} {
		if _, err := Consistency(hashes, old); !fault.Is(err, fault.LogBroken) {
			t.Errorf("%d: %v", old, err)
		}
	}
	if err := CheckConsistency(nil, 1<<62, [32]byte{}, 1<<62, [32]byte{1}); !fault.Is(err, fault.LogBroken) {
		t.Errorf("beyond all sizes: %v", err)
	}
}
