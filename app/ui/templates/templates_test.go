package templates

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/inventory"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

const (
	robinPW = "four quiet words here"
	kimPW   = "other quiet words here"
	high    = drivers.SettingID("alarm.etco2.high")
)

// TestMain makes a guess of a passphrase cheap: these tests are not about what it costs.
func TestMain(m *testing.M) {
	people.Floor = people.Cost{MemoryKiB: 1 << 10, Passes: 1, Lanes: 1}
	os.Exit(m.Run())
}

// driver is one that is part of the console.
type driver struct{ drivers.Driver }

func (driver) About() drivers.About {
	return drivers.About{ID: "bench/monitor", Name: "Bench monitor", Version: "1", Reviewed: true}
}

// bench is the screen in a window, above the real desk, log and keys.
type bench struct {
	*testing.T
	screen *Screen
	window fyne.Window
	desk   *change.Desk
	log    *audit.Log
	roster *people.Roster
	went   []shell.Route
	opened []*people.Signer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{T: t}
	fake := clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	db, err := store.Open(ctx, t.TempDir(), "test/bench", change.Projection())
	b.must(err)
	t.Cleanup(func() { db.Close() })
	b.log, err = audit.Open(ctx, db, fake)
	b.must(err)
	b.roster, err = people.Load(ctx, b.log)
	b.must(err)
	keys := people.NewKeys(t.TempDir())
	_, err = b.roster.Found(ctx, keys, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: robinPW}, {Name: "Kim Example", Role: policy.Nursing, Passphrase: kimPW}})
	b.must(err)
	seat := people.NewSeat(b.roster, keys)
	b.desk = change.NewDesk(b.log, db, b.roster, "bench", "test")
	app := test.NewApp()
	t.Cleanup(app.Quit)
	app.Settings().SetTheme(kit.NewTheme(kit.Compact, kit.Light))
	b.screen = New(ctx, Deps{
		Desk: b.desk, People: b.roster.People, Devices: func() []inventory.Device { return nil }, Now: func() time.Time { return fake.Now().Wall },
		Open: func(r shell.Route) { b.went = append(b.went, r) },
		Prove: func(ctx context.Context, id, passphrase string) (*people.Signer, error) {
			signer, err := seat.Prove(ctx, id, passphrase)
			if err == nil {
				b.opened = append(b.opened, signer)
			}
			return signer, err
		},
	}, kit.Inline())
	b.window = test.NewWindow(nil)
	t.Cleanup(b.window.Close)
	b.show("")
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) show(id string) {
	b.screen.Hide()
	b.window.SetContent(b.screen.Show(id))
	b.window.Resize(fyne.NewSize(1280, 1200))
}

func (b *bench) all() string {
	var lines []string
	for _, i := range kit.Outline(b.window.Canvas()) {
		lines = append(lines, i.Role+" "+i.Label+" "+i.Text+" "+i.State)
	}
	return strings.Join(lines, "\n")
}

func (b *bench) says(text string) {
	b.Helper()
	if !strings.Contains(b.all(), text) {
		b.Errorf("the page does not say %q:\n%s", text, b.all())
	}
}

func (b *bench) press(label string) {
	b.Helper()
	for _, i := range kit.Outline(b.window.Canvas()) {
		if i.Role == "button" && i.Label == label && i.State != "disabled" {
			x, y := i.Center()
			test.TapCanvas(b.window.Canvas(), fyne.NewPos(float32(x), float32(y)))
			return
		}
	}
	b.Fatalf("no button %q to press:\n%s", label, b.all())
}

// drafted begins a template for EtCO2 high 45 and fills the form.
func (b *bench) drafted() {
	b.Helper()
	limit := drivers.Setting{ID: high, Label: "EtCO2 high", Kind: drivers.Integer, Unit: "mm[Hg]", Max: drivers.Int(99), Writable: true, Risk: drivers.Clinical}
	b.screen.Begin(Draft{Driver: driver{}, Identity: drivers.Identity{Manufacturer: "Oridion", Model: "Capnostream 20", Serial: "B1", Firmware: "V1"},
		Description: drivers.Description{Settings: []drivers.Setting{limit}}, Values: []drivers.Change{{Setting: high, Wanted: drivers.IntegerValue(45)}}})
	b.show("")
	b.screen.page.name.SetText("Adult step-down")
	b.screen.page.reason.SetText("Ward policy 2026-14")
	b.screen.page.first.SetSelected("Robin Sample")
	b.screen.page.second.SetSelected("Kim Example")
}

