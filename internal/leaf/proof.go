package leaf

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/fault"
)

// Consistency returns the proof (RFC 6962, 2.1.2) that the log over all these leaves begins with its first old ones. For
// none and for all of them there is nothing to prove, and the proof is empty.
func Consistency(leafHashes [][32]byte, old int64) ([][32]byte, error) {
	size := int64(len(leafHashes))
	switch {
	case old < 0 || old > size:
		return nil, fault.Newf(fault.LogBroken, "tree", "a proof from %d to %d records", old, size)
	case old == 0 || old == size:
		return [][32]byte{}, nil
	}
	return subproof(nil, leafHashes, old, true), nil
}

// subproof is SUBPROOF of RFC 6962: what it takes to make the root over the first old leaves, and then that over all of them. Whole
// says whether the reader has the root over the first ones already. No more than the proof itself is kept.
func subproof(proof, leafHashes [][32]byte, old int64, whole bool) [][32]byte {
	size := int64(len(leafHashes))
	if old == size {
		if !whole {
			proof = append(proof, rootOf(leafHashes))
		}
		return proof
	}
	left := int64(1) << (bits.Len64(uint64(size-1)) - 1) // the largest power of two below the size
	if old <= left {
		return append(subproof(proof, leafHashes[:left], old, whole), rootOf(leafHashes[left:]))
	}
	return append(subproof(proof, leafHashes[left:], old-left, false), rootOf(leafHashes[:left]))
}

func rootOf(leafHashes [][32]byte) [32]byte {
	var r Range
	for _, hash := range leafHashes {
		r.Append(hash)
	}
	return r.Root()
}

// CheckConsistency says whether proof shows that the log of this size and root begins with the log that had old records
// and oldRoot.
func CheckConsistency(proof [][32]byte, size int64, root [32]byte, old int64, oldRoot [32]byte) error {
	var err error
	switch {
	case old < 0 || old > size || size >= maxLeaves:
		err = fmt.Errorf("a proof from %d to %d records", old, size)
	case old == 0 && (len(proof) > 0 || oldRoot != sha256.Sum256(nil)):
		err = errors.New("an empty log has one root and needs no proof")
	case size == 0 && root != oldRoot, old == size && (len(proof) > 0 || root != oldRoot):
		err = errors.New("two roots of one size")
	case old > 0:
		hashes := make(tlog.TreeProof, len(proof))
		for i, h := range proof {
			hashes[i] = h
		}
		err = tlog.CheckTree(hashes, size, root, old, oldRoot)
	}
	if err != nil {
		return fault.New(fault.LogBroken, "tree", err)
	}
	return nil
}
