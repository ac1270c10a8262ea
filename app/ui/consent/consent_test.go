package consent

import (
	"slices"
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/discovery"
	"countersign/internal/identify"
	"countersign/internal/inventory"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func device(scheme, address string, candidates ...identify.Candidate) inventory.Device {
	return inventory.Device{Candidates: candidates,
		Found: discovery.Found{Endpoint: drivers.Endpoint{Scheme: scheme, Address: address, Label: "bay1-capnostream"}, Present: true}}
}

func candidate(i int, c drivers.Confidence) identify.Candidate {
	return identify.Candidate{Driver: all.All()[i], Confidence: c}
}

func ids(candidates []identify.Candidate) string {
	var all []string
	for _, c := range candidates {
		all = append(all, c.Driver.About().ID)
	}
	return strings.Join(all, " ")
}

func TestOnlyProbableDriversAreProposed(t *testing.T) {
	const room, gas, capno = 0, 1, 2
	for want, d := range map[string]inventory.Device{
		"example/isolation-room": device("tcp", "10.0.0.2:502", candidate(room, drivers.Likely), candidate(gas, drivers.Maybe)),
		"oridion/capnostream20":  device("serial", "/dev/ttyUSB0", candidate(capno, drivers.Maybe)),
		"":                       device("tcp", "10.0.0.2:502", candidate(room, drivers.Maybe), candidate(gas, drivers.Maybe)),
		"example/isolation-room example/medical-gas-alarm": device("tcp", "10.0.0.2:502", candidate(room, drivers.Certain), candidate(gas, drivers.Likely)),
	} {
		if got := ids(newModel(d).agreed()); got != want {
			t.Errorf("proposed %q, want %q", got, want)
		}
	}
}

func TestADeviceThatWasIdentifiedBeforeIsAskedByItsDriverAlone(t *testing.T) {
	d := device("serial", "/dev/ttyUSB0")
	d.Driver = capnostream20.Driver{}
	got := Candidates(d)
	if ids(got) != "oridion/capnostream20" || got[0].Confidence != drivers.Certain {
		t.Errorf("%+v", got)
	}
}

func TestEveryDriverSaysWhatItSendsAndWhatReadingDoes(t *testing.T) {
	for _, driver := range all.All() {
		about := driver.About()
		for _, scheme := range []string{"serial", "tcp"} {
			facts := strings.Join(ask{candidate: identify.Candidate{Driver: driver, Confidence: drivers.Maybe}}.facts(drivers.Endpoint{Scheme: scheme}), "\n")
			if about.Probe == "" || !strings.Contains(facts, about.Probe) || !strings.Contains(facts, Maturity(about.Maturity)) {
				t.Errorf("%s: %s", about.ID, facts)
			}
			for _, effect := range about.ReadEffects {
				if !strings.Contains(facts, effect) {
					t.Errorf("%s hides what reading does: %s", about.ID, effect)
				}
			}
			if none := strings.Contains(facts, kit.T("consent.effects.none")); none != (len(about.ReadEffects) == 0) {
				t.Errorf("%s: %s", about.ID, facts)
			}
			_, tuned := driver.(drivers.Tuned)
			if shown := strings.Contains(facts, "115200 bit/s, 8N1"); shown != (tuned && scheme == "serial") {
				t.Errorf("%s on %s: %s", about.ID, scheme, facts)
			}
		}
	}
}

func TestEveryConfidenceAndMaturityHasWords(t *testing.T) {
	for c := drivers.Maybe; c <= drivers.Certain; c++ {
		if strings.HasPrefix(Confidence(c), "consent.") || strings.HasPrefix(Why(c), "consent.") {
			t.Errorf("%s has no words", c)
		}
	}
	for m := drivers.Simulated; m <= drivers.Proven; m++ {
		if strings.HasPrefix(Maturity(m), "consent.") {
			t.Errorf("%s has no words", m)
		}
	}
}

type stage struct {
	t       *testing.T
	window  fyne.Window
	dialogs *kit.Dialogs
	agreed  []string
}

func newStage(t *testing.T, d inventory.Device) *stage {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	s := &stage{t: t, window: test.NewTempWindow(t, nil)}
	s.window.Resize(fyne.NewSize(1280, 800))
	s.dialogs = kit.NewDialogs(s.window)
	s.dialogs.Show(Dialog(d, func(c []identify.Candidate) { s.agreed = append(s.agreed, ids(c)) }))
	return s
}

func (s *stage) item(role, label string) kit.Item {
	s.t.Helper()
	items := kit.Outline(s.window.Canvas())
	i := slices.IndexFunc(items, func(i kit.Item) bool { return i.Role == role && strings.Contains(i.Label, label) })
	if i < 0 {
		s.t.Fatalf("no %s with %q in %+v", role, label, items)
	}
	return items[i]
}

func (s *stage) tap(role, label string) {
	s.t.Helper()
	x, y := s.item(role, label).Center()
	test.TapCanvas(s.window.Canvas(), fyne.NewPos(float32(x), float32(y)))
}

func TestNothingIsAgreedWithoutTheButton(t *testing.T) {
	s := newStage(t, device("serial", "/dev/pts/7", candidate(2, drivers.Maybe)))
	if got := s.item("button", "Cancel"); got.State != "focused" {
		t.Errorf("the safe choice must have the focus: %+v", got)
	}
	s.item("text", "/dev/pts/7")
	if unnamed := kit.Unnamed(s.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("without a name: %+v", unnamed)
	}
	s.dialogs.Cancel()
	if s.agreed != nil {
		t.Fatalf("cancelling agreed to %v", s.agreed)
	}
}

func TestTheButtonNamesThePlaceAndHandsOverTheTickedDrivers(t *testing.T) {
	s := newStage(t, device("tcp", "10.0.0.2:502", candidate(0, drivers.Maybe), candidate(1, drivers.Maybe)))
	s.tap("button", "Identify on bay1-capnostream")
	if s.agreed != nil || !s.dialogs.Open() {
		t.Fatalf("agreed to %v with nothing ticked", s.agreed)
	}
	s.item("text", "Tick at least one driver.")
	s.tap("check", "medical gas")
	s.item("text", "One driver asks.")
	s.tap("button", "Identify on bay1-capnostream")
	if len(s.agreed) != 1 || s.agreed[0] != "example/medical-gas-alarm" || s.dialogs.Open() {
		t.Fatalf("%v", s.agreed)
	}
}

func TestTheTaskNamesPlaceAndDrivers(t *testing.T) {
	d := device("serial", "/dev/pts/7", candidate(2, drivers.Maybe))
	name, step := Task(d, d.Candidates)
	if name != "Identifying bay1-capnostream" || step != "asked as Capnostream 20" {
		t.Errorf("%q %q", name, step)
	}
}
