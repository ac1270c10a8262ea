package changes

import (
	"cmp"
	"slices"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// queueView is the list of requests.
type queueView struct {
	s      *Screen
	shown  []entry
	chosen bool // a person chose the view
	tabs   *kit.Tabs
	open   *kit.Button
	filter *kit.Filter
	table  *kit.Table[entry]
	drawn  bool
	notice *kit.Notice
	root   fyne.CanvasObject
}

func newQueueView(s *Screen) *queueView {
	v := &queueView{s: s, notice: kit.NewNotice()}
	v.table = kit.NewTable(kit.TableConfig[entry]{
		Name: "changes.title", Empty: "changes.empty",
		Key:    func(e entry) string { return e.request.ID },
		OnOpen: func(e entry) { s.deps.Open(shell.Route{Screen: "changes", ID: e.request.ID}) },
		Columns: []kit.Column[entry]{
			{ID: "state", Label: "changes.column.state", Weight: 5, State: func(e entry) kit.State { return kit.State(e.request.State) },
				Compare: func(a, b entry) int { return order(a.request, b.request) }},
			{ID: "device", Label: "changes.column.device", Weight: 5, Look: kit.Strong, Text: func(e entry) string { return e.device }},
			{ID: "settings", Label: "changes.column.settings", Weight: 4, Text: func(e entry) string { return e.settings }},
			{ID: "proposer", Label: "changes.column.proposer", Weight: 3, Text: func(e entry) string { return e.request.Signer.Name }},
			{ID: "when", Label: "changes.column.when", Weight: 3, Look: kit.Faint, Text: func(e entry) string { return e.when },
				Compare: func(a, b entry) int { return cmp.Compare(b.request.Seq, a.request.Seq) }},
			{ID: "expiry", Label: "changes.column.expiry", Weight: 2, Text: func(e entry) string { return e.expiry }},
			{ID: "wants", Label: "changes.column.wants", Weight: 4, Text: func(e entry) string { return e.wants }},
			{ID: "outcome", Label: "changes.column.outcome", Weight: 3, State: func(e entry) kit.State { return e.outcome }},
		}})
	v.filter = kit.NewFilter(kit.T("changes.filter"), v.table.SetFilter)
	v.filter.OnLeave = v.table.Focus
	names := make([]string, len(views))
	v.tabs = kit.NewTabs(names, func(int) { v.chosen = true; v.render() })
	v.open = kit.NewButton(kit.T("changes.elsewhere"), kit.IconDevices, func() { s.deps.Open(shell.Route{Screen: "elsewhere"}) })
	row := container.NewBorder(nil, nil, v.tabs.Object(), kit.Middle(v.open), kit.Room(v.filter))
	v.root = kit.Frame(container.NewVBox(row, v.notice), v.table)
	return v
}

// enter shows the queue to somebody who has just come to it.
func (v *queueView) enter() {
	if !v.chosen {
		v.tabs.Select(tabOf(v.s.model.first()))
	}
	v.render()
}

// look turns to a view.
func (v *queueView) look(at view) {
	v.chosen = true
	v.tabs.Select(tabOf(at))
	v.render()
	v.table.Focus()
}

func (v *queueView) render() {
	m := v.s.model
	v.notice.SayFault(m.err)
	for i, at := range views {
		v.tabs.Rename(i, m.viewName(at))
	}
	show(v.open, v.s.deps.Station != nil)
	entries := m.entries(viewAt(v.tabs.Selected()))
	if slices.EqualFunc(entries, v.shown, entry.same) && v.drawn {
		return
	}
	v.shown, v.drawn = entries, true
	v.table.SetRows(entries)
}
