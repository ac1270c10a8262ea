package modbus

import (
	"slices"
	"strconv"

	"countersign/drivers"
	"countersign/drivers/sim"
)

// revert is what a setting goes back to, and after how many more reads.
type revert struct {
	registers []uint16
	reads     int
}

// wave is how a measurement moves around its value, in steps of its register. Each place lasts two polls.
var wave = [...]int64{0, 1, 2, 1, 0, -1, -2, -1}

func (m *Map) modelName() string {
	if m.modelWanted != "" {
		return m.modelWanted
	}
	return m.about.Models[0]
}

// start returns what a point's registers hold when a unit is new.
func (u *Unit) start(p point) []uint16 {
	v, ok := u.device.typical[p.id]
	setting, isSetting := u.device.description.Setting(p.id)
	switch {
	case ok:
	case p.kind == drivers.Choice:
		v = drivers.Word(drivers.Choice, p.options[0].Value)
	case isSetting && p.kind.Numeric():
		v = drivers.Number(p.kind, setting.Min)
	default:
		return make([]uint16, p.size())
	}
	registers, err := p.encode(v)
	if err != nil { // the map's checks rule it out
		return make([]uint16, p.size())
	}
	return registers
}

// spell lays a text out in the registers of an identity. Of a text for a number, the digits count.
func (p point) spell(text string) []uint16 {
	if p.format == ascii {
		b := make([]byte, 2*p.size())
		copy(b[:p.length], text)
		return words(b)
	}
	var digits []byte
	for _, c := range []byte(text) {
		if c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if _, most := p.limits(); err != nil || n > most {
		n = most
	}
	return p.split(n)
}

// store puts a point's registers in place.
func (u *Unit) store(p point, registers []uint16) {
	for i, w := range registers {
		u.registers[cell{p.table, int(p.address) + i}] = w
	}
}

// load returns what a point's registers hold.
func (u *Unit) load(p point) []uint16 {
	registers := make([]uint16, p.size())
	for i := range registers {
		registers[i] = u.registers[cell{p.table, int(p.address) + i}]
	}
	return registers
}

// read returns the registers of a request, or an exception.
func (u *Unit) read(t table, address, quantity int) ([]uint16, byte) {
	for i := range quantity {
		if _, ok := u.registers[cell{t, address + i}]; !ok {
			return nil, illegalAddress
		}
	}
	u.pass(t, address, quantity)
	out := make([]uint16, quantity)
	for i := range out {
		out[i] = u.registers[cell{t, address + i}]
	}
	u.overlay(t, address, out)
	return out, 0
}

// pass lets a read count for the settings that are about to go back, and lets those go back whose reads are spent.
func (u *Unit) pass(t table, address, quantity int) {
	for id, r := range u.pending {
		p := u.device.points[id]
		if p.table != t || int(p.address) >= address+quantity || int(p.address+p.size()) <= address {
			continue
		}
		if r.reads--; r.reads < 0 {
			u.store(p, r.registers)
			delete(u.pending, id)
		}
	}
}

// overlay puts moving measurements, and the serial number of a swapped unit, over what the registers hold.
func (u *Unit) overlay(t table, address int, out []uint16) {
	put := func(p point, registers []uint16) {
		for i, w := range registers {
			if at := int(p.address) + i - address; at >= 0 && at < len(out) {
				out[at] = w
			}
		}
	}
	moved := false
	for _, m := range u.device.description.Measurements {
		p := u.device.points[m.ID]
		if p.table != t || !p.kind.Numeric() || int(p.address) < address || int(p.address) >= address+len(out) {
			continue
		}
		low, high := p.limits()
		n := p.integer(u.load(p)) + wave[u.polls/2%len(wave)]
		put(p, p.split(min(max(n, low), high)))
		moved = true
	}
	if moved {
		u.polls++
	}
	if _, swapped := u.faults.Active(sim.Swap); swapped && u.device.serial != nil && u.device.serial.table == t {
		put(*u.device.serial, u.device.serial.spell(another(u.serial, u.device.serial)))
	}
}

// another returns the serial number of the next unit of the model, as far as the register can show it.
func another(serial string, p *point) string {
	if p.format == ascii {
		serial = serial[:min(len(serial), p.length)]
	}
	b := []byte(serial)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] >= '0' && b[i] < '9' {
			b[i]++
			return string(b)
		}
	}
	return "1"
}

// write carries out a write request as the faults let it, or returns an exception. It changes all registers or none.
func (u *Unit) write(t table, address int, registers []uint16) byte {
	if _, on := u.faults.Active(sim.Refuse); on {
		return deviceFailure
	}
	changes := map[drivers.SettingID][]uint16{}
	for i, w := range registers {
		p, ok := u.writable(cell{t, address + i})
		if !ok {
			return illegalAddress
		}
		if changes[p.id] == nil {
			changes[p.id] = u.load(p)
		}
		changes[p.id][address+i-int(p.address)] = w
	}
	for id, after := range changes {
		if !u.allowed(u.device.points[id], after) {
			return illegalValue
		}
	}
	if _, on := u.faults.Active(sim.Ignore); on {
		return 0
	}
	for id, after := range changes {
		u.change(u.device.points[id], after)
	}
	return 0
}

// writable returns the writable setting that has a register.
func (u *Unit) writable(c cell) (point, bool) {
	i := slices.IndexFunc(u.device.description.Settings, func(s drivers.Setting) bool {
		p := u.device.points[s.ID]
		return s.Writable && p.table == c.table && c.address >= int(p.address) && c.address < int(p.address)+int(p.size())
	})
	if i < 0 {
		return point{}, false
	}
	return u.device.points[u.device.description.Settings[i].ID], true
}

// allowed says whether the device takes a value: one within the map's range, on no particular step.
func (u *Unit) allowed(p point, registers []uint16) bool {
	v, err := p.decode(p.raw(registers))
	setting, _ := u.device.description.Setting(p.id)
	setting.Step = drivers.Decimal{}
	return err == nil && setting.Check(v) == nil
}

// change gives a setting new registers, lower or for a while only where a fault says so.
func (u *Unit) change(p point, after []uint16) {
	delete(u.pending, p.id)
	if reads, on := u.faults.Active(sim.Revert); on {
		u.pending[p.id] = &revert{u.load(p), reads}
	}
	if below, on := u.faults.Active(sim.Clamp); on && p.kind.Numeric() {
		low, _ := p.limits()
		after = p.split(max(p.integer(after)-int64(below), low))
	}
	u.store(p, after)
}
