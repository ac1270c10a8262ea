package emergencies

import (
	"cmp"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/breakglass"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// overview is whether the console is ready, how often somebody wrote alone, and every emergency.
type overview struct {
	fault  *kit.Notice
	late   *kit.Notice
	icon   *widget.Icon
	word   *widget.Label
	means  *widget.Label
	checks *fyne.Container
	drill  *fyne.Container
	ratio  *fyne.Container
	start  *kit.Button
	room   *kit.Button
	codes  *kit.Button
	paper  *kit.Button
	filter *kit.Filter
	table  *kit.Table[breakglass.Emergency]
	split  *fyne.Container
	page   fyne.CanvasObject

	now func() *Model
}

func newOverview(v *View) *overview {
	o := &overview{fault: kit.NewNotice(), late: kit.NewNotice(), icon: widget.NewIcon(nil), means: kit.Muted(""),
		checks: container.New(layout.NewCustomPaddedVBoxLayout(0)), drill: container.NewVBox(), ratio: container.NewVBox(), now: func() *Model { return v.model }}
	o.word = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	o.word.SizeName = theme.SizeNameHeadingText
	o.start = kit.NewButton(kit.T("emergencies.drill.start"), kit.IconPlay, v.deps.Drill)
	o.start.Hidden = v.deps.Drill == nil
	o.room = kit.NewButton(kit.T("emergencies.room"), "", v.makeRoom)
	o.codes = kit.NewButton(kit.T("emergencies.codes"), kit.IconKey, v.deps.Codes)
	o.paper = kit.NewButton(kit.T("emergencies.paper.enter"), kit.IconEdit, v.enterPaper)
	o.table = o.newTable(func(e breakglass.Emergency) { v.open(shell.Route{Screen: Screen, ID: e.ID}) })
	o.table.SortBy("when", true)
	o.filter = kit.NewFilter(kit.T("emergencies.filter"), o.table.SetFilter)
	o.filter.OnLeave = o.table.Focus
	ready := kit.Panel(container.NewVBox(container.NewHBox(kit.Middle(o.icon), o.word), o.means, o.checks, container.NewHBox(o.room, o.codes)))
	beside := container.NewVBox(
		kit.Panel(container.NewVBox(kit.Heading(kit.T("emergencies.drill")), o.drill, container.NewHBox(o.start))),
		kit.Panel(container.NewVBox(kit.Heading(kit.T("emergencies.ratio")), o.ratio)))
	o.split = container.New(halves{}, ready, beside)
	head := container.NewBorder(nil, nil, kit.Heading(kit.T("emergencies.all")), container.NewHBox(kit.Middle(o.filter), kit.Middle(o.paper)))
	top := container.NewVBox(o.fault, o.late, o.split, head)
	body := container.NewVScroll(kit.Room(container.NewVBox(top, container.New(tall{}, o.table))))
	o.page = body
	return o
}

func (o *overview) newTable(open func(breakglass.Emergency)) *kit.Table[breakglass.Emergency] {
	type emergency = breakglass.Emergency
	return kit.NewTable(kit.TableConfig[emergency]{
		Name: "emergencies.title", Empty: "emergencies.empty", OnOpen: open,
		Key:    func(e emergency) string { return e.ID },
		Search: func(e emergency) string { return e.Receipt + " " + e.Workstation },
		Faint:  func(e emergency) bool { return e.Drill },
		Columns: []kit.Column[emergency]{
			{ID: "when", Label: "emergencies.column.when", Weight: 4.4, Text: func(e emergency) string { return e.Opened.Local().Format("2006-01-02 15:04") },
				Compare: func(a, b emergency) int { return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Record, b.Record)) }},
			{ID: "device", Label: "emergencies.column.device", Weight: 8.4, Look: kit.Strong, Text: func(e emergency) string { return e.Device }},
			{ID: "who", Label: "emergencies.column.who", Weight: 3.8, Text: func(e emergency) string { return e.Actor.Name }},
			{ID: "why", Label: "emergencies.column.why", Weight: 4.6, Text: func(e emergency) string { return CategoryWord(e.Category) }},
			{ID: "how", Label: "emergencies.column.how", Weight: 4.6, Text: HowWord},
			{ID: "state", Label: "emergencies.column.state", Weight: 4.6, State: func(e emergency) kit.State { return State(e.State) }},
			{ID: "due", Label: "emergencies.column.due", Weight: 4.6, Text: func(e emergency) string { return DueWords(e, o.now().Now) },
				Compare: func(a, b emergency) int { return a.Due.Compare(b.Due) }},
		}})
}

// render copies the model into the widgets.
func (o *overview) render(m *Model) {
	o.fault.SayFault(cmp.Or(m.Unread, m.Failed))
	o.renderLate(m)
	state, word, means := m.Standing.Word()
	o.icon.SetResource(state.Icon().Resource(state.Color()))
	o.word.SetText(word)
	o.means.SetText(means)
	o.means.Hidden = means == ""
	o.checks.RemoveAll()
	codes := false
	for _, c := range m.Standing.Checks() {
		codes = codes || c.Codes
		o.checks.Add(checkRow(c))
	}
	o.codes.Hidden = !codes || o.codes.OnTapped == nil
	o.room.Hidden = !m.NeedsRoom()
	state, words, next := m.DrillWords()
	o.drill.Objects = []fyne.CanvasObject{lineRow(Line{state, words})}
	if next != "" {
		o.drill.Add(kit.Muted(next))
	}
	o.ratio.RemoveAll()
	for _, l := range m.RatioLines() {
		o.ratio.Add(lineRow(l))
	}
	o.table.SetRows(m.All)
	o.page.Refresh()
}

// renderLate puts in front what has waited too long.
func (o *overview) renderLate(m *Model) {
	late := m.Late()
	if len(late) == 0 {
		o.late.Clear()
		return
	}
	more := ""
	for i, e := range late {
		if i == 3 {
			more += " " + kit.N("emergencies.late.others", len(late)-3)
			break
		}
		if i > 0 {
			more += "\n"
		}
		more += kit.T("emergencies.late.one", kit.Data{"Device": e.Device, "Name": e.Actor.Name, "Opened": e.Opened.Local().Format("2006-01-02 15:04"),
			"State": State(e.State).Word(), "Due": DueWords(e, m.Now)})
	}
	o.late.Say(kit.Caution, kit.N("emergencies.late", len(late)), more)
}

// checkRow is one line of the report.
func checkRow(c Check) fyne.CanvasObject {
	words := c.Name + ": " + c.Words
	if c.Next != "" {
		words += " " + c.Next
	}
	return lineRow(Line{c.State, words})
}

// lineRow is a sentence with its icon.
func lineRow(l Line) fyne.CanvasObject {
	icon := widget.NewIcon(l.State.Icon().Resource(l.State.Color()))
	return container.New(iconed{}, icon, kit.Body(l.Words))
}

func (o *overview) panes() []fyne.Focusable {
	panes := []fyne.Focusable{o.table}
	for _, b := range []*kit.Button{o.room, o.codes, o.start, o.paper} {
		if b.Visible() {
			panes = append(panes, b)
		}
	}
	return append(panes, o.filter)
}
