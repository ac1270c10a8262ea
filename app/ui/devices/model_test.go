package devices

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/internal/discovery"
	"countersign/internal/discovery/manual"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local)

// found returns a device as the inventory lists it before anybody asked it.
func found(source, address string, facts map[string]string) inventory.Device {
	scheme := "tcp"
	if strings.HasPrefix(address, "/") {
		scheme = "serial"
	}
	ep := drivers.Endpoint{Scheme: scheme, Address: address, Label: "bay-" + address, Source: source, Facts: facts}
	return inventory.Device{State: inventory.Discovered, Candidates: identify.Candidates(ep, all.All()),
		Found: discovery.Found{Endpoint: ep, Present: true, Sources: []string{source}, FirstSeen: noon, LastSeen: noon}}
}

func identified(d inventory.Device, state inventory.State) inventory.Device {
	d.Driver, d.Candidates, d.State = d.Candidates[0].Driver, nil, state
	d.Identity = drivers.Identity{Manufacturer: "Oridion", Model: "Capnostream 20", Serial: "BX4711"}
	return d
}

func only(t *testing.T, d inventory.Device) row {
	t.Helper()
	m := newModel()
	m.update([]inventory.Device{d}, noon.Add(5*time.Minute))
	if len(m.rows) != 1 {
		t.Fatalf("%d rows", len(m.rows))
	}
	return m.rows[0]
}

func TestARowSaysWhatADeviceIsOrMayBe(t *testing.T) {
	room := map[string]string{"mdns.type": "_mbap._tcp"}
	maps.Copy(room, matchFacts(t))
	for name, c := range map[string]struct {
		device             inventory.Device
		name, kind, source string
		seen               string
		state              kit.State
	}{
		"a serial port": {found(serialport.Name, "/dev/ttyUSB0", nil), "bay-/dev/ttyUSB0", "Possible: Capnostream 20", "serial port", "now", kit.Discovered},
		"announced":     {found(mdns.Name, "10.0.0.2:5020", room), "bay-10.0.0.2:5020", "Likely: Example: isolation room pressure monitor", "network search", "now", kit.Discovered},
		"another service": {found(mdns.Name, "10.0.0.9:80", map[string]string{"mdns.type": "_http._tcp"}), "bay-10.0.0.9:80", "no driver for it", "network search",
			"now", kit.Discovered},
		"typed in":   {found(manual.Name, "/dev/ttyS9", nil), "bay-/dev/ttyS9", "Possible: Capnostream 20", "typed in", "not yet", kit.Discovered},
		"identified": {identified(found(manual.Name, "/dev/ttyS9", nil), "ready"), "Capnostream 20 SN BX4711", "Capnostream 20", "typed in", "now", kit.Ready},
		"silent":     {identified(found(serialport.Name, "/dev/ttyS9", nil), "silent"), "Capnostream 20 SN BX4711", "Capnostream 20", "serial port", "now", kit.Silent},
	} {
		t.Run(name, func(t *testing.T) {
			r := only(t, c.device)
			if r.name != c.name || r.kind != c.kind || r.source != c.source || r.seen != c.seen || r.state != c.state {
				t.Errorf("%+v", r)
			}
		})
	}
}

// matchFacts are the facts by which the isolation room's map knows its device.
func matchFacts(t *testing.T) map[string]string {
	t.Helper()
	facts := map[string]string{"mdns.type": "_mbap._tcp", "mdns.txt.vendor": "Example Works", "mdns.txt.product": "EX-ROOM", "mdns.txt.model": "EX-ROOM"}
	if all.All()[0].Match(drivers.Endpoint{Scheme: "tcp", Address: "10.0.0.2:5020", Facts: facts}) != drivers.Likely {
		t.Fatal("these facts no longer make the isolation room likely")
	}
	return facts
}

