package people

import (
	"context"
	"crypto/ed25519"
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/store"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// bench is the screen and the sign-in dialog on a real log with real key files.
type bench struct {
	t       *testing.T
	log     *audit.Log
	roster  *people.Roster
	seat    *people.Seat
	view    *View
	signIn  *SignIn
	dialogs *kit.Dialogs
	window  fyne.Window
	opened  shell.Route
	hint    string
	clock   *clock.Fake
	keys    *people.Keys
	results []string
	paper   int
}

func newBench(t *testing.T, keeper Keys) *bench {
	t.Helper()
	ctx, folder := t.Context(), t.TempDir()
	db, err := store.Open(ctx, folder, "test/bench")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := &bench{t: t, clock: clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))}
	if b.log, err = audit.Open(ctx, db, b.clock); err != nil {
		t.Fatal(err)
	}
	if b.roster, err = people.Load(ctx, b.log); err != nil {
		t.Fatal(err)
	}
	b.keys = people.NewKeys(filepath.Join(folder, "keys"))
	b.seat = people.NewSeat(b.roster, b.keys)
	if keeper == nil {
		keeper = b.keys
	}
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	open := func(r shell.Route) {
		b.opened = r
		if r.Screen == Screen && b.view != nil {
			b.view.Hide()
			b.view.Show(r.ID)
		}
	}
	result := func(_ kit.State, sentence string) { b.results = append(b.results, sentence) }
	b.signIn = NewSignIn(ctx, SignInDeps{People: b.roster.People, Seat: b.seat, Dialogs: func() *kit.Dialogs { return b.dialogs },
		Hint: func(people.Person) string { return b.hint }, Founding: func() { open(shell.Route{Screen: Screen}) }, Result: result}, kit.Inline())
	b.view = New(ctx, Deps{Roster: b.roster, Keys: keeper, Prove: b.seat.Prove, Me: b.me, Changed: b.log.Changed, SignIn: b.signIn.AskFor, Lock: b.signIn.Lock,
		Paper: b.sheet, Result: result, Rules: func() { open(shell.Route{Screen: "policy"}) }}, kit.Inline(), open)
	b.window = test.NewTempWindow(t, b.view.Show(""))
	b.window.Resize(fyne.NewSize(1280, 800))
	b.dialogs = kit.NewDialogs(b.window)
	b.view.Refresh()
	return b
}

func (b *bench) me() string {
	if s := b.seat.Current(); s != nil {
		return s.ID
	}
	return ""
}

func (b *bench) sheet(context.Context) (Paper, error) {
	b.paper++
	return Paper{Path: "/data/sheet.html", QR: image.NewGray(image.Rect(0, 0, 29, 29))}, nil
}

func (b *bench) sees(text string) bool {
	return slices.ContainsFunc(kit.Outline(b.window.Canvas()), func(i kit.Item) bool {
		return strings.Contains(i.Label, text) || strings.Contains(i.Text, text)
	})
}

// press sends keys to whatever has the focus.
func (b *bench) press(keys ...fyne.KeyName) {
	c := b.window.Canvas()
	for _, k := range keys {
		if f := c.Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else {
			c.OnTypedKey()(&fyne.KeyEvent{Name: k})
		}
	}
}

// fill types a form that does.
func (b *bench) fill() {
	for i, f := range complete() {
		s := b.view.forms.sides[i]
		s.name.SetText(f.Name)
		s.badge.SetText(f.Badge)
		s.role.SetSelected(RoleWord(f.Role))
		s.passphrase.SetText(f.Passphrase)
		s.again.SetText(f.Again)
	}
}

