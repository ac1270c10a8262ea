package people

import (
	"context"
	"slices"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"
)

// Seat is who sits at the console.
type Seat interface {
	Prove(ctx context.Context, id, passphrase string) (*people.Signer, error)
	SignIn(ctx context.Context, id, passphrase string) error
	SignInVouched(ctx context.Context, id, passphrase string, colleague *people.Signer) error
	Wait(ctx context.Context, id string) (time.Duration, error)
	Lock(ctx context.Context) error
	LockIdle(ctx context.Context) (locked bool, err error)
	Current() *people.Signer
}

// SignInDeps is what signing in needs.
type SignInDeps struct {
	People   func(context.Context) ([]people.Person, error)
	Seat     Seat
	Dialogs  func() *kit.Dialogs
	Hint     func(people.Person) string // the passphrase of a ready-made person in training; "" for anybody else; may be nil
	Founding func()                     // shows the founding page, when nobody is enrolled
	Result   func(kit.State, string)    // tells what came of it in the status line; may be nil
}

// SignIn asks who is there, and locks the console when that person leaves. Its methods are those that shell.Config wants.
type SignIn struct {
	deps    SignInDeps
	people  *kit.Lane
	signing *kit.Lane
	locking *kit.Lane
	idling  *kit.Lane
	waiting *kit.Lane
	open    *signInDialog // nil when no dialog is open
	last    string        // ID of who was signed in last
}

// NewSignIn returns the component. Its work ends with ctx. Every second it looks whether somebody is still there.
func NewSignIn(ctx context.Context, deps SignInDeps, runner *kit.Runner) *SignIn {
	s := &SignIn{deps: deps, people: runner.Lane(ctx), signing: runner.Lane(ctx), locking: runner.Lane(ctx), idling: runner.Lane(ctx), waiting: runner.Lane(ctx)}
	runner.Every(ctx, time.Second, s.Tick)
	return s
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

// Tick looks whether somebody is still there, and how long a person must wait before the next try.
func (s *SignIn) Tick() {
	if s.deps.Seat.Current() != nil {
		kit.Load(s.idling, s.deps.Seat.LockIdle, func(locked bool, err error) {
			switch {
			case err != nil:
				s.deps.Dialogs().Fault(err)
			case locked && s.deps.Result != nil:
				s.deps.Result(kit.Note, kit.N("people.locked.idle", int(people.IdleLimit/time.Minute)))
			}
		})
	}
	if s.open != nil && !s.open.busy {
		s.wait(s.open)
	}
}

// wait asks how long the chosen person must wait.
func (s *SignIn) wait(d *signInDialog) {
	person, ok := d.chosen()
	if !ok {
		return
	}
	kit.Load(s.waiting, func(ctx context.Context) (time.Duration, error) { return s.deps.Seat.Wait(ctx, person.ID) },
		func(left time.Duration, err error) {
			if now, _ := d.chosen(); err == nil && s.open == d && now.ID == person.ID && d.count(left) {
				s.deps.Dialogs().Fit()
			}
		})
}

// Ask opens the dialog for somebody who is to be chosen.
func (s *SignIn) Ask() { s.AskFor("") }

// AskFor opens the dialog for the person with this ID. It does nothing while the dialog is open.
func (s *SignIn) AskFor(personID string) { s.ask(personID, people.Person{}) }

// Switch asks who takes over from the person who is signed in. The page stays as it is, and so does that person until the
// other one's key is open.
func (s *SignIn) Switch() {
	leaves := people.Person{}
	if current := s.deps.Seat.Current(); current != nil {
		leaves = current.Person
	}
	s.ask("", leaves)
}

func (s *SignIn) ask(personID string, leaves people.Person) {
	if s.open != nil {
		return
	}
	kit.Load(s.people, s.deps.People, func(all []people.Person, err error) {
		all = slices.DeleteFunc(slices.Clone(all), func(p people.Person) bool { return !p.Active || p.ID == leaves.ID })
		switch {
		case err != nil:
			s.deps.Dialogs().Fault(err)
		case len(all) == 0 && leaves.ID != "":
			s.deps.Result(kit.Note, kit.T("people.switch.nobody"))
		case len(all) == 0:
			s.deps.Founding()
		case s.open == nil:
			title := kit.T("people.sign_in.title")
			if leaves.ID != "" {
				title = kit.T("people.switch.title", kit.Data{"Name": leaves.Name})
			}
			s.show(title, all, personID)
		}
	})
}

func (s *SignIn) show(title string, all []people.Person, personID string) {
	switch {
	case personID != "":
	case len(all) == 1:
		personID = all[0].ID
	default:
		personID = s.last
	}
	d := newSignInDialog(all, personID, s.deps.Hint)
	s.open = d
	d.vouch.OnTapped = func() {
		d.needColleague()
		s.deps.Dialogs().Fit()
	}
	d.changed = func() { s.wait(d) }
	s.deps.Dialogs().Show(kit.Dialog{
		Title: title, Body: d.body, Focus: d.focus(), Confirm: kit.T("people.sign_in"),
		Check:  func() bool { s.try(d); return false }, // the attempt itself closes the dialog
		OnDone: func(bool) { s.end(d) },
	})
	s.wait(d)
}

// end forgets the dialog, and stops an attempt that nobody waits for any more.
func (s *SignIn) end(d *signInDialog) {
	s.signing.Stop()
	s.waiting.Stop()
	d.passphrase.SetText("")
	d.theirs.SetText("")
	s.open = nil
}

// try signs in with what was entered. Stretching the passphrase takes a moment.
func (s *SignIn) try(d *signInDialog) {
	if d.busy || !d.complete() {
		d.complain()
		s.deps.Dialogs().Fit()
		return
	}
	person, _ := d.chosen()
	colleague, _ := d.colleague()
	d.setBusy(true)
	passphrase, theirs := d.passphrase.Text, d.theirs.Text
	kit.Load(s.signing, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.signIn(ctx, person, passphrase, colleague, theirs)
	}, func(_ struct{}, err error) {
		d.setBusy(false)
		if err != nil {
			d.fail(err)
			s.deps.Dialogs().Fit()
			s.wait(d)
			return
		}
		s.last = person.ID
		s.deps.Dialogs().Cancel()
	})
}

// signIn leaves nobody in the seat when the dialog was closed meanwhile.
func (s *SignIn) signIn(ctx context.Context, person people.Person, passphrase string, colleague people.Person, theirs string) error {
	seat := s.deps.Seat
	signIn := seat.SignIn
	if colleague.ID != "" {
		signer, err := seat.Prove(ctx, colleague.ID, theirs)
		if err != nil {
			return err
		}
		defer signer.Lock()
		signIn = func(ctx context.Context, id, passphrase string) error {
			return seat.SignInVouched(ctx, id, passphrase, signer)
		}
	}
	err := signIn(ctx, person.ID, passphrase)
	if err == nil && ctx.Err() != nil {
		return seat.Lock(context.WithoutCancel(ctx))
	}
	return err
}
