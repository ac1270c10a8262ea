package capnostream20

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"countersign/drivers"
)

// numerics is the message that the monitor sends once a second. It carries the limits in force beside the values.
type numerics struct {
	raw [numericsSize]byte
}

// parseNumerics checks what the checksum cannot: a message that is shifted by a field (seen on real monitors) has
// limits that contradict each other or a unit that does not exist.
func parseNumerics(body []byte) (numerics, error) {
	var n numerics
	if len(body) != 1+numericsSize || body[0] != msgNumerics {
		return n, fmt.Errorf("%w: numerics of %d bytes", drivers.ErrGarbled, len(body))
	}
	copy(n.raw[:], body[1:])
	if !n.unit().valid() {
		return n, fmt.Errorf("%w: CO2 unit %d", drivers.ErrGarbled, n.raw[atUnit])
	}
	return n, nil
}

func (n numerics) unit() co2Unit { return co2Unit(n.raw[atUnit]) }

// limitBytes are the nine limits and the unit, which must agree in two messages before they are believed.
func (n numerics) limitBytes() [atUnit - atEtCO2High + 1]byte {
	return [atUnit - atEtCO2High + 1]byte(n.raw[atEtCO2High : atUnit+1])
}

// clock is the monitor's own time. The manual says GMT; monitors that send local time were seen, so it is reported
// as sent.
func (n numerics) clock() time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(n.raw[atTime:])), 0).UTC()
}

// breathing says that the monitor measures somebody: a rate or a pulse is valid and not nought.
func (n numerics) breathing() bool {
	for _, at := range []int{atRR, atPulse} {
		if b := n.raw[at]; b != invalid && b != 0 {
			return true
		}
	}
	return false
}

// readings are the limits and states that the message carries; a limit of FF is unreadable.
func (n numerics) readings() (readings []drivers.Reading, unreadable []drivers.SettingID) {
	u := n.unit()
	for _, l := range limits {
		b := n.raw[l.at]
		if b == invalid {
			unreadable = append(unreadable, l.id)
			continue
		}
		readings = append(readings, drivers.Reading{ID: l.id, Value: l.value(b, u), Unit: l.ucum(u), Raw: []byte{b}})
	}
	slow := n.raw[atSlowStatus]
	return append(readings,
		drivers.Reading{ID: idUnit, Value: drivers.Word(drivers.Choice, u.word()), Raw: n.raw[atUnit : atUnit+1]},
		drivers.Reading{ID: idClock, Value: drivers.At(n.clock()), Raw: n.raw[atTime : atTime+4]},
		drivers.Reading{ID: idSilenced, Value: onOff(slow&temporaryBit != 0), Raw: []byte{slow}},
		drivers.Reading{ID: idAllSilenced, Value: onOff(slow&allSilenceBit != 0), Raw: []byte{slow}},
	), unreadable
}

func onOff(on bool) drivers.Value {
	if on {
		return drivers.Word(drivers.Toggle, "on")
	}
	return drivers.Word(drivers.Toggle, "off")
}

// samples are the live values. Alarm bits: CO2 0 no breath, 1-2 EtCO2, 3-4 rate, 5 FiCO2; SpO2 0 no pulse, 1-2
// saturation, 3-4 pulse.
func (n numerics) samples(at time.Time) []drivers.Sample {
	u, co2, spo2 := n.unit(), n.raw[atCO2Alarms], n.raw[atSpO2Alarms]
	sample := func(id drivers.SettingID, at_ int, l limit, alarm bool) drivers.Sample {
		b := n.raw[at_]
		return drivers.Sample{ID: id, At: at, Value: l.value(b, u), Unit: l.ucum(u), Valid: b != invalid, Alarm: alarm}
	}
	pressure, rate, percent := limit{co2: true}, limit{unit: "/min"}, limit{unit: "%"}
	return []drivers.Sample{
		sample("etco2", atEtCO2, pressure, co2&0b000110 != 0),
		sample("fico2", atFiCO2, pressure, co2&0b100000 != 0),
		sample("rr", atRR, rate, co2&0b011001 != 0),
		sample("spo2", atSpO2, percent, spo2&0b00110 != 0),
		sample("pulse", atPulse, rate, spo2&0b11001 != 0),
	}
}

// parseIdentity reads the 30 characters that answer cmdEnable: "V45.67 02/24/2008 B355987654  ".
func parseIdentity(body []byte) (drivers.Identity, error) {
	if len(body) != 31 || body[0] != msgIdentity {
		return drivers.Identity{}, fmt.Errorf("%w: identity of %d bytes", drivers.ErrGarbled, len(body))
	}
	words := strings.Fields(string(body[1:]))
	if len(words) != 3 || words[0][0] != 'V' || len(words[2]) != 10 || !printable(body[1:]) {
		return drivers.Identity{}, fmt.Errorf("%w: identity %q", drivers.ErrGarbled, body[1:])
	}
	return drivers.Identity{
		Manufacturer: "Oridion",
		Model:        "Capnostream 20",
		Serial:       words[2],
		Firmware:     words[0] + " (" + words[1] + ")",
		Raw:          body[1:],
	}, nil
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
