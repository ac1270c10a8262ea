package modbus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/sim"
)

// connect probes a simulated unit and opens a session with it.
func connect(t *testing.T, device *modbus.Map, unit *modbus.Unit) (drivers.Session, drivers.Identity) {
	t.Helper()
	conn := sim.Connect(t.Context(), unit)
	t.Cleanup(func() { conn.Close() })
	id, err := device.Probe(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := device.Open(t.Context(), conn, id)
	if err != nil {
		t.Fatal(err)
	}
	return s, id
}

func decimal(coef int64, scale uint8) drivers.Value {
	return drivers.Number(drivers.Decimals, drivers.Dec(coef, scale))
}

func fault(t *testing.T, unit *modbus.Unit, f sim.Fault, n int) {
	t.Helper()
	if err := unit.Faults().Set(f, n); err != nil {
		t.Fatal(err)
	}
}

// reads returns one setting as the session reads it now.
func reads(t *testing.T, s drivers.Session, id drivers.SettingID) string {
	t.Helper()
	snapshot, err := s.Read(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := snapshot.Reading(id)
	if !ok || len(r.Raw) == 0 {
		t.Fatalf("no reading, or one without its bytes: %+v", snapshot)
	}
	return strings.TrimSpace(r.Value.String() + " " + r.Unit)
}

func write(s drivers.Session, id drivers.SettingID, v drivers.Value) error {
	return s.(drivers.Writer).Write(context.Background(), drivers.Change{Setting: id, Wanted: v})
}

func TestAnEndpointIsJudgedByItsFacts(t *testing.T) {
	facts := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	room := modbus.IsolationRoom()
	for name, c := range map[string]struct {
		endpoint drivers.Endpoint
		want     drivers.Confidence
	}{
		"serial":          {drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyS0:502"}, drivers.No},
		"the port":        {drivers.Endpoint{Scheme: "tcp", Address: "10.0.0.2:502"}, drivers.Maybe},
		"another port":    {drivers.Endpoint{Scheme: "tcp", Address: "10.0.0.2:1502"}, drivers.No},
		"the service":     {drivers.Endpoint{Scheme: "tcp", Facts: facts("mdns.type", "_mbap._tcp")}, drivers.Maybe},
		"with its domain": {drivers.Endpoint{Scheme: "tcp", Facts: facts("mdns.type", "_mbap._tcp.local.")}, drivers.Maybe},
		"another service": {drivers.Endpoint{Scheme: "tcp", Facts: facts("mdns.type", "_http._tcp")}, drivers.No},
		"all facts":       {drivers.Endpoint{Scheme: "tcp", Facts: facts("mdns.type", "_mbap._tcp", "mdns.txt.product", "EX-ROOM")}, drivers.Likely},
		"another product": {drivers.Endpoint{Scheme: "tcp", Facts: facts("mdns.type", "_mbap._tcp", "mdns.txt.product", "EX-GAS")}, drivers.Maybe},
	} {
		if got := room.Match(c.endpoint); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestADeviceIsIdentifiedByItsObjectsAndRegisters(t *testing.T) {
	_, id := connect(t, modbus.IsolationRoom(), modbus.NewUnit(modbus.IsolationRoom(), "RM-0042"))
	if id.Manufacturer != "Example Works" || id.Model != "EX-ROOM" || id.Serial != "RM-0042" || id.Firmware != "1.0" || len(id.Raw) == 0 {
		t.Errorf("%+v", id)
	}
	_, id = connect(t, modbus.MedicalGasAlarm(), modbus.NewUnit(modbus.MedicalGasAlarm(), "SN 70001234"))
	if id.Model != "EX-GAS" || id.Serial != "70001234" {
		t.Errorf("a serial number in two registers: %+v", id)
	}
}

func TestAnotherModbusDeviceIsNotMine(t *testing.T) {
	conn := sim.Connect(t.Context(), modbus.NewUnit(modbus.MedicalGasAlarm(), "1"))
	defer conn.Close()
	if id, err := modbus.IsolationRoom().Probe(t.Context(), conn); !errors.Is(err, drivers.ErrNotMine) {
		t.Fatalf("%+v, %v", id, err)
	}
	if _, err := modbus.MedicalGasAlarm().Probe(t.Context(), conn); err != nil {
		t.Errorf("the next candidate on the same line: %v", err)
	}
}

func TestSilenceAndGarbageAreNotMine(t *testing.T) {
	for _, c := range []sim.Fault{sim.Silence, sim.Garbage} {
		synctest.Test(t, func(t *testing.T) {
			unit := modbus.NewUnit(modbus.IsolationRoom(), "1")
			fault(t, unit, c, 3)
			conn := sim.Connect(t.Context(), unit)
			defer conn.Close()
			if _, err := modbus.IsolationRoom().Probe(t.Context(), conn); !errors.Is(err, drivers.ErrNotMine) {
				t.Errorf("%s: %v", c, err)
			}
		})
	}
}

func TestASwappedUnitHasAnotherSerialNumber(t *testing.T) {
	for _, device := range []*modbus.Map{modbus.IsolationRoom(), modbus.MedicalGasAlarm()} {
		unit := modbus.NewUnit(device, "1234")
		_, before := connect(t, device, unit)
		fault(t, unit, sim.Swap, 0)
		_, after := connect(t, device, unit)
		if before.Same(after) || after.Weak() || before.Model != after.Model {
			t.Errorf("%s: %+v and %+v", device.About().ID, before, after)
		}
	}
}

func TestAllSettingsAreReadWithTheirUnits(t *testing.T) {
	s, _ := connect(t, modbus.IsolationRoom(), modbus.NewUnit(modbus.IsolationRoom(), "1"))
	snapshot, err := s.Read(t.Context())
	if err != nil || len(snapshot.Unreadable) > 0 {
		t.Fatalf("%+v, %v", snapshot, err)
	}
	got := map[drivers.SettingID]string{}
	for _, r := range snapshot.Readings {
		got[r.ID] = strings.TrimSpace(r.Value.String() + " " + r.Unit)
	}
	for id, want := range map[drivers.SettingID]string{
		"pressure.setpoint": "-15 Pa", "pressure.alarm.low": "-25 Pa", "pressure.alarm.high": "-5 Pa",
		"pressure.alarm.delay": "30 s", "door.delay": "60 s", "room.mode": "isolation", "alarm.sound": "on",
		"hours.run": "12345 h",
	} {
		if got[id] != want {
			t.Errorf("%s is %q, want %q", id, got[id], want)
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Errorf("also read: %v", got)
	}
	if _, err := s.Read(t.Context(), "no.such"); !errors.Is(err, drivers.ErrUnsupported) {
		t.Errorf("a setting that is not there: %v", err)
	}
}

func TestAWriteOfEachKindIsReadBack(t *testing.T) {
	room, _ := connect(t, modbus.IsolationRoom(), modbus.NewUnit(modbus.IsolationRoom(), "1"))
	gas, _ := connect(t, modbus.MedicalGasAlarm(), modbus.NewUnit(modbus.MedicalGasAlarm(), "1"))
	for _, c := range []struct {
		session drivers.Session
		id      drivers.SettingID
		wanted  drivers.Value
		reads   string
	}{
		{room, "pressure.setpoint", decimal(-125, 1), "-12.5 Pa"},
		{room, "room.mode", drivers.Word(drivers.Choice, "protective"), "protective"},
		{room, "alarm.sound", drivers.Word(drivers.Toggle, "off"), "off"},
		{room, "alarm.sound", drivers.Word(drivers.Toggle, "on"), "on"},
		{gas, "oxygen.alarm.low", drivers.IntegerValue(300), "300 kPa"},
		{gas, "alarm.repeat", drivers.IntegerValue(86400), "86400 s"},
	} {
		if err := write(c.session, c.id, c.wanted); err != nil {
			t.Errorf("%s: %v", c.id, err)
		}
		if got := reads(t, c.session, c.id); got != c.reads {
			t.Errorf("%s is %q, want %q", c.id, got, c.reads)
		}
	}
}

func TestWhatTheMapDoesNotAllowIsNotSent(t *testing.T) {
	s, _ := connect(t, modbus.IsolationRoom(), modbus.NewUnit(modbus.IsolationRoom(), "1"))
	for name, c := range map[string]drivers.Change{
		"above the range": {Setting: "pressure.setpoint", Wanted: decimal(505, 1)},
		"between steps":   {Setting: "pressure.setpoint", Wanted: decimal(-121, 1)},
		"another kind":    {Setting: "pressure.setpoint", Wanted: drivers.IntegerValue(1)},
		"no option":       {Setting: "room.mode", Wanted: drivers.Word(drivers.Choice, "party")},
		"not writable":    {Setting: "hours.run", Wanted: drivers.IntegerValue(0)},
		"no setting":      {Setting: "pressure", Wanted: decimal(1, 0)},
	} {
		if err := write(s, c.Setting, c.Wanted); !errors.Is(err, drivers.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheUnitMisbehavesAsItsFaultsSay(t *testing.T) {
	const id = "pressure.alarm.delay" // 30 s at first
	for _, c := range []struct {
		fault   sim.Fault
		n       int
		refused bool
		reads   []string
	}{
		{sim.Refuse, 0, true, []string{"30 s"}},
		{sim.Ignore, 0, false, []string{"30 s"}},
		{sim.Clamp, 10, false, []string{"35 s"}},
		{sim.Revert, 2, false, []string{"45 s", "45 s", "30 s", "30 s"}},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			unit := modbus.NewUnit(modbus.IsolationRoom(), "1")
			s, _ := connect(t, modbus.IsolationRoom(), unit)
			fault(t, unit, c.fault, c.n)
			err := write(s, id, drivers.IntegerValue(45))
			if c.refused != errors.Is(err, drivers.ErrRefused) || !c.refused && err != nil {
				t.Errorf("the write: %v", err)
			}
			for i, want := range c.reads {
				if got := reads(t, s, id); got != want {
					t.Errorf("read %d: %q, want %q", i+1, got, want)
				}
			}
		})
	}
}

func TestAnUnpluggedCableDuringAWriteIsNoRefusal(t *testing.T) {
	unit := modbus.NewUnit(modbus.IsolationRoom(), "1")
	s, _ := connect(t, modbus.IsolationRoom(), unit)
	fault(t, unit, sim.Unplug, 5)
	err := write(s, "door.delay", drivers.IntegerValue(90))
	if err == nil || errors.Is(err, drivers.ErrRefused) || errors.Is(err, drivers.ErrUnsupported) {
		t.Errorf("the write's fate is not known, but it is %v", err)
	}
}

func TestWhatWasFoundOutsideTheRangeIsShownAndAWordWithoutMeaningIsNot(t *testing.T) {
	unit := modbus.NewUnit(modbus.IsolationRoom(), "1")
	if err := unit.Set("door.delay", drivers.IntegerValue(60000)); err != nil {
		t.Fatal(err)
	}
	s, _ := connect(t, modbus.IsolationRoom(), unit)
	if got := reads(t, s, "door.delay"); got != "60000 s" {
		t.Errorf("read %q", got)
	}
	wide := strings.Replace(string(modbus.IsolationRoom().Source()), `word = 1 }`, `word = 7 }`, 1)
	wide = strings.Replace(wide, "typical  = 1\nwritable = true\nrisk     = \"clinical\"", "typical  = 7\nwritable = true\nrisk     = \"clinical\"", 1)
	other, err := modbus.Load("other.toml", []byte(wide))
	if err != nil {
		t.Fatal(err)
	}
	s, _ = connect(t, modbus.IsolationRoom(), modbus.NewUnit(other, "1"))
	snapshot, err := s.Read(t.Context())
	if err != nil || len(snapshot.Unreadable) != 1 || snapshot.Unreadable[0] != "room.mode" {
		t.Errorf("%+v, %v", snapshot, err)
	}
}

func TestRegistersThatTheDeviceLacksAreUnreadableAndTheirNeighboursAreNot(t *testing.T) {
	fewer, err := modbus.Load("fewer.toml", []byte(strings.Replace(string(modbus.IsolationRoom().Source()), "address  = 3\n", "address  = 300\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := connect(t, modbus.IsolationRoom(), modbus.NewUnit(fewer, "1"))
	snapshot, err := s.Read(t.Context())
	if err != nil || len(snapshot.Readings) != 7 || len(snapshot.Unreadable) != 1 || snapshot.Unreadable[0] != "pressure.alarm.delay" {
		t.Errorf("%+v, %v", snapshot, err)
	}
}

func TestMeasurementsComeEverySecondAndMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := connect(t, modbus.IsolationRoom(), modbus.NewUnit(modbus.IsolationRoom(), "1"))
		start, seen := time.Now(), map[string]bool{}
		n := 0
		for sample, err := range s.(drivers.Observer).Observe(t.Context()) {
			if err != nil || !sample.Valid {
				t.Fatalf("%+v, %v", sample, err)
			}
			if due := start.Add(time.Duration(n/2) * time.Second); !sample.At.Equal(due) {
				t.Errorf("sample %d came %s after the start", n, sample.At.Sub(start))
			}
			if sample.ID == "pressure" {
				seen[sample.Value.String()+" "+sample.Unit] = true
			}
			if n++; n == 32 {
				break
			}
		}
		for _, want := range []string{"-14.4 Pa", "-14.5 Pa", "-14.6 Pa", "-14.7 Pa", "-14.8 Pa"} {
			if !seen[want] {
				t.Errorf("%s did not come: %v", want, seen)
			}
			delete(seen, want)
		}
		if len(seen) > 0 {
			t.Errorf("also came: %v", seen)
		}
		s.Close()
	})
}

func TestTheInterfaceIsReportedAsOpenToAnyone(t *testing.T) {
	s, _ := connect(t, modbus.IsolationRoom(), modbus.NewUnit(modbus.IsolationRoom(), "1"))
	list, err := s.Interfaces(t.Context())
	if err != nil || len(list) != 1 || list[0].Authentication != "none" || list[0].Encryption != "none" || list[0].State != drivers.On {
		t.Errorf("%+v, %v", list, err)
	}
}
