package modbus

import (
	"context"
	"fmt"
	"slices"

	"countersign/drivers"
)

// The basic objects of a device identification, which every device that knows function 2B/0E has.
const (
	vendorObject   byte = 0x00
	productObject  byte = 0x01
	revisionObject byte = 0x02
)

// basicIdentification asks for the basic objects as a stream.
const basicIdentification byte = 0x01

// specificObject asks for one object by its number.
const specificObject byte = 0x04

// moreFollows in an answer means that the rest must be asked for.
const moreFollows byte = 0xFF

// Limits of one identification, over all its answers.
const (
	maxObjects         = 64
	maxIdentityBytes   = 4 << 10
	identityHeaderSize = 7 // function, interface, read code, conformity, more follows, next object, number of objects
)

// identity is what a device says of itself by function 2B/0E.
type identity struct {
	objects map[byte]string
	raw     []byte // the answers' PDUs, one after the other
}

// identify reads the basic objects, in as many answers as the device needs.
func (c *client) identify(ctx context.Context) (identity, error) {
	id := identity{objects: map[byte]string{}}
	for next := vendorObject; ; {
		answer, err := c.ask(ctx, []byte{encapsulated, identification, basicIdentification, next})
		if err != nil {
			return id, err
		}
		following, more, err := id.add(answer, next)
		if err != nil || !more {
			return id, err
		}
		next = following
	}
}

// add takes the objects of one answer. Objects must come in rising order from the one that was asked for, so that the
// numbers themselves bound how long a device can go on.
func (id *identity) add(pdu []byte, from byte) (next byte, more bool, err error) {
	garbled := func(what string) (byte, bool, error) {
		return 0, false, fmt.Errorf("%w: device identification: %s", drivers.ErrGarbled, what)
	}
	if len(pdu) < identityHeaderSize || pdu[1] != identification {
		return garbled("too short or of another kind")
	}
	more, next = pdu[4] == moreFollows, pdu[5]
	count, rest := int(pdu[6]), pdu[identityHeaderSize:]
	lowest := int(from)
	for range count {
		if len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			return garbled("an object is cut off")
		}
		object, text := rest[0], rest[2:2+int(rest[1])]
		if int(object) < lowest {
			return garbled("objects out of order")
		}
		id.objects[object] = printable(text)
		lowest, rest = int(object)+1, rest[2+len(text):]
	}
	id.raw = append(id.raw, pdu...)
	switch {
	case len(rest) > 0:
		return garbled("bytes after the last object")
	case len(id.objects) > maxObjects || len(id.raw) > maxIdentityBytes:
		return garbled("too long")
	case more && (count == 0 || int(next) < lowest):
		return garbled("it does not move on")
	}
	return next, more, nil
}

// printable returns text without the blanks and noughts that pad it, or "" when it is not printable ASCII.
func printable(text []byte) string {
	text = trim(text)
	if slices.ContainsFunc(text, func(b byte) bool { return b < ' ' || b > '~' }) {
		return ""
	}
	return string(text)
}

// trim cuts blanks and noughts off both ends.
func trim(text []byte) []byte {
	pad := func(b byte) bool { return b == ' ' || b == 0 }
	for len(text) > 0 && pad(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && pad(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}
