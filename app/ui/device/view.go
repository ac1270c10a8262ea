package device

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The tabs.
const (
	tabOverview = iota
	tabInterfaces
	tabConfig
)

// view is the widgets. They are built once; render shows the model.
type view struct {
	s      *Screen
	root   fyne.CanvasObject
	header *kit.IdentityHeader

	missing, unasked, known, review fyne.CanvasObject // one of them is visible

	lost     *strip
	back     *kit.Button
	stranger *stranger
	tabs     *kit.Tabs
	parts    [3]fyne.CanvasObject // by tab
	notice   *strip
	age      *widget.Label
	readNow  *kit.Button
	free     *kit.Button
	again    *kit.Button
	overview *overviewTab
	ways     *waysTab
	config   *configTab
	sheet    *sheetView
}

func newView(s *Screen) *view {
	v := &view{s: s, header: kit.NewIdentityHeader(kit.Identity{}), lost: newStrip(), stranger: newStranger(s)}
	v.overview, v.ways, v.config, v.sheet = newOverviewTab(), newWaysTab(), newConfigTab(s), newSheetView(s)
	v.back = kit.NewButton(kit.T("device.back"), kit.IconBack, func() { s.deps.Open(shell.Route{Screen: "devices"}) })
	v.lost.page = container.NewVBox(v.lost.box)
	v.missing = kit.Page(nil, v.lost.page, v.back)
	v.unasked, v.review = v.stranger.page, v.sheet.page
	v.known = v.newKnown()
	pages := container.NewStack(v.missing, v.unasked, v.known, v.review)
	v.root = container.New(pinned{}, v.header, pages)
	return v
}

// newKnown is the page of a device that said who it is.
func (v *view) newKnown() fyne.CanvasObject {
	s := v.s
	v.tabs = kit.NewTabs([]string{kit.T("device.tab.overview"), kit.T("device.tab.interfaces"), kit.T("device.tab.config")}, func(int) { v.turned() })
	v.age = kit.Muted("")
	v.age.Wrapping = fyne.TextWrapOff
	v.readNow = kit.NewButton(kit.T("device.read"), kit.IconRefresh, s.read)
	v.free = kit.NewButton(kit.T("device.release"), kit.IconDash, s.release)
	v.again = kit.NewPrimary(kit.T("device.identify.again"), kit.IconPlay, func() { s.deps.Identify(s.model.key) })
	v.notice = newStrip()
	acts := container.NewPadded(container.NewHBox(kit.Middle(v.age), v.readNow, v.free, v.again))
	bar := container.NewBorder(nil, nil, v.tabs.Object(), acts)
	top := container.New(layout.NewCustomPaddedVBoxLayout(0), bar, widget.NewSeparator(), v.notice.box)
	v.parts = [3]fyne.CanvasObject{v.overview.page, v.ways.page, v.config.page}
	v.notice.page = container.NewBorder(top, nil, nil, nil, container.NewStack(v.parts[:]...))
	return v.notice.page
}

// turn starts anew for another device.
func (v *view) turn() {
	v.tabs.Select(tabOverview)
	v.config.turn()
}

// render shows everything.
func (v *view) render() {
	m := v.s.model
	v.sheet.render()
	if m.phase() == identified && m.sheet == nil {
		v.ways.render(m)
		v.config.render()
	}
	v.renderLive()
}

// renderLive shows what changes by itself.
func (v *view) renderLive() {
	m, now := v.s.model, v.s.deps.Now()
	v.renderAges()
	phase := m.phase()
	show(v.missing, phase == missing)
	show(v.unasked, phase == unasked)
	show(v.known, phase == identified && m.sheet == nil)
	show(v.review, phase == identified && m.sheet != nil)
	switch {
	case phase == missing:
		v.lost.fault(m.err)
	case phase == unasked:
		v.stranger.render(m, now)
	case m.sheet == nil:
		v.renderKnown()
		v.overview.render(m, now)
	}
}

