package changes

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// pageView is the page of one request.
type pageView struct {
	s      *Screen
	header *kit.IdentityHeader
	way    *wayView
	notice *kit.Notice // what just happened
	story  *kit.Notice // where the request stands
	lines  *linesView
	rows   fyne.CanvasObject // around lines
	sheet  *kit.Notice       // what a write or a withdrawal means
	facts  *kit.Pairs
	names  *nameForm
	form   *entryForm
	note   *statementView
	bar    *fyne.Container
	safe   fyne.Focusable // the button of the bar that has no effect
	barKey string
	stage  stage // that was rendered last
	told   notice
	scroll *container.Scroll
	root   fyne.CanvasObject
}

func newPageView(s *Screen) *pageView {
	v := &pageView{s: s, header: kit.NewIdentityHeader(kit.Identity{State: kit.Offline}), way: newWayView(), notice: kit.NewNotice(), story: kit.NewNotice(),
		lines: newLinesView(), sheet: kit.NewNotice(), facts: kit.NewPairs(), note: newStatementView(), bar: container.NewHBox()}
	v.names = newNameForm(v.submitName)
	v.form = newEntryForm(v.submitEntries)
	v.rows = kit.Panel(v.lines.box)
	top := container.New(layout.NewCustomPaddedVBoxLayout(0), v.header, kit.Room(v.way.box), widget.NewSeparator())
	body := container.NewVBox(v.notice, v.story, v.sheet, v.rows, v.names.box, v.form.box, v.note.box, v.facts)
	v.scroll = container.NewVScroll(kit.Room(body))
	v.root = kit.Frame(top, v.scroll, v.bar)
	return v
}

// reset forgets what was typed and shown for one person's eyes.
func (v *pageView) reset() {
	v.names.begin(approve, nil, "")
	v.form.forget()
	v.note.set("", nil)
	v.scroll.ScrollToTop()
}

func (v *pageView) render() {
	m := v.s.model
	r, ok := m.request()
	if m.id == "" {
		return
	}
	if !ok {
		v.missing()
		return
	}
	v.renderHead(r)
	v.renderNotice(r)
	reading := m.flow.act == approve && (m.flow.stage == reading || m.flow.stage == signing)
	if reading {
		agreed := m.flow.agreed
		v.note.set(agreed.Text(), m.meaning(agreed.Text(), agreed.Request()))
	} else {
		v.note.set("", nil)
	}
	entering := m.flow.stage == entering || m.flow.stage == comparing
	v.lines.set(m.lines(r))
	show(v.note.box, reading)
	show(v.form.box, entering)
	show(v.names.box, v.namingShown())
	show(v.rows, !reading && !entering)
	show(v.story, m.flow.stage == resting && !m.writing(r.ID))
	show(v.facts, !reading)
	v.renderSheet(r)
	v.renderFacts(r)
	v.renderBar(r)
	if v.stage != resting && m.flow.stage == resting {
		v.form.forget()
		v.names.take()
		v.focusSafe(v.s.shown)
	}
	v.stage = m.flow.stage
	v.scroll.Refresh()
}

// namingShown says whether the form for the second person's name belongs on the page.
func (v *pageView) namingShown() bool {
	f := v.s.model.flow
	return f.stage == naming || f.stage == proving || f.act == refuse && f.stage == signing
}

func show(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}

// missing is the page of a request that is not there, or not there yet.
func (v *pageView) missing() {
	for _, o := range []fyne.CanvasObject{v.note.box, v.form.box, v.names.box, v.rows, v.sheet, v.facts, v.notice} {
		o.Hide()
	}
	v.header.Set(kit.Identity{Model: kit.T("changes.title"), Serial: "–", State: kit.Offline})
	switch m := v.s.model; {
	case m.err != nil:
		v.story.SayFault(m.err)
	case m.loaded:
		v.story.Say(kit.Caution, kit.T("changes.missing"), kit.T("changes.missing.next"))
	default:
		v.story.Say(kit.Note, kit.T("changes.loading"), "")
	}
	v.setBar("missing", v.toQueue())
}

func (v *pageView) renderHead(r change.Request) {
	m := v.s.model
	id := kit.Identity{Model: r.Device.Manufacturer + " " + r.Device.Model, Serial: r.Device.Serial, State: kit.Offline, Note: kit.T("changes.not_connected")}
	if d, ok := m.connected(r); ok {
		id.State, id.Note, id.Transport = kit.State(d.State), "", kit.Transport(d.Endpoint)
	}
	v.header.Set(id)
	v.way.set(m.phases(r))
}

func (v *pageView) renderNotice(r change.Request) {
	m := v.s.model
	told := m.notice
	if told.what == "" && told.err == nil && m.flow.stage == resting {
		told.err = m.attempt(r)
	}
	if told != v.told {
		v.told = told
		if told.err != nil || told.what == "" {
			v.notice.SayFault(told.err)
		} else {
			v.notice.Say(told.state, told.what, told.more)
		}
	}
	show(v.notice, told.err != nil || told.what != "")
	what, next := m.story(r)
	v.story.Say(m.standing(r), what, next)
}

// renderSheet says what the button below will do, and how far it is.
func (v *pageView) renderSheet(r change.Request) {
	state, what, more := v.s.model.sheet(r)
	if what == "" {
		v.sheet.Clear()
		return
	}
	v.sheet.Say(state, what, more)
}

