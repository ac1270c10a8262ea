package modbus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"countersign/drivers"
	"countersign/drivers/sim"
)

// Unit is a simulated device of a map. It is safe for concurrent use and may serve several lines at once.
//
// It carries out the faults Refuse (exception 04 to every write), Ignore, Clamp (counted in the register's own steps),
// Revert (counted in reads of the register), and Swap (another serial number). BadClock and Patient mean nothing here.
type Unit struct {
	device *Map
	serial string
	faults sim.Faults

	mu        sync.Mutex
	registers map[cell]uint16 // a bit is 0 or 1
	pending   map[drivers.SettingID]*revert
	polls     int // reads of measurements, which is what makes them move
}

var _ sim.Device = (*Unit)(nil)

// revision is object 2 of every simulated identification, and the firmware.
const revision = "1.0"

// NewUnit returns a unit of the map with its typical values. Serial is cut to what the map's serial register can hold;
// where that register is a number, the digits of serial are what it says.
func NewUnit(device *Map, serial string) *Unit {
	u := &Unit{device: device, serial: serial, registers: map[cell]uint16{}, pending: map[drivers.SettingID]*revert{}}
	for _, p := range device.points {
		u.store(p, u.start(p))
	}
	for _, field := range []struct {
		at   *point
		text string
	}{{device.serial, serial}, {device.model, device.modelName()}, {device.firmware, revision}} {
		if field.at != nil {
			u.store(*field.at, field.at.spell(field.text))
		}
	}
	return u
}

// Set gives a setting or measurement a value, as somebody at the device would. It may lie outside the map's range.
func (u *Unit) Set(id drivers.SettingID, v drivers.Value) error {
	p, ok := u.device.points[id]
	if !ok {
		return fmt.Errorf("%w: the map has no %s", drivers.ErrUnsupported, id)
	}
	registers, err := p.encode(v)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.store(p, registers)
	return nil
}

// Label implements sim.Device.
func (u *Unit) Label() string {
	return fmt.Sprintf("%s, SN %s", u.device.about.Name, u.serial)
}

// Faults implements sim.Device.
func (u *Unit) Faults() *sim.Faults { return &u.faults }

// Serve implements sim.Device. A frame that is none ends the conversation, as it does in a real device.
func (u *Unit) Serve(ctx context.Context, line io.ReadWriter) error {
	frames := bufio.NewScanner(line)
	frames.Split(split)
	for frames.Scan() && ctx.Err() == nil {
		request := parse(frames.Bytes())
		if request.unit != u.device.unit {
			continue
		}
		answer := adu{request.transaction, request.unit, u.answer(request.pdu)}
		if _, err := line.Write(answer.bytes()); err != nil {
			return ended(err)
		}
	}
	return ended(frames.Err())
}

// ended returns nil for a line that was unplugged.
func ended(err error) error {
	if err == nil || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return fmt.Errorf("modbus: simulator: %w", err)
}