// renderKnown shows what all tabs share.
func (v *view) renderKnown() {
	m := v.s.model
	name := kit.T("device.tab.config")
	if n := len(m.draft().wishes); n > 0 {
		name = kit.N("device.tab.staged", n)
	}
	v.tabs.Rename(tabConfig, name)
	for i, part := range v.parts {
		show(part, i == v.tabs.Selected())
	}
	show(v.readNow, m.connected())
	show(v.free, m.connected())
	show(v.again, !m.connected())
	enable(v.readNow, m.readable())
	enable(v.again, m.state() != kit.Connecting)
	switch err := m.trouble(); {
	case m.returned():
		v.notice.say(kit.Note, kit.T("device.returned"), kit.T("device.over.more"))
	case err != nil && !m.connected():
		what, why, _ := kit.FaultText(err)
		v.notice.say(kit.Failed, what, why+" "+kit.T("device.over.more"))
	case err != nil && m.device.Read != nil:
		what, why, next := kit.FaultText(err)
		v.notice.say(kit.Failed, what, why+" "+next+" "+kit.T("device.old"))
	case err != nil:
		v.notice.fault(err)
	case !m.connected():
		v.notice.say(kit.Offline, kit.T("device.over"), kit.T("device.over.more"))
	default:
		v.notice.quiet()
	}
}

// renderAges shows how old things are.
func (v *view) renderAges() {
	now := v.s.deps.Now()
	v.header.Set(v.s.model.header(now))
	if text := v.s.model.readAge(now); text != v.age.Text {
		v.age.SetText(text)
	}
}

// panes are what takes the keyboard in turn; the first has it when the page is shown.
func (v *view) panes() []fyne.Focusable {
	m := v.s.model
	switch {
	case m.phase() == unasked:
		return []fyne.Focusable{v.stranger.identify}
	case m.phase() == missing:
		return []fyne.Focusable{v.back}
	case m.sheet != nil:
		return v.sheet.panes()
	case v.tabs.Selected() == tabConfig:
		return append(v.config.panes(), v.tabs.Focusable())
	case v.tabs.Selected() == tabInterfaces:
		return []fyne.Focusable{v.ways.table, v.tabs.Focusable()}
	case !m.connected():
		return []fyne.Focusable{v.again, v.tabs.Focusable()}
	}
	return []fyne.Focusable{v.tabs.Focusable(), v.readNow}
}

// tab shows a tab and gives it the keyboard.
func (v *view) tab(i int) {
	v.tabs.Select(i)
	v.turned()
}

func (v *view) turned() {
	v.render()
	if v.tabs.Selected() == tabConfig {
		v.config.table.Focus() // it selects a row, too
		return
	}
	if panes := v.panes(); len(panes) > 0 {
		kit.Focus(panes[0])
	}
}

func (v *view) openSheet() {
	v.sheet.open()
	v.render()
	kit.Focus(v.sheet.reason)
}

// leave closes what is open and says whether anything was.
func (v *view) leave() bool {
	m := v.s.model
	if m.phase() != identified {
		return false
	}
	if m.closeSheet() {
		v.tab(tabConfig)
		return true
	}
	return v.tabs.Selected() == tabConfig && v.config.leave()
}

// enable and show do nothing where nothing changes: they are called several times a second.
func enable(b *kit.Button, on bool) {
	if on == b.Disabled() {
		b.SetEnabled(on)
	}
}

func show(o fyne.CanvasObject, on bool) {
	if on == o.Visible() {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// strip is a notice across a page, which takes no room while it says nothing.
type strip struct {
	*kit.Notice
	box  fyne.CanvasObject
	page *fyne.Container // laid out again when the notice comes or goes
	said [3]string
}

func newStrip() *strip {
	n := kit.NewNotice()
	return &strip{Notice: n, box: container.New(tuck{}, n)}
}

func (s *strip) say(state kit.State, sentence, more string) {
	said := [3]string{string(state), sentence, more}
	if said == s.said {
		return
	}
	s.said = said
	if sentence == "" {
		s.Clear()
	} else {
		s.Say(state, sentence, more)
	}
	s.page.Refresh()
}

func (s *strip) fault(err error) {
	what, why, next := kit.FaultText(err)
	s.say(kit.Failed, what, why+" "+next)
}

func (s *strip) quiet() { s.say("", "", "") }

type tuck struct{}

func (tuck) MinSize(o []fyne.CanvasObject) fyne.Size {
	if !o[0].Visible() {
		return fyne.Size{}
	}
	return o[0].MinSize().Add(fyne.NewSquareSize(2 * theme.Size(theme.SizeNameInnerPadding)))
}

func (tuck) Layout(o []fyne.CanvasObject, size fyne.Size) {
	pad := theme.Size(theme.SizeNameInnerPadding)
	o[0].Move(fyne.NewPos(pad, pad))
	o[0].Resize(size.Subtract(fyne.NewSquareSize(2 * pad)))
}

// pinned keeps the header above everything else.
type pinned struct{}

func (pinned) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}

func (pinned) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(size.Width, top))
	o[1].Move(fyne.NewPos(0, top))
	o[1].Resize(fyne.NewSize(size.Width, size.Height-top))
}

