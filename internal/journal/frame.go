package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"

	"countersign/internal/leaf"
)

// A frame stands at the beginning of a slot and fills as many as it needs:
//
//	0   magic           8   "CSFRAME1"
//	8   chain          16
//	24  n               8   big endian, as all numbers
//	32  length          4   of the leaf
//	36  checksum        4   CRC-32C over the header, with noughts here, and the leaf
//	40  epoch           8   of the signature; 0 for none
//	48  signature      64
//	112 the leaf
const (
	frameMagic  = "CSFRAME1"
	frameHeader = 112
	sigSize     = 64

	// Slot is the unit that a disk writes whole or not at all, in bytes.
	Slot = 512
	// MaxFrame bounds a leaf in a frame, in bytes.
	MaxFrame = 256 << 10
)

var errNoFrame = errors.New("no frame begins here")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode returns the frame padded to whole slots.
func (f Frame) encode() ([]byte, error) {
	chain, err := hex.DecodeString(f.Chain)
	switch {
	case err != nil || len(chain) != 16:
		return nil, fmt.Errorf("%q is no chain", f.Chain)
	case len(f.Bytes) == 0 || len(f.Bytes) > MaxFrame:
		return nil, fmt.Errorf("a record of %d bytes", len(f.Bytes))
	case f.N < 0 || f.Epoch < 0 || f.Sig != nil && len(f.Sig) != sigSize:
		return nil, errors.New("a number or a signature that cannot be")
	}
	b := make([]byte, slots(len(f.Bytes))*Slot)
	copy(b, frameMagic)
	copy(b[8:], chain)
	binary.BigEndian.PutUint64(b[24:], uint64(f.N))
	binary.BigEndian.PutUint32(b[32:], uint32(len(f.Bytes)))
	binary.BigEndian.PutUint64(b[40:], uint64(f.Epoch))
	copy(b[48:], f.Sig)
	copy(b[frameHeader:], f.Bytes)
	binary.BigEndian.PutUint32(b[36:], checksum(b[:frameHeader+len(f.Bytes)]))
	return b, nil
}

// slots is how many a leaf of this length fills.
func slots(length int) int { return (frameHeader + length + Slot - 1) / Slot }

// checksum is over everything but its own place.
func checksum(b []byte) uint32 {
	sum := crc32.Update(0, castagnoli, b[:36])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	return crc32.Update(sum, castagnoli, b[40:])
}

// decode reads the frame at the beginning of b, and how many slots it fills. What is not a whole frame in its one spelling is
// an error.
func decode(b []byte) (f Frame, filled int, err error) {
	if len(b) < frameHeader || string(b[:8]) != frameMagic {
		return f, 0, errNoFrame
	}
	length := int(binary.BigEndian.Uint32(b[32:]))
	if length == 0 || length > MaxFrame || frameHeader+length > len(b) {
		return f, 0, fmt.Errorf("a length of %d", length)
	}
	if checksum(b[:frameHeader+length]) != binary.BigEndian.Uint32(b[36:]) {
		return f, 0, errors.New("the checksum is another")
	}
	n, epoch := binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[40:])
	if n > 1<<62 || epoch > 1<<62 {
		return f, 0, errors.New("a number that cannot be")
	}
	f = Frame{Chain: hex.EncodeToString(b[8:24]), N: int64(n), Epoch: int64(epoch), Bytes: bytes.Clone(b[frameHeader : frameHeader+length])}
	if sig := b[48:frameHeader]; !bytes.Equal(sig, make([]byte, sigSize)) {
		f.Sig = bytes.Clone(sig)
	}
	f.Hash = leaf.Hash(f.Bytes)
	l, err := leaf.Decode(f.Bytes)
	if err != nil {
		return f, 0, err
	}
	if l.Seq != f.N {
		return f, 0, fmt.Errorf("record %d in frame %d", l.Seq, f.N)
	}
	return f, slots(length), nil
}
