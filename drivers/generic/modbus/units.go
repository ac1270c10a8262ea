package modbus

import "strings"

// unitTokens are the UCUM units, in case-sensitive spelling, that a map may use: those of pressure, gas, air, climate,
// power and time. "1" is a number without a unit.
const unitTokens = ` 1 % [ppth] [ppm] [pH] ` +
	`Pa hPa kPa MPa bar mbar mm[Hg] cm[H2O] [psi] ` +
	`Cel K [degF] deg ` +
	`ms s min h d wk mo a Hz kHz /min /h {rpm} ` +
	`mL L m3 L/s L/min L/h mL/min mL/h m3/s m3/min m3/h /h ` +
	`um mm cm m m/s ` +
	`mg g kg mg/m3 ug/m3 g/m3 ` +
	`uA mA A mV V kV W kW mW V.A kV.A kW.h W.h Ohm kOhm MOhm A.h uS/cm ` +
	`lx dB dB[SPL] Bq mSv uSv/h `

func knownUnit(unit string) bool {
	return unit != "" && !strings.Contains(unit, " ") && strings.Contains(unitTokens, " "+unit+" ")
}