func (v *pageView) renderFacts(r change.Request) {
	facts := []kit.Pair{
		{Key: "changes.fact.reason", Value: r.Reason},
		{Key: "changes.fact.proposer", Value: r.Signer.Name + ", " + kit.Moment(r.Issued.Wall)},
	}
	for _, a := range r.Approvals {
		facts = append(facts, kit.Pair{Key: "changes.fact.approver", Value: a.Signer.Name + ", " + kit.Moment(a.Time.Wall)})
	}
	if rest := left(r, v.s.model.now); rest != "" {
		facts = append(facts, kit.Pair{Key: "changes.fact.expires", Value: rest + ", " + kit.Moment(expires(r))})
	}
	facts = append(facts,
		kit.Pair{Key: "changes.fact.place", Value: r.ExecuteOn.Workstation},
		kit.Pair{Key: "changes.fact.firmware", Value: r.Device.Firmware},
		kit.Pair{Key: "changes.fact.id", Value: r.ID})
	v.facts.Set(facts...)
}

// panes are the parts that take the keyboard in turn.
func (v *pageView) panes() []fyne.Focusable {
	if v.safe == nil {
		return nil
	}
	return []fyne.Focusable{v.safe}
}

// begin starts an act and puts the keyboard where it goes on.
func (v *pageView) begin(a act) {
	m := v.s.model
	r, _ := m.request()
	if (a == apply && !v.ready()) || !m.begin(a) {
		v.s.render()
		return
	}
	if a == approve || a == refuse {
		v.names.begin(a, m.canApprove(r), m.me.ID)
		if len(v.names.people) == 0 {
			m.notice = notice{state: kit.Caution, what: kit.T("changes.naming.none"), more: kit.T("changes.naming.none.next")}
		}
	}
	v.s.render()
	v.settle()
}

// ready says whether the page's request could be written: somebody is signed in and the device is connected.
func (v *pageView) ready() bool {
	m := v.s.model
	r, ok := m.request()
	if !ok || m.me.ID == "" {
		return false
	}
	_, ok = m.connected(r)
	return ok
}

// settle puts the keyboard where the stage goes on: into the form, or onto the button without an effect.
func (v *pageView) settle() {
	m := v.s.model
	switch m.flow.stage {
	case naming:
		v.names.focus(m.flow.act)
	case entering:
		if len(v.form.fields) == 0 {
			if r, ok := m.request(); ok {
				v.form.begin(m, r)
			}
			v.form.focus()
			return
		}
		v.form.again(m.flow.differ)
	default:
		v.focusSafe(true)
	}
}

func (v *pageView) leave() {
	v.s.model.leave()
	v.s.model.notice = notice{}
	v.reset()
	v.s.render()
	v.settle()
}

func (v *pageView) submitName() {
	m := v.s.model
	if m.flow.stage != naming {
		return
	}
	person, passphrase := v.names.person(), v.names.take()
	if m.flow.act == refuse {
		v.s.refuse(person, passphrase, v.names.reason.Text)
		return
	}
	v.s.prove(person, passphrase)
}

func (v *pageView) submitEntries() {
	entries, missing, err := v.form.entries()
	if err != nil {
		v.s.model.notice = notice{state: kit.Caution, what: missing.label, more: err.Error()}
		v.s.render()
		missing.focus()
		return
	}
	v.s.compare(entries)
}

func (v *pageView) toQueue() *kit.Button {
	return kit.NewButton(kit.T("changes.queue"), kit.IconBack, func() { v.s.deps.Open(shell.Route{Screen: "changes"}) })
}

func (v *pageView) toDevice(r change.Request) *kit.Button {
	if d, ok := v.s.model.connected(r); ok {
		open := func() { v.s.deps.Open(shell.Route{Screen: "device", ID: d.Key()}) }
		if r.Outcome == change.Unknown {
			return kit.NewPrimary(kit.T("changes.device.read"), kit.IconDevices, open)
		}
		return kit.NewButton(kit.T("changes.device"), kit.IconDevices, open)
	}
	return kit.NewButton(kit.T("changes.devices"), kit.IconDevices, func() { v.s.deps.Open(shell.Route{Screen: "devices"}) })
}

// setBar shows other buttons. The same ones stay, with the keyboard where it is.
func (v *pageView) setBar(key string, buttons ...*kit.Button) {
	if key == v.barKey {
		return
	}
	v.barKey = key
	had := v.barFocused()
	v.bar.Objects = nil
	v.safe = nil
	for _, b := range buttons {
		v.bar.Add(b)
	}
	if len(buttons) > 0 {
		v.safe = buttons[0]
	}
	v.bar.Refresh()
	v.focusSafe(had)
}

// barFocused says whether a button of the bar has the keyboard.
func (v *pageView) barFocused() bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(v.bar)
	if c == nil {
		return false
	}
	focused, _ := c.Focused().(fyne.CanvasObject)
	return focused != nil && slices.Contains(v.bar.Objects, focused)
}

// focusSafe puts the keyboard onto the button without an effect.
func (v *pageView) focusSafe(on bool) {
	if on && v.safe != nil {
		kit.Focus(v.safe)
	}
}