// waysTab lists the ways into the device.
type waysTab struct {
	page  fyne.CanvasObject
	table *kit.Table[drivers.Interface]
	full  *widget.Label
}

func newWaysTab() *waysTab {
	w := &waysTab{full: kit.Muted("")}
	w.full.Hide()
	plain := func(get func(drivers.Interface) string) func(drivers.Interface) string {
		return func(i drivers.Interface) string { return orUnknown(get(i)) }
	}
	w.table = kit.NewTable(kit.TableConfig[drivers.Interface]{
		Name: "device.tab.interfaces", Empty: "device.interfaces.empty",
		Key: func(i drivers.Interface) string { return i.Kind + "\n" + i.Address + "\n" + i.Protocol },
		OnSelect: func(i drivers.Interface) {
			w.full.SetText(wayText(i))
			show(w.full, true)
		},
		Columns: []kit.Column[drivers.Interface]{
			{ID: "kind", Label: "device.interface.kind", Weight: 1.2, Look: kit.Strong, Text: func(i drivers.Interface) string { return i.Kind }},
			{ID: "address", Label: "device.interface.address", Weight: 1.5, Text: plain(func(i drivers.Interface) string { return i.Address })},
			{ID: "protocol", Label: "device.interface.protocol", Weight: 2.5, Text: plain(func(i drivers.Interface) string { return i.Protocol })},
			{ID: "direction", Label: "device.interface.direction", Weight: 2, Text: plain(func(i drivers.Interface) string { return direction(i.Direction) })},
			{ID: "authentication", Label: "device.interface.authentication", Weight: 1.6,
				State: func(i drivers.Interface) kit.State { s, _ := finding(i.Authentication); return s },
				Text:  func(i drivers.Interface) string { _, t := finding(i.Authentication); return t }},
			{ID: "encryption", Label: "device.interface.encryption", Weight: 1.5,
				State: func(i drivers.Interface) kit.State { s, _ := finding(i.Encryption); return s },
				Text:  func(i drivers.Interface) string { _, t := finding(i.Encryption); return t }},
			{ID: "state", Label: "device.interface.state", Weight: 1.1, Text: func(i drivers.Interface) string { return kit.T("device.interface.state." + i.State.String()) }},
			{ID: "evidence", Label: "device.interface.evidence", Weight: 2.1, Look: kit.Faint, Text: plain(func(i drivers.Interface) string { return i.Evidence })},
		}})
	w.page = container.NewBorder(nil, kit.Bar(kit.Room(kit.Tight(w.full, kit.Muted(kit.T("device.interfaces.note"))))), nil, nil, w.table)
	return w
}

func (w *waysTab) render(m *model) { w.table.SetRows(m.device.Interfaces) }

// direction words what can be done on an interface.
func direction(text string) string {
	key := "device.direction." + strings.ReplaceAll(text, " ", "_")
	if word := kit.T(key); word != key {
		return word
	}
	return text
}

// wayText spells a row out, for a table cuts long texts off.
func wayText(i drivers.Interface) string {
	_, authentication := finding(i.Authentication)
	_, encryption := finding(i.Encryption)
	return kit.T("device.interface.full", kit.Data{"Kind": i.Kind, "Address": orUnknown(i.Address), "Protocol": orUnknown(i.Protocol),
		"Authentication": authentication, "Encryption": encryption, "Evidence": orUnknown(i.Evidence)})
}
