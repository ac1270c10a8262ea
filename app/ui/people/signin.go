package people

import (
	"context"
	"slices"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Seat is who sits at the console.
type Seat interface {
	SignIn(ctx context.Context, id, passphrase string) error
	Lock(ctx context.Context) error
	Current() *people.Signer
}

// SignInDeps is what signing in needs.
type SignInDeps struct {
	People   func(context.Context) ([]people.Person, error)
	Seat     Seat
	Dialogs  func() *kit.Dialogs
	Hint     func(people.Person) string // the passphrase of a ready-made person in training; "" for anybody else; may be nil
	Founding func()                     // shows the founding page, when nobody is enrolled
}

// SignIn asks who is there, and locks the console when that person leaves. Its methods are those that shell.Config wants.
type SignIn struct {
	deps    SignInDeps
	people  *kit.Lane
	signing *kit.Lane
	locking *kit.Lane
	open    *signInDialog // nil when no dialog is open
	last    string        // ID of who was signed in last
}

// NewSignIn returns the component. Its work ends with ctx.
func NewSignIn(ctx context.Context, deps SignInDeps, runner *kit.Runner) *SignIn {
	return &SignIn{deps: deps, people: runner.Lane(ctx), signing: runner.Lane(ctx), locking: runner.Lane(ctx)}
}

// Person returns who is signed in, for display.
func (s *SignIn) Person() (shell.Person, bool) {
	signer := s.deps.Seat.Current()
	if signer == nil {
		return shell.Person{}, false
	}
	return shell.Person{Name: signer.Name, Role: RoleWord(signer.Role)}, true
}

// Lock empties the seat.
func (s *SignIn) Lock() {
	kit.Load(s.locking, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.deps.Seat.Lock(ctx) }, func(_ struct{}, err error) {
		if err != nil {
			s.deps.Dialogs().Fault(err)
		}
	})
}

// Ask opens the dialog for somebody who is to be chosen.
func (s *SignIn) Ask() { s.AskFor("") }

// AskFor opens the dialog for the person with this ID. It does nothing while the dialog is open.
func (s *SignIn) AskFor(personID string) {
	if s.open != nil {
		return
	}
	kit.Load(s.people, s.deps.People, func(all []people.Person, err error) {
		all = slices.DeleteFunc(slices.Clone(all), func(p people.Person) bool { return !p.Active })
		switch {
		case err != nil:
			s.deps.Dialogs().Fault(err)
		case len(all) == 0:
			s.deps.Founding()
		case s.open == nil:
			s.show(all, personID)
		}
	})
}

func (s *SignIn) show(all []people.Person, personID string) {
	if personID == "" {
		personID = s.last
	}
	d := newSignInDialog(all, personID, s.deps.Hint)
	s.open = d
	s.deps.Dialogs().Show(kit.Dialog{
		Title: kit.T("people.sign_in.title"), Body: d.body, Focus: d.focus(), Confirm: kit.T("people.sign_in"),
		Check:  func() bool { s.try(d); return false }, // the attempt itself closes the dialog
		OnDone: func(bool) { s.end(d) },
	})
}

// end forgets the dialog, and stops an attempt that nobody waits for any more.
func (s *SignIn) end(d *signInDialog) {
	s.signing.Stop()
	d.passphrase.SetText("")
	s.open = nil
}

// try signs in with what was entered. Stretching the passphrase takes a moment.
func (s *SignIn) try(d *signInDialog) {
	person, ok := d.chosen()
	if d.busy || !ok || d.passphrase.Text == "" {
		d.complain()
		s.deps.Dialogs().Fit()
		return
	}
	d.setBusy(true)
	passphrase := d.passphrase.Text
	kit.Load(s.signing, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.signIn(ctx, person.ID, passphrase) },
		func(_ struct{}, err error) {
			d.setBusy(false)
			if err != nil {
				d.fail(err)
				s.deps.Dialogs().Fit()
				return
			}
			s.last = person.ID
			s.deps.Dialogs().Cancel()
		})
}

// signIn leaves nobody in the seat when the dialog was closed meanwhile.
func (s *SignIn) signIn(ctx context.Context, id, passphrase string) error {
	err := s.deps.Seat.SignIn(ctx, id, passphrase)
	if err == nil && ctx.Err() != nil {
		return s.deps.Seat.Lock(context.WithoutCancel(ctx))
	}
	return err
}

// signInDialog is one dialog, from its opening to its end.
type signInDialog struct {
	people     []people.Person
	busy       bool
	who        *kit.Select
	passphrase *kit.Entry
	wait       *widget.Label
	problem    *kit.Notice
	body       *fyne.Container
}

func newSignInDialog(all []people.Person, personID string, hint func(people.Person) string) *signInDialog {
	d := &signInDialog{people: all, passphrase: kit.NewPassphrase(kit.T("people.passphrase")), problem: kit.NewNotice(), wait: kit.Muted("")}
	words := make([]string, 0, len(all))
	for _, p := range all {
		words = append(words, p.Name+", "+RoleWord(p.Role))
	}
	d.who = kit.NewSelect(kit.T("people.sign_in.who"), words, nil)
	if i := slices.IndexFunc(all, func(p people.Person) bool { return p.ID == personID }); i >= 0 {
		d.who.SetSelectedIndex(i)
	}
	d.who.OnChanged = func(string) { kit.Focus(d.passphrase) }
	hints := kit.Tight(d.wait)
	d.body = container.NewVBox(kit.Row(kit.T("people.sign_in.who"), kit.Outlined(d.who)), kit.Row(kit.T("people.passphrase"), d.passphrase), d.problem, hints)
	for _, p := range all {
		if hint != nil && hint(p) != "" {
			hints.Add(kit.Muted(kit.T("people.sign_in.hint", kit.Data{"Name": p.Name, "Passphrase": hint(p)})))
		}
	}
	d.wait.SetText(kit.T("people.sign_in.recorded"))
	return d
}

func (d *signInDialog) chosen() (people.Person, bool) {
	if i := d.who.SelectedIndex(); i >= 0 {
		return d.people[i], true
	}
	return people.Person{}, false
}

// focus is where the dialog begins: at what is missing.
func (d *signInDialog) focus() fyne.Focusable {
	if _, ok := d.chosen(); ok {
		return d.passphrase
	}
	return d.who
}

func (d *signInDialog) setBusy(on bool) {
	d.busy = on
	if on {
		d.problem.Clear()
		d.passphrase.Disable()
		d.wait.SetText(kit.T("people.sign_in.wait"))
		return
	}
	d.passphrase.Enable()
	d.wait.SetText(kit.T("people.sign_in.recorded"))
}

// complain says what is missing before an attempt.
func (d *signInDialog) complain() {
	if d.busy {
		return
	}
	key := "people.sign_in.type"
	if _, ok := d.chosen(); !ok {
		key = "people.sign_in.choose"
	}
	d.problem.Say(kit.Note, kit.T(key), "")
	kit.Focus(d.focus())
}

// fail says why the attempt failed. The passphrase is selected, so that typing replaces it.
func (d *signInDialog) fail(err error) {
	d.problem.SayFault(err)
	if what, _, next := kit.FaultText(err); fault.Is(err, fault.Passphrase) {
		d.problem.Say(kit.Failed, what, next) // whose key it does not open stands right above
	}
	kit.Focus(d.passphrase)
	d.passphrase.TypedShortcut(&fyne.ShortcutSelectAll{})
}
