package people

import (
	"context"
	"slices"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// chair is a seat whose key takes as long as a test likes.
type chair struct {
	during func()
	err    error
	locked int
	signed []string
	left   time.Duration
	now    *people.Signer
	idle   bool
}

func (c *chair) SignIn(_ context.Context, id, passphrase string) error {
	c.signed = append(c.signed, id+" "+passphrase)
	if c.during != nil {
		c.during()
	}
	return c.err
}
func (c *chair) Lock(context.Context) error { c.locked++; return c.err }
func (c *chair) Current() *people.Signer    { return c.now }
func (c *chair) Wait(context.Context, string) (time.Duration, error) {
	return c.left, nil
}

func (c *chair) LockIdle(context.Context) (bool, error) { return c.idle, nil }

func (c *chair) Prove(_ context.Context, id, passphrase string) (*people.Signer, error) {
	c.signed = append(c.signed, "prove "+id+" "+passphrase)
	return &people.Signer{Person: people.Person{ID: id}}, nil
}

func (c *chair) SignInVouched(_ context.Context, id, passphrase string, colleague *people.Signer) error {
	c.signed = append(c.signed, id+" "+passphrase+" with "+colleague.ID)
	return nil
}

// dialogBench is the dialog for two people on a chair.
func dialogBench(t *testing.T) (*bench, *chair) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b, c := &bench{t: t, hint: "robin practises"}, &chair{}
	b.window = test.NewTempWindow(t, kit.Body("behind"))
	b.window.Resize(fyne.NewSize(1280, 800))
	b.dialogs = kit.NewDialogs(b.window)
	all := []people.Person{{ID: "r", Name: "Robin Sample", Role: "technician", Active: true}, {ID: "k", Name: "Kim Example", Role: "nursing", Active: true},
		{ID: "g", Name: "Gone Away", Role: "nursing"}}
	b.signIn = NewSignIn(t.Context(), SignInDeps{People: func(context.Context) ([]people.Person, error) { return all, nil }, Seat: c,
		Dialogs: func() *kit.Dialogs { return b.dialogs }, Hint: func(people.Person) string { return b.hint }, Founding: func() {},
		Result: func(_ kit.State, sentence string) { b.results = append(b.results, sentence) }}, kit.Inline())
	return b, c
}

func TestTheDialogAsksForWhatIsMissing(t *testing.T) {
	b, c := dialogBench(t)
	b.signIn.Ask()
	b.signIn.Ask()
	d := b.signIn.open
	if len(d.who.Options) != 2 || b.window.Canvas().Focused() != fyne.Focusable(d.who) {
		t.Errorf("offered are %v", d.who.Options)
	}
	b.attempt("")
	if !b.sees("Choose who you are.") {
		t.Error("nobody is chosen, and nothing says so")
	}
	d.who.SetSelectedIndex(1)
	if b.window.Canvas().Focused() != fyne.Focusable(d.passphrase) {
		t.Error("a choice does not lead on to the passphrase")
	}
	b.press(fyne.KeyReturn)
	if !b.sees("Type your passphrase.") || len(c.signed) != 0 {
		t.Errorf("without a passphrase: %v", c.signed)
	}
	b.press(fyne.KeyEscape)
	if b.dialogs.Open() || b.signIn.open != nil {
		t.Error("Escape leaves a dialog behind")
	}
}

func TestReturnWhileTheKeyIsOpenedSignsInOnce(t *testing.T) {
	b, c := dialogBench(t)
	b.signIn.AskFor("k")
	d := b.signIn.open
	c.during = func() { b.signIn.try(d) }
	b.attempt("kim practises too")
	if !slices.Equal(c.signed, []string{"k kim practises too"}) || b.dialogs.Open() {
		t.Errorf("%v", c.signed)
	}
}

func TestEscapeWhileTheKeyIsOpenedSignsNobodyIn(t *testing.T) {
	b, c := dialogBench(t)
	b.signIn.AskFor("r")
	c.during = func() { b.dialogs.Cancel() }
	b.attempt("robin practises")
	if c.locked != 1 || b.dialogs.Open() {
		t.Errorf("the seat was emptied %d times", c.locked)
	}
}

func TestEveryFaultOfSigningInIsASentenceInTheDialog(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Passphrase, fault.KeyFile, fault.NotAllowed, fault.NotFound, fault.LogFull, fault.LogBusy, fault.Internal} {
		b, c := dialogBench(t)
		c.err = fault.New(kind, "Robin Sample", nil)
		b.signIn.AskFor("r")
		b.attempt("robin practises")
		what, _, next := kit.FaultText(c.err)
		if !b.sees(what) || !b.sees(next) || b.signIn.open.passphrase.Text != "robin practises" || b.signIn.open.busy {
			t.Errorf("%s: %+v", kind, kit.Outline(b.window.Canvas()))
		}
	}
}

