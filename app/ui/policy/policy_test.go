package policy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// strict are rules that differ from the minimum everywhere.
func strict(t *testing.T) policy.Policy {
	t.Helper()
	p, err := policy.Parse([]string{
		"cosmetic propose technician,nursing approve any seat any entry read",
		"operational propose any approve clinical-lead seat any entry blind",
		"clinical propose any approve nursing+pharmacy seat any entry blind",
		"high-alert propose any approve nursing+pharmacy,clinical-lead seat other entry blind",
		"high-alert-setting oridion.capnostream20 alarm.etco2.high", "not-in-emergency oridion.capnostream20 patient.type", "probation 14 d"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRulesReadAsPlainWords(t *testing.T) {
	rows := Rows(strict(t))
	for i, want := range []Row{
		{"Cosmetic", "Technician, Nursing", "any one other person", "this console is enough", "reads and signs"},
		{"Operational", "everybody but auditors", "Clinical lead", "this console is enough", "enters the value blind"},
		{"Clinical", "everybody but auditors", "Nursing and Pharmacy", "this console is enough", "enters the value blind"},
		{"High alert", "everybody but auditors", "Nursing and Pharmacy; or Clinical lead", "another laptop, or a hardware key", "enters the value blind"},
	} {
		if rows[i] != want {
			t.Errorf("got %+v, want %+v", rows[i], want)
		}
	}
}

func TestAnUnchangedDraftIsTheRulesInForce(t *testing.T) {
	for _, p := range []policy.Policy{policy.Minimum(), strict(t)} {
		d := NewDraft(p)
		got, err := d.Policy()
		if err != nil || !slices.Equal(got.Lines(), p.Lines()) {
			t.Errorf("%v: %q", err, got.Lines())
		}
		d.Reason, d.Signers = "why not", [2]string{"a", "b"}
		if problems := d.Problems(p); !strings.HasPrefix(problems[InReason], "These are the rules in force.") {
			t.Errorf("%q", problems)
		}
		for _, c := range policy.Classes() {
			at := slices.IndexFunc(Groups(p.Rule(c).Approve), func(g [][]policy.Role) bool { return ApproveWords(g) == ApproveWords(p.Rule(c).Approve) })
			if at < 0 {
				t.Errorf("what approves %s cannot be chosen", c)
			}
		}
	}
}

func TestEachMistakeInTheRulesIsToldByItsField(t *testing.T) {
	for _, c := range []struct {
		spoil func(*Draft)
		field Field
		want  string
	}{
		{func(d *Draft) { d.HighAlert = "alarm" }, InHighAlert, "“alarm” is not"},
		{func(d *Draft) { d.Probation = "a week" }, InProbation, "Type a whole number"},
		{func(d *Draft) { d.Probation = "400" }, InProbation, "Type a whole number"},
		{func(d *Draft) { d.Reason = " " }, InReason, "Write why"},
		{func(d *Draft) { d.Signers[0] = "" }, InFirst, "Choose who signs."},
		{func(d *Draft) { d.Signers[1] = "a" }, InSecond, "Two different persons sign."},
		{func(d *Draft) { d.Excluded = "patient.type" }, InExcluded, "“patient.type” is not"},
		{func(d *Draft) { d.Excluded = "a b\na b" }, InExcluded, "These rules cannot be read back"},
		{func(d *Draft) { d.HighAlert = "a b\na b" }, InHighAlert, "These rules cannot be read back"},
	} {
		d := NewDraft(policy.Minimum())
		d.Probation, d.Reason, d.Signers = "14", "as the board decided", [2]string{"a", "b"}
		if p := d.Problems(policy.Minimum()); p != [fields]string{} {
			t.Fatalf("%q", p)
		}
		c.spoil(d)
		if got := d.Problems(policy.Minimum())[c.field]; !strings.HasPrefix(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestThePageSaysWhoPutTheRulesThere(t *testing.T) {
	for _, c := range []struct {
		rules people.Rules
		state kit.State
		want  string
	}{
		{people.Rules{Seq: -1}, kit.Note, "The built-in minimum is in force: nobody has signed"},
		{people.Rules{Seq: -1, Problem: errors.New("line 3")}, kit.Caution, "because the signed rules cannot be read."},
		{people.Rules{Seq: 7, Signers: []statement.Person{{Name: "Robin"}, {Name: "Kim"}}, At: statement.Time{Wall: time.Now()}}, kit.Verified, "Signed by Robin and Kim."},
	} {
		m := &Model{}
		m.Show(Known{Rules: c.rules}, nil)
		if state, sentence, more := m.Origin(); state != c.state || !strings.Contains(sentence, c.want) || more == "" {
			t.Errorf("%s %q %q", state, sentence, more)
		}
	}
}

// bench is the screen on a real log with two people.
type bench struct {
	view    *View
	window  fyne.Window
	roster  *people.Roster
	me      string
	opened  shell.Route
	results []string
}

var passphrases = [2]string{"four quiet words here", "other quiet words here"}

func newBench(t *testing.T) *bench {
	t.Helper()
	db, err := store.Open(t.Context(), t.TempDir(), "test/bench")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	log, err := audit.Open(t.Context(), db, clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{}
	if b.roster, err = people.Load(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	keys := people.NewKeys(t.TempDir())
	founded, err := b.roster.Found(t.Context(), keys, [2]people.Founder{{Name: "Robin Sample", Role: policy.Technician, Passphrase: passphrases[0], Badge: "1"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: passphrases[1], Badge: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	b.me = founded.Signers[1].ID
	seat := people.NewSeat(b.roster, keys)
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b.view = New(t.Context(), Deps{Roster: b.roster, Has: keys.Has, Prove: seat.Prove, Me: func() string { return b.me }, Changed: log.Changed,
		Result: func(_ kit.State, sentence string) { b.results = append(b.results, sentence) }}, kit.Inline(), func(r shell.Route) { b.opened = r })
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 1600))
	return b
}

func (b *bench) sees(text string) bool {
	return slices.ContainsFunc(kit.Outline(b.window.Canvas()), func(i kit.Item) bool { return strings.Contains(i.Label+"\n"+i.Text, text) })
}

func (b *bench) choose(t *testing.T, name, word string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(b.window.Content()) {
		if s, ok := o.(*kit.Select); ok && s.AccessibilityLabel() == name && s.Visible() {
			s.SetSelected(word)
			return
		}
	}
	t.Fatalf("there is no choice %q", name)
}

func TestTwoPersonsPutOtherRulesInForce(t *testing.T) {
	b := newBench(t)
	if !b.sees("The built-in minimum is in force") || !b.sees("enters the value blind") || !b.sees("For 7 days after enrolment") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	test.Tap(b.view.propose)
	if b.view.form.draft.Signers[0] != b.me {
		t.Error("who is signed in does not sign first")
	}
	test.Tap(b.view.form.next)
	if !b.sees("Write why the rules change.") || b.window.Canvas().Focused() != fyne.Focusable(b.view.form.reason) {
		t.Error("rules without a reason")
	}
	b.choose(t, "Clinical: Must approve", "Nursing and Pharmacy")
	if !b.sees("use it for what another procedure must handle") {
		t.Error("nobody says what keeping a setting out of emergencies does")
	}
	b.view.form.excluded.SetText("  oridion.capnostream20   patient.type \n\n")
	b.view.form.reason.SetText("as the board decided")
	test.Tap(b.view.form.next)
	if !b.sees("not-in-emergency oridion.capnostream20 patient.type") || !b.sees("1 setting cannot be changed in an emergency.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	if !b.view.ceremony.Open() || !b.sees("clinical propose any approve nursing+pharmacy seat any entry blind") || !b.sees("Clinical settings – may propose") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	for _, passphrase := range []string{passphrases[1], passphrases[0]} {
		entry := b.window.Canvas().Focused().(*kit.Entry)
		entry.SetText(passphrase)
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	if b.view.ceremony.Open() || !b.sees("Signed by Kim Example and Robin Sample.") || !b.sees("Nursing and Pharmacy") || !slices.Equal(b.results, []string{"The new rules are in force."}) {
		t.Errorf("%q %+v", b.results, kit.Outline(b.window.Canvas()))
	}
	if !b.sees("Settings that no emergency may change") || !b.sees("oridion.capnostream20 patient.type") {
		t.Error("the page does not show what no emergency may change")
	}
	rules, err := b.roster.Rules(t.Context())
	if err != nil || rules.Seq < 0 || len(rules.Policy.Rule(policy.Clinical).Approve[0]) != 2 {
		t.Errorf("%+v %v", rules, err)
	}
}

func TestEscapeLeavesFormAndStatementOneByOne(t *testing.T) {
	b := newBench(t)
	if b.view.Leave() {
		t.Error("there is nothing to leave")
	}
	test.Tap(b.view.propose)
	b.view.form.probation.SetText("14")
	b.view.form.reason.SetText("as the board decided")
	test.Tap(b.view.form.next)
	if !b.view.Leave() || b.view.Leave() {
		t.Error("the statement is not left, once")
	}
	test.Tap(b.view.propose)
	if !b.view.Leave() || b.view.proposing {
		t.Error("the form is not left")
	}
	test.Tap(b.view.back)
	if b.opened.Screen != "people" {
		t.Error(b.opened)
	}
}

func TestEverythingOnTheRulesPageHasAName(t *testing.T) {
	b := newBench(t)
	for _, show := range []func(){func() {}, b.view.begin} {
		show()
		if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
			t.Errorf("%+v", unnamed)
		}
		for _, f := range b.view.Panes() {
			if f == nil {
				t.Error("a pane is nothing")
			}
		}
	}
	if _, err := Look(context.Background(), b.roster, nil); err != nil {
		t.Error(err)
	}
}
