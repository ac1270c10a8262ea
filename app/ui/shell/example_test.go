package shell_test

import (
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
)

type port struct {
	name  string
	state kit.State
}

// ports is a whole screen: a filter above a table, which opens a page of its own for each row.
type ports struct {
	table  *kit.Table[port]
	filter *kit.Filter
	page   fyne.CanvasObject
}

func newPorts(open func(shell.Route)) *ports {
	p := &ports{}
	p.table = kit.NewTable(kit.TableConfig[port]{
		Name: "ports.title", Empty: "ports.empty",
		Key:    func(p port) string { return p.name },
		OnOpen: func(p port) { open(shell.Route{Screen: "port", ID: p.name}) },
		Columns: []kit.Column[port]{
			{ID: "name", Label: "ports.name", Weight: 3, Look: kit.Strong, Text: func(p port) string { return p.name }},
			{ID: "state", Label: "ports.state", Weight: 1, State: func(p port) kit.State { return p.state }},
		}})
	p.filter = kit.NewFilter(kit.T("ports.filter"), p.table.SetFilter)
	p.filter.OnLeave = p.table.Focus
	p.page = kit.Frame(kit.Room(p.filter), p.table)
	return p
}

func (p *ports) Title(string) string           { return kit.T("ports.title") }
func (p *ports) Show(string) fyne.CanvasObject { return p.page }
func (p *ports) Hide()                         {}
func (p *ports) FocusFilter()                  { kit.Focus(p.filter) }
func (p *ports) Panes() []fyne.Focusable       { return []fyne.Focusable{p.table, p.filter} }

func Example() {
	var screen shell.Screen = newPorts(func(shell.Route) {})
	_, filters := screen.(shell.Filterer)
	_, panes := screen.(shell.Paned)
	if filters && panes {
		screen.(*ports).table.SetRows([]port{{"/dev/ttyUSB0", kit.Ready}})
	}
	// Output:
}
