package device

import (
	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// sheetView is the review before a request is signed.
type sheetView struct {
	s       *Screen
	page    fyne.CanvasObject
	table   *kit.Table[line]
	age     *widget.Label
	reason  *kit.Entry
	who     *widget.Label
	signIn  *kit.Button
	next    *widget.Label
	inUse   *strip
	problem *strip
	send    *kit.Button
	cancel  *kit.Button
}

func newSheetView(s *Screen) *sheetView {
	v := &sheetView{s: s, age: kit.Muted(""), reason: kit.NewEntry(kit.T("device.sheet.reason")), who: kit.Body(""), next: kit.Body(""),
		inUse: newStrip(), problem: newStrip()}
	v.table = kit.NewTable(kit.TableConfig[line]{
		Name: "device.sheet.table", Empty: "device.sheet.empty", Fixed: true, Key: func(l line) string { return l.label },
		Columns: []kit.Column[line]{
			{ID: "setting", Label: "device.config.setting", Weight: 3, Look: kit.Strong, Text: func(l line) string { return l.label }},
			{ID: "found", Label: "device.sheet.found", Weight: 2, Text: func(l line) string { return l.found }},
			{ID: "wanted", Label: "device.sheet.wanted", Weight: 2, State: func(line) kit.State { return kit.Staged }, Text: func(l line) string { return l.wanted }},
			{ID: "risk", Label: "device.config.risk", Weight: 2, State: func(l line) kit.State { return riskState(l.risk) }},
		}})
	v.reason.OnChanged = v.typed
	v.reason.OnSubmitted = func(string) { kit.Focus(v.send) }
	v.signIn = kit.NewPrimary(kit.T("device.sheet.sign_in"), kit.IconPerson, s.deps.SignIn)
	v.send = kit.NewPrimary("", kit.IconArrow, s.propose)
	v.cancel = kit.NewButton(kit.T("device.sheet.cancel"), kit.IconBack, func() { s.Leave() })
	v.page = v.layOut()
	return v
}

func (v *sheetView) layOut() fyne.CanvasObject {
	top := kit.Room(kit.Tight(kit.Heading(kit.T("device.sheet.title")), v.age))
	reason := kit.Tight(kit.Row(kit.T("device.sheet.reason"), v.reason), kit.Muted(kit.T("device.sheet.reason.hint")))
	who := container.NewBorder(nil, nil, widget.NewIcon(kit.IconPerson.Resource(kit.ColorMuted)), kit.Middle(v.signIn), v.who)
	next := container.NewBorder(nil, nil, widget.NewIcon(kit.IconPeople.Resource(kit.ColorMuted)), nil, v.next)
	form := container.NewVBox(reason, kit.Tight(who, next), v.inUse.box, v.problem.box)
	body := container.NewBorder(nil, kit.Room(form), nil, nil, v.table)
	v.inUse.page, v.problem.page = body, body
	return kit.Frame(top, body, v.cancel, v.send)
}

// open empties the form.
func (v *sheetView) open() { v.reason.SetText("") }

func (v *sheetView) typed(text string) {
	if sheet := v.s.model.sheet; sheet != nil && !sheet.sending {
		sheet.reason = text
	}
}

func (v *sheetView) render() {
	m := v.s.model
	if m.sheet == nil {
		return
	}
	v.table.SetRows(m.lines())
	v.age.SetText(m.readAge(v.s.deps.Now()))
	v.who.SetText(kit.T("device.sheet.nobody"))
	if m.signer != "" {
		v.who.SetText(kit.T("device.sheet.signer", kit.Data{"Name": m.signer}))
	}
	show(v.signIn, m.signer == "")
	next := "device.sheet.next"
	if m.blind() {
		next = "device.sheet.next.blind"
	}
	v.next.SetText(kit.T(next))
	if m.sheet.inUse {
		v.inUse.say(kit.Caution, kit.T("device.sheet.in_use"), kit.T("device.sheet.in_use.more"))
	} else {
		v.inUse.quiet()
	}
	v.renderProblem()
	v.send.SetText(m.sendText())
	enable(v.send, m.sendable())
	enable(v.cancel, !m.sheet.sending)
	if m.sheet.sending {
		v.reason.Disable()
	} else if v.reason.Disabled() {
		v.reason.Enable()
	}
}

func (v *sheetView) renderProblem() {
	m := v.s.model
	switch problem := m.blocked(); {
	case problem != "":
		v.problem.say(kit.Failed, problem, kit.T("device.config.blocked"))
	case m.sheet.fault != nil:
		v.problem.fault(m.sheet.fault)
	case m.trouble() != nil:
		v.problem.fault(m.trouble())
	case !m.connected():
		v.problem.say(kit.Offline, kit.T("device.over"), kit.T("device.sheet.over"))
	default:
		v.problem.quiet()
	}
}

func (v *sheetView) panes() []fyne.Focusable {
	if v.s.model.signer == "" {
		return []fyne.Focusable{v.reason, v.signIn, v.table, v.cancel}
	}
	return []fyne.Focusable{v.reason, v.send, v.table, v.cancel}
}
