package people

import (
	"context"
	"strings"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"
)

// begin shows the form of an act about the person whose page is open; Enrol is about nobody yet.
func (v *View) begin(act Act) {
	subject := Member{}
	if act != Enrol {
		m, ok := v.model.Member(v.where)
		if !ok {
			return
		}
		subject = m
	}
	v.act.begin(act, subject, Eligible(v.model.Members, act, subject), v.me())
	v.acting = true
	v.render()
	v.focus(v.act.first())
}

// dismiss closes the form and forgets what was typed.
func (v *View) dismiss() {
	v.act.clear()
	v.acting = false
	if v.where == newPerson {
		v.open(shell.Route{Screen: Screen})
		return
	}
	v.render()
	v.focusFirst()
}

// prepare makes the statement of the act. Making a key takes a moment, and a key that nobody waits for any more is taken
// back.
func (v *View) prepare() {
	if v.preparing {
		return
	}
	form := v.act.form
	if problems := form.Problems(v.model.Members); problems != [inputs]string{} {
		v.act.render(problems, nil, false)
		return
	}
	v.preparing = true
	v.act.render([inputs]string{}, nil, true)
	signers := v.signers(form)
	kit.Load(v.founding, func(ctx context.Context) (prepared, error) { return v.statement(ctx, form, signers) },
		func(p prepared, err error) {
			v.preparing = false
			switch {
			case !v.acting && err == nil:
				p.forget(v.deps.Roster)
			case err != nil:
				problems, ok := form.blame(err)
				if ok {
					err = nil
				}
				v.act.render(problems, err, false)
			default:
				v.show(form, p)
			}
		})
}

// prepared is a statement with the keys that are open already.
type prepared struct {
	*people.Ceremony
	ready []*people.Signer
}

func (p prepared) forget(roster Roster) {
	roster.Cancel(p.Ceremony)
	for _, s := range p.ready {
		s.Lock()
	}
}

func (v *View) signers(f Form) [2]people.Person {
	var signers [2]people.Person
	for i, id := range f.Signers {
		m, _ := v.model.Member(id)
		signers[i] = m.Person
	}
	return signers
}

// statement prepares what is signed. It runs in the background.
func (v *View) statement(ctx context.Context, f Form, signers [2]people.Person) (p prepared, err error) {
	r, subject, reason := v.deps.Roster, f.Subject.Person, strings.TrimSpace(f.Reason)
	switch f.Act {
	case Enrol:
		p.Ceremony, err = r.PrepareEnrol(ctx, v.deps.Keys, people.Candidate{Name: strings.TrimSpace(f.Name), Role: f.Role, Badge: strings.TrimSpace(f.Badge),
			Passphrase: f.Passphrase}, signers)
	case SetRole:
		p.Ceremony, err = r.PrepareRole(ctx, subject, f.Role, reason, signers)
	case Suspend:
		p.Ceremony, err = r.PrepareSuspend(ctx, subject, reason, signers[0])
	case Restore:
		p.Ceremony, err = r.PrepareRestore(ctx, subject, reason, signers)
	case Leave:
		p.Ceremony, err = r.PrepareRevocation(ctx, subject, people.Left, reason, signers)
	case Revoke:
		p.Ceremony, err = r.PrepareRevocation(ctx, subject, people.Revoked, reason, signers)
	case Rotate:
		return v.rotation(ctx, f)
	}
	return p, err
}

func (v *View) rotation(ctx context.Context, f Form) (prepared, error) {
	signer, err := v.deps.Prove(ctx, f.Subject.ID, f.Old)
	if err != nil {
		return prepared{}, err
	}
	c, err := v.deps.Roster.PrepareRotate(ctx, v.deps.Keys, signer, f.Passphrase)
	if err != nil {
		signer.Lock()
		return prepared{}, err
	}
	return prepared{c, []*people.Signer{signer}}, nil
}

// show puts the statement on the page and lets its signers sign.
func (v *View) show(form Form, p prepared) {
	all := p.Signers()
	v.act.clear() // the passphrases were used
	v.acting = false
	v.ceremony.Begin(ceremony.Act{
		Title: form.Title(), Means: form.Means(), Confirm: form.Confirm(all[len(all)-1].Name), Statement: p, Ready: p.ready,
		Complete: func(ctx context.Context, signers ...*people.Signer) error {
			return v.deps.Roster.Complete(ctx, p.Ceremony, signers...)
		},
		Cancel: func() { v.deps.Roster.Cancel(p.Ceremony) },
		Done:   func(completed bool) { v.done(form, completed) },
	})
	v.render()
	v.ceremony.Focus()
}

// done leaves the statement's page.
func (v *View) done(form Form, completed bool) {
	if completed {
		v.deps.Result(kit.Done, kit.T("people.done."+string(form.Act), form.data()))
		if mine := form.Subject.ID != "" && form.Subject.ID == v.me(); mine && form.Act != SetRole {
			v.deps.Lock() // the key that is open does not count any more
			if form.Act == Rotate {
				v.deps.SignIn(form.Subject.ID)
			}
		}
	}
	if v.where == newPerson && v.shown {
		v.open(shell.Route{Screen: Screen})
		return
	}
	v.render()
	if v.shown {
		v.Refresh()
		v.focusFirst()
	}
}
