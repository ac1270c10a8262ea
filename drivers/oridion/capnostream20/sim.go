package capnostream20

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"countersign/drivers/sim"
)

// Unit is a simulated Capnostream 20: a device side of the protocol, for tests and training. How a real monitor
// answers a value outside its range is not known; this one echoes what it still holds.
type Unit struct {
	serial string
	faults sim.Faults

	mu      sync.Mutex
	limits  map[byte]byte // by item
	unit    co2Unit
	pending *reversal
	reports int // numerics sent, which moves the simulated patient
}

// reversal is what sim.Revert undoes.
type reversal struct {
	item, value byte
	reports     int
}

var _ sim.Device = (*Unit)(nil)

// NewUnit returns a monitor with this ten-character serial number, the factory's adult limits, and no patient.
func NewUnit(serial string) *Unit {
	return &Unit{serial: serial, unit: unitMMHg, limits: map[byte]byte{5: 15, 6: 50, 7: 8, 8: 5, 9: 30, 10: 85, 11: 100, 12: 50, 13: 140}}
}

// Label implements sim.Device.
func (u *Unit) Label() string { return "Capnostream 20, SN " + u.serial }

// Faults implements sim.Device.
func (u *Unit) Faults() *sim.Faults { return &u.faults }

// ShowKPa makes the monitor show CO2 in kPa, as somebody would at its front panel. Limits keep their bytes.
func (u *Unit) ShowKPa() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unit = unitKPa
}

// Limit returns the byte that the monitor holds for an item: what it would do, whatever it said.
func (u *Unit) Limit(item byte) byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.limits[item]
}

// Serve implements sim.Device.
func (u *Unit) Serve(ctx context.Context, line io.ReadWriter) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	commands := make(chan []byte)
	go func() {
		defer cancel() // the line ended
		var frames framer
		in := bufio.NewScanner(line)
		in.Split(frames.split)
		for in.Scan() {
			select {
			case commands <- append([]byte(nil), in.Bytes()...):
			case <-ctx.Done():
				return
			}
		}
	}()
	return u.talk(ctx, line, commands)
}

// talk answers commands and, while live, sends the wave twenty times and the numerics once a second.
func (u *Unit) talk(ctx context.Context, line io.Writer, commands <-chan []byte) error {
	wave := time.NewTicker(time.Second / 20)
	defer wave.Stop()
	numerics := time.NewTicker(time.Second)
	defer numerics.Stop()
	for live, waves := false, 0; ; {
		var out []byte
		select {
		case <-ctx.Done():
			return nil
		case <-wave.C:
			if live {
				waves++
				out = encode(msgWave, byte(waves), u.wave(waves), 0, 0)
			}
		case <-numerics.C:
			if live {
				out = u.numerics()
			}
		case command := <-commands:
			switch command[0] {
			case cmdEnable:
				out = u.identity()
			case cmdStartLive:
				live = true
				numerics.Reset(time.Second)
			case cmdStopLive, cmdDisable:
				live = false
			case cmdSet:
				out = u.set(command[1:])
			}
		}
		if len(out) == 0 {
			continue
		}
		if _, err := line.Write(out); err != nil {
			return err
		}
	}
}

func (u *Unit) identity() []byte {
	serial := u.serial
	if _, swapped := u.faults.Active(sim.Swap); swapped {
		serial = "B399000001"
	}
	return encode(msgIdentity, fmt.Appendf(nil, "%-30s", "V45.67 02/24/2008 "+serial)...)
}

// set takes a write and returns the echo.
func (u *Unit) set(data []byte) []byte {
	if len(data) != 2 || data[0] < firstItem || data[0] > lastItem {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	item, value, held := data[0], data[1], u.limits[data[0]]
	if _, refuse := u.faults.Active(sim.Refuse); refuse || !u.allowed(item, value) {
		return encode(msgSetEcho, item, held)
	}
	if _, ignore := u.faults.Active(sim.Ignore); ignore {
		return encode(msgSetEcho, item, value)
	}
	u.limits[item] = value
	if below, clamp := u.faults.Active(sim.Clamp); clamp {
		u.limits[item] = value - byte(max(1, below))
	}
	if after, revert := u.faults.Active(sim.Revert); revert {
		u.pending = &reversal{item, held, max(1, after)}
	}
	return encode(msgSetEcho, item, value)
}

func (u *Unit) allowed(item, value byte) bool {
	for _, l := range limits {
		if l.item == item {
			return value >= l.min && value <= l.max
		}
	}
	return false
}

// numerics returns the once-a-second message.
func (u *Unit) numerics() []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reports++
	if u.pending != nil {
		if u.pending.reports--; u.pending.reports < 0 {
			u.limits[u.pending.item] = u.pending.value
			u.pending = nil
		}
	}
	var d [numericsSize]byte
	ahead, _ := u.faults.Active(sim.BadClock)
	binary.BigEndian.PutUint32(d[atTime:], uint32(time.Now().Unix()+int64(ahead)))
	for _, at := range []int{atEtCO2, atFiCO2, atRR, atSpO2, atPulse} {
		d[at] = invalid
	}
	if _, patient := u.faults.Active(sim.Patient); patient {
		drift := byte(u.reports % 5)
		d[atEtCO2], d[atFiCO2], d[atRR], d[atSpO2], d[atPulse] = 36+drift, 0, 12+drift/2, 97, 72+drift
	}
	for _, l := range limits {
		d[l.at] = u.limits[l.item]
	}
	d[atUnit] = byte(u.unit)
	return encode(msgNumerics, d[:]...)
}

// wave is a capnogram in outline: flat without a patient, a plateau in every breath with one.
func (u *Unit) wave(n int) byte {
	if _, patient := u.faults.Active(sim.Patient); patient && n%100 > 40 && n%100 < 90 {
		return 38
	}
	return 0
}
