package modbus

import (
	"testing"

	"countersign/drivers"
	"countersign/drivers/drivertest"
	"countersign/drivers/sim"
)

func TestTheExampleMapsPassTheSuite(t *testing.T) {
	for _, c := range []struct {
		device  *Map
		setting drivers.SettingID
		wanted  string
	}{
		{IsolationRoom(), "pressure.setpoint", "-12.5"},
		{MedicalGasAlarm(), "oxygen.alarm.high", "460"},
	} {
		t.Run(c.device.About().ID, func(t *testing.T) {
			setting, ok := c.device.description.Setting(c.setting)
			if !ok {
				t.Fatalf("no setting %s in %v", c.setting, c.device.description.Settings)
			}
			wanted, err := drivers.ParseValue(setting.Kind, c.wanted)
			if err != nil {
				t.Fatal(err)
			}
			drivertest.Run(t, drivertest.Case{
				Driver:    c.device,
				Unit:      func() sim.Device { return NewUnit(c.device, "EX-0001") },
				ProbeOnly: onlyReads,
				Endpoint:  drivers.Endpoint{Scheme: "tcp", Address: "10.88.0.2:502"},
				Change:    drivers.Change{Setting: c.setting, Wanted: wanted},
			})
		})
	}
}

// onlyReads says whether a frame's function is one of those that read: 01 to 04 and 2B.
func onlyReads(frame []byte) bool {
	const function = 7 // behind the seven bytes of the header
	return len(frame) > function && (frame[function] >= 0x01 && frame[function] <= 0x04 || frame[function] == 0x2B)
}