// signs makes both sign what the page shows.
func (b *bench) signs(first, second string) {
	b.Helper()
	b.screen.page.secrets[0].SetText(first)
	b.screen.page.secrets[1].SetText(second)
	b.press("Sign template as Robin Sample and Kim Example")
}

func TestTwoPersonsSignTheTextThatIsOnThePage(t *testing.T) {
	b := newBench(t)
	b.drafted()
	b.says("New template for Oridion Capnostream 20")
	b.says("45 mmHg")
	b.press("Show what both sign")
	text := b.screen.page.text.Text
	if text == "" || text != b.screen.model.text || !b.screen.page.text.TextStyle.Monospace {
		t.Fatalf("shown:\n%q\nto be signed:\n%q", text, b.screen.model.text)
	}
	b.signs(robinPW, "not Kim's")
	b.says("The passphrase is wrong.")
	b.signs(robinPW, kimPW)
	b.says("The template is in force.")
	all, err := b.desk.Templates(t.Context())
	b.must(err)
	if len(all) != 1 || all[0].Name != "Adult step-down" || all[0].State != change.InForce {
		t.Fatalf("%+v", all)
	}
	b.says("Adult step-down")
	var signed []byte
	b.must(b.log.Each(t.Context(), all[0].Seq, func(record audit.Record) (err error) {
		if record.Seq == all[0].Seq {
			signed, err = b.roster.Open(t.Context(), record.Stmt)
		}
		return err
	}))
	if string(signed) != text {
		t.Errorf("signed:\n%q\nshown:\n%q", signed, text)
	}
	b.locked()
}

// locked demands that every key that was opened is locked again.
func (b *bench) locked() {
	b.Helper()
	if slices.ContainsFunc(b.opened, func(s *people.Signer) bool {
		_, err := s.Sign([]byte("anything"))
		return err == nil || !strings.Contains(err.Error(), "not_signed_in")
	}) {
		b.Error("a key is open")
	}
}

func TestATemplateIsEndedWithAReason(t *testing.T) {
	b := newBench(t)
	b.drafted()
	b.press("Show what both sign")
	b.signs(robinPW, kimPW)
	all, err := b.desk.Templates(t.Context())
	b.must(err)
	b.show(all[0].ID)
	b.says("Robin Sample, Kim Example")
	b.press("End this template …")
	b.press("Sign that this template ends")
	b.says("Choose who ends it and write why.")
	b.screen.page.who.SetSelected("Kim Example")
	b.screen.page.why.SetText("Replaced by another")
	b.screen.page.secret.SetText(kimPW)
	b.press("Sign that this template ends")
	all, err = b.desk.Templates(t.Context())
	b.must(err)
	if all[0].State != change.Ended || b.screen.model.canEnd() {
		t.Errorf("it is %s:\n%s", all[0].State, b.all())
	}
	b.locked()
}

func TestWhatIsMissingInTheFormIsSaid(t *testing.T) {
	b := newBench(t)
	b.drafted()
	p := b.screen.page
	for _, c := range []struct {
		spoil, mend func()
		want        string
	}{
		{func() { p.name.SetText(" ") }, func() { p.name.SetText("A") }, "Give the template a name."},
		{func() { p.reason.SetText("") }, func() { p.reason.SetText("B") }, "Write why these values are wanted."},
		{func() { p.days.SetText("soon") }, func() { p.days.SetText("30") }, "as a whole number"},
		{func() { p.second.ClearSelected() }, func() { p.second.SetSelected("Kim Example") }, "Choose the two persons"},
		{func() { p.first.SetSelected("Kim Example") }, func() { p.first.SetSelected("Robin Sample") }, "Choose two different persons."},
	} {
		c.spoil()
		b.press("Show what both sign")
		b.says(c.want)
		c.mend()
	}
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("without a name: %+v", unnamed)
	}
	b.press("Cancel")
	b.says("There are no templates yet.")
}
