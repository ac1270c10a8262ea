package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"countersign/internal/leaf"
)

// data is the n-th leaf of a test.
func data(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// TestTheTreeIsTheOneThatOthersBuild folds logs of which runs are withheld, and proves that they begin with one another: the roots,
// the subtrees and the proofs are those of github.com/transparency-dev/merkle.
func TestTheTreeIsTheOneThatOthersBuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 400).Draw(t, "size")
		theirs := testonly.New(rfc6962.DefaultHasher)
		hashes := make([][32]byte, size)
		for n := range size {
			theirs.AppendData(data(n))
			hashes[n] = leaf.Hash(data(n))
			if string(hashes[n][:]) != string(theirs.LeafHash(uint64(n))) {
				t.Fatalf("leaf %d", n)
			}
		}
		var ours leaf.Range
		for ours.Size() < size {
			to := rapid.Int64Range(ours.Size()+1, size).Draw(t, "to")
			if rapid.Bool().Draw(t, "shown") {
				for ours.Size() < to {
					ours.Append(hashes[ours.Size()])
				}
			} else {
				for _, n := range leaf.Cover(hashes, 0, ours.Size(), to) {
					if want := subtree(theirs, n); n.Hash != want {
						t.Fatalf("from %d to %d: %x, not %x", n.From, n.To, n.Hash, want)
					}
					if err := ours.AppendNode(n); err != nil {
						t.Fatal(err)
					}
				}
			}
			if root := ours.Root(); string(root[:]) != string(theirs.HashAt(uint64(ours.Size()))) {
				t.Fatalf("another root over %d", ours.Size())
			}
		}
		proofs(t, theirs, hashes)
	})
}

// subtree is the root of a subtree as they fold it.
func subtree(theirs *testonly.Tree, n leaf.Node) [32]byte {
	f := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	r := f.NewEmptyRange(uint64(n.From))
	for at := n.From; at < n.To; at++ {
		_ = r.Append(theirs.LeafHash(uint64(at)), nil)
	}
	return [32]byte(r.Hashes()[0])
}

// proofs compares the proofs of consistency between two sizes, and lets each check the other's.
func proofs(t *rapid.T, theirs *testonly.Tree, hashes [][32]byte) {
	size := int64(len(hashes))
	old := rapid.Int64Range(1, size).Draw(t, "old")
	ours, err := leaf.Consistency(hashes, old)
	if err != nil {
		t.Fatal(err)
	}
	want, err := theirs.ConsistencyProof(uint64(old), uint64(size))
	if err != nil || len(want) != len(ours) {
		t.Fatalf("%v: %d hashes, not %d", err, len(ours), len(want))
	}
	got := make([][]byte, 0, len(ours))
	for i := range ours {
		got = append(got, ours[i][:])
		if string(ours[i][:]) != string(want[i]) {
			t.Fatalf("hash %d of the proof", i)
		}
	}
	oldRoot, root := [32]byte(theirs.HashAt(uint64(old))), [32]byte(theirs.Hash())
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old), uint64(size), got, oldRoot[:], root[:]); err != nil {
		t.Fatal("they refuse ours:", err)
	}
	if err := leaf.CheckConsistency(ours, size, root, old, oldRoot); err != nil {
		t.Fatal("we refuse theirs:", err)
	}
	bent := slices.Clone(ours)
	if len(bent) == 0 {
		bent = append(bent, sha256.Sum256(nil))
	} else {
		bent[rapid.IntRange(0, len(bent)-1).Draw(t, "bent")][0] ^= 1
	}
	bytes := make([][]byte, 0, len(bent))
	for i := range bent {
		bytes = append(bytes, bent[i][:])
	}
	they := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old), uint64(size), bytes, oldRoot[:], root[:])
	if we := leaf.CheckConsistency(bent, size, root, old, oldRoot); we == nil || they == nil {
		t.Fatalf("a proof that is none: %v, they say %v", we, they)
	}
}
