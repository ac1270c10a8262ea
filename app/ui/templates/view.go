package templates

import (
	"cmp"
	"strconv"
	"strings"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// listView lists the templates.
type listView struct {
	s      *Screen
	table  *kit.Table[change.Template]
	filter *kit.Filter
	notice *kit.Notice
	root   fyne.CanvasObject
}

func newListView(s *Screen) *listView {
	v := &listView{s: s, notice: kit.NewNotice()}
	v.table = kit.NewTable(kit.TableConfig[change.Template]{
		Name: "templates.title", Empty: "templates.empty", Key: func(t change.Template) string { return t.ID },
		OnOpen: func(t change.Template) { s.deps.Open(shell.Route{Screen: "templates", ID: t.ID}) },
		Columns: []kit.Column[change.Template]{
			{ID: "name", Label: "templates.column.name", Weight: 5, Look: kit.Strong, Text: func(t change.Template) string { return t.Name }},
			{ID: "device", Label: "templates.column.device", Weight: 5, Text: device},
			{ID: "firmware", Label: "templates.column.firmware", Weight: 2, Text: func(t change.Template) string { return t.Device.Firmware }},
			{ID: "settings", Label: "templates.column.settings", Weight: 2, Text: func(t change.Template) string { return strconv.Itoa(len(t.Set)) }},
			{ID: "signers", Label: "templates.column.signers", Weight: 5, Text: signedBy},
			{ID: "until", Label: "templates.column.until", Weight: 2, Text: until},
			{ID: "state", Label: "templates.column.state", Weight: 3, State: state, Text: func(t change.Template) string {
				return kit.T("templates.state." + strings.ReplaceAll(string(t.State), " ", "_"))
			},
				Compare: func(a, b change.Template) int { return cmp.Compare(b.Seq, a.Seq) }},
		}})
	v.filter = kit.NewFilter(kit.T("templates.filter"), v.table.SetFilter)
	v.filter.OnLeave = v.table.Focus
	v.root = kit.Frame(container.NewVBox(kit.Room(container.NewVBox(v.filter, v.notice)), kit.Room(kit.Muted(kit.T("templates.hint")))), v.table)
	return v
}

func (v *listView) render() {
	v.table.SetRows(v.s.model.templates)
	say(v.notice, v.s.model.notice, v.s.model.err)
	v.root.Refresh()
}

func say(to *kit.Notice, n notice, err error) {
	switch {
	case err != nil:
		to.SayFault(err)
	case n.err != nil:
		to.SayFault(n.err)
	case n.what != "":
		to.Say(n.state, n.what, n.more)
	default:
		to.Clear()
	}
}

// pageView is one template, or the making of one.
type pageView struct {
	s       *Screen
	notice  *kit.Notice
	title   *widget.Label
	state   *kit.Badge
	lines   *fyne.Container
	facts   *kit.Pairs
	form    fyne.CanvasObject
	name    *kit.Entry
	reason  *kit.Entry
	days    *kit.Entry
	first   *kit.Select
	second  *kit.Select
	people  []people.Person
	sheet   fyne.CanvasObject // the text, and both passphrases
	text    *widget.Label
	secrets [2]*kit.Entry
	names   [2]*widget.Label
	over    fyne.CanvasObject // the form that ends a template
	who     *kit.Select
	why     *kit.Entry
	secret  *kit.Entry
	bar     *kit.Actions
	shown   string // what lines say
	scroll  *container.Scroll
	root    fyne.CanvasObject
}

func newPageView(s *Screen) *pageView {
	v := &pageView{s: s, notice: kit.NewNotice(), title: kit.Heading(""), state: kit.NewBadge(kit.Approved), lines: container.NewVBox(), facts: kit.NewPairs(), bar: kit.NewActions()}
	v.form, v.sheet, v.over = v.newForm(), v.newSheet(), v.newEnding()
	body := container.NewVBox(v.notice, container.NewHBox(v.title, kit.Middle(v.state)), kit.Panel(v.lines), v.form, v.sheet, v.over, v.facts)
	v.scroll = container.NewVScroll(kit.Room(body))
	v.root = kit.Frame(nil, v.scroll, v.bar.Row)
	return v
}

func (v *pageView) newForm() fyne.CanvasObject {
	v.name, v.reason, v.days = kit.NewEntry(kit.T("templates.name")), kit.NewEntry(kit.T("templates.reason")), kit.NewEntry(kit.T("templates.days"))
	v.first, v.second = kit.NewSelect(kit.T("templates.first"), nil, nil), kit.NewSelect(kit.T("templates.second"), nil, nil)
	v.name.OnSubmitted = func(string) { kit.Focus(v.reason) }
	v.reason.OnSubmitted = func(string) { kit.Focus(v.days) }
	v.days.OnSubmitted = func(string) { kit.Focus(v.first) }
	form := container.NewVBox(kit.Body(kit.T("templates.form.hint")), kit.Row(kit.T("templates.name"), v.name), kit.Row(kit.T("templates.reason"), v.reason), kit.Row(kit.T("templates.days"), v.days),
		container.NewGridWithColumns(2, kit.Row(kit.T("templates.first"), kit.Outlined(v.first)), kit.Row(kit.T("templates.second"), kit.Outlined(v.second))))
	return container.NewVBox(kit.Panel(kit.Room(kit.Narrow(90, form))))
}

func (v *pageView) newSheet() fyne.CanvasObject {
	v.text = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	v.text.Wrapping = fyne.TextWrapBreak // nothing of it may be out of sight to the right
	both := container.NewGridWithColumns(2)
	for i, key := range []string{"templates.first.passphrase", "templates.second.passphrase"} {
		v.names[i], v.secrets[i] = widget.NewLabel(""), kit.NewPassphrase(kit.T(key))
		both.Add(kit.Tight(v.names[i], v.secrets[i]))
	}
	v.secrets[0].OnSubmitted = func(string) { kit.Focus(v.secrets[1]) }
	v.secrets[1].OnSubmitted = func(string) { v.sign() }
	return container.NewVBox(kit.Heading(kit.T("templates.text")), kit.Panel(v.text), both)
}

func (v *pageView) newEnding() fyne.CanvasObject {
	v.who, v.why, v.secret = kit.NewSelect(kit.T("templates.end.who"), nil, nil), kit.NewEntry(kit.T("templates.end.reason")), kit.NewPassphrase(kit.T("templates.end.passphrase"))
	v.why.OnSubmitted = func(string) { kit.Focus(v.secret) }
	v.secret.OnSubmitted = func(string) { v.submitEnd() }
	form := container.NewVBox(kit.Body(kit.T("templates.end.hint")), kit.Row(kit.T("templates.end.who"), kit.Outlined(v.who)), kit.Row(kit.T("templates.end.reason"), v.why), kit.Row(kit.T("templates.end.passphrase"), v.secret))
	return container.NewVBox(kit.Panel(kit.Room(kit.Narrow(70, form))))
}

// reset forgets what was typed.
func (v *pageView) reset() {
	for _, e := range []*kit.Entry{v.name, v.reason, v.days, v.secrets[0], v.secrets[1], v.why, v.secret} {
		e.SetText("")
	}
	v.text.SetText("")
}

// fill begins the form for a new template.
func (v *pageView) fill() {
	v.days.SetText(strconv.Itoa(days))
	v.listPeople()
}

func (v *pageView) listPeople() {
	v.people = v.s.model.able()
	var names []string
	for _, p := range v.people {
		names = append(names, p.Name)
	}
	for _, one := range []*kit.Select{v.first, v.second, v.who} {
		if strings.Join(one.Options, "\n") != strings.Join(names, "\n") {
			one.SetOptions(names)
			one.ClearSelected()
		}
	}
}

func (v *pageView) chosen(s *kit.Select) people.Person {
	if i := s.SelectedIndex(); i >= 0 && i < len(v.people) {
		return v.people[i]
	}
	return people.Person{}
}

func (v *pageView) render() {
	m := v.s.model
	v.listPeople()
	say(v.notice, m.notice, m.err)
	t, there := m.template()
	show(v.form, m.draft != nil && (m.stage == filling || m.stage == making))
	show(v.sheet, m.draft != nil && (m.stage == signing || m.stage == working))
	show(v.over, m.draft == nil && (m.stage == ending || m.stage == working))
	show(v.state, there && m.draft == nil)
	show(v.facts, there && m.draft == nil)
	switch {
	case m.draft != nil:
		v.title.SetText(kit.T("templates.new", kit.Data{"Device": strings.TrimSpace(m.draft.Identity.Manufacturer + " " + m.draft.Identity.Model)}))
	case there:
		v.title.SetText(t.Name)
		v.state.Set(state(t), kit.T("templates.until", kit.Data{"Date": until(t)}))
		v.facts.Set(kit.Pair{Key: "templates.column.device", Value: device(t)}, kit.Pair{Key: "templates.column.firmware", Value: t.Device.Firmware},
			kit.Pair{Key: "templates.reason", Value: t.Reason}, kit.Pair{Key: "templates.column.signers", Value: signedBy(t)},
			kit.Pair{Key: "templates.column.until", Value: kit.Moment(t.Until.Wall)})
	default:
		v.title.SetText(kit.T("templates.missing"))
	}
	if v.text.Text != m.text {
		v.text.SetText(m.text)
	}
	for i, p := range m.signers {
		v.names[i].SetText(kit.T("templates.passphrase", kit.Data{"Name": p.Name}))
	}
	v.renderLines()
	v.setBar()
	v.scroll.Refresh()
}

func (v *pageView) renderLines() {
	lines := v.s.model.lines()
	var said strings.Builder
	for _, l := range lines {
		said.WriteString(l.Label + "\n" + l.Value + "\n")
	}
	if said.String() == v.shown {
		return
	}
	v.shown = said.String()
	v.lines.Objects = nil
	for _, l := range lines {
		value := widget.NewLabelWithStyle(l.Value, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		v.lines.Add(container.NewGridWithColumns(3, widget.NewLabel(l.Label), value, kit.NewBadge(l.Risk)))
	}
	v.lines.Refresh()
}

// setBar shows the buttons of the stage; the first has no effect.
func (v *pageView) setBar() {
	m := v.s.model
	key := string(m.stage) + m.id + strconv.FormatBool(m.canEnd()) + m.signers[0].ID + m.signers[1].ID
	if v.bar.Set(key, v.buttons) {
		v.root.Refresh()
	}
}

func (v *pageView) buttons() []*kit.Button {
	m := v.s.model
	cancel := kit.NewButton(kit.T("dialog.cancel"), "", v.leave)
	switch m.stage {
	case filling:
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("templates.show"), kit.IconArrow, v.prepare)}
	case signing:
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("templates.sign", kit.Data{"First": m.signers[0].Name, "Second": m.signers[1].Name}), kit.IconEdit, v.sign)}
	case ending:
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("templates.end.sign"), kit.IconEdit, v.submitEnd)}
	case making, working:
		return nil
	}
	buttons := []*kit.Button{kit.NewButton(kit.T("templates.all"), kit.IconBack, func() { v.s.deps.Open(shell.Route{Screen: "templates"}) })}
	if m.canEnd() {
		buttons = append(buttons, kit.NewButton(kit.T("templates.end"), "", v.end))
	}
	return buttons
}

