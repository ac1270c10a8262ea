package emergency

import (
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// holdFor is how long the button is held: long enough not to happen by mistake, and no longer.
const holdFor = time.Second

// view is the page of one device. It is built once; render shows the model.
type view struct {
	s       *Screen
	root    fyne.CanvasObject
	body    *fyne.Container
	bottom  *fyne.Container
	header  *kit.IdentityHeader
	phase   phase
	failed  *run  // the act whose failure the keyboard has followed
	given   phase // the phase in which the keyboard was given a place
	calm    bool  // the page is being put into the window, which gives the keyboard a place by itself
	shape   [16]bool
	high    float32
	receipt *receiptView
	outcome *kit.Notice
	problem *kit.Notice
	other   *kit.Notice // an emergency is open on another device, or on this one
	inUse   *kit.Notice
	sheet   *linesView
	heading *widget.Label
	nothing *widget.Label
	said    map[*kit.Notice]said

	tilesBox *fyne.Container
	tiles    *kit.Tiles
	*whoForm

	lacks *widget.Label
	back  *kit.Button
	hold  *kit.Hold
	write *kit.Button
	again *kit.Button
	done  *kit.Button
}

func newView(s *Screen) *view {
	v := &view{s: s, header: kit.NewIdentityHeader(kit.Identity{}), receipt: newReceiptView(), outcome: kit.NewNotice(), problem: kit.NewNotice(),
		other: kit.NewNotice(), inUse: kit.NewNotice(), sheet: newLinesView(), heading: kit.Heading(""), nothing: kit.Body(kit.T("emergency.nothing")),
		said: map[*kit.Notice]said{}, lacks: kit.Muted("")}
	v.tiles = kit.NewTiles(v.chose, kit.Tile{ID: PatientAtRisk, Icon: kit.IconPerson, Words: kit.T("emergency.category.patient-at-risk")},
		kit.Tile{ID: DeviceUnusable, Icon: kit.IconDevices, Words: kit.T("emergency.category.device-unusable")},
		kit.Tile{ID: Infrastructure, Icon: kit.IconNetwork, Words: kit.T("emergency.category.infrastructure-failure")},
		kit.Tile{ID: Other, Icon: kit.IconQuestion, Words: kit.T("emergency.category.other")})
	v.tilesBox = kit.Tight(kit.Heading(kit.T("emergency.category")), kit.Muted(kit.T("emergency.category.hint")), v.tiles)
	v.whoForm = newWhoForm(v)
	v.back = kit.NewButton(kit.T("emergency.back"), kit.IconBack, func() { s.deps.Back(s.model.key) })
	v.hold = kit.NewHold(s.runner, holdFor, "", kit.IconEmergency, s.arm)
	v.hold.OnLetGo = s.render
	v.write = kit.NewPrimary("", kit.IconArrow, s.write)
	v.again = kit.NewButton("", kit.IconRefresh, s.again)
	v.done = kit.NewButton("", kit.IconDevices, s.dismiss)
	v.body = container.NewVBox(v.receipt.large, v.other, v.outcome, v.heading, v.nothing, v.sheet.box, v.inUse, v.tilesBox, v.whoForm.box,
		v.whoForm.label, v.receipt.small)
	v.bottom = container.NewBorder(nil, nil, container.NewHBox(kit.Middle(v.back)), container.NewHBox(layout.NewSpacer(), v.done, v.again, v.write), v.hold)
	foot := kit.Bar(kit.Room(container.NewVBox(v.problem, kit.Tight(v.lacks, v.bottom)))) // what went wrong is never scrolled away
	page := container.NewBorder(nil, container.New(layout.NewCustomPaddedVBoxLayout(0), widget.NewSeparator(), foot), nil, nil,
		container.NewVScroll(kit.Room(v.body)))
	v.root = container.NewBorder(v.header, nil, nil, nil, page)
	return v
}

// chose takes the reason and gives the keyboard to what is missing next, which mostly is nothing but the hold.
func (v *view) chose(id string) {
	v.s.model.category = id
	v.s.render()
	v.advance()
}

// forget empties everything that was chosen and typed.
func (v *view) forget() {
	v.tiles.Set("")
	v.whoForm.forget()
}

func (v *view) render() {
	m := v.s.model
	p := m.phase()
	v.header.Set(m.header())
	if !v.hold.Down() {
		v.hold.SetText(m.holdText())
	}
	if lines := m.lines(); v.sheet.set(lines) {
		v.hold.Release() // whoever holds it held it for something else
	}
	v.renderNotices(p)
	v.renderSheet(p)
	show(v.tilesBox, p == arming)
	if v.tiles.Chosen() != m.category {
		v.tiles.Set(m.category)
	}
	v.whoForm.render(p)
	v.receipt.render(m.receipt())
	v.renderFoot(p)
	v.settle(p)
}

// settle lays the page out again where parts came or went, and gives the keyboard a place where the page has become
// another one.
func (v *view) settle(p phase) {
	shape := [16]bool{}
	for i, o := range append(append([]fyne.CanvasObject{}, v.body.Objects...), v.problem, v.lacks, v.hold) {
		shape[i] = o.Visible()
	}
	if high := v.body.MinSize().Height; shape != v.shape || high != v.high { // a text that wraps counts as much as a part that comes
		v.shape, v.high = shape, high
		v.body.Refresh()
		v.root.Refresh()
	}
	v.phase = p
	if v.hold.Down() {
		return
	}
	if r := v.s.model.runs[v.s.model.key]; p == arming && r != nil && r.err != nil && r != v.failed {
		v.failed, v.given = r, p
		if v.s.model.signer == "" {
			kit.Focus(v.secret) // it is what mostly was wrong
		}
		return
	}
	if p == v.given {
		return
	}
	v.given = p
	if panes := v.panes(); len(panes) > 0 && !v.calm && v.s.stop != nil {
		kit.Focus(panes[0])
	}
}

func (v *view) renderSheet(p phase) {
	m := v.s.model
	title := kit.T("emergency.sheet", kit.Data{"Device": m.named()})
	switch p {
	case running:
		title = kit.T("emergency.sheet", kit.Data{"Device": m.runs[m.key].device})
	case told:
		title = kit.T("emergency.sheet.sent", kit.Data{"Device": m.runs[m.key].device})
	}
	setLabel(v.heading, title)
	some := len(v.sheet.shown) > 0
	show(v.heading, some)
	show(v.sheet.box, some)
	show(v.nothing, !some && (p == arming || p == within))
	if p == within {
		setLabel(v.nothing, kit.T("emergency.nothing.within"))
	} else {
		setLabel(v.nothing, kit.T("emergency.nothing"))
	}
}

// said is what a notice says: a state, a sentence, and what there is to add. The zero said is nothing.
type said struct {
	state      kit.State
	what, more string
}

// renderNotices says what stands in the way, what is under way, and what came of it.
func (v *view) renderNotices(p phase) {
	m := v.s.model
	var other, inUse, problem said
	left := kit.Data{"Left": shell.Countdown(m.session.Left), "Device": m.session.Device}
	switch {
	case p == arming && m.elsewhere():
		other = said{kit.Caution, kit.T("emergency.elsewhere", left), kit.T("emergency.elsewhere.more")}
	case p == within:
		other = said{kit.Emergency, kit.T("emergency.within", left), m.tierText()}
	}
	if m.inUse && (p == arming || p == within) {
		inUse = said{kit.Caution, kit.T("emergency.in_use"), kit.T("emergency.in_use.more")}
	}
	if fault := m.problem(); fault != nil {
		what, why, next := kit.FaultText(fault)
		problem = said{kit.Failed, what, why + " " + next}
	}
	v.say(v.other, other)
	v.say(v.inUse, inUse)
	v.say(v.outcome, m.outcome())
	v.say(v.problem, problem)
}

// say does nothing where nothing changes: it is called several times a second.
func (v *view) say(n *kit.Notice, s said) {
	if v.said[n] == s {
		return
	}
	v.said[n] = s
	if s.what == "" {
		n.Clear()
		return
	}
	n.Say(s.state, s.what, s.more)
}

// renderFoot shows the buttons that the page has now.
func (v *view) renderFoot(p phase) {
	m := v.s.model
	lacks := ""
	if p == arming {
		lacks = m.lacks()
	}
	setLabel(v.lacks, lacks)
	show(v.lacks, lacks != "")
	show(v.hold, p == arming || v.hold.Down())
	v.hold.SetEnabled(p == arming && lacks == "")
	show(v.back, p == arming || p == within || p == missing)
	show(v.write, p == within && len(m.staged) > 0)
	setButton(v.write, m.writeText(m.staged, m.named()))
	unsent := m.unsent()
	show(v.again, p == told && m.here() && len(unsent) > 0)
	setButton(v.again, kit.T("emergency.again", kit.Data{"What": m.writeText(unsent, m.named())}))
	show(v.done, p == told)
	word := kit.T("emergency.done")
	if r := m.runs[m.key]; r != nil && r.result.Lost {
		word = kit.T("emergency.noted")
	}
	setButton(v.done, word)
}

// panes are what takes the keyboard in turn; the first has it when the page is shown.
func (v *view) panes() []fyne.Focusable {
	switch v.phase {
	case arming:
		return append(append([]fyne.Focusable{v.tiles.Focusable()}, v.whoForm.panes()...), v.hold, v.back)
	case within:
		return []fyne.Focusable{v.back, v.write}
	case told:
		return []fyne.Focusable{v.done, v.again}
	case missing:
		return []fyne.Focusable{v.back}
	}
	return nil
}

// advance gives the keyboard to what is missing next, and to the button that is held where nothing is.
func (v *view) advance() {
	if next := v.whoForm.missing(); next != nil {
		kit.Focus(next)
		return
	}
	kit.Focus(v.hold)
}

// show, setLabel and setButton do nothing where nothing changes.
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

func setLabel(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}

func setButton(b *kit.Button, text string) {
	if b.Text != text {
		b.SetText(text)
	}
}
