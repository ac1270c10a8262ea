package leaf

import (
	"crypto/sha256"
	"errors"
	"fmt"

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
	nodes, err := nodesOver(leafHashes)
	if err != nil {
		return nil, fault.New(fault.LogBroken, "tree", err)
	}
	proof, err := tlog.ProveTree(size, old, nodes)
	if err != nil {
		return nil, fault.New(fault.LogBroken, "tree", err)
	}
	hashes := make([][32]byte, len(proof))
	for i, h := range proof {
		hashes[i] = h
	}
	return hashes, nil
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

// nodesOver returns the nodes of the tree over these leaves as package tlog counts them.
func nodesOver(leafHashes [][32]byte) (tlog.HashReader, error) {
	stored := make([]tlog.Hash, 0, 2*len(leafHashes))
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n, hash := range leafHashes {
		more, err := tlog.StoredHashesForRecordHash(int64(n), hash, reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
	}
	return reader, nil
}
