package capnostream20

import (
	"fmt"

	"countersign/drivers"
)

// limit is one alarm limit: how it is written, where it is read back, and what it may be.
type limit struct {
	id       drivers.SettingID
	label    string
	group    string
	item     byte // of cmdSet
	at       int  // in the numerics
	min, max byte // as sent
	co2      bool // in the unit that the monitor is set to; others are 1/min or %
	unit     string
	below    drivers.SettingID
	safe     drivers.Direction // towards an earlier alarm
	help     string
}

// Source of the ranges: fact sheet capnostream20.md, table "Settable items".
var limits = [...]limit{
	{id: "alarm.etco2.low", label: "EtCO2 low", group: "CO2 alarm limits", item: 5, at: atEtCO2Low, min: 0, max: 145, co2: true, below: "alarm.etco2.high", safe: drivers.Higher,
		help: "The monitor alarms when end-tidal CO2 falls below this value."},
	{id: "alarm.etco2.high", label: "EtCO2 high", group: "CO2 alarm limits", item: 6, at: atEtCO2High, min: 5, max: 150, co2: true, safe: drivers.Lower,
		help: "The monitor alarms when end-tidal CO2 rises above this value."},
	{id: "alarm.fico2.high", label: "FiCO2 high", group: "CO2 alarm limits", item: 7, at: atFiCO2High, min: 2, max: 149, co2: true, safe: drivers.Lower,
		help: "The monitor alarms when inspired CO2 rises above this value."},
	{id: "alarm.rr.low", label: "Respiration rate low", group: "CO2 alarm limits", item: 8, at: atRRLow, min: 0, max: 145, unit: "/min", below: "alarm.rr.high", safe: drivers.Higher,
		help: "The monitor alarms when fewer breaths than this are counted in a minute."},
	{id: "alarm.rr.high", label: "Respiration rate high", group: "CO2 alarm limits", item: 9, at: atRRHigh, min: 5, max: 150, unit: "/min", safe: drivers.Lower,
		help: "The monitor alarms when more breaths than this are counted in a minute."},
	{id: "alarm.spo2.low", label: "SpO2 low", group: "Oximetry alarm limits", item: 10, at: atSpO2Low, min: 20, max: 95, unit: "%", below: "alarm.spo2.high", safe: drivers.Higher,
		help: "The monitor alarms when oxygen saturation falls below this value."},
	{id: "alarm.spo2.high", label: "SpO2 high", group: "Oximetry alarm limits", item: 11, at: atSpO2High, min: 25, max: 100, unit: "%", safe: drivers.Lower,
		help: "The monitor alarms when oxygen saturation rises above this value."},
	{id: "alarm.pulse.low", label: "Pulse rate low", group: "Oximetry alarm limits", item: 12, at: atPulseLow, min: 25, max: 235, unit: "/min", below: "alarm.pulse.high", safe: drivers.Higher,
		help: "The monitor alarms when the pulse rate falls below this value."},
	{id: "alarm.pulse.high", label: "Pulse rate high", group: "Oximetry alarm limits", item: 13, at: atPulseHigh, min: 30, max: 240, unit: "/min", safe: drivers.Lower,
		help: "The monitor alarms when the pulse rate rises above this value."},
}

func limitOf(id drivers.SettingID) (limit, bool) {
	for _, l := range limits {
		if l.id == id {
			return l, true
		}
	}
	return limit{}, false
}

// co2Unit is a unit of partial pressure or concentration as the monitor numbers it. In kPa and Vol% the monitor sends
// tenths.
type co2Unit byte

func (u co2Unit) tenths() bool { return u == unitKPa || u == unitVol }

func (u co2Unit) valid() bool { return u >= unitMMHg && u <= unitVol }

func (u co2Unit) ucum() string {
	switch u {
	case unitKPa:
		return "kPa"
	case unitVol:
		return "%{vol}"
	}
	return "mm[Hg]"
}

// word is the unit as the monitor's own screen writes it.
func (u co2Unit) word() string {
	switch u {
	case unitKPa:
		return "kPa"
	case unitVol:
		return "Vol%"
	}
	return "mmHg"
}

// tenths says whether this limit's byte counts tenths when the monitor shows CO2 in u.
func (l limit) tenths(u co2Unit) bool { return l.co2 && u.tenths() }

func (l limit) ucum(u co2Unit) string {
	if l.co2 {
		return u.ucum()
	}
	return l.unit
}

// setting describes the limit for a monitor that shows CO2 in u.
func (l limit) setting(u co2Unit) drivers.Setting {
	return drivers.Setting{
		ID: l.id, Label: l.label, Group: l.group, Help: l.help, Source: "Capnostream host protocol, command 60",
		Kind: l.kind(u), Unit: l.ucum(u), Min: l.decimal(l.min, u), Max: l.decimal(l.max, u), Step: l.decimal(1, u),
		Writable: true, Risk: drivers.Clinical, Below: l.below, SafeDirection: l.safe,
	}
}

func (l limit) kind(u co2Unit) drivers.Kind {
	if l.tenths(u) {
		return drivers.Decimals
	}
	return drivers.Integer
}

func (l limit) decimal(b byte, u co2Unit) drivers.Decimal {
	if l.tenths(u) {
		return drivers.Dec(int64(b), 1)
	}
	return drivers.Int(int64(b))
}

// value is what the byte b of the wire means.
func (l limit) value(b byte, u co2Unit) drivers.Value {
	return drivers.Number(l.kind(u), l.decimal(b, u))
}

// wire is the byte that means v. What Setting.Check refuses has none.
func (l limit) wire(v drivers.Value, u co2Unit) (byte, error) {
	if err := l.setting(u).Check(v); err != nil {
		return 0, err
	}
	d := v.Decimal()
	if l.tenths(u) {
		var err error
		if d, err = d.Shift(1); err != nil {
			return 0, err
		}
	}
	n, isWhole := d.Whole()
	if !isWhole || n < int64(l.min) || n > int64(l.max) {
		return 0, fmt.Errorf("%w: %s has no code", drivers.ErrRange, v)
	}
	return byte(n), nil
}