func TestADeviceThatIsGoneSaysWhenItWasLastSeen(t *testing.T) {
	d := found(serialport.Name, "/dev/ttyUSB0", nil)
	d.Present, d.State = false, inventory.Gone
	r := only(t, d)
	if r.state != kit.Gone || r.seen != "5 min ago, 12:00" || r.at != noon.Unix() {
		t.Errorf("%+v", r)
	}
}

func TestADeviceThatIsThereAgainIsNotCalledGone(t *testing.T) {
	d := identified(found(serialport.Name, "/dev/ttyUSB0", nil), inventory.Gone)
	d.Fault = fault.New(fault.PortGone, "/dev/ttyUSB0", nil)
	for _, c := range []struct {
		state   inventory.State
		present bool
		want    string
	}{
		{inventory.Gone, false, "/dev/ttyUSB0 is gone."},
		{inventory.Discovered, true, "The connection was lost. Something is there again."},
	} {
		d.State, d.Present = c.state, c.present
		if got := newModel().detail(d).trouble; got != c.want {
			t.Errorf("%s: %q", c.state, got)
		}
	}
}

func TestAnAddressThatWasRemovedLeavesTheList(t *testing.T) {
	d := found(manual.Name, "10.0.0.5:502", nil)
	d.Present, d.State = false, inventory.Gone
	m := newModel()
	m.update([]inventory.Device{d, identified(d, inventory.Gone)}, noon)
	if len(m.rows) != 1 || m.rows[0].name != "Capnostream 20 SN BX4711" {
		t.Errorf("only the one that was never identified may go: %+v", m.rows)
	}
}

func TestAListThatDidNotChangeIsNotShownAgain(t *testing.T) {
	m := newModel()
	d := found(serialport.Name, "/dev/ttyUSB0", nil)
	if !m.update(nil, noon) || m.update(nil, noon) || !m.update([]inventory.Device{d}, noon) {
		t.Error("a first or another list must be shown, the same must not")
	}
	d.LastSeen = noon.Add(time.Second)
	if m.update([]inventory.Device{d}, noon.Add(time.Minute)) {
		t.Error("that it was seen again changes nothing on the screen")
	}
}

func TestWhenADeviceCannotBeIdentified(t *testing.T) {
	free := found(serialport.Name, "/dev/ttyUSB0", nil)
	connecting, gone := free, free
	connecting.State = inventory.Connecting
	gone.Present, gone.State = false, inventory.Gone
	for want, devices := range map[string][]inventory.Device{
		"":                            {free, identified(free, inventory.Gone), identified(free, "silent")},
		"devices.hindrance.asking":    {connecting},
		"devices.hindrance.talking":   {identified(free, "ready"), identified(free, "busy")},
		"devices.hindrance.gone":      {gone},
		"devices.hindrance.no_driver": {found(mdns.Name, "10.0.0.9:80", map[string]string{"mdns.type": "_http._tcp"})},
	} {
		for _, d := range devices {
			if got := newModel().hindrance(d); got != want {
				t.Errorf("%s, %s: %q, want %q", d.Name(), d.State, got, want)
			}
		}
	}
}

func TestADeviceIsAskedOnceAtATime(t *testing.T) {
	m, d := newModel(), found(serialport.Name, "/dev/ttyUSB0", nil)
	key := d.Key()
	if !m.begin(key) || m.begin(key) || m.canIdentify(d) || m.state(key, d) != kit.Connecting {
		t.Fatal("a second click must find it being asked")
	}
	m.finish(key, fault.New(fault.Silent, "/dev/ttyUSB0", nil))
	if !fault.Is(m.trouble(d), fault.Silent) || !m.canIdentify(d) {
		t.Fatal("the failure must be shown, and another attempt be possible")
	}
	m.begin(key)
	if m.trouble(d) != nil {
		t.Fatal("an old failure is shown during a new attempt")
	}
	m.finish(key, nil)
	if m.trouble(d) != nil {
		t.Fatal("an old failure is shown after a success")
	}
}

