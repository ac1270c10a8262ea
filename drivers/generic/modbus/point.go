package modbus

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"countersign/drivers"
)

// table is one of the four address spaces of a device.
type table byte

const (
	coils table = iota
	discretes
	holdings
	inputs
)

// tableNames are the spellings in a map.
var tableNames = map[string]table{"coil": coils, "discrete": discretes, "holding": holdings, "input": inputs}

func (t table) bits() bool     { return t == coils || t == discretes }
func (t table) writable() bool { return t == coils || t == holdings }

func (t table) readFunction() byte {
	return [...]byte{coils: readCoils, discretes: readDiscretes, holdings: readHolding, inputs: readInput}[t]
}

// most is how many items one read may ask for.
func (t table) most() int {
	if t.bits() {
		return maxReadBits
	}
	return maxReadRegisters
}

// format is how a point's bytes are to be understood.
type format byte

const (
	bit format = iota
	unsigned16
	signed16
	unsigned32
	signed32
	ascii
)

// formatNames are the spellings in a map.
var formatNames = map[string]format{
	"bit": bit, "uint16": unsigned16, "int16": signed16, "uint32": unsigned32, "int32": signed32, "ascii": ascii,
}

// option is one word of a choice and the number that stands for it in the register.
type option struct {
	Value string `toml:"value"`
	Word  uint16 `toml:"word"`
}

// point is where one value is in a device, and how it is written there.
type point struct {
	id       drivers.SettingID
	table    table
	address  uint16 // as on the wire, from nought
	format   format
	lowFirst bool // of a 32-bit value, the low word has the lower address
	length   int  // of ascii, in characters
	scale    int  // the value is the register's number times 10^scale
	kind     drivers.Kind
	options  []option
}

// size returns how many registers, or bits, the point takes.
func (p point) size() uint16 {
	switch p.format {
	case unsigned32, signed32:
		return 2
	case ascii:
		return uint16((p.length + 1) / 2)
	}
	return 1
}

// cut takes the point's own bytes out of the answer to a read that began at start. A bit becomes one byte, 0 or 1.
func (p point) cut(data []byte, start uint16) []byte {
	at := int(p.address - start)
	if p.table.bits() {
		return []byte{data[at/8] >> (at % 8) & 1}
	}
	return slices.Clone(data[2*at : 2*(at+int(p.size()))])
}

// decode turns the point's own bytes into a value; text is for identities only, see text. A number that no option stands for, or with more than nine digits,
// is an error.
func (p point) decode(raw []byte) (drivers.Value, error) {
	switch {
	case p.format == bit && raw[0] == 0:
		return drivers.Word(drivers.Toggle, "off"), nil
	case p.format == bit:
		return drivers.Word(drivers.Toggle, "on"), nil
	}
	n := p.integer(words(raw))
	if p.kind == drivers.Choice {
		i := slices.IndexFunc(p.options, func(o option) bool { return int64(o.Word) == n })
		if i < 0 {
			return drivers.Value{}, fmt.Errorf("%s: no option is %d", p.id, n)
		}
		return drivers.Word(drivers.Choice, p.options[i].Value), nil
	}
	if n > 999_999_999 || n < -999_999_999 {
		return drivers.Value{}, fmt.Errorf("%s: %d: %w: more than nine digits", p.id, n, drivers.ErrNumber)
	}
	d, err := drivers.Int(n).Shift(p.scale)
	if err != nil {
		return drivers.Value{}, fmt.Errorf("%s: %w", p.id, err)
	}
	return drivers.Number(p.kind, d), nil
}

// integer reads the point's number out of its registers.
func (p point) integer(w []uint16) int64 {
	switch p.format {
	case unsigned16:
		return int64(w[0])
	case signed16:
		return int64(int16(w[0]))
	}
	high, low := w[0], w[1]
	if p.lowFirst {
		high, low = low, high
	}
	n := uint32(high)<<16 | uint32(low)
	if p.format == signed32 {
		return int64(int32(n))
	}
	return int64(n)
}

// encode turns a value into the point's registers, exactly or not at all. A toggle is one word, 0 or 1.
func (p point) encode(v drivers.Value) ([]uint16, error) {
	if v.Kind() != p.kind {
		return nil, fmt.Errorf("%w: %s: a %s is needed", drivers.ErrRange, p.id, p.kind)
	}
	switch p.kind {
	case drivers.Toggle:
		if v.String() == "on" {
			return []uint16{1}, nil
		}
		return []uint16{0}, nil
	case drivers.Choice:
		i := slices.IndexFunc(p.options, func(o option) bool { return o.Value == v.String() })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s: %q is not one of the options", drivers.ErrRange, p.id, v)
		}
		return []uint16{p.options[i].Word}, nil
	}
	d, err := v.Decimal().Shift(-p.scale)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", drivers.ErrRange, p.id, err)
	}
	n, whole := d.Whole()
	if low, high := p.limits(); !whole || n < low || n > high {
		return nil, fmt.Errorf("%w: %s: the register cannot hold %s", drivers.ErrRange, p.id, v)
	}
	return p.split(n), nil
}

// split lays a number out in the point's registers.
func (p point) split(n int64) []uint16 {
	if p.size() == 1 {
		return []uint16{uint16(n)}
	}
	high, low := uint16(n>>16), uint16(n)
	if p.lowFirst {
		high, low = low, high
	}
	return []uint16{high, low}
}

// raw returns registers as they come out of a read.
func (p point) raw(registers []uint16) []byte {
	if p.format == bit {
		return []byte{byte(registers[0])}
	}
	return pack(nil, registers...)
}

// limits are the least and the greatest number that the registers can hold.
func (p point) limits() (low, high int64) {
	switch p.format {
	case unsigned16:
		return 0, math.MaxUint16
	case signed16:
		return math.MinInt16, math.MaxInt16
	case unsigned32:
		return 0, math.MaxUint32
	}
	return math.MinInt32, math.MaxInt32
}

// request forms the one write that sets the point to w.
func (p point) request(w []uint16) []byte {
	switch {
	case p.table == coils && w[0] != 0:
		return two(writeCoil, p.address, coilOn)
	case p.table == coils:
		return two(writeCoil, p.address, 0)
	case len(w) == 1:
		return two(writeRegister, p.address, w[0])
	}
	return manyRegisters(p.address, pack(nil, w...))
}

// span is a run of points without a gap, for one read. A gap is never read: what lies there may not exist, or reading
// it may do something.
type span struct {
	table        table
	start, count uint16
	points       []point
}

// group arranges points into as few spans as one read's limit allows.
func group(points []point) []span {
	points = slices.SortedFunc(slices.Values(points), func(a, b point) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.address, b.address))
	})
	var spans []span
	for _, p := range points {
		if n := len(spans); n > 0 {
			s := &spans[n-1]
			joins := s.table == p.table && int(s.start)+int(s.count) == int(p.address)
			if joins && int(s.count)+int(p.size()) <= p.table.most() {
				s.count += p.size()
				s.points = append(s.points, p)
				continue
			}
		}
		spans = append(spans, span{p.table, p.address, p.size(), []point{p}})
	}
	return spans
}