func TestTwoPeopleFoundTheConsoleAndSignIn(t *testing.T) {
	b := newBench(t, nil)
	if !b.sees("Until then this console is read-only.") || !b.sees("Finding and reading devices works without this.") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	test.Tap(b.view.forms.found)
	if !b.sees("Choose a role.") || b.window.Canvas().Focused() != fyne.Focusable(b.view.forms.sides[0].name) {
		t.Error("an empty form is not refused at its first field")
	}
	b.fill()
	test.Tap(b.view.forms.found)
	fingerprint := FingerprintLines(b.view.model.Fingerprint)
	if len(fingerprint) != 4*(4*4+3*2)+3 || !b.sees(fingerprint) || b.sees("Choose a role.") {
		t.Fatalf("the fingerprint is %q", fingerprint)
	}
	for _, s := range b.view.forms.sides {
		if s.passphrase.Text != "" || s.again.Text != "" {
			t.Error("a passphrase stays in the form")
		}
	}
	if len(b.view.model.Words) != 12 || !b.sees(WordLines(b.view.model.Words)) || !b.sees("/data/sheet.html") || b.view.written.qr.Hidden {
		t.Errorf("words %v, sheet %+v", b.view.model.Words, b.view.model.Paper)
	}
	test.Tap(b.view.written.copy)
	if got := fyne.CurrentApp().Clipboard().Content(); got != strings.Join(strings.Fields(fingerprint), " ") {
		t.Errorf("copied %q", got)
	}
	if !b.view.written.done.Disabled() {
		t.Error("it can be left before it was written down")
	}
	b.view.written.checks[1].SetChecked(true)
	if !b.view.written.done.Disabled() || !b.sees("Kim Example has the paper") {
		t.Error("one sheet is enough")
	}
	b.view.written.checks[0].SetChecked(true)
	test.Tap(b.view.written.done)
	if !b.sees("Robin Sample") || !b.sees("Nursing") || !b.sees("Only 2 persons can sign in.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	if b.seat.Current() != nil {
		t.Error("somebody is signed in without a passphrase")
	}
	b.signInAsRobin()
}

func (b *bench) signInAsRobin() {
	b.t.Helper()
	b.signIn.Ask()
	b.signIn.open.who.SetSelectedIndex(0)
	b.attempt("four quiet words her")
	if !b.sees("The passphrase is wrong.") || !b.dialogs.Open() || b.seat.Current() != nil {
		b.t.Fatal("a wrong passphrase is not told in the dialog")
	}
	entry := b.signIn.open.passphrase
	if entry.SelectedText() != entry.Text || b.window.Canvas().Focused() != fyne.Focusable(entry) {
		b.t.Error("the passphrase is not ready to be typed again")
	}
	b.attempt("four quiet words here")
	if person, ok := b.signIn.Person(); b.dialogs.Open() || !ok || person != (shell.Person{Name: "Robin Sample", Role: "Technician"}) {
		b.t.Fatalf("%+v", person)
	}
	if entry.Text != "" {
		b.t.Error("the passphrase stays in memory")
	}
	b.signIn.Lock()
	if _, ok := b.signIn.Person(); ok {
		b.t.Error("the console is not locked")
	}
	b.signIn.Ask()
	if !b.sees("Robin Sample, Technician") || b.window.Canvas().Focused() != fyne.Focusable(b.signIn.open.passphrase) {
		b.t.Error("who signed in last is not offered first")
	}
}

func (b *bench) attempt(passphrase string) {
	b.signIn.open.passphrase.SetText(passphrase)
	b.window.Canvas().Focus(b.signIn.open.passphrase)
	b.press(fyne.KeyReturn)
}

// full is a key folder on a disk without room.
type full struct{}

func (full) Save(string, ed25519.PrivateKey, string) error {
	return fault.New(fault.LogFull, "keys", nil)
}
func (full) Remove(string)                         {}
func (full) Has(string) bool                       { return false }
func (full) Adopt(string, ed25519.PublicKey) error { return nil }
func (full) Unstage(string, ed25519.PublicKey)     {}
func (f full) Stage(id string, key ed25519.PrivateKey, passphrase string) error {
	return f.Save(id, key, passphrase)
}

func TestAFoundingThatFailsKeepsEverythingThatWasTyped(t *testing.T) {
	b := newBench(t, full{})
	b.fill()
	test.Tap(b.view.forms.found)
	if !b.sees("There is no room for the audit log.") || b.view.model.Form != complete() || b.view.forms.found.Disabled() {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	for i, s := range b.view.forms.sides {
		if want := complete()[i]; s.name.Text != want.Name || s.passphrase.Text != want.Passphrase || s.role.Disabled() {
			t.Errorf("the form has lost %+v", want)
		}
	}
	if b.log.Head().Size != 0 {
		t.Error("something was recorded")
	}
}

func TestLaterLeavesTheConsoleReadOnly(t *testing.T) {
	b := newBench(t, nil)
	test.Tap(b.view.forms.later)
	if b.opened.Screen != "devices" || b.log.Head().Size != 0 {
		t.Errorf("it leads to %v", b.opened)
	}
	b.opened = shell.Route{}
	b.signIn.Ask()
	if b.opened.Screen != Screen || b.dialogs.Open() {
		t.Error("signing in without people does not lead to the founding")
	}
}

func TestEverythingOnTheFoundingPageHasAName(t *testing.T) {
	b := newBench(t, nil)
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
	for _, f := range b.view.Panes() {
		if f == nil {
			t.Error("a pane is nothing")
		}
	}
}
