package emergency

import (
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/inventory"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// pickView chooses the device.
type pickView struct {
	s       *Screen
	root    fyne.CanvasObject
	serial  *kit.Entry
	problem *kit.Notice
	table   *kit.Table[inventory.Device]
}

func newPickView(s *Screen) *pickView {
	v := &pickView{s: s, serial: kit.NewEntry(kit.T("emergency.find")), problem: kit.NewNotice()}
	v.serial.OnSubmitted = v.find
	v.serial.OnChanged = func(string) { v.problem.Clear() }
	v.table = kit.NewTable(kit.TableConfig[inventory.Device]{
		Name: "emergency.devices", Empty: "emergency.devices.none", Fixed: true, Key: inventory.Device.Key,
		OnOpen: func(d inventory.Device) { v.open(d.Key()) },
		Columns: []kit.Column[inventory.Device]{
			{ID: "serial", Label: "emergency.column.serial", Weight: 2, Look: kit.Strong, Text: func(d inventory.Device) string { return d.Identity.Serial }},
			{ID: "model", Label: "emergency.column.model", Weight: 3, Text: func(d inventory.Device) string { return d.Identity.Manufacturer + " " + d.Identity.Model }},
			{ID: "at", Label: "emergency.column.at", Weight: 3, Look: kit.Faint, Text: func(d inventory.Device) string { return kit.Transport(d.Endpoint) }},
			{ID: "state", Label: "emergency.column.state", Weight: 2, State: func(d inventory.Device) kit.State { return kit.State(d.State) }},
		}})
	top := kit.Room(container.NewVBox(kit.Tight(kit.Heading(kit.T("emergency.find.title")), kit.Muted(kit.T("emergency.find.hint"))),
		kit.Narrow(60, kit.Row(kit.T("emergency.find"), v.serial)), v.problem))
	v.root = container.NewBorder(top, nil, nil, nil, v.table)
	return v
}

func (v *pickView) enter() {
	v.serial.SetText("")
	v.problem.Clear()
}

func (v *pickView) find(text string) {
	key, problem := v.s.model.find(text)
	if problem != "" {
		v.problem.Say(kit.Caution, problem, "")
		v.root.Refresh()
		return
	}
	v.open(key)
}

func (v *pickView) open(key string) { v.s.deps.Open(shell.Route{Screen: ScreenName, ID: key}) }

func (v *pickView) render() { v.table.SetRows(v.s.model.identified()) }

func (v *pickView) panes() []fyne.Focusable { return []fyne.Focusable{v.serial, v.table} }
