package device

import (
	"countersign/app/ui/kit"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// sheetView is the review before a request is signed.
type sheetView struct {
	s       *Screen
	page    fyne.CanvasObject
	table   *kit.Table[line]
	age     *widget.Label
	reason  *kit.Entry
	ticket  *kit.Entry
	tag     *kit.Entry
	tagRow  fyne.CanvasObject // around tag
	fails   *kit.Select
	who     *widget.Label
	signIn  *kit.Button
	next    *widget.Label
	inUse   *strip
	problem *strip
	send    *kit.Button
	eager   bool // the person is done typing, and the button was not ready yet
	cancel  *kit.Button
}

func newSheetView(s *Screen) *sheetView {
	v := &sheetView{s: s, age: kit.Muted(""), reason: kit.NewEntry(kit.T("device.sheet.reason")),
		ticket: kit.NewEntry(kit.T("device.sheet.ticket")), tag: kit.NewEntry(kit.T("device.sheet.tag")), who: kit.Body(""), next: kit.Body(""),
		inUse: newStrip(), problem: newStrip()}
	v.table = kit.NewTable(kit.TableConfig[line]{
		Name: "device.sheet.table", Empty: "device.sheet.empty", Fixed: true, Key: func(l line) string { return l.label },
		Columns: []kit.Column[line]{
			{ID: "setting", Label: "device.config.setting", Weight: 3, Look: kit.Strong, Text: func(l line) string { return l.label }},
			{ID: "found", Label: "device.sheet.found", Weight: 2, Text: func(l line) string { return l.found }},
			{ID: "wanted", Label: "device.sheet.wanted", Weight: 2, State: func(line) kit.State { return kit.Staged }, Text: func(l line) string { return l.wanted }},
			{ID: "risk", Label: "device.config.risk", Weight: 1.5, State: func(l line) kit.State { return riskState(l.risk) }},
			{ID: "rule", Label: "device.sheet.rule", Weight: 3.5, Text: func(l line) string { return l.rule }},
		}})
	v.reason.OnChanged = func(text string) { v.typed(func(s *sheet) { s.reason = text }) }
	v.ticket.OnChanged = func(text string) { v.typed(func(s *sheet) { s.ticket = text }) }
	v.tag.OnChanged = func(text string) { v.typed(func(s *sheet) { s.tag, s.lacksTag = text, false }) }
	for _, e := range []*kit.Entry{v.reason, v.ticket, v.tag} {
		e.OnSubmitted = func(string) { v.eager = true; v.proceed() }
	}
	v.fails = kit.NewSelect(kit.T("device.sheet.fails"), []string{kit.T("device.sheet.fails.keep"), kit.T("device.sheet.fails.restore")}, nil)
	v.fails.OnChanged = func(string) {
		v.typed(func(s *sheet) {
			s.fails = [...]statement.OnFailure{statement.KeepVerified, statement.RollBack}[max(v.fails.SelectedIndex(), 0)]
		})
	}
	v.fails.SetSelectedIndex(0)
	v.signIn = kit.NewPrimary(kit.T("device.sheet.sign_in"), kit.IconPerson, s.deps.SignIn)
	v.send = kit.NewPrimary("", kit.IconArrow, s.propose)
	v.cancel = kit.NewButton(kit.T("device.sheet.cancel"), kit.IconBack, func() { s.Leave() })
	v.page = v.layOut()
	return v
}

func (v *sheetView) layOut() fyne.CanvasObject {
	top := kit.Room(kit.Tight(kit.Heading(kit.T("device.sheet.title")), v.age))
	v.tagRow = kit.Row(kit.T("device.sheet.tag"), v.tag)
	side := container.New(shares{3, 4, 3}, kit.Row(kit.T("device.sheet.ticket"), v.ticket), kit.Row(kit.T("device.sheet.fails"), kit.Outlined(v.fails)), v.tagRow)
	reason := kit.Tight(kit.Row(kit.T("device.sheet.reason"), v.reason), kit.Muted(kit.T("device.sheet.reason.hint")), side)
	who := container.NewBorder(nil, nil, widget.NewIcon(kit.IconPerson.Resource(kit.ColorMuted)), kit.Middle(v.signIn), v.who)
	next := container.NewBorder(nil, nil, widget.NewIcon(kit.IconPeople.Resource(kit.ColorMuted)), nil, v.next)
	form := container.NewVBox(reason, kit.Tight(who, next), v.inUse.box, v.problem.box)
	body := container.NewBorder(nil, kit.Room(form), nil, nil, v.table)
	v.inUse.page, v.problem.page = body, body
	return kit.Frame(top, body, v.cancel, v.send)
}

// proceed gives the keyboard to the button as soon as that can be pressed, where the person is done typing.
func (v *sheetView) proceed() {
	if v.eager && !v.send.Disabled() {
		v.eager = false
		kit.Focus(v.send)
	}
}

// open empties the form.
func (v *sheetView) open() {
	for _, e := range []*kit.Entry{v.reason, v.ticket, v.tag} {
		e.SetText("")
	}
	v.fails.SetSelectedIndex(0)
	v.eager = false
}

func (v *sheetView) typed(note func(*sheet)) {
	v.eager = false
	if sheet := v.s.model.sheet; sheet != nil && !sheet.sending {
		note(sheet)
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
	v.next.SetText(m.next())
	show(v.tagRow, m.asksTag())
	if m.sheet.inUse {
		v.inUse.say(kit.Caution, kit.T("device.sheet.in_use"), kit.T("device.sheet.in_use.more"))
	} else {
		v.inUse.quiet()
	}
	v.renderProblem()
	v.send.SetText(m.sendText())
	enable(v.send, m.sendable())
	v.proceed()
	enable(v.cancel, !m.sheet.sending)
	for _, e := range []*kit.Entry{v.reason, v.ticket, v.tag} {
		if m.sheet.sending {
			e.Disable()
		} else if e.Disabled() {
			e.Enable()
		}
	}
}

func (v *sheetView) renderProblem() {
	m := v.s.model
	switch problem := m.blocked(); {
	case problem != "":
		v.problem.say(kit.Failed, problem, kit.T("device.config.blocked"))
	case m.sheet.lacksTag:
		v.problem.say(kit.Caution, kit.T("device.sheet.tag.missing"), kit.T("device.sheet.tag.why"))
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

// shares puts objects side by side by weight; hidden ones leave their room to nobody, so that nothing moves.
type shares []float32

// MinSize implements fyne.Layout.
func (l shares) MinSize(o []fyne.CanvasObject) (size fyne.Size) {
	for _, one := range o {
		size.Height = max(size.Height, one.MinSize().Height)
	}
	return size
}

// Layout implements fyne.Layout.
func (l shares) Layout(o []fyne.CanvasObject, size fyne.Size) {
	var sum, x float32
	for _, weight := range l {
		sum += weight
	}
	gap := theme.Size(theme.SizeNameInnerPadding)
	for i, one := range o {
		w := size.Width * l[i] / sum
		one.Move(fyne.NewPos(x, 0))
		one.Resize(fyne.NewSize(w-gap, size.Height))
		x += w
	}
}
