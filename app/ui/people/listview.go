package people

import (
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// listPage is everybody who is or was enrolled.
type listPage struct {
	table  *kit.Table[Member]
	remark *kit.Notice
	sealed *kit.Notice // what people must know of the sealed codes
	fault  *kit.Notice
	enrol  *kit.Button
	rules  *kit.Button
	sheet  *kit.Button
	codes  *kit.Button
	signIn *kit.Button
	page   fyne.CanvasObject
}

func newListPage(v *View) *listPage {
	p := &listPage{remark: kit.NewNotice(), sealed: kit.NewNotice(), fault: kit.NewNotice()}
	p.table = kit.NewTable(kit.TableConfig[Member]{
		Name: "people.title", Empty: "people.empty",
		Key:    func(m Member) string { return m.ID },
		OnOpen: func(m Member) { v.open(shell.Route{Screen: Screen, ID: m.ID}) },
		Columns: []kit.Column[Member]{
			{ID: "name", Label: "people.column.name", Weight: 5, Look: kit.Strong, Text: func(m Member) string { return m.Name },
				Icon: func(Member) (kit.Icon, bool) { return kit.IconPerson, true }},
			{ID: "role", Label: "people.column.role", Weight: 4, Text: func(m Member) string { return RoleWord(m.Role) }},
			{ID: "badge", Label: "people.badge", Weight: 3, Text: func(m Member) string { return m.Badge }},
			{ID: "active", Label: "people.column.active", Weight: 6, Text: Member.Stands, Icon: func(m Member) (kit.Icon, bool) { return m.Shape(), true }},
			{ID: "key", Label: "people.key", Weight: 4, Text: Member.KeyWord},
			{ID: "id", Label: "people.column.id", Weight: 3, Look: kit.Faint, Text: func(m Member) string { return ShortID(m.ID) }},
		}})
	p.enrol = kit.NewButton(kit.T("people.enrol"), kit.IconPlus, v.enrol)
	p.rules = kit.NewButton(kit.T("people.rules"), kit.IconEdit, v.deps.Rules)
	p.sheet = kit.NewButton(kit.T("people.sheet.again"), kit.IconCopy, v.print)
	p.codes = kit.NewButton(kit.T("people.codes"), kit.IconLock, v.printCodes)
	p.signIn = kit.NewButton(kit.T("command.sign_in"), kit.IconKey, func() { v.deps.SignIn("") })
	p.rules.Hidden, p.sheet.Hidden, p.codes.Hidden = v.deps.Rules == nil, v.deps.Paper == nil, v.deps.Codes == nil
	tools := container.NewHBox(p.enrol, p.rules, p.sheet, p.codes, p.signIn)
	head := container.NewBorder(nil, nil, nil, kit.Middle(tools), kit.Muted(kit.T("people.intro")))
	p.page = kit.Frame(container.NewVBox(kit.Room(head), p.fault, p.sealed, p.remark), p.table)
	return p
}

func (p *listPage) render(m *Model, sealed *CodesModel, me string) {
	p.table.SetRows(m.Members)
	p.fault.SayFault(m.Unread)
	p.signIn.Hidden = me != ""
	if sentence, more, ok := m.Remark(); ok {
		p.remark.Say(kit.Note, sentence, more)
	} else {
		p.remark.Clear()
	}
	if state, sentence, more, ok := sealed.Caution(); ok && m.Stage == Listed {
		p.sealed.Say(state, sentence, more)
	} else {
		p.sealed.Clear()
	}
	p.page.Refresh()
}

func (p *listPage) panes() []fyne.Focusable {
	panes := []fyne.Focusable{p.table, p.enrol}
	for _, b := range []*kit.Button{p.rules, p.sheet, p.codes, p.signIn} {
		if b.Visible() {
			panes = append(panes, b)
		}
	}
	return panes
}