func TestOnlyTrainingTellsPassphrases(t *testing.T) {
	b, _ := dialogBench(t)
	b.signIn.Ask()
	if !b.sees("Training: the passphrase of Robin Sample is “robin practises”.") {
		t.Error("training does not tell the passphrase")
	}
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
	b.dialogs.Cancel()
	b.hint = ""
	b.signIn.Ask()
	if b.sees("Training") {
		t.Error("the real mode speaks of training")
	}
}

func TestALockThatCannotBeRecordedIsTold(t *testing.T) {
	b, c := dialogBench(t)
	c.err = fault.New(fault.LogFull, "", nil)
	b.signIn.Lock()
	if !b.sees("There is no room for the audit log.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
}

func TestWaitingAfterWrongPassphrasesNeverLooksLikeALockOut(t *testing.T) {
	b, c := dialogBench(t)
	c.left, c.err = 4*time.Second, fault.New(fault.Throttled, "4", nil)
	b.signIn.AskFor("r")
	if !b.sees("The next try is possible in 4 seconds.") || !b.sees("Nobody is locked out") || !b.sees("An emergency change does not need this.") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.attempt("robin practises")
	c.left = time.Second
	b.signIn.Tick()
	if !b.sees("The next try is possible in 1 second.") || b.signIn.open.passphrase.Text != "robin practises" || b.signIn.open.passphrase.Disabled() {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	c.left, c.err = 0, nil
	b.signIn.Tick()
	if b.sees("The next try") {
		t.Error("the countdown does not end")
	}
	b.press(fyne.KeyReturn)
	if b.dialogs.Open() {
		t.Error("the next try is not made with what was typed")
	}
}

func TestSomebodyElsesWaitIsNotShown(t *testing.T) {
	b, c := dialogBench(t)
	c.left = 9 * time.Second
	b.signIn.AskFor("r")
	c.left = 0
	b.signIn.open.who.SetSelectedIndex(1)
	if b.sees("The next try") {
		t.Error("Kim waits for Robin's mistakes")
	}
}

func TestAColleagueHelpsAfterVeryManyWrongPassphrases(t *testing.T) {
	b, c := dialogBench(t)
	c.err = fault.New(fault.Vouch, "Robin Sample", nil)
	b.signIn.AskFor("r")
	b.attempt("robin practises")
	d := b.signIn.open
	if !b.sees("Robin Sample can sign in with a colleague present.") || !b.sees("An emergency change does not need this.") || !d.vouch.Visible() {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	test.Tap(d.vouch)
	if b.window.Canvas().Focused() != fyne.Focusable(d.with) {
		t.Error("the keyboard is not where the colleague is chosen")
	}
	d.with.SetSelectedIndex(0)
	b.signIn.try(d)
	if !b.sees("It cannot be yourself.") {
		t.Error("one vouches for oneself")
	}
	d.with.SetSelectedIndex(1)
	b.signIn.try(d)
	if !b.sees("The colleague types their own passphrase.") {
		t.Error("the colleague types nothing")
	}
	c.signed = nil
	d.theirs.SetText("kim practises too")
	b.signIn.try(d)
	if !slices.Equal(c.signed, []string{"prove k kim practises too", "r robin practises with k"}) || b.dialogs.Open() || d.theirs.Text != "" {
		t.Errorf("%v", c.signed)
	}
}

func TestSwitchingOffersEverybodyElse(t *testing.T) {
	b, c := dialogBench(t)
	c.now = &people.Signer{Person: people.Person{ID: "r", Name: "Robin Sample"}}
	b.signIn.Switch()
	if d := b.signIn.open; len(d.people) != 1 || d.people[0].ID != "k" || c.locked != 0 || !b.sees("Who takes over from Robin Sample?") {
		t.Errorf("offered %v, locked %d times", d.people, c.locked)
	}
	b.attempt("kim practises too")
	if !slices.Equal(c.signed, []string{"k kim practises too"}) || c.locked != 0 {
		t.Errorf("%v", c.signed)
	}
}

func TestAConsoleThatNobodyUsesSaysWhyItIsLocked(t *testing.T) {
	b, c := dialogBench(t)
	c.idle = true
	b.signIn.Tick()
	if len(b.results) != 0 {
		t.Error("nobody was there to be signed out")
	}
	c.now = &people.Signer{}
	b.signIn.Tick()
	if !slices.Equal(b.results, []string{"Locked: nobody used the console for 10 minutes."}) {
		t.Errorf("%q", b.results)
	}
}
