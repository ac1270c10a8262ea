// Package journal is the emergency journal: files that are made before they are needed, with every block in its place,
// into which a record goes with one write and one sync, whatever became of the database and of the free space. It holds
// the frames of one process's emergencies until they are in the audit log.
//
// A frame is an encoded leaf whose number is its place in the process's chain and whose Prev is the hash of the frame
// before. The package does not know what the records mean (package breakglass), does not bring them into the audit log
// (breakglass, too), and decides nothing: it says whether a frame is durable.
package journal

import (
	"crypto/rand"
	"encoding/hex"
	"sync"

	"countersign/internal/clock"
	"countersign/internal/leaf"
)

// Frame is one record with its place in its chain.
type Frame struct {
	Chain string // 32 hexadecimal digits, drawn when the process began
	N     int64  // from 0
	Bytes []byte // the leaf: Seq is N, Prev the hash of the frame before
	Hash  [32]byte
	Epoch int64  // of the machine key that signed Hash; 0 for none
	Sig   []byte // Ed25519; nil for none
}

// Leaf returns what the frame holds.
func (f Frame) Leaf() (leaf.Leaf, error) { return leaf.Decode(f.Bytes) }

// Sign signs a frame's hash with the machine key of an epoch, where one is at hand; it must not wait for anything.
type Sign func(hash [32]byte) (epoch int64, sig []byte)

// Chain numbers the frames of one process. It is safe for concurrent use.
type Chain struct {
	id   string
	sign Sign

	mu   sync.Mutex
	n    int64
	last [32]byte
}

// NewChain begins a chain. Sign may be nil.
func NewChain(sign Sign) *Chain {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the program first
	if sign == nil {
		sign = func([32]byte) (int64, []byte) { return 0, nil }
	}
	return &Chain{id: hex.EncodeToString(id[:]), sign: sign}
}

// ID returns the chain's name.
func (c *Chain) ID() string { return c.id }

// Next makes the next frame of the chain. What cannot be encoded is fault.Internal and takes no number.
func (c *Chain) Next(kind string, at clock.Reading, actor leaf.Actor, body leaf.Body, stmt string) (Frame, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	encoded, err := leaf.Encode(leaf.Leaf{Seq: c.n, Prev: c.last, Kind: kind, At: at, Actor: actor, Body: body, Stmt: stmt})
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Chain: c.id, N: c.n, Bytes: encoded, Hash: leaf.Hash(encoded)}
	f.Epoch, f.Sig = c.sign(f.Hash)
	c.n, c.last = c.n+1, f.Hash
	return f, nil
}

// Same says whether two frames have the same place in the same chain.
func (f Frame) Same(other Frame) bool { return f.Chain == other.Chain && f.N == other.N }
