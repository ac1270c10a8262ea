package keeping

import (
	"context"
	"strings"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/internal/people"
	"countersign/internal/retention"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// holdForm is where a hold is placed.
type holdForm struct {
	scope                      *kit.Select
	subject, reason, reference *kit.Entry
	place                      *kit.Button
	missing                    *widget.Label
	fault                      *kit.Notice
	box                        fyne.CanvasObject
}

func (v *View) buildHold() {
	f := &v.hold
	var words []string
	for _, s := range retention.Scopes() {
		words = append(words, ScopeWord(s))
	}
	f.scope = kit.NewSelect(kit.T("keeping.hold.scope"), words, func(string) { v.renderHold() })
	f.subject, f.reason, f.reference = kit.NewEntry(kit.T("keeping.hold.subject")), kit.NewEntry(kit.T("keeping.hold.reason")), kit.NewEntry(kit.T("keeping.hold.reference"))
	f.subject.SetPlaceHolder(kit.T("keeping.hold.subject.example"))
	for _, e := range []*kit.Entry{f.subject, f.reason, f.reference} {
		e.OnChanged = func(string) { v.renderHold() }
	}
	f.place = kit.NewButton(kit.T("keeping.hold.place"), kit.IconKey, v.placeHold)
	f.missing, f.fault = kit.Muted(""), kit.NewNotice()
	first := container.NewGridWithColumns(2, kit.Row(kit.T("keeping.hold.scope"), kit.Outlined(f.scope)), kit.Row(kit.T("keeping.hold.subject"), f.subject))
	second := container.NewGridWithColumns(2, kit.Row(kit.T("keeping.hold.reason"), f.reason), kit.Row(kit.T("keeping.hold.reference"), f.reference))
	f.box = container.NewVBox(widget.NewSeparator(), first, second, container.NewHBox(f.place, f.missing), f.fault)
}

func (v *View) chosen() retention.Scope {
	at := v.hold.scope.SelectedIndex()
	if at < 0 {
		return ""
	}
	return retention.Scopes()[at]
}

func (v *View) renderHold() {
	f := &v.hold
	if v.chosen() == retention.Everything {
		f.subject.Disable()
	} else {
		f.subject.Enable()
	}
	problem := HoldProblem(v.chosen(), strings.TrimSpace(f.subject.Text), strings.TrimSpace(f.reason.Text))
	f.place.SetEnabled(problem == "")
	f.missing.SetText(problem)
	f.fault.SayFault(v.model.HoldErr)
}

// renderHolds lists the holds with a button for each that counts.
func (v *View) renderHolds() {
	v.renderHold()
	v.holds.RemoveAll()
	if len(v.model.Facts.Holds) == 0 {
		v.holds.Add(kit.Body(kit.T("keeping.holds.none")))
	}
	for _, h := range v.model.Facts.Holds {
		state := kit.Waiting
		if h.Released {
			state = kit.Done
		}
		notice := kit.NewNotice()
		notice.Say(state, HoldTitle(h), HoldWords(h))
		if h.Released {
			v.holds.Add(notice)
			continue
		}
		release := kit.NewButton(kit.T("keeping.hold.release", kit.Data{"Hold": HoldTitle(h)}), "", func() { v.begin(h) })
		release.SetEnabled(len(v.model.Signers()) >= 2)
		v.holds.Add(container.NewBorder(nil, nil, nil, container.NewCenter(release), notice))
	}
	v.holds.Refresh()
}

func (v *View) placeHold() {
	if !v.deps.SignedIn() {
		v.deps.SignIn()
		return
	}
	f := &v.hold
	scope, reason, reference := v.chosen(), strings.TrimSpace(f.reason.Text), strings.TrimSpace(f.reference.Text)
	subject := strings.TrimSpace(f.subject.Text)
	if scope == retention.Everything {
		subject = ""
	}
	if HoldProblem(scope, subject, reason) != "" {
		return
	}
	f.place.SetEnabled(false)
	kit.Load(v.holding, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, v.deps.Place(context.WithoutCancel(ctx), scope, subject, reason, reference)
	}, func(_ struct{}, err error) {
		if v.model.HoldErr = err; err == nil {
			for _, e := range []*kit.Entry{f.subject, f.reason, f.reference} {
				e.SetText("")
			}
			f.scope.ClearSelected()
			v.deps.Result(kit.Done, kit.T("keeping.hold.placed"))
			v.Refresh()
		}
		v.render()
	})
}