func TestAFailureIsForgottenWhenAnotherAttemptBegins(t *testing.T) {
	m, d := newModel(), found(serialport.Name, "/dev/ttyUSB0", nil)
	m.begin(d.Key())
	m.finish(d.Key(), errors.New("no"))
	d.State = inventory.Connecting // from the device's page
	m.update([]inventory.Device{d}, noon)
	d.State, d.Fault = inventory.Discovered, fault.New(fault.PortBusy, "/dev/ttyUSB0", nil)
	if !fault.Is(m.trouble(d), fault.PortBusy) {
		t.Errorf("%v", m.trouble(d))
	}
}

func TestOnlyTypedAddressesThatAreNotInUseCanBeRemoved(t *testing.T) {
	m := newModel()
	typed, port := found(manual.Name, "10.0.0.5:502", nil), found(serialport.Name, "/dev/ttyUSB0", nil)
	if !m.canRemove(typed) || m.canRemove(port) {
		t.Error("a typed address can be removed, a port cannot")
	}
	m.begin(typed.Key())
	if m.canRemove(typed) {
		t.Error("it was removed while it is being asked")
	}
}

func TestTheDetailExplainsEveryCandidateAndTheNextStep(t *testing.T) {
	m, d := newModel(), found(manual.Name, "10.0.0.5:502", nil)
	d.Fault = fault.New(fault.Silent, "10.0.0.5:502", nil)
	got := m.detail(d)
	if strings.Count(got.kinds, "\n") != len(d.Candidates)-1 || !strings.Contains(got.kinds, "May be: Capnostream 20 (possible: it works over this kind of connection).") {
		t.Errorf("%q", got.kinds)
	}
	if got.trouble != "10.0.0.5:502 does not answer." || !strings.Contains(got.next, "Then try again.") {
		t.Errorf("%q %q", got.trouble, got.next)
	}
	if got.identify != "Identify bay-10.0.0.5:502 …" || got.place != "network address 10.0.0.5:502" {
		t.Errorf("%q %q", got.identify, got.place)
	}
	d.Label = strings.Repeat("ä", 60)
	if got := m.detail(d).identify; !strings.Contains(got, "ä…") || len([]rune(got)) > 45 {
		t.Errorf("%q", got)
	}
}

func TestEverySourceSaysHowItIsDoing(t *testing.T) {
	running, quiet, failed := discovery.Status{State: discovery.Running}, discovery.Status{State: discovery.Quiet},
		discovery.Status{State: discovery.Failed, Err: errors.New("socket: too many")}
	on, off := []Interface{{Name: "eth0", On: true}, {Name: "wlan0"}}, []Interface{{Name: "eth0"}}
	for _, c := range []struct {
		source       string
		status       discovery.Status
		networks     []Interface
		text, button string
		state        kit.State
	}{
		{serialport.Name, running, on, "Serial ports: looking every second, 3 found.", "", kit.Normal},
		{mdns.Name, running, nil, "Network search: on, 3 found.", "", kit.Normal},
		{mdns.Name, running, on, "Network search: on for eth0, 3 found.", "Turn off", kit.Normal},
		{"simulated ward", running, on, "simulated ward: looking, 3 found.", "", kit.Normal},
		{mdns.Name, quiet, off, "Network search: off. Nothing is sent to the network.", "Turn on …", kit.Normal},
		{mdns.Name, failed, on, "Network search: it stopped and starts again by itself. The operating system did not let it look everywhere.", "Turn off", kit.Failed},
		{serialport.Name, discovery.Status{State: discovery.Running, Err: fault.New(fault.PortDenied, "/dev/ttyS0", nil)}, nil,
			"Serial ports: looking every second, 3 found. /dev/ttyS0 may not be opened. The operating system does not give your account access to it. " +
				"On Linux, ask for membership in the group dialout and sign in again. Elsewhere, ask your system administrator.", "", kit.Caution},
	} {
		m := newModel()
		m.setSources([]discovery.SourceStatus{{Name: c.source, Status: c.status, Endpoints: 3}, {Name: manual.Name, Status: running}}, c.networks)
		if len(m.sources) != 1 || m.sources[0].text != c.text || m.sources[0].button != c.button || m.sources[0].state != c.state {
			t.Errorf("want %q %q %s: %+v", c.text, c.button, c.state, m.sources)
		}
	}
}

