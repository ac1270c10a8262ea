package device

import (
	"slices"
	"strconv"

	"countersign/app/ui/kit"
	"countersign/drivers"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// configTab lists the settings, with the selected one to edit beside them.
type configTab struct {
	s      *Screen
	page   fyne.CanvasObject
	table  *kit.Table[row]
	filter *kit.Filter
	staged *kit.Badge
	undo   *kit.Button
	redo   *kit.Button
	drop   *kit.Button
	send   *kit.Button
	fits   *kit.Select // templates for this device
	keep   *kit.Button // makes one of what is staged
	notice *strip
	panel  *settingPanel
}

func newConfigTab(s *Screen) *configTab {
	c := &configTab{s: s, staged: kit.NewBadge(kit.Staged), notice: newStrip()}
	c.table = kit.NewTable(kit.TableConfig[row]{
		Name: "device.tab.config", Empty: "device.config.empty", Fixed: true,
		Key: row.key, Heading: func(r row) bool { return r.heading != "" },
		Search:   func(r row) string { return r.setting.Group + "\n" + string(r.setting.ID) + "\n" + r.setting.Help },
		OnSelect: func(r row) { c.panel.show(r) },
		OnOpen:   func(r row) { c.panel.edit(r) },
		Columns: []kit.Column[row]{
			{ID: "setting", Label: "device.config.setting", Weight: 3.6, Text: settingText},
			{ID: "found", Label: "device.config.found", Weight: 3, State: foundState, Text: foundText},
			{ID: "staged", Label: "device.config.staged", Weight: 2.3, State: stagedState, Text: stagedText, Icon: lockIcon},
			{ID: "allowed", Label: "device.config.allowed", Weight: 2.2, Look: kit.Faint, Text: func(r row) string { return allowed(r.setting) }},
			{ID: "risk", Label: "device.config.risk", Weight: 1.7, State: rowRisk},
		}})
	c.filter = kit.NewFilter(kit.T("device.config.filter"), c.table.SetFilter)
	c.filter.OnLeave = c.table.Focus
	c.undo = kit.NewButton(kit.T("device.undo"), kit.IconBack, c.undoStep)
	c.redo = kit.NewButton(kit.T("device.redo"), kit.IconForward, c.redoStep)
	c.drop = kit.NewButton(kit.T("device.discard"), kit.IconCross, c.discard)
	c.send = kit.NewPrimary("", kit.IconArrow, s.openSheet)
	c.panel = newSettingPanel(c)
	c.fits = kit.NewSelect(kit.T("device.template"), nil, c.use)
	c.fits.PlaceHolder = kit.T("device.template.use")
	c.keep = kit.NewButton(kit.T("device.template.make"), kit.IconCopy, c.make)
	bar := kit.Room(container.NewBorder(nil, nil, nil, container.NewHBox(c.fits, c.keep, c.staged, c.undo, c.redo, c.drop, c.send), c.filter))
	c.notice.page = container.NewBorder(container.New(layout.NewCustomPaddedVBoxLayout(0), bar, c.notice.box), nil, nil, c.panel.box, c.table)
	c.page = c.notice.page
	return c
}

func settingText(r row) string {
	if r.heading != "" {
		return r.heading
	}
	return r.setting.Label
}

func lockIcon(r row) (kit.Icon, bool) { return kit.IconLock, r.locked != "" && r.staged == "" }

func foundState(r row) kit.State {
	switch {
	case r.heading != "":
		return ""
	case r.found == "":
		return kit.NotReadable
	case r.was != "":
		return kit.Caution
	}
	return ""
}

func foundText(r row) string {
	switch {
	case r.heading != "":
		return ""
	case r.found == "":
		return kit.NotReadable.Word()
	case r.was != "":
		return kit.T("device.config.was", kit.Data{"Now": r.found, "Was": r.was})
	}
	return r.found
}

func stagedState(r row) kit.State {
	switch {
	case r.staged == "":
		return ""
	case r.problem != "":
		return kit.Failed
	}
	return kit.Staged
}

func stagedText(r row) string {
	switch {
	case r.staged != "" && r.problem != "":
		return kit.T("device.config.conflict", kit.Data{"Value": r.staged})
	case r.staged == "" && r.locked != "":
		return kit.T("device.config.readonly")
	}
	return r.staged
}

func rowRisk(r row) kit.State {
	if r.heading != "" {
		return ""
	}
	return riskState(r.setting.Risk)
}

// turn starts anew for another device.
func (c *configTab) turn() {
	c.filter.SetText("")
	c.table.Select("")
	c.panel.clear()
}

func (c *configTab) render() {
	m := c.s.model
	c.table.SetRows(m.rows())
	d, n := m.draft(), len(m.changes())
	show(c.staged, len(d.wishes) > 0)
	c.staged.Set(kit.Staged, strconv.Itoa(len(d.wishes)))
	enable(c.undo, len(d.past) > 0)
	enable(c.redo, len(d.future) > 0)
	show(c.drop, len(d.wishes) > 0)
	c.send.SetText(kit.T("device.config.send.none"))
	if n > 0 {
		c.send.SetText(kit.N("device.config.send", n))
	}
	enable(c.send, n > 0 && m.blocked() == "")
	c.renderTemplates()
	_, read := m.snapshot()
	switch problem := m.blocked(); {
	case problem != "":
		c.notice.say(kit.Failed, problem, kit.T("device.config.blocked"))
	case read && !m.mayWrite():
		c.notice.say(kit.Note, kit.T("device.locked.unsigned"), kit.T("device.config.unsigned"))
	case read && m.device.Identity.Weak():
		c.notice.say(kit.Note, kit.T("device.weak"), kit.T("device.weak.more"))
	default:
		c.notice.quiet()
	}
	if selected, ok := m.rowOf(c.panel.id); ok {
		c.panel.show(selected)
	} else {
		c.panel.clear()
	}
}

// renderTemplates offers the templates that fit, and to make one.
func (c *configTab) renderTemplates() {
	m := c.s.model
	var names []string
	for _, t := range m.fitting() {
		names = append(names, t.Name)
	}
	_, read := m.snapshot()
	show(c.fits, len(names) > 0 && read) // its values are staged over what was read
	show(c.keep, c.s.deps.Keep != nil && len(m.changes()) > 0 && m.blocked() == "")
	if !slices.Equal(names, c.fits.Options) {
		c.fits.SetOptions(names)
	}
	if t, ok := m.template(); ok && len(m.changes()) > 0 {
		if c.fits.Selected != t.Name {
			c.fits.SetSelected(t.Name)
		}
	} else if c.fits.Selected != "" {
		c.fits.ClearSelected()
	}
}

// use stages the values of the chosen template.
func (c *configTab) use(string) {
	m := c.s.model
	fits := m.fitting()
	i := c.fits.SelectedIndex()
	if t, ok := m.template(); i < 0 || i >= len(fits) || ok && t.ID == fits[i].ID && len(m.changes()) > 0 {
		return
	}
	m.use(fits[i])
	c.panel.reset()
	c.s.view.render()
}

func (c *configTab) make() { c.s.deps.Keep(c.s.model.key, c.s.model.changes()) }

func (c *configTab) stage(id drivers.SettingID, v drivers.Value) {
	c.s.model.stage(id, v)
	c.s.view.render()
	c.table.Focus()
}

func (c *configTab) undoStep() { c.change((*draft).undo) }
func (c *configTab) redoStep() { c.change((*draft).redo) }
func (c *configTab) discard()  { c.change(func(d *draft) bool { d.discard(); return true }) }

// change changes what is staged otherwise than by editing: the editor then shows what is staged now.
func (c *configTab) change(do func(*draft) bool) {
	if c.s.model.phase() != identified || !do(c.s.model.draft()) {
		return
	}
	c.panel.reset()
	c.s.view.render()
}

// edit gives the keyboard to the editor of the selected setting, or of the first one.
func (c *configTab) edit() {
	r, ok := c.table.Selected()
	if !ok {
		if r, ok = c.table.First(); !ok {
			return
		}
		c.table.Select(r.key())
	}
	c.panel.edit(r)
}

func (c *configTab) panes() []fyne.Focusable {
	panes := []fyne.Focusable{c.table, c.filter}
	if e := c.panel.editor; e != nil {
		panes = append(panes, e.Focusable())
	}
	return panes
}

// leave turns from the editor back to the list and forgets what was typed.
func (c *configTab) leave() bool {
	if !c.panel.focused() {
		return false
	}
	c.panel.reset()
	c.s.view.render()
	c.table.Focus()
	return true
}

// side is a layout that gives its object so many letters of width.
type side float32

func (l side) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(l)*theme.Size(theme.SizeNameText), o[0].MinSize().Height)
}

func (side) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }
