package audit

import (
	"context"
	"crypto/ed25519"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// bench is the screen on a real log with two people. Who sits at the console is seated.
type bench struct {
	t          *testing.T
	log        *audit.Log
	roster     *people.Roster
	desk       *change.Desk
	robin, kim *people.Signer
	seated     string
	view       *View
	window     fyne.Window
	opened     shell.Route
}

// pocket keeps keys nowhere.
type pocket struct{}

func (pocket) Save(string, ed25519.PrivateKey, string) error { return nil }
func (pocket) Remove(string)                                 {}

func newBench(t *testing.T) *bench {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, t.TempDir(), "test/bench", change.Projection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := &bench{t: t}
	b.found(db)
	b.desk = change.NewDesk(b.log, db, b.roster, "bench", "test")
	b.show()
	return b
}

// found opens a log on a store and enrols its first two people.
func (b *bench) found(s audit.Store) people.Founded {
	b.t.Helper()
	ctx := b.t.Context()
	var err error
	if b.log, err = audit.Open(ctx, s, clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))); err != nil {
		b.t.Fatal(err)
	}
	if b.roster, err = people.Load(ctx, b.log); err != nil {
		b.t.Fatal(err)
	}
	founded, err := b.roster.Found(ctx, pocket{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.robin, b.kim = founded.Signers[0], founded.Signers[1]
	return founded
}

// show opens a window with the screen on it.
func (b *bench) show() {
	test.NewTempApp(b.t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	never := make(chan struct{})
	b.view = New(b.t.Context(), Deps{Log: b.log, Check: b.roster.Check, Hidden: b.hidden, Board: &task.Board{},
		SeatChanged: func() <-chan struct{} { return never }}, kit.Inline(), func(r shell.Route) { b.opened = r })
	b.window = test.NewTempWindow(b.t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 800))
}

// hidden asks as the console does.
func (b *bench) hidden(ctx context.Context, id string) bool {
	r, err := b.desk.Request(ctx, id)
	return err != nil || r.Hidden(b.seated)
}

// visit shows a record's page, or the list for "".
func (b *bench) visit(id string) {
	b.view.Hide()
	b.window.SetContent(b.view.Show(id))
}

// note records something and lets the screen see it.
func (b *bench) note(kind string, actor leaf.Actor) {
	b.t.Helper()
	if _, err := b.log.Append(b.t.Context(), audit.Draft{Kind: kind, Actor: actor}); err != nil {
		b.t.Fatal(err)
	}
	b.view.Refresh()
}

// texts is all that can be read in the window.
func (b *bench) texts() string {
	var all []string
	for _, i := range kit.Outline(b.window.Canvas()) {
		all = append(all, i.Label, i.Text)
	}
	return strings.Join(all, "\n")
}

func (b *bench) sees(text string) bool { return strings.Contains(b.texts(), text) }

const limit = drivers.SettingID("alarm.etco2.high")

// propose makes Robin request EtCO2 high 50 -> 97.
func (b *bench) propose() change.Request {
	b.t.Helper()
	r, err := b.desk.Propose(b.t.Context(), b.robin, change.Proposal{
		Driver: capnostream20.Driver{}, Identity: drivers.Identity{Model: "Capnostream 20", Serial: "B355"}, Reason: "Ward policy",
		Description: drivers.Description{Settings: []drivers.Setting{{ID: limit, Label: "EtCO2 high", Kind: drivers.Integer, Unit: "mm[Hg]",
			Min: drivers.Int(5), Max: drivers.Int(98), Step: drivers.Int(1), Writable: true, Risk: drivers.Clinical}}},
		Snapshot: drivers.NewSnapshot([]drivers.Reading{{ID: limit, Value: drivers.IntegerValue(50), Unit: "mm[Hg]"}}),
		Changes:  []drivers.Change{{Setting: limit, Wanted: drivers.IntegerValue(97)}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.view.Refresh()
	return r
}

var wanted = regexp.MustCompile(`\b97\b`)

func TestTheValuesOfAWaitingBlindRequestAreShownToItsProposerAlone(t *testing.T) {
	b := newBench(t)
	r := b.propose()
	id := strconv.FormatInt(r.Seq, 10)
	if !b.sees("Capnostream 20 SN B355: EtCO2 high") || wanted.MatchString(b.texts()) {
		t.Errorf("the table: %s", b.texts())
	}
	b.view.table.SetFilter("97")
	if shown, _ := b.view.table.Len(); shown != 0 {
		t.Error("the filter finds the request by its wanted value")
	}
	b.view.table.SetFilter("")
	for _, person := range []string{"", b.kim.ID} {
		b.seated = person
		b.visit(id)
		if !b.sees("Values and statement are not shown yet.") || wanted.MatchString(b.texts()) || b.sees("change-request") || b.sees("Ward policy") {
			t.Errorf("to %q the page shows %s", person, b.texts())
		}
		if d := b.view.model.Opened; d == nil || d.Record.Stmt != "" || d.Record.Bytes != nil {
			t.Error("what must not be shown is in the model")
		}
	}
	b.seated = b.robin.ID
	b.visit(id)
	if !b.sees("50 -> 97") || b.sees("not shown yet") {
		t.Errorf("its proposer sees %s", b.texts())
	}
	b.seated = ""
	b.view.forget() // Robin locks the console
	if wanted.MatchString(b.texts()) {
		t.Error("the values stay after the proposer left")
	}
	agreed, err := b.desk.Compare(t.Context(), b.kim.Person, r.ID, []change.Entry{{Setting: limit, Value: "97"}})
	if err == nil {
		err = b.desk.Approve(t.Context(), b.kim, agreed)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.view.Refresh()
	if !b.sees("50 -> 97") {
		t.Error("after the approval the statement is still hidden")
	}
	b.visit("")
	b.visit(strconv.FormatInt(r.Seq+1, 10))
	if !b.sees("Change approved") || !b.sees("Capnostream 20 SN B355: EtCO2 high") {
		t.Errorf("the approval's page does not say of what: %s", b.texts())
	}
}

func TestAnythingThatIsRecordedOfAHiddenRequestIsHidden(t *testing.T) {
	b := newBench(t)
	r := b.propose()
	draft := audit.Draft{Kind: "change.later", Actor: b.kim.Actor()}
	draft.Body.Set("request", r.ID)
	draft.Body.Set("invention", "97")
	records, err := b.log.Append(t.Context(), audit.Draft{Kind: "other.kind", Actor: b.kim.Actor(), Stmt: r.Note})
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range []audit.Record{records[0], {Leaf: leaf.Leaf{Kind: draft.Kind, Body: draft.Body}}} {
		d, err := Open(t.Context(), one{b.log, rec}, b.hidden, rec.Seq)
		if err != nil || !d.Hidden || d.Record.Stmt != "" {
			t.Fatalf("%s: %+v, %v", rec.Kind, d, err)
		}
		if _, ok := d.Record.Body.Text("invention"); ok {
			t.Error("a field that nobody knows is shown")
		}
	}
}

// one is a log in which every number is this record.
type one struct {
	*audit.Log
	record audit.Record
}

func (o one) Record(context.Context, int64) (audit.Record, error) { return o.record, nil }

func TestTheTableFollowsTheLogNewestFirst(t *testing.T) {
	b := newBench(t)
	b.note("people.signed-in", b.robin.Actor())
	b.note("device.imagined", b.kim.Actor())
	first, _ := b.view.table.First()
	if first.Seq != 2 || first.What != "device.imagined" || !b.sees("Signed in") || !b.sees("2026-11-22 ") || !b.sees("3 records") {
		t.Errorf("first %+v; %s", first, b.texts())
	}
	test.Type(b.view.filter, "robin technician")
	if shown, _ := b.view.table.Len(); shown != 1 {
		t.Errorf("the filter leaves %d", shown)
	}
	b.view.filter.SetText("")
	b.view.group.SetSelected("Devices")
	if shown, _ := b.view.table.Len(); shown != 1 {
		t.Errorf("the group leaves %d", shown)
	}
	b.view.group.SetSelected("All records")
	b.view.table.Focus()
	b.view.table.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if b.opened != (shell.Route{Screen: "audit", ID: "2"}) {
		t.Errorf("Return opens %v", b.opened)
	}
}

func TestARecordsPageShowsItsStatementLetterByLetter(t *testing.T) {
	b := newBench(t)
	record, err := b.log.Record(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	b.visit("0")
	label := b.view.sheet.note
	if label.Text != record.Stmt || !label.TextStyle.Monospace || !b.sees(record.Stmt) {
		t.Errorf("it shows %q", label.Text)
	}
	if !b.sees("Two persons enrolled") || !b.sees("Robin Sample, Kim Example") || !b.sees("none, this is the first") || !b.sees("set by a reference clock") {
		t.Errorf("the page shows %s", b.texts())
	}
	b.visit("")
	b.visit("77")
	if b.sees(record.Stmt) || !b.sees("77 was not found.") {
		t.Errorf("a record that is not there shows %s", b.texts())
	}
	b.visit("nonsense")
	if !b.sees("was not found.") {
		t.Errorf("nonsense shows %s", b.texts())
	}
}

func TestTheFirstRecordTellsTheFingerprintThatTheFoundersWroteDown(t *testing.T) {
	b := &bench{t: t}
	founded := b.found(&shelf{})
	d, err := Open(t.Context(), b.log, b.hidden, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(d.Facts(), kit.Pair{Key: "audit.fact.fingerprint", Value: founded.Fingerprint}) {
		t.Errorf("%+v without %q", d.Facts(), founded.Fingerprint)
	}
}

func TestEverythingOnTheScreenHasAName(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"", "0"} {
		b.visit(id)
		if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
			t.Errorf("%+v", unnamed)
		}
	}
}
