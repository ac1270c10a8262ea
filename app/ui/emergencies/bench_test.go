package emergencies

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestMain makes a guess of a passphrase cheap: these tests are not about what it costs.
func TestMain(m *testing.M) {
	people.Floor = people.Cost{MemoryKiB: 1 << 10, Passes: 1, Lanes: 1}
	os.Exit(m.Run())
}

var now = time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)

var (
	robin = people.Person{ID: ident(1), Name: "Robin Sample", Role: "technician", Active: true}
	kim   = people.Person{ID: ident(2), Name: "Kim Example", Role: "nursing", Active: true}
	sam   = people.Person{ID: ident(3), Name: "Sam Trial", Role: "clinical-lead", Active: true}
)

// ident is a person's number.
func ident(n byte) string { return statement.PersonID(ed25519.PublicKey(bytes.Repeat([]byte{n}, 32))) }

// session is a number that statements take.
func session(at time.Time) string {
	id, err := statement.NewID(at, strings.NewReader("0123456789"))
	if err != nil {
		panic(err)
	}
	return id
}

// step is one setting in the form of a record.
func step(id drivers.SettingID, found, wanted, left, outcome, why string) string {
	l := statement.SetLine{ID: id, AsFound: found, Wanted: wanted, Unit: "mm[Hg]", Risk: drivers.Clinical}
	return strings.Join([]string{l.String(), left, outcome, why}, "\t")
}

// emergency is one of Robin's that ended so long ago.
func emergency(ago time.Duration, state breakglass.ReviewState) breakglass.Emergency {
	ended := now.Add(-ago)
	e := breakglass.Emergency{ID: session(ended), Receipt: "BG-7K3M-9QXT-2HWD", Device: "Capnostream 20 SN B355987654", Workstation: "ward-7-cart",
		Actor: robin.Actor(), Category: breakglass.PatientAtRisk, Tier: breakglass.T1, Identity: breakglass.ByKey, Signed: true,
		Opened: ended.Add(-4 * time.Minute), Ended: ended, How: breakglass.Sealed, Sinks: "audit log, emergency journal, event log", State: state,
		Record: 41}
	if e.Drill = state == breakglass.NoReview; !e.Drill && state != breakglass.Running {
		e.Due = ended.Add(breakglass.ReviewIn)
		e.Overdue = ago > breakglass.ReviewIn && state != breakglass.Reviewed
	}
	e.Actions = []breakglass.Action{{N: 1, At: ended.Add(-2 * time.Minute), Outcome: "verified",
		Steps: step("alarm.etco2.high", "50", "60", "60", "verified", "") + "\n" + step("alarm.etco2.low", "15", "12", "12", "verified", "")}}
	return e
}

// bench is the screen with what it asks for.
type bench struct {
	t        *testing.T
	view     *View
	window   fyne.Window
	all      []breakglass.Emergency
	eligible []people.Person
	ratio    breakglass.Ratio
	drilled  time.Time
	standing Standing
	err      error // of reading
	fail     error // of acts
	me       string
	differ   []string
	opened   []shell.Route
	results  []string
	acts     []string
	signed   [][]string
	keys     []*people.Signer
}

func good() Standing {
	s := Standing{Level: LevelReady}
	for _, check := range []string{"journal", "record", "clock", "keys"} {
		s.Items = append(s.Items, StandingItem{Check: check, OK: true})
	}
	return Standing{Level: LevelReady, Items: append(s.Items, StandingItem{Check: "codes", OK: true, Detail: "left 7"}, StandingItem{Check: "ballast", OK: true},
		StandingItem{Check: "space", OK: true}, StandingItem{Check: "mirror", OK: true, Detail: "not-set"}, StandingItem{Check: "people", OK: true, Detail: "few 3"})}
}

func newBench(t *testing.T, all ...breakglass.Emergency) *bench {
	t.Helper()
	b := &bench{t: t, all: all, eligible: []people.Person{kim, sam}, standing: good(), drilled: now.Add(-72 * time.Hour)}
	b.ratio = breakglass.Ratio{Site: breakglass.Share{Alone: 2, Normal: 59}}
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b.view = New(t.Context(), b.deps(), kit.Inline(), b.open)
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 2000)) // what is scrolled out of sight is not in the outline
	b.view.Refresh()
	return b
}

