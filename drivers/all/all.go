// Package all is the list of the drivers that are built into the console. A driver that is not in it does not exist.
package all

import (
	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/oridion/capnostream20"
)

// All returns every built-in driver, in order of ID.
func All() []drivers.Driver {
	return []drivers.Driver{
		modbus.IsolationRoom(),   // example/isolation-room
		modbus.MedicalGasAlarm(), // example/medical-gas-alarm
		capnostream20.Driver{},   // oridion/capnostream20
	}
}
