package capnostream20

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/drivertest"
	"countersign/drivers/sim"
)

const serial = "B355987654"

func etco2High(n int64) drivers.Change {
	return drivers.Change{Setting: "alarm.etco2.high", Wanted: drivers.IntegerValue(n)}
}

func TestTheDriverPassesTheSuite(t *testing.T) {
	drivertest.Run(t, drivertest.Case{
		Driver: Driver{},
		Unit:   func() sim.Device { return NewUnit(serial) },
		ProbeOnly: func(sent []byte) bool {
			return bytes.Equal(sent, encode(cmdEnable))
		},
		Endpoint: drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyUSB0"},
		Change:   etco2High(45),
	})
}

// vectors reads the frames that an independent implementation made, by name.
func vectors(t *testing.T) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("../../../../shared/captures/capnostream20-mdpnp-vectors.txt")
	if err != nil {
		t.Skip("the recorded vectors are not beside the project")
	}
	found := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		name, frame, ok := strings.Cut(line, ":")
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(frame), " ", ""))
		if !ok || err != nil {
			t.Fatalf("vector %q: %v", line, err)
		}
		found[name] = b
	}
	return found
}

func TestTheFramesAreThoseOfAnIndependentImplementation(t *testing.T) {
	known := vectors(t)
	set := func(item, value byte) []byte {
		frame, err := encodeSet(item, value)
		if err != nil {
			t.Fatal(err)
		}
		return frame
	}
	for name, got := range map[string][]byte{
		"EnableComm": encode(cmdEnable), "DisableComm": encode(cmdDisable), "StartRTComm": encode(cmdStartLive), "StopRTComm": encode(cmdStopLive),
		"LinkIsActive": encode(cmdLinkActive), "Set EtCO2High=50": set(6, 50), "Set EtCO2Low=20": set(5, 20), "Set respiratoryRateHigh=30": set(9, 30),
		"Set SpO2Low=85": set(10, 85), "Set SpO2High=100": set(11, 100), "Set PulseRateHigh=128": set(13, 128), "Set PulseRateHigh=133": set(13, 133),
		"Set PulseRateLow=133": set(12, 133),
	} {
		want, ok := known[name]
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("%s: made % X, want % X", name, got, want)
		}
	}
}

func TestEveryVectorIsReadAsOneFrame(t *testing.T) {
	for name, frame := range vectors(t) {
		var f framer
		in := bufio.NewScanner(bytes.NewReader(append([]byte("noise"), frame...)))
		in.Split(f.split)
		if !in.Scan() {
			t.Errorf("%s was not found", name)
			continue
		}
		body := in.Bytes()
		if again := encode(body[0], body[1:]...); !bytes.Equal(again, frame) {
			t.Errorf("%s: read and written again it is % X", name, again)
		}
		if f.skipped != len("noise") {
			t.Errorf("%s: %d bytes were skipped", name, f.skipped)
		}
	}
}

func TestNothingButTheNineAlarmLimitsCanBeEncoded(t *testing.T) {
	encoded := 0
	for item := range 256 {
		_, err := encodeSet(byte(item), 1)
		if allowed := item >= 5 && item <= 13; allowed != (err == nil) {
			t.Errorf("item %d: %v", item, err)
		}
		if err == nil {
			encoded++
		}
	}
	if encoded != 9 || len(limits) != 9 {
		t.Errorf("%d items can be encoded and %d limits are described", encoded, len(limits))
	}
}

// on opens a session on a simulated monitor in a bubble.
func on(t *testing.T, unit *Unit, use func(ctx context.Context, s *session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		conn := sim.Connect(t.Context(), unit)
		id, err := Driver{}.Probe(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := Driver{}.Open(t.Context(), conn, id)
		if err != nil {
			t.Fatal(err)
		}
		use(t.Context(), opened.(*session))
		opened.Close()
	})
}

func TestAllNineLimitsAreWrittenAndReadBack(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		for _, l := range limits {
			wanted := l.value(unit.Limit(l.item)+1, s.unit)
			if l.item == 11 { // 100 % is the highest
				wanted = l.value(99, s.unit)
			}
			if err := s.Write(ctx, drivers.Change{Setting: l.id, Wanted: wanted}); err != nil {
				t.Fatalf("%s: %v", l.id, err)
			}
			got, err := s.Read(ctx, l.id)
			if err != nil {
				t.Fatal(err)
			}
			if r, _ := got.Reading(l.id); r.Value != wanted {
				t.Errorf("%s: wrote %s, read %s", l.id, wanted, r.Value)
			}
		}
	})
}

func TestInAnEmergencyAlarmsCanOnlyBeMadeToComeEarlier(t *testing.T) {
	for _, kPa := range []bool{false, true} {
		unit := NewUnit(serial)
		if kPa {
			unit.ShowKPa()
		}
		on(t, unit, func(ctx context.Context, s *session) {
			description, err := s.Describe(ctx)
			if err != nil {
				t.Fatal(err)
			}
			safe := 0
			for _, setting := range description.Settings {
				want := drivers.NoDirection
				switch id := string(setting.ID); {
				case strings.HasPrefix(id, "alarm.") && strings.HasSuffix(id, ".high"):
					want, safe = drivers.Lower, safe+1
				case strings.HasPrefix(id, "alarm.") && strings.HasSuffix(id, ".low"):
					want, safe = drivers.Higher, safe+1
				}
				if setting.SafeDirection != want {
					t.Errorf("%s is safe %s, want %s", setting.ID, setting.SafeDirection, want)
				}
			}
			if safe != len(limits) {
				t.Errorf("%d of %d limits are described", safe, len(limits))
			}
		})
	}
}

