package people

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/internal/policy"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// actPage is the form of an act, before its statement is shown.
type actPage struct {
	form     Form
	all      []Member // who can sign
	title    *widget.Label
	intro    *widget.Label
	fault    *kit.Notice
	entries  map[Input]*kit.Entry
	selects  map[Input]*kit.Select
	problems [inputs]*widget.Label
	rows     [inputs]*fyne.Container
	signs    *widget.Label // names who signs first, or alone
	hint     *widget.Label
	busy     *widget.Label
	cancel   *kit.Button
	next     *kit.Button
	body     *fyne.Container
	page     fyne.CanvasObject
}

func newActPage(cancel, next func()) *actPage {
	p := &actPage{title: kit.Heading(""), intro: kit.Body(""), fault: kit.NewNotice(), hint: kit.Muted(""), busy: kit.Muted(""),
		entries: map[Input]*kit.Entry{}, selects: map[Input]*kit.Select{}}
	p.cancel = kit.NewButton(kit.T("people.form.cancel"), "", cancel)
	p.next = kit.NewPrimary(kit.T("people.form.next"), kit.IconArrow, next)
	fields := container.NewVBox()
	for in := range inputs {
		p.problems[in] = problemLabel()
		name := widget.NewLabel(p.label(in))
		if in == InFirst {
			p.signs = name
		}
		p.rows[in] = kit.Tight(name, p.control(in), p.problems[in])
		if in == InPassphrase {
			p.rows[in].Add(p.hint)
		}
		fields.Add(p.rows[in])
	}
	p.body = container.NewVBox(p.title, p.intro, p.fault, kit.Narrow(80, kit.Panel(kit.Room(fields))), p.busy)
	p.page = kit.Page(nil, p.body, p.cancel, p.next)
	return p
}

func (p *actPage) label(in Input) string {
	return kit.T([inputs]string{"people.name", "people.badge", "people.role", "people.reason", "people.old", "people.passphrase", "people.again",
		"people.signer.first", "people.signer.second"}[in])
}

// control makes the widget of a field. What is typed goes into the form at once.
func (p *actPage) control(in Input) fyne.CanvasObject {
	f := &p.form
	texts := map[Input]*string{InName: &f.Name, InBadge: &f.Badge, InReason: &f.Reason, InOld: &f.Old, InPassphrase: &f.Passphrase, InAgain: &f.Again}
	if to, ok := texts[in]; ok {
		make := kit.NewEntry
		if in == InOld || in == InPassphrase || in == InAgain {
			make = kit.NewPassphrase
		}
		e := make(p.label(in))
		e.OnChanged = func(text string) {
			*to = text
			if in == InPassphrase {
				p.hint.SetText(Strength(text))
			}
		}
		p.entries[in] = e
		return e
	}
	s := kit.NewSelect(p.label(in), nil, nil)
	s.OnChanged = func(string) { p.chosen(in, s.SelectedIndex()) }
	p.selects[in] = s
	return kit.Outlined(s)
}

func (p *actPage) chosen(in Input, i int) {
	switch {
	case i < 0:
	case in == InRole:
		p.form.Role = policy.Roles()[i]
	default:
		p.form.Signers[in-InFirst] = p.all[i].ID
	}
}

// begin empties the form for an act. Me is who is signed in, and signs first where that is possible.
func (p *actPage) begin(act Act, subject Member, signers []Member, me string) {
	p.clear()
	p.form.Act, p.form.Subject = act, subject
	var roles []string
	for _, r := range policy.Roles() {
		roles = append(roles, RoleWord(r))
	}
	p.selects[InRole].SetOptions(roles)
	p.offer(signers, me)
	p.signs.SetText(p.label(InFirst))
	if act.Signers() == 1 {
		p.signs.SetText(kit.T("people.signer.only"))
	}
	p.hint.SetText(Strength(""))
	p.intro.SetText(kit.T("people.intro."+string(act), p.form.data()))
	for in := range inputs {
		p.rows[in].Hidden = !act.Has(in)
	}
	p.render([inputs]string{}, nil, false)
}

// offer says who can sign. Who was chosen stays, where they still can.
func (p *actPage) offer(signers []Member, me string) {
	ids := func(m Member) string { return m.ID }
	if slices.EqualFunc(p.all, signers, func(a, b Member) bool { return ids(a) == ids(b) }) && len(p.selects[InFirst].Options) == len(signers) {
		return
	}
	chosen := p.form.Signers
	p.all, p.form.Signers = signers, [2]string{}
	var names []string
	for _, m := range signers {
		names = append(names, m.Name+", "+RoleWord(m.Role))
	}
	for _, in := range []Input{InFirst, InSecond} {
		p.selects[in].ClearSelected()
		p.selects[in].SetOptions(names)
		if i := slices.IndexFunc(signers, func(m Member) bool { return m.ID == chosen[in-InFirst] }); i >= 0 {
			p.selects[in].SetSelectedIndex(i)
		}
	}
	if p.form.Signers != [2]string{} {
		return
	}
	first := slices.IndexFunc(signers, func(m Member) bool { return m.ID == me })
	if first < 0 && len(signers) == p.form.Act.Signers() {
		first = 0
	}
	if first >= 0 {
		p.selects[InFirst].SetSelectedIndex(first)
	}
	if first >= 0 && len(signers) == 2 {
		p.selects[InSecond].SetSelectedIndex(1 - first)
	}
}

// clear forgets what was typed.
func (p *actPage) clear() {
	for _, e := range p.entries {
		e.SetText("")
	}
	for _, s := range p.selects {
		s.ClearSelected()
	}
	p.form, p.all = Form{}, nil
}

func (p *actPage) render(problems [inputs]string, fault error, busy bool) {
	p.title.SetText(p.form.Title())
	if p.form.Act == Enrol {
		p.title.SetText(kit.T("people.enrol.title"))
	}
	for in, label := range p.problems {
		label.SetText(problems[in])
		label.Hidden = problems[in] == ""
	}
	p.fault.SayFault(fault)
	p.busy.SetText("")
	if busy {
		p.busy.SetText(kit.T("people.form.busy"))
	}
	for _, e := range p.entries {
		if busy {
			e.Disable()
		} else {
			e.Enable()
		}
	}
	p.next.SetEnabled(!busy)
	p.page.Refresh()
	for in := range inputs {
		if problems[in] != "" {
			kit.Focus(p.focusable(in))
			return
		}
	}
}

func (p *actPage) focusable(in Input) fyne.Focusable {
	if s, ok := p.selects[in]; ok {
		return s
	}
	return p.entries[in]
}

// first is where typing begins.
func (p *actPage) first() fyne.Focusable {
	for in := range inputs {
		if p.form.Act.Has(in) {
			return p.focusable(in)
		}
	}
	return p.cancel
}