func TestASingleNetworkIsProposedAndOfSeveralNone(t *testing.T) {
	if got := proposed([]Interface{{Name: "eth0"}}); searched(got) != "eth0" {
		t.Errorf("%+v", got)
	}
	if got := proposed([]Interface{{Name: "eth0"}, {Name: "wlan0"}}); searched(got) != "" {
		t.Errorf("%+v", got)
	}
}

func TestAddressesNeedNoScheme(t *testing.T) {
	for text, want := range map[string]string{
		"10.88.0.2:502": "tcp://10.88.0.2:502", " pump-3.ward:5020 ": "tcp://pump-3.ward:5020", "[fe80::1]:502": "tcp://[fe80::1]:502",
		"/dev/ttyUSB0": "serial:///dev/ttyUSB0", "com3": "serial://COM3", "tcp 10.0.0.5:502": "tcp://10.0.0.5:502",
		"serial /dev/pts/7": "serial:///dev/pts/7", "tcp://10.0.0.5:502": "tcp://10.0.0.5:502", "company:502": "tcp://company:502",
	} {
		ep, problem := address(text)
		if problem != "" || ep.Key() != want {
			t.Errorf("%q: %q %q", text, ep.Key(), problem)
		}
	}
}

func TestABadAddressIsExplained(t *testing.T) {
	for text, want := range map[string]string{
		"": "devices.add.empty", "   ": "devices.add.empty", "10.0.0.5": "devices.add.no_port", "[fe80::1]": "devices.add.no_port",
		"10.0.0.5:": "devices.add.port", "10.0.0.5:0": "devices.add.port", "10.0.0.5:65536": "devices.add.port", "10.0.0.5:http": "devices.add.port",
		"10.0.0.5:99999999999999999999": "devices.add.port", "10.0.0.555:502": "devices.add.host", ":502": "devices.add.host", "pump 3:502": "devices.add.host",
		"fe80::1:502": "devices.add.host", "ttyUSB0": "devices.add.serial", "COM0": "devices.add.serial", "/": "devices.add.serial", "serial x": "devices.add.serial",
		"udp://10.0.0.5:502": "devices.add.scheme", strings.Repeat("a", 400) + ":502": "devices.add.long",
	} {
		_, problem := address(text)
		if problem != want {
			t.Errorf("%q: %q, want %q", text, problem, want)
		}
		if kit.T(problem) == problem {
			t.Errorf("%s has no text", problem)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"10.88.0.2:502", "/dev/ttyUSB0", "COM3", "tcp [fe80::1%eth0]:502", "serial://x", "udp 1:2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ep, problem := address(text)
		if problem == "" {
			if again, err := manual.Parse(ep.Key()); err != nil || again.Key() != ep.Key() {
				t.Fatalf("%q became %q, which is refused: %v", text, ep.Key(), err)
			}
		} else if kit.T(problem) == problem {
			t.Fatalf("%q has no sentence: %s", text, problem)
		}
	})
}

func TestAPortIsToldApartByTheEndOfItsPath(t *testing.T) {
	for address, want := range map[string]string{
		"/dev/ttyUSB0": "/dev/ttyUSB0", "COM3": "COM3", "10.88.0.2:502": "10.88.0.2:502",
		"/home/ward/ports/bay1-capnostream": "…/bay1-capnostream",
	} {
		if got := kit.ShortPath(address); got != want {
			t.Errorf("%s is shown as %q, want %q", address, got, want)
		}
	}
}
