package modbus

import (
	"encoding/binary"
	"fmt"

	"countersign/drivers"
)

// The function codes that this package can form (MODBUS Application Protocol V1.1b3, chapter 6).
const (
	readCoils      byte = 0x01
	readDiscretes  byte = 0x02
	readHolding    byte = 0x03
	readInput      byte = 0x04
	writeCoil      byte = 0x05
	writeRegister  byte = 0x06
	writeCoils     byte = 0x0F
	writeRegisters byte = 0x10
	encapsulated   byte = 0x2B

	identification byte = 0x0E // the one encapsulated interface: read device identification
	failed         byte = 0x80 // added to the function code of an answer that is an exception
)

// The limits of one request.
const (
	maxPDU            = 253
	maxReadRegisters  = 125
	maxReadBits       = 2000
	maxWriteRegisters = 123
	maxWriteBits      = 1968
)

// headerSize is the MBAP header without the unit: transaction, protocol and length, two bytes each.
const headerSize = 6

// coilOn is what function 05 sends for on; off is nought, and nothing else is allowed.
const coilOn uint16 = 0xFF00

// adu is one frame: a request or an answer, with the unit that it is for or from.
type adu struct {
	transaction uint16
	unit        byte
	pdu         []byte // function code and data, 1 to 253 bytes
}

// split finds one frame. Bytes that cannot be the start of a frame are ErrGarbled: TCP loses nothing, so a broken
// header means that the other end speaks something else, and no later byte can be trusted to start a frame.
func split(data []byte, _ bool) (advance int, token []byte, err error) {
	if len(data) >= 4 && binary.BigEndian.Uint16(data[2:]) != 0 {
		return 0, nil, fmt.Errorf("%w: protocol %#04x in the header", drivers.ErrGarbled, data[2:4])
	}
	if len(data) < headerSize {
		return 0, nil, nil
	}
	length := int(binary.BigEndian.Uint16(data[4:]))
	if length < 2 || length > 1+maxPDU {
		return 0, nil, fmt.Errorf("%w: length %d in the header", drivers.ErrGarbled, length)
	}
	if len(data) < headerSize+length {
		return 0, nil, nil
	}
	return headerSize + length, data[:headerSize+length], nil
}

// parse reads a token of split.
func parse(token []byte) adu {
	return adu{transaction: binary.BigEndian.Uint16(token), unit: token[headerSize], pdu: token[headerSize+1:]}
}

// bytes returns the frame as it is on the wire.
func (a adu) bytes() []byte {
	b := make([]byte, 0, headerSize+1+len(a.pdu))
	b = pack(b, a.transaction, 0, uint16(1+len(a.pdu)))
	return append(append(b, a.unit), a.pdu...)
}

// pack appends words, high byte first.
func pack(b []byte, words ...uint16) []byte {
	for _, w := range words {
		b = binary.BigEndian.AppendUint16(b, w)
	}
	return b
}

// words reads the 16-bit words of b, high byte first. An odd byte at the end is left out.
func words(b []byte) []uint16 {
	out := make([]uint16, len(b)/2)
	for i := range out {
		out[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return out
}

// two is the form of most requests and of their echoes: a function, an address, and a quantity or a value.
func two(function byte, address, second uint16) []byte {
	return pack([]byte{function}, address, second)
}

// manyRegisters is the request of function 10.
func manyRegisters(address uint16, data []byte) []byte {
	return append(append(two(writeRegisters, address, uint16(len(data)/2)), byte(len(data))), data...)
}

// readData takes the registers or packed bits out of the answer to a read of quantity items.
func readData(pdu []byte, quantity uint16) ([]byte, error) {
	want := 2 * int(quantity)
	if pdu[0] == readCoils || pdu[0] == readDiscretes {
		want = (int(quantity) + 7) / 8
	}
	if len(pdu) != 2+want || int(pdu[1]) != want {
		return nil, fmt.Errorf("%w: %d bytes of data instead of %d", drivers.ErrGarbled, max(0, len(pdu)-2), want)
	}
	return pdu[2:], nil
}

// Exception codes (chapter 7).
const (
	illegalFunction byte = 0x01
	illegalAddress  byte = 0x02
	illegalValue    byte = 0x03
	deviceFailure   byte = 0x04
	acknowledged    byte = 0x05
	busy            byte = 0x06
	noGatewayPath   byte = 0x0A
	gatewaySilent   byte = 0x0B
)

// exception is a device's no, in its own code.
type exception struct{ function, code byte }

func (e exception) Error() string {
	names := map[byte]string{
		illegalFunction: "illegal function", illegalAddress: "illegal data address", illegalValue: "illegal data value",
		deviceFailure: "device failure", acknowledged: "accepted, still being done", busy: "device busy",
		noGatewayPath: "gateway has no path", gatewaySilent: "no answer behind the gateway",
	}
	return fmt.Sprintf("function %02X: exception %02X %s", e.function, e.code, names[e.code])
}

// Unwrap says what the code means to the console. Acknowledged and gatewaySilent are neither a refusal nor a yes: a
// write that ended so may have been done or may yet be.
func (e exception) Unwrap() error {
	switch e.code {
	case illegalFunction:
		return drivers.ErrUnsupported
	case acknowledged, gatewaySilent:
		return nil
	}
	return drivers.ErrRefused
}

// check says whether an answer belongs to the request's function and returns an exception as an error.
func check(request, answer []byte) error {
	switch {
	case answer[0] == request[0]:
		return nil
	case answer[0] == request[0]|failed && len(answer) == 2:
		return exception{request[0], answer[1]}
	}
	return fmt.Errorf("%w: an answer to function %02X for function %02X", drivers.ErrGarbled, answer[0], request[0])
}