func (v *pageView) prepare() {
	v.s.prepare(v.name.Text, v.reason.Text, v.days.Text, [2]people.Person{v.chosen(v.first), v.chosen(v.second)})
}

func (v *pageView) sign() {
	var passphrases [2]string
	for i, e := range v.secrets {
		passphrases[i] = e.Text
		e.SetText("")
	}
	v.s.sign(passphrases)
}

func (v *pageView) end() {
	if v.s.model.canEnd() {
		v.s.model.stage, v.s.model.notice = ending, notice{}
	}
	v.s.render()
	v.settle()
}

func (v *pageView) submitEnd() {
	passphrase := v.secret.Text
	v.secret.SetText("")
	v.s.end(v.chosen(v.who).ID, passphrase, v.why.Text)
}

// leave goes one step back: from the text to the form, and from a form to what was there before.
func (v *pageView) leave() {
	m := v.s.model
	if m.stage == signing {
		m.stage, m.text, m.notice = filling, "", notice{}
	} else {
		m.leave()
	}
	v.secrets[0].SetText("")
	v.secrets[1].SetText("")
	v.s.render()
	v.settle()
}

// settle puts the keyboard where the stage goes on.
func (v *pageView) settle() {
	switch v.s.model.stage {
	case filling:
		kit.Focus(v.name)
	case signing:
		kit.Focus(v.secrets[0])
	case ending:
		kit.Focus(v.who)
	default:
		if v.s.listed() {
			v.s.list.table.Focus()
		} else {
			v.bar.FocusSafe()
		}
	}
}

func (v *pageView) panes() []fyne.Focusable {
	if v.s.model.stage == filling {
		return v.bar.Panes(v.name)
	}
	return v.bar.Panes()
}

func show(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}
