package capnostream20

import (
	"bytes"
	"errors"
	"fmt"
)

// The frame: header, length of the body, body (code and data), XOR of length and body. Header and escape bytes inside
// are stuffed, so that a raw header always starts a frame.
const (
	header  = 0x85
	escape  = 0x80
	maxBody = 255
)

// encode returns the frame that carries code and data.
func encode(code byte, data ...byte) []byte {
	body := append([]byte{byte(1 + len(data)), code}, data...)
	frame := []byte{header}
	var sum byte
	for _, b := range body {
		sum ^= b
	}
	for _, b := range append(body, sum) {
		switch b {
		case header, escape:
			frame = append(frame, escape, b^escape)
		default:
			frame = append(frame, b)
		}
	}
	return frame
}

// errItem is what encodeSet returns for an item that this driver must not write.
var errItem = errors.New("this item is not an alarm limit")

// encodeSet returns the frame that writes one alarm limit. There is no other way to make a write.
func encodeSet(item, value byte) ([]byte, error) {
	if item < firstItem || item > lastItem {
		return nil, fmt.Errorf("item %d: %w", item, errItem)
	}
	return encode(cmdSet, item, value), nil
}

// framer finds frames in what arrives and remembers how much of it was none.
type framer struct {
	skipped int // bytes that belonged to no good frame
}

// split is a bufio.SplitFunc. Its tokens are bodies: the code and its data, unstuffed, of frames with a good checksum.
func (f *framer) split(data []byte, _ bool) (advance int, token []byte, err error) {
	start := bytes.IndexByte(data, header)
	if start < 0 {
		f.skipped += len(data)
		return len(data), nil, nil
	}
	if start > 0 {
		f.skipped += start
		return start, nil, nil
	}
	body, used, state := unstuff(data[1:])
	switch state {
	case needMore:
		return 0, nil, nil
	case broken:
		f.skipped += 1 + used
		return 1 + used, nil, nil
	}
	return 1 + used, body, nil
}

type frameState int

const (
	whole frameState = iota
	needMore
	broken
)

// unstuff reads length, body and checksum from what follows a header and returns the body and how many bytes it took.
func unstuff(data []byte) (body []byte, used int, state frameState) {
	var plain [maxBody + 2]byte
	n, want := 0, 1
	for n < want {
		if used == len(data) {
			return nil, used, needMore
		}
		b := data[used]
		if b == header {
			return nil, used, broken // a new frame starts inside this one
		}
		used++
		if b == escape {
			if used == len(data) {
				return nil, used, needMore // the escaped byte comes with the next chunk
			}
			if b = data[used] ^ escape; b != header && b != escape {
				return nil, used, broken
			}
			used++
		}
		plain[n] = b
		if n++; n == 1 {
			want = int(b) + 2
		}
	}
	if n < 3 { // a body has at least its code
		return nil, used, broken
	}
	var sum byte
	for _, b := range plain[:n] {
		sum ^= b
	}
	if sum != 0 {
		return nil, used, broken
	}
	return plain[1 : n-1], used, whole
}
