package emergencies

import (
	"context"
	"strings"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/internal/people"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
)

// tell shows what is wrong in a form, leads to it, and says whether nothing is.
func (v *View) tell(f *form, problems Problems, err error, sign fyne.Focusable) bool {
	first := f.say(problems, err)
	if first == nil && err == nil {
		return true
	}
	if first == nil { // the failure is told above the button
		first = sign
	}
	v.render() // lays out anew what appeared
	kit.Focus(first)
	return false
}

// signAccount shows what the person who acted will sign.
func (v *View) signAccount() {
	f, e := v.one.account, v.model.Open.Is
	if !v.tell(&f.form, f.told.Problems(), nil, f.sign) {
		return
	}
	text, by := OneLine(f.told.Text), f.who.person()
	v.prepare(signing{form: &f.form, at: f.sign, by: []people.Person{by}, done: f.clear, words: kit.T("emergencies.account.done", kit.Data{"Device": e.Device}),
		compose: func(b statement.By) statement.Statement {
			return statement.Closing{By: b, Session: e.ID, Actions: int64(len(e.Actions)), Account: text}
		},
		fix: func(ctx context.Context, p *Prepare) (ceremony.Statement, error) {
			return p.Account(ctx, by, e.ID, text)
		},
		act: ceremony.Act{
			Title:   kit.T("emergencies.account.title", kit.Data{"Device": e.Device}),
			Means:   []string{kit.T("emergencies.account.means", kit.Data{"Name": by.Name, "Device": e.Device}), text},
			Confirm: kit.T("emergencies.account.confirm", kit.Data{"Name": by.Name}),
			Complete: func(ctx context.Context, signers ...*people.Signer) error {
				return v.deps.Account(ctx, signers[0], e.ID, text)
			},
		}})
}

// signReview shows what one or two reviewers will sign.
func (v *View) signReview() {
	f, e := v.one.review, v.model.Open.Is
	if !v.tell(&f.form, f.verdict.Problems(), nil, f.sign) {
		return
	}
	by := []people.Person{f.who[0].person()}
	if f.verdict.By[1] != "" {
		by = append(by, f.who[1].person())
	}
	finding, reason, incident := f.verdict.Finding, OneLine(f.verdict.Reason), OneLine(f.verdict.Incident)
	data := kit.Data{"Names": names(by), "Name": by[len(by)-1].Name, "Actor": e.Actor.Name, "Device": e.Device, "Incident": incident}
	means := []string{kit.T("emergencies.review.means."+finding, data), reason}
	if incident != "" {
		means = append(means, kit.T("emergencies.review.means.incident", data))
	}
	if len(by) == 1 && !v.model.Open.OneIsEnough() && len(e.Reviews) == 0 {
		means = append(means, kit.T("emergencies.review.means.open"))
	}
	v.prepare(signing{form: &f.form, at: f.sign, by: by, done: f.clear, words: kit.T("emergencies.review.done."+finding, data),
		compose: func(b statement.By) statement.Statement {
			return statement.Review{By: b, Session: e.ID, Finding: finding, Reason: reason, Incident: incident}
		},
		fix: func(ctx context.Context, p *Prepare) (ceremony.Statement, error) {
			return p.Review(ctx, by, e.ID, finding, reason, incident)
		},
		act: ceremony.Act{
			Title: kit.T("emergencies.review.title", data), Means: means, Confirm: kit.T("emergencies.review.confirm."+finding, data),
			Complete: func(ctx context.Context, signers ...*people.Signer) error {
				return v.deps.Review(ctx, signers, e.ID, finding, reason, incident)
			},
		}})
}

// signPaper shows what two persons will sign of a paper.
func (v *View) signPaper() {
	f := v.paper
	if !v.tell(&f.form, f.sheet.Problems(v.deps.Now()), nil, f.sign) {
		return
	}
	by := []people.Person{f.who[0].person(), f.who[1].person()}
	about, lines := OneLine(f.sheet.About), f.sheet.lines()
	from, to, _ := f.sheet.interval()
	data := kit.Data{"Names": names(by), "Name": by[1].Name, "About": about, "From": kit.Moment(from), "To": kit.Moment(to)}
	v.prepare(signing{form: &f.form, at: f.sign, by: by, done: func() { f.clear(); v.back() }, words: kit.T("emergencies.paper.done", data),
		compose: func(b statement.By) statement.Statement { return statement.Paper{By: b, About: about, Lines: lines} },
		fix: func(ctx context.Context, p *Prepare) (ceremony.Statement, error) {
			return p.Paper(ctx, [2]people.Person(by), about, lines, from, to)
		},
		act: ceremony.Act{
			Title: kit.T("emergencies.paper.title"), Confirm: kit.T("emergencies.paper.confirm", data),
			Means: []string{kit.N("emergencies.paper.means", len(lines), data), kit.T("emergencies.paper.means.interval", data)},
			Complete: func(ctx context.Context, signers ...*people.Signer) error {
				return v.deps.Paper(ctx, [2]*people.Signer(signers), about, lines, from, to)
			},
		}})
}

// signing is something on its way from a form to the page of signatures.
type signing struct {
	form    *form
	at      fyne.Focusable // where a failure is told
	by      []people.Person
	compose func(statement.By) statement.Statement
	fix     func(ctx context.Context, p *Prepare) (ceremony.Statement, error)
	act     ceremony.Act
	done    func() // after it was completed
	words   string // that tell so
}

// prepare makes the text and shows it. Where it can be fixed before, what is shown is signed byte for byte.
func (v *View) prepare(s signing) {
	if v.model.Busy {
		return
	}
	p, at := v.deps.Prepare, v.model.Now
	v.model.Busy, v.model.Failed = true, nil
	v.render()
	where := v.where
	kit.Load(v.acting, func(ctx context.Context) (ceremony.Statement, error) {
		if p != nil {
			return s.fix(ctx, p)
		}
		return preview(s.compose, at, s.by...)
	}, func(text ceremony.Statement, err error) {
		v.model.Busy = false
		switch {
		case err != nil:
			v.tell(s.form, Problems{}, err, s.at)
			return
		case !v.shown || v.where != where: // the person went elsewhere
			return
		}
		s.act.Statement = text
		if p == nil {
			s.act.Means = append(s.act.Means, kit.T("emergencies.later"))
		} else {
			s.act.Complete = func(ctx context.Context, signers ...*people.Signer) error { return p.Complete(ctx, text, signers...) }
		}
		v.begin(s.act, s.done, s.words)
	})
}

// begin puts an act on the page of signatures; done is what to do and to tell when it was completed.
func (v *View) begin(act ceremony.Act, done func(), words string) {
	act.Done = func(completed bool) {
		if completed {
			v.deps.Result(kit.Done, words)
			done()
		}
		v.render()
		if v.shown {
			v.Refresh()
			v.focusFirst()
		}
	}
	v.ceremony.Begin(act)
	v.render()
	v.ceremony.Focus()
}

func names(by []people.Person) string {
	all := make([]string, 0, len(by))
	for _, p := range by {
		all = append(all, p.Name)
	}
	return strings.Join(all, kit.T("emergencies.and"))
}
