package people

import (
	"slices"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// codesPage is where two people print sealed codes: who they are, the sheet, and afterwards what is left to do with it. The codes
// themselves are on no page.
type codesPage struct {
	title   *widget.Label
	intro   *widget.Label
	count   *widget.Label
	caution *kit.Notice
	fault   *kit.Notice
	who     [2]*kit.Select
	problem *widget.Label
	form    fyne.CanvasObject
	where   *widget.Label
	busy    *widget.Label
	back    *kit.Button
	open    *kit.Button
	remove  *kit.Button
	make    *kit.Button
	sign    *kit.Button
	page    fyne.CanvasObject

	all     []Member // who can sign
	signers [2]string
}

func newCodesPage(back, open, remove, make, sign func()) *codesPage {
	p := &codesPage{title: kit.Heading(kit.T("people.codes.title")), intro: kit.Body(""), count: kit.Body(""), caution: kit.NewNotice(), fault: kit.NewNotice(),
		problem: problemLabel(), where: kit.Body(""), busy: kit.Muted("")}
	for i, key := range []string{"people.signer.first", "people.signer.second"} {
		p.who[i] = kit.NewSelect(kit.T(key), nil, nil)
		p.who[i].OnChanged = func(string) {
			if at := p.who[i].SelectedIndex(); at >= 0 {
				p.signers[i] = p.all[at].ID
			}
		}
	}
	p.back = kit.NewButton("", kit.IconBack, back)
	p.open = kit.NewButton(kit.T("people.sheet.open"), kit.IconArrow, open)
	p.remove = kit.NewButton(kit.T("people.codes.delete"), kit.IconCross, remove)
	p.make = kit.NewPrimary(kit.T("people.codes.make"), kit.IconArrow, make)
	p.sign = kit.NewPrimary(kit.T("people.codes.sealed"), kit.IconArrow, sign)
	p.form = kit.Narrow(80, kit.Panel(kit.Room(container.NewVBox(kit.Row(kit.T("people.signer.first"), kit.Outlined(p.who[0])),
		kit.Tight(kit.Row(kit.T("people.signer.second"), kit.Outlined(p.who[1])), p.problem)))))
	body := container.NewVBox(p.title, p.intro, p.count, p.fault, p.caution, p.form, p.where, p.busy)
	p.page = kit.Page(nil, body, p.back, p.open, p.remove, p.make, p.sign)
	return p
}

// offer says who can sign. Who was chosen stays, where they still can; else who is signed in comes first.
func (p *codesPage) offer(all []Member, me string) {
	signers := slices.DeleteFunc(slices.Clone(all), func(m Member) bool { return !m.Signs() })
	same := slices.EqualFunc(p.all, signers, func(a, b Member) bool { return a.ID == b.ID })
	if same && len(p.who[0].Options) == len(signers) {
		return
	}
	chosen := p.signers
	p.all, p.signers = signers, [2]string{}
	if chosen == [2]string{} {
		chosen[0] = me
		if len(signers) == 2 {
			at := max(0, slices.IndexFunc(signers, func(m Member) bool { return m.ID == me }))
			chosen = [2]string{signers[at].ID, signers[1-at].ID}
		}
	}
	var names []string
	for _, m := range signers {
		names = append(names, m.Name+", "+RoleWord(m.Role))
	}
	for i, s := range p.who {
		s.ClearSelected()
		s.SetOptions(names)
		if at := slices.IndexFunc(signers, func(m Member) bool { return m.ID == chosen[i] }); at >= 0 {
			s.SetSelectedIndex(at)
		}
	}
}

// wrong says what is wrong with the choice of who signs; "" where it does.
func (p *codesPage) wrong() string {
	switch a, b := p.signers[0], p.signers[1]; {
	case a == "" || b == "":
		return kit.T("people.wrong.signer")
	case a == b:
		return kit.T("people.wrong.same_signer")
	}
	return ""
}

func (p *codesPage) render(m *CodesModel) {
	p.intro.SetText(kit.T([]string{"people.codes.intro", "people.codes.print", "people.codes.after"}[m.stage]))
	p.count.SetText(m.Count())
	if m.stage == choosing && m.Left > 0 {
		p.count.SetText(m.Count() + " " + kit.T("people.codes.replaces"))
	}
	p.count.Hidden = m.stage == printing
	if state, sentence, more, ok := m.Caution(); ok {
		p.caution.Say(state, sentence, more)
	} else {
		p.caution.Clear()
	}
	p.fault.SayFault(m.Fault)
	if m.Unkept != nil {
		_, why, _ := kit.FaultText(m.Unkept)
		p.fault.Say(kit.Failed, kit.T("people.codes.unkept"), kit.T("people.codes.unkept.more", kit.Data{"Why": why}))
	}
	p.form.(*fyne.Container).Hidden = m.stage != choosing
	p.where.SetText("")
	if m.Sheet != "" {
		p.where.SetText(kit.T("people.sheet.where", kit.Data{"Path": m.Sheet}))
	}
	p.where.Hidden = m.Sheet == "" || m.stage == choosing
	p.busy.SetText("")
	if m.Busy {
		p.busy.SetText(kit.T("people.codes.busy"))
	}
	p.back.SetText(kit.T(map[bool]string{true: "people.form.cancel", false: "people.back"}[m.stage == printing]))
	p.open.Hidden = m.Sheet == "" || m.stage == choosing
	p.remove.Hidden = m.Sheet == "" || m.stage == printing
	p.remove.SetEnabled(!m.Busy && !m.clearing)
	p.make.Hidden, p.sign.Hidden = m.stage != choosing, m.stage != printing
	p.make.SetEnabled(!m.Busy && !m.clearing && len(p.all) >= 2)
	p.page.Refresh()
}

// blame shows what is wrong with the choice of who signs.
func (p *codesPage) blame(problem string) {
	p.problem.SetText(problem)
	p.problem.Hidden = problem == ""
}

// panes are the parts that take the keyboard in turn, what is to be done first.
func (p *codesPage) panes(m *CodesModel) []fyne.Focusable {
	var panes []fyne.Focusable
	if m.stage == choosing {
		panes = append(panes, p.who[0], p.who[1])
	}
	for _, b := range []*kit.Button{p.open, p.remove, p.make, p.sign, p.back} {
		if !b.Hidden && !b.Disabled() {
			panes = append(panes, b)
		}
	}
	return panes
}
