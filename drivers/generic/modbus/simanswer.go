package modbus

import (
	"encoding/binary"
	"slices"
)

// answer carries out one request and returns the answer's PDU.
func (u *Unit) answer(pdu []byte) []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	var answer []byte
	var code byte
	switch function := pdu[0]; function {
	case readCoils, readDiscretes, readHolding, readInput:
		answer, code = u.answerRead(pdu)
	case writeCoil, writeRegister:
		answer, code = u.answerWriteOne(pdu)
	case writeCoils, writeRegisters:
		answer, code = u.answerWriteMany(pdu)
	case encapsulated:
		answer, code = u.answerIdentification(pdu)
	default:
		code = illegalFunction
	}
	if code != 0 {
		return []byte{pdu[0] | failed, code}
	}
	return answer
}

func (u *Unit) answerRead(pdu []byte) ([]byte, byte) {
	if len(pdu) != 5 {
		return nil, illegalValue
	}
	t := map[byte]table{readCoils: coils, readDiscretes: discretes, readHolding: holdings, readInput: inputs}[pdu[0]]
	address, quantity := int(binary.BigEndian.Uint16(pdu[1:])), int(binary.BigEndian.Uint16(pdu[3:]))
	if quantity < 1 || quantity > t.most() {
		return nil, illegalValue
	}
	registers, code := u.read(t, address, quantity)
	if code != 0 {
		return nil, code
	}
	data := pack(nil, registers...)
	if t.bits() {
		data = packBits(registers)
	}
	return append([]byte{pdu[0], byte(len(data))}, data...), 0
}

// packBits puts the first bit into the lowest place of the first byte.
func packBits(bits []uint16) []byte {
	out := make([]byte, (len(bits)+7)/8)
	for i, b := range bits {
		out[i/8] |= byte(b) << (i % 8)
	}
	return out
}

func (u *Unit) answerWriteOne(pdu []byte) ([]byte, byte) {
	if len(pdu) != 5 {
		return nil, illegalValue
	}
	t, w := holdings, binary.BigEndian.Uint16(pdu[3:])
	if pdu[0] == writeCoil {
		if w != 0 && w != coilOn {
			return nil, illegalValue
		}
		t, w = coils, min(w, 1)
	}
	return slices.Clone(pdu), u.write(t, int(binary.BigEndian.Uint16(pdu[1:])), []uint16{w})
}

func (u *Unit) answerWriteMany(pdu []byte) ([]byte, byte) {
	if len(pdu) < 6 || len(pdu) != 6+int(pdu[5]) {
		return nil, illegalValue
	}
	address, quantity := int(binary.BigEndian.Uint16(pdu[1:])), int(binary.BigEndian.Uint16(pdu[3:]))
	data, most, size, t := pdu[6:], maxWriteRegisters, 2*quantity, holdings
	if pdu[0] == writeCoils {
		most, size, t = maxWriteBits, (quantity+7)/8, coils
	}
	if quantity < 1 || quantity > most || len(data) != size {
		return nil, illegalValue
	}
	registers := words(data)
	if t == coils {
		registers = make([]uint16, quantity)
		for i := range registers {
			registers[i] = uint16(data[i/8] >> (i % 8) & 1)
		}
	}
	return slices.Clone(pdu[:5]), u.write(t, address, registers)
}

// answerIdentification answers 2B/0E with the three basic objects, as a stream or one by one. They always fit into one
// answer, because a map bounds their length.
func (u *Unit) answerIdentification(pdu []byte) ([]byte, byte) {
	const conformity = 0x81 // basic objects, as a stream and one by one
	if len(pdu) != 4 || pdu[1] != identification {
		return nil, illegalFunction
	}
	code, first, last := pdu[2], pdu[3], revisionObject
	switch {
	case code == specificObject && first > revisionObject:
		return nil, illegalAddress
	case code == specificObject:
		last = first
	case code < basicIdentification || code > specificObject:
		return nil, illegalValue
	case first > revisionObject:
		first = vendorObject // as the standard wants it: an unknown object means from the start
	}
	objects := [...]string{u.device.match.Vendor, u.device.match.Product, revision}
	answer := []byte{encapsulated, identification, code, conformity, 0, 0, last - first + 1}
	for _, object := range objects[first : last+1] {
		answer = append(answer, first, byte(len(object)))
		answer = append(answer, object...)
		first++
	}
	return answer, 0
}
