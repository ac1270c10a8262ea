package device

import (
	"slices"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// settingPanel is the selected setting: what it is, what it holds, and its editor.
type settingPanel struct {
	tab     *configTab
	box     fyne.CanvasObject
	id      drivers.SettingID // "" for none
	at      time.Time         // of the reading that is shown
	kind    string            // tells whether the editor fits what is shown
	editor  *kit.Editor       // nil for a setting that cannot be changed here
	invite  *widget.Label
	body    *fyne.Container
	label   *widget.Label
	risk    *kit.Badge
	help    *widget.Label
	pairs   *kit.Pairs
	locked  *kit.Notice
	room    *fyne.Container // of the editor
	problem *kit.Notice
	stage   *kit.Button
	leave   *kit.Button
	buttons *fyne.Container
	source  *widget.Label
}

func newSettingPanel(tab *configTab) *settingPanel {
	p := &settingPanel{tab: tab, invite: kit.Muted(kit.T("device.setting.none")), label: kit.Heading(""), risk: kit.NewBadge(kit.Cosmetic),
		help: kit.Body(""), pairs: kit.NewPairs(), locked: kit.NewNotice(), room: container.NewStack(), problem: kit.NewNotice(), source: kit.Muted("")}
	p.label.Wrapping = fyne.TextWrapWord
	p.stage = kit.NewPrimary(kit.T("device.setting.stage"), kit.IconDot, p.submit)
	p.leave = kit.NewButton(kit.T("device.setting.leave"), kit.IconCross, p.drop)
	p.buttons = container.NewHBox(p.stage, p.leave)
	p.body = container.NewVBox(kit.Tight(p.label, container.NewHBox(p.risk), p.help, p.pairs), p.locked, p.room, p.problem, p.buttons, p.source)
	p.body.Hide()
	scroll := container.NewVScroll(kit.Room(container.NewStack(container.NewVBox(p.invite), p.body)))
	p.box = container.New(side(24), container.NewBorder(nil, nil, widget.NewSeparator(), nil, scroll))
	return p
}

func (p *settingPanel) clear() {
	p.id, p.kind, p.editor = "", "", nil
	p.room.RemoveAll()
	show(p.body, false)
	show(p.invite, true)
}

// show shows a setting. What is being typed stays while it is the same setting.
func (p *settingPanel) show(r row) {
	if r.heading != "" {
		return
	}
	m := p.tab.s.model
	show(p.invite, false)
	show(p.body, true)
	if kind := string(r.setting.ID) + " " + r.setting.Unit + " " + r.setting.Kind.String() + " " + r.locked; kind != p.kind {
		p.id, p.kind = r.setting.ID, kind
		p.build(r)
	}
	if p.label.Text != r.setting.Label || p.help.Text != r.setting.Help {
		p.label.SetText(r.setting.Label)
		p.help.SetText(r.setting.Help)
	}
	show(p.help, r.locked != "" || r.setting.Help != kit.Hint(r.setting)) // an editor may say the same
	p.risk.Set(riskState(r.setting.Risk), "")
	p.source.SetText(sourceText(r.setting))
	reading, _ := m.snapshot()
	if at := reading.Snapshot.At; at != p.at {
		p.at = at // a request is made from a new reading: what was asked for does not stay here for the second person to see
		if !p.focused() {
			p.reset()
		}
	}
	p.pairs.Set(p.facts(r, reading.Snapshot.At)...)
	enable(p.leave, r.staged != "")
	if r.problem != "" {
		p.problem.Say(kit.Failed, r.problem, "")
	} else if p.editor == nil || !p.focused() {
		p.problem.Clear()
	}
}

func (p *settingPanel) facts(r row, at time.Time) []kit.Pair {
	all := []kit.Pair{{Key: "device.config.found", Value: r.found}, {Key: "device.setting.read", Value: kit.Moment(at)}}
	if r.was != "" {
		all = slices.Insert(all, 1, kit.Pair{Key: "device.setting.before", Value: r.was})
	}
	if r.locked == "" {
		staged := r.staged
		if staged == "" {
			staged = kit.T("device.setting.nothing")
		}
		all = append(all, kit.Pair{Key: "device.config.staged", Value: staged})
	}
	if text := allowed(r.setting); text != "" && r.locked != "" { // else the editor says it
		all = append(all, kit.Pair{Key: "device.config.allowed", Value: text})
	}
	return all
}

func sourceText(s drivers.Setting) string {
	text := ""
	if s.Source != "" {
		text = kit.T("device.setting.source", kit.Data{"Source": s.Source})
	}
	if s.NeedsRestart {
		text = kit.T("device.setting.restart") + "\n" + text
	}
	if s.ReadEffect != "" {
		text = kit.T("device.setting.effect", kit.Data{"Effect": s.ReadEffect}) + "\n" + text
	}
	return text
}

// build makes the editor of a setting, or says why there is none.
func (p *settingPanel) build(r row) {
	p.editor = nil
	p.room.RemoveAll()
	p.locked.Clear()
	p.problem.Clear()
	show(p.buttons, r.locked == "")
	if r.locked != "" {
		p.locked.Say(kit.Note, kit.T("device.setting.locked"), r.locked)
		return
	}
	p.editor = kit.NewEditor(r.setting)
	p.editor.OnSubmit = func(v drivers.Value) { p.tab.stage(p.id, v) }
	p.room.Add(p.editor)
	p.fill()
	p.editor.OnChange = p.typed // after fill: showing a value is not typing it
}

// fill puts what is staged, or else what the device has, into the editor.
func (p *settingPanel) fill() {
	m := p.tab.s.model
	found, _ := m.found(p.id)
	value := found.Value
	if w, ok := m.draft().wishes[p.id]; ok {
		value = w.value
	}
	p.editor.Set(value)
}

// reset forgets what is being typed.
func (p *settingPanel) reset() {
	if p.editor != nil {
		p.fill()
	}
}

// typed says at once what a value would break.
func (p *settingPanel) typed(v drivers.Value, err error) {
	enable(p.stage, err == nil)
	problem := ""
	if r, ok := p.tab.s.model.rowOf(p.id); ok && err == nil {
		problem = p.tab.s.model.preview(r.setting, v)
	}
	if problem == "" {
		p.problem.Clear()
		return
	}
	p.problem.Say(kit.Failed, problem, "")
}

func (p *settingPanel) submit() {
	if p.editor == nil {
		return
	}
	if v, err := p.editor.Value(); err == nil {
		p.tab.stage(p.id, v)
	}
}

func (p *settingPanel) drop() {
	p.tab.s.model.draft().drop(p.id)
	p.reset()
	p.tab.s.view.render()
	p.tab.table.Focus()
}

// edit gives the keyboard to the editor of a setting.
func (p *settingPanel) edit(r row) {
	p.show(r)
	if p.editor != nil {
		p.editor.Focus()
	}
}

// focused says whether the keyboard is in the panel.
func (p *settingPanel) focused() bool {
	if p.editor == nil {
		return false
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(p.box)
	if c == nil || c.Focused() == nil {
		return false
	}
	return slices.Contains([]fyne.Focusable{p.editor.Focusable(), p.stage, p.leave}, c.Focused())
}
