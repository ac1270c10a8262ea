package people

import (
	"time"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// personPage shows one person and what can be done.
type personPage struct {
	title  *widget.Label
	state  *widget.Icon
	facts  *kit.Pairs
	fault  *kit.Notice
	acts   *fyne.Container
	begin  func(Act)
	signIn *kit.Button
	back   *kit.Button
	body   *fyne.Container
	page   fyne.CanvasObject
	panes  []fyne.Focusable
}

func newPersonPage(begin func(Act), signIn, back func()) *personPage {
	p := &personPage{title: kit.Heading(""), state: widget.NewIcon(nil), facts: kit.NewPairs(), fault: kit.NewNotice(), begin: begin,
		acts: container.New(layout.NewFormLayout())}
	p.back = kit.NewButton(kit.T("people.back"), kit.IconBack, back)
	p.signIn = kit.NewButton("", kit.IconKey, signIn)
	p.body = container.NewVBox(container.NewHBox(widget.NewIcon(kit.IconPerson.Resource(kit.ColorMuted)), p.title), p.fault, p.facts,
		kit.Heading(kit.T("people.acts")), p.acts)
	p.page = kit.Page(nil, p.body, p.back, p.signIn)
	return p
}

// render shows a person. Ok is false for somebody who was never enrolled.
func (p *personPage) render(m Member, ok bool, offers []Offer, fault error) {
	p.fault.SayFault(fault)
	p.body.Objects[0].(*fyne.Container).Hidden = !ok
	p.facts.Hidden, p.acts.Hidden = !ok, !ok
	p.body.Objects[3].(*widget.Label).Hidden = !ok
	p.title.SetText(m.Name)
	facts := []kit.Pair{{Key: "people.role", Value: RoleWord(m.Role)}, {Key: "people.column.active", Value: m.Stands()}, {Key: "people.badge", Value: m.Badge},
		{Key: "people.key", Value: m.KeyWord()}, {Key: "people.column.id", Value: ShortID(m.ID)}}
	if !m.Since.Wall.IsZero() {
		since := "people.since"
		if m.Founder {
			since = "people.since.founder"
		}
		facts = append(facts, kit.Pair{Key: "people.enrolled", Value: kit.T(since, kit.Data{"Day": m.Since.Wall.Local().Format(time.DateOnly)})})
	}
	p.facts.Set(facts...)
	p.signIn.SetText(kit.T("people.sign_in.as", kit.Data{"Name": m.Name}))
	p.signIn.SetEnabled(ok && m.Active && m.KeyHere)
	p.offer(m, offers)
	p.page.Refresh()
}

// offer lists the acts, each with who must sign it or why it cannot be done.
func (p *personPage) offer(m Member, offers []Offer) {
	p.acts.RemoveAll()
	p.panes = nil
	form := Form{Subject: m}
	for _, o := range offers {
		form.Act = o.Act
		b := kit.NewButton(kit.T("people.do."+string(o.Act), form.data()), "", func() { p.begin(o.Act) })
		b.SetEnabled(o.Not == "")
		words := kit.T("people.about." + string(o.Act))
		if o.Not != "" {
			words = o.Not
		} else {
			p.panes = append(p.panes, b)
		}
		p.acts.Add(b)
		p.acts.Add(kit.Body(words))
	}
	if len(offers) == 0 && m.ID != "" {
		p.acts.Add(widget.NewIcon(kit.Note.Icon().Resource(kit.Note.Color())))
		p.acts.Add(kit.Body(kit.T("people.ended", kit.Data{"Name": m.Name})))
	}
}