func TestALimitInKilopascalsTravelsAsTenths(t *testing.T) {
	unit := NewUnit(serial)
	unit.ShowKPa()
	on(t, unit, func(ctx context.Context, s *session) {
		wanted := drivers.Number(drivers.Decimals, drivers.Dec(65, 1))
		if err := s.Write(ctx, drivers.Change{Setting: "alarm.etco2.high", Wanted: wanted}); err != nil {
			t.Fatal(err)
		}
		if got := unit.Limit(6); got != 65 {
			t.Errorf("6.5 kPa arrived as %d", got)
		}
		snapshot, err := s.Read(ctx, "alarm.etco2.high")
		if r, _ := snapshot.Reading("alarm.etco2.high"); err != nil || r.Value != wanted || r.Unit != "kPa" {
			t.Errorf("read %s %s, %v", r.Value, r.Unit, err)
		}
	})
}

func TestAMonitorWhoseUnitWasChangedIsNotWrittenTo(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		unit.ShowKPa()
		if err := s.Write(ctx, etco2High(45)); !errors.Is(err, drivers.ErrNotSent) {
			t.Errorf("the write ended with %v", err)
		}
		if got := unit.Limit(6); got != 50 {
			t.Errorf("the monitor now holds %d", got)
		}
	})
}

func TestAWriteWithoutAnEchoIsNeitherDoneNorRefused(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		err := s.echo(ctx, 6, 45) // nothing was sent, so no echo comes
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, drivers.ErrRefused) || errors.Is(err, drivers.ErrNotSent) {
			t.Errorf("it ended with %v", err)
		}
	})
}

func TestAnEchoWithAnotherValueIsARefusal(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		if err := unit.Faults().Set(sim.Refuse, 1); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(ctx, etco2High(45)); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("it ended with %v", err)
		}
	})
}

func TestAReadingNeverComesFromBeforeItWasAskedFor(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		<-time.After(time.Minute) // a minute of numerics with the old limit waits in the buffer
		unit.mu.Lock()
		unit.limits[6] = 45
		unit.mu.Unlock()
		got, err := s.Read(ctx, "alarm.etco2.high")
		if r, _ := got.Reading("alarm.etco2.high"); err != nil || r.Value != drivers.IntegerValue(45) {
			t.Errorf("read %s, %v", r.Value, err)
		}
	})
}

func TestGarbageOnTheLineIsNamedAndNotBelieved(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		if err := unit.Faults().Set(sim.Garbage, 3); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Read(ctx); !errors.Is(err, drivers.ErrGarbled) {
			t.Errorf("read %d values, %v", len(got.Readings), err)
		}
	})
}

func TestABreathOrAPulseMeansInUse(t *testing.T) {
	unit := NewUnit(serial)
	on(t, unit, func(ctx context.Context, s *session) {
		if err := s.SafeToWrite(ctx); err != nil {
			t.Errorf("an idle monitor: %v", err)
		}
		if err := unit.Faults().Set(sim.Patient, 1); err != nil {
			t.Fatal(err)
		}
		if err := s.SafeToWrite(ctx); !errors.Is(err, drivers.ErrInUse) {
			t.Errorf("a monitor on a patient: %v", err)
		}
	})
}

func TestAnUnpluggedMonitorEndsTheReadingAtOnce(t *testing.T) {
	for after := range 60 {
		unit := NewUnit(serial)
		on(t, unit, func(ctx context.Context, s *session) {
			if err := unit.Faults().Set(sim.Unplug, after); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(ctx); err == nil || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after %d bytes: %v", after, err)
			}
		})
	}
}

func TestASilentLineIsNotThisFamilyAndSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unit := NewUnit(serial)
		if err := unit.Faults().Set(sim.Silence, 1); err != nil {
			t.Fatal(err)
		}
		conn := sim.Connect(t.Context(), unit)
		defer conn.Close()
		_, err := Driver{}.Probe(t.Context(), conn)
		if !errors.Is(err, drivers.ErrNotMine) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("probe ended with %v", err)
		}
	})
}

func FuzzAFrameIsNeverBelievedWithoutItsChecksum(f *testing.F) {
	f.Add([]byte{0x85, 0x01, 0x01, 0x00})
	f.Add([]byte{0x85, 0x03, 0x3C, 0x0D, 0x80, 0x05, 0xB7})
	f.Add([]byte{0x85, 0x03, 0x3C, 0x0D, 0x80})
	f.Add(NewUnit(serial).identity())
	f.Add(NewUnit(serial).numerics())
	f.Add(append([]byte{0x85, 0x1F, 0x04}, NewUnit(serial).numerics()...))
	f.Fuzz(func(t *testing.T, data []byte) {
		var frames framer
		in := bufio.NewScanner(bytes.NewReader(data))
		in.Split(frames.split)
		for in.Scan() {
			body := in.Bytes()
			if !bytes.Contains(data, encode(body[0], body[1:]...)) {
				t.Fatalf("% X was made up", body)
			}
			_, _ = parseNumerics(body)
			_, _ = parseIdentity(body)
		}
	})
}