// releaseForm is where two persons are chosen who release a hold.
type releaseForm struct {
	what   *kit.Notice
	who    [2]*kit.Select
	reason *kit.Entry
	fault  *kit.Notice
	back   *kit.Button
	sign   *kit.Button
	people []people.Person
	page   fyne.CanvasObject
}

func newReleaseForm(dismiss, prepare func()) *releaseForm {
	f := &releaseForm{what: kit.NewNotice(), reason: kit.NewEntry(kit.T("keeping.release.reason")), fault: kit.NewNotice()}
	for i := range f.who {
		f.who[i] = kit.NewSelect(kit.T([]string{"people.signer.first", "people.signer.second"}[i]), nil, func(string) { f.render() })
	}
	f.reason.OnChanged = func(string) { f.render() }
	f.back = kit.NewButton(kit.T("keeping.release.back"), kit.IconBack, dismiss)
	f.sign = kit.NewPrimary(kit.T("keeping.release.sign"), kit.IconKey, prepare)
	fields := container.NewVBox(
		container.NewGridWithColumns(2, kit.Row(kit.T("people.signer.first"), kit.Outlined(f.who[0])), kit.Row(kit.T("people.signer.second"), kit.Outlined(f.who[1]))),
		kit.Row(kit.T("keeping.release.reason"), f.reason))
	f.page = kit.Page(kit.Title(kit.T("keeping.release")), container.NewVBox(f.what, f.fault, kit.Narrow(110, kit.Panel(kit.Room(fields)))), f.back, f.sign)
	return f
}

func (f *releaseForm) panes() []fyne.Focusable {
	return []fyne.Focusable{f.who[0], f.who[1], f.reason, f.sign}
}

func (f *releaseForm) begin(h retention.Hold, all []people.Person) {
	f.people = all
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	for _, w := range f.who {
		w.Options = names
		w.ClearSelected()
	}
	f.reason.SetText("")
	f.fault.Clear()
	f.what.Say(kit.Waiting, HoldTitle(h), HoldWords(h))
	f.render()
}

func (f *releaseForm) chosen() (by [2]people.Person, ok bool) {
	for i, w := range f.who {
		at := w.SelectedIndex()
		if at < 0 || at >= len(f.people) {
			return by, false
		}
		by[i] = f.people[at]
	}
	return by, by[0].ID != by[1].ID
}

func (f *releaseForm) render() {
	_, ok := f.chosen()
	f.sign.SetEnabled(ok && strings.TrimSpace(f.reason.Text) != "")
}

// begin opens the form of a hold's release.
func (v *View) begin(h retention.Hold) {
	v.model.Releasing = &h
	v.release.begin(h, v.model.Signers())
	v.render()
	kit.Focus(v.release.who[0])
}

func (v *View) dismiss() {
	v.model.Releasing = nil
	v.render()
	kit.Focus(v.backup.folder)
}

// prepare shows the statement and asks for both passphrases.
func (v *View) prepare() {
	by, ok := v.release.chosen()
	reason := strings.TrimSpace(v.release.reason.Text)
	if !ok || reason == "" || v.model.Releasing == nil {
		return
	}
	hold := *v.model.Releasing
	kit.Load(v.holding, func(ctx context.Context) (*retention.Prepared, error) {
		return v.deps.Prepare(ctx, hold.ID, by, reason)
	},
		func(p *retention.Prepared, err error) {
			v.release.fault.SayFault(err)
			if err == nil && v.model.Releasing != nil {
				v.sign(p, hold, by[1].Name)
			}
		})
}

func (v *View) sign(p *retention.Prepared, hold retention.Hold, last string) {
	v.ceremony.Begin(ceremony.Act{
		Title: kit.T("keeping.release.of", kit.Data{"Hold": HoldTitle(hold)}), Means: []string{kit.T("keeping.release.means")},
		Confirm: kit.T("keeping.release.confirm", kit.Data{"Name": last}), Statement: p,
		Complete: func(ctx context.Context, signers ...*people.Signer) error { return v.deps.Complete(ctx, p, signers...) },
		Done: func(completed bool) {
			if completed {
				v.model.Releasing = nil
				v.deps.Result(kit.Done, kit.T("keeping.release.done"))
				v.Refresh()
			}
			v.render()
		},
	})
	v.render()
	v.ceremony.Focus()
}
