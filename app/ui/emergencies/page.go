package emergencies

import (
	"cmp"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/breakglass"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// page is one emergency: what was done, what the person who acted says of it, and what others find.
type page struct {
	v        *View
	title    *widget.Label
	badge    *kit.Badge
	due      *widget.Label
	fault    *kit.Notice
	cautions *fyne.Container
	facts    [2]*kit.Pairs
	actions  *actionsView
	ended    *fyne.Container // requests that it put an end to
	told     *widget.Label
	found    *fyne.Container
	account  *accountForm
	review   *reviewForm
	back     *kit.Button
	check    *kit.Button
	slip     *kit.Button
	content  *fyne.Container // all that needs an emergency
	scroll   *container.Scroll
	page     fyne.CanvasObject
}

func newPage(v *View) *page {
	p := &page{v: v, title: kit.Title(""), badge: kit.NewBadge(kit.Normal), due: widget.NewLabel(""), fault: kit.NewNotice(),
		cautions: container.NewVBox(), facts: [2]*kit.Pairs{kit.NewPairs(), kit.NewPairs()}, actions: newActionsView(), ended: container.NewVBox(), told: kit.Body(""), found: container.NewVBox()}
	p.account = newAccountForm(v.signAccount)
	p.review = newReviewForm(v.signReview)
	p.back = kit.NewButton(kit.T("emergencies.back"), kit.IconBack, v.back)
	p.check = kit.NewButton(kit.T("emergencies.check.now"), kit.IconRefresh, v.check)
	p.slip = kit.NewButton(kit.T("emergencies.slip"), kit.IconCopy, v.slip)
	told := kit.Panel(container.NewVBox(kit.Heading(kit.T("emergencies.account")), p.told, p.account.box))
	found := kit.Panel(container.NewVBox(kit.Heading(kit.T("emergencies.review")), p.found, p.review.box))
	p.content = container.NewVBox(p.cautions, kit.Panel(container.New(halves{}, p.facts[0], p.facts[1])),
		kit.Heading(kit.T("emergencies.actions")), kit.Panel(p.actions.box), p.ended, container.New(halves{}, told, found))
	p.scroll = container.NewVScroll(kit.Room(container.NewVBox(p.fault, p.content)))
	head := kit.Bar(kit.Room(container.NewBorder(nil, nil, kit.Middle(widget.NewIcon(kit.IconEmergency.Resource(kit.ColorMuted))),
		container.NewHBox(kit.Middle(p.badge), kit.Middle(p.due)), p.title)))
	p.page = kit.Frame(head, p.scroll, p.back, p.check, p.slip)
	return p
}

// clear forgets what was typed.
func (p *page) clear() {
	p.account.clear()
	p.review.clear()
	p.scroll.ScrollToTop()
}

// offer says who can sign, after they were read.
func (p *page) offer() {
	s := p.v.model.Open
	p.account.offer(s.Tellers, p.v.deps.Me())
	p.review.offer(s, p.v.deps.Me())
}

// render copies the model into the widgets. What is typed stays as it is.
func (p *page) render() {
	m, s := p.v.model, p.v.model.Open
	p.fault.SayFault(cmp.Or(s.Fault, m.Failed))
	p.content.Hidden = !s.Found
	p.check.SetEnabled(s.Found && s.Is.Over() && len(s.Is.Actions) > 0 && !m.Busy)
	p.slip.SetEnabled(s.Found && !m.Busy)
	p.title.SetText(cmp.Or(s.Is.Device, kit.T("emergencies.title")))
	p.badge.Hidden = !s.Found
	if !s.Found {
		p.due.SetText("")
		return
	}
	e := s.Is
	p.badge.Set(State(e.State), "")
	p.due.SetText(DueWords(e, m.Now))
	p.cautions.RemoveAll()
	for _, words := range Cautions(e) {
		p.cautions.Add(lineRow(Line{kit.Caution, words}))
	}
	who, when := Facts(e, m.Now)
	p.facts[0].Set(who...)
	p.facts[1].Set(when...)
	p.actions.set(e, p.v.deps.Setting)
	p.renderEnded(e.Superseded)
	p.told.SetText(cmp.Or(e.Account, toldWords(s)))
	p.told.Importance = widget.MediumImportance
	if e.Account == "" {
		p.told.Importance = widget.LowImportance
	}
	p.found.RemoveAll()
	for _, l := range ReviewLines(e) {
		p.found.Add(lineRow(l))
	}
	if remark := reviewWords(s); remark != "" {
		p.found.Add(kit.Muted(remark))
	}
	p.account.render(s.CanAccount() && len(s.Tellers) > 0, m.Busy)
	p.review.render(s.CanReview(), m.Busy)
}

// toldWords say why there is no account, or who may give it.
func toldWords(s Subject) string {
	data := kit.Data{"Name": s.Is.Actor.Name}
	switch {
	case s.Is.Drill:
		return kit.T("emergencies.account.drill")
	case s.Is.State == breakglass.Interruptedly && !s.Is.Over():
		return kit.T("emergencies.account.cut")
	case !s.Is.Over():
		return kit.T("emergencies.account.running")
	case len(s.Tellers) == 0:
		return kit.T("emergencies.account.nobody", data)
	}
	return kit.T("emergencies.account.missing", data)
}

// reviewWords say how many reviewers are wanted and why.
func reviewWords(s Subject) string {
	switch {
	case s.Is.Drill:
		return kit.T("emergencies.review.drill")
	case !s.Is.Over():
		return kit.T("emergencies.review.running")
	case len(s.Eligible) == 0:
		return kit.T("emergencies.review.nobody")
	case !s.CanReview():
		return ""
	case s.OneIsEnough():
		return kit.T("emergencies.review.one", kit.Data{"Name": s.Eligible[0].Name})
	case len(s.Is.Reviews) > 0:
		return kit.T("emergencies.review.second")
	}
	return kit.T("emergencies.review.two")
}

// renderEnded lists the requests that the emergency put an end to, each with its page.
func (p *page) renderEnded(ids []string) {
	p.ended.RemoveAll()
	if len(ids) == 0 {
		return
	}
	row := container.NewHBox(widget.NewLabel(kit.N("emergencies.ended.requests", len(ids))))
	for _, id := range ids {
		row.Add(kit.NewButton(kit.T("emergencies.request", kit.Data{"ID": shortID(id)}), kit.IconChanges,
			func() { p.v.open(shell.Route{Screen: "changes", ID: id}) }))
	}
	p.ended.Add(row)
}

// shortID is as much of a number as tells requests apart: its end, for numbers begin with their time.
func shortID(id string) string { return id[max(0, len(id)-6):] }

func (p *page) panes() []fyne.Focusable {
	panes := []fyne.Focusable{p.back}
	if p.account.box.Visible() {
		panes = append(panes, p.account.text)
	}
	if p.review.box.Visible() {
		panes = append(panes, p.review.finding)
	}
	return panes
}

// actionsView shows the settings that were written: as found, wanted, as left, and what came of each.
type actionsView struct{ box *fyne.Container }

func newActionsView() *actionsView {
	return &actionsView{box: container.New(layout.NewCustomPaddedVBoxLayout(0))}
}
