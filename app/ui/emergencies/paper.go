package emergencies

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/internal/people"
	"countersign/internal/policy"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// paperPage is where two persons enter what was written on paper while no place took a record.
type paperPage struct {
	form
	v      *View
	sheet  Sheet
	about  *kit.Entry
	lines  *kit.Entry
	times  [2]*kit.Entry
	who    [2]*choice
	cancel *kit.Button
	sign   *kit.Button
	page   fyne.CanvasObject
}

func newPaperPage(v *View) *paperPage {
	p := &paperPage{form: newForm(), v: v, about: kit.NewEntry(kit.T("emergencies.paper.about")), lines: kit.NewNote(kit.T("emergencies.paper.lines"))}
	p.about.OnChanged = func(text string) { p.sheet.About = text }
	p.lines.OnChanged = func(text string) { p.sheet.Lines = text }
	p.lines.SetMinRowsVisible(6)
	for i, to := range []*string{&p.sheet.From, &p.sheet.To} {
		p.times[i] = kit.NewEntry(kit.T([]string{"emergencies.paper.from", "emergencies.paper.to"}[i]))
		p.times[i].PlaceHolder = "2026-01-31 03:10"
		p.times[i].OnChanged = func(text string) { *to = text }
	}
	for i := range p.who {
		p.who[i] = newChoice(kit.T([]string{"people.signer.first", "people.signer.second"}[i]), false, &p.sheet.By[i])
	}
	p.cancel = kit.NewButton(kit.T("emergencies.back"), kit.IconBack, v.back)
	p.sign = kit.NewPrimary(kit.T("emergencies.sign.paper"), kit.IconKey, v.signPaper)
	why := kit.NewNotice()
	why.Say(kit.Caution, kit.T("emergencies.paper.why"), kit.T("emergencies.paper.why.more"))
	fields := container.NewVBox(
		p.row(InAbout, kit.T("emergencies.paper.about"), p.about, p.about, kit.Muted(kit.T("emergencies.paper.about.hint"))),
		p.row(InLines, kit.T("emergencies.paper.lines"), p.lines, p.lines, kit.Muted(kit.T("emergencies.paper.lines.hint"))),
		container.NewGridWithColumns(2, p.row(InFrom, kit.T("emergencies.paper.from"), p.times[0], p.times[0]),
			p.row(InTo, kit.T("emergencies.paper.to"), p.times[1], p.times[1])),
		kit.Muted(kit.T("emergencies.paper.times.hint")),
		container.NewGridWithColumns(2, p.row(InFirst, kit.T("people.signer.first"), p.who[0].pick, kit.Outlined(p.who[0].pick)),
			p.row(InSecond, kit.T("people.signer.second"), p.who[1].pick, kit.Outlined(p.who[1].pick))))
	body := container.NewVBox(kit.Heading(kit.T("emergencies.paper.title")), why, p.fault, kit.Narrow(110, kit.Panel(kit.Room(fields))))
	p.page = kit.Page(nil, body, p.cancel, p.sign)
	return p
}

// clear forgets what was typed.
func (p *paperPage) clear() {
	for _, e := range []*kit.Entry{p.about, p.lines, p.times[0], p.times[1]} {
		e.SetText("")
	}
	for _, c := range p.who {
		c.pick.ClearSelected()
	}
	p.sheet = Sheet{}
	p.say(Problems{}, nil)
}

// offer says who can sign.
func (p *paperPage) offer(all []people.Person, err error) {
	p.fault.SayFault(err)
	may := slices.DeleteFunc(slices.Clone(all), func(o people.Person) bool { return !o.Active || o.Role == policy.Auditor })
	p.who[0].offer(may, p.v.deps.Me())
	p.who[1].offer(may, "")
}

func (p *paperPage) render() { p.sign.SetEnabled(!p.v.model.Busy) }