func (b *bench) deps() Deps {
	return Deps{
		Emergencies: func(context.Context) ([]breakglass.Emergency, error) { return b.all, b.err },
		Emergency:   b.emergency,
		Changed:     func() <-chan struct{} { return nil },
		Eligible:    func(context.Context, string) ([]people.Person, error) { return b.eligible, b.err },
		Ratio:       func(context.Context) (breakglass.Ratio, error) { return b.ratio, b.err },
		LastDrill:   func(context.Context) (time.Time, bool, error) { return b.drilled, !b.drilled.IsZero(), b.err },
		Duration:    func(context.Context) (time.Duration, bool) { return 14 * time.Second, true },
		Report:      func(context.Context) Standing { return b.standing },
		Persons:     func(context.Context) ([]people.Person, error) { return []people.Person{robin, kim, sam}, b.err },
		Prove:       b.prove, Me: func() string { return b.me }, Now: func() time.Time { return now },
		Account: func(_ context.Context, s *people.Signer, id, text string) error {
			return b.act("account "+id+" "+text, s)
		},
		Review: func(_ context.Context, s []*people.Signer, id, finding, reason, incident string) error {
			return b.act(strings.Join([]string{"review", id, finding, reason, incident}, " "), s...)
		},
		Paper: func(_ context.Context, s [2]*people.Signer, about string, lines []string, from, to time.Time) error {
			return b.act("paper "+about+" "+strings.Join(lines, "|")+" "+from.UTC().Format(time.RFC3339)+" "+to.UTC().Format(time.RFC3339), s[:]...)
		},
		CheckDrift: func(_ context.Context, id string) ([]string, error) { return b.differ, b.act("check " + id) },
		MakeRoom:   func(context.Context) error { return b.act("room") },
		Slip: func(_ context.Context, e breakglass.Emergency) (string, error) {
			return "/data/slip.html", b.act("slip " + e.Receipt)
		},
		Setting: func(_ breakglass.Emergency, id drivers.SettingID) (drivers.Setting, bool) {
			labels := map[drivers.SettingID]string{"alarm.etco2.high": "EtCO2 high", "alarm.etco2.low": "EtCO2 low"}
			return drivers.Setting{ID: id, Label: labels[id], Kind: drivers.Decimals}, labels[id] != ""
		},
		Drill: func() { b.acts = append(b.acts, "drill") }, Codes: func() { b.acts = append(b.acts, "codes") },
		Result: func(_ kit.State, sentence string) { b.results = append(b.results, sentence) },
	}
}

func (b *bench) emergency(_ context.Context, id string) (breakglass.Emergency, error) {
	for _, e := range b.all {
		if e.ID == id {
			return e, b.err
		}
	}
	return breakglass.Emergency{}, fault.New(fault.NotFound, id, nil)
}

func (b *bench) prove(_ context.Context, id, passphrase string) (*people.Signer, error) {
	if passphrase != "right "+id {
		return nil, fault.New(fault.Passphrase, id, nil)
	}
	s := &people.Signer{Person: people.Person{ID: id}}
	b.keys = append(b.keys, s)
	return s, nil
}

func (b *bench) act(what string, signers ...*people.Signer) error {
	if b.fail != nil {
		return b.fail
	}
	var ids []string
	for _, s := range signers {
		ids = append(ids, s.ID)
	}
	b.acts, b.signed = append(b.acts, what), append(b.signed, ids)
	return nil
}

func (b *bench) open(r shell.Route) {
	b.opened = append(b.opened, r)
	if r.Screen == Screen && b.view != nil {
		b.view.Hide()
		b.view.Show(r.ID)
	}
}

func (b *bench) seen() []string {
	var all []string
	for _, i := range kit.Outline(b.window.Canvas()) {
		all = append(all, strings.TrimSpace(i.Label+" "+i.Text))
	}
	return all
}

func (b *bench) sees(text string) bool {
	return slices.ContainsFunc(b.seen(), func(s string) bool { return strings.Contains(s, text) })
}

// wants fails for each text that is not in sight.
func (b *bench) wants(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !b.sees(text) {
			b.t.Errorf("%q is not in sight:\n%s", text, strings.Join(b.seen(), "\n"))
		}
	}
}

// tap presses the button that says so.
func (b *bench) tap(label string) {
	b.t.Helper()
	var found *kit.Button
	for _, o := range test.LaidOutObjects(b.window.Canvas().Content()) {
		if k, ok := o.(*kit.Button); ok && k.Visible() && strings.Contains(k.AccessibilityLabel(), label) {
			found = k
		}
	}
	if found == nil {
		b.t.Fatalf("no button %q", label)
	}
	if found.Disabled() {
		b.t.Fatalf("%q cannot be pressed", label)
	}
	found.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

// passphrase types into the page of signatures and presses Return.
func (b *bench) passphrase(text string) {
	b.t.Helper()
	e, ok := b.view.ceremony.Panes()[0].(*kit.Entry)
	if !ok {
		b.t.Fatal("nobody is asked for a passphrase")
	}
	e.SetText(text)
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func share(p people.Person, alone, normal int) breakglass.Share {
	return breakglass.Share{Person: leaf.Actor{ID: p.ID, Name: p.Name}, Alone: alone, Normal: normal}
}
