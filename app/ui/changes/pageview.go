package changes

import (
	"countersign/app/ui/kit"
	"countersign/internal/change"
	"countersign/internal/statement"

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
	wants  *kit.Notice // who must still approve
	names  *nameForm
	form   *entryForm
	hand   *handView
	take   *takeView
	code   *codeView
	more   *kit.Actions      // what else can be done
	others fyne.CanvasObject // around more
	talk   *talkView
	note   *statementView
	bar    *kit.Actions
	stage  stage // that was rendered last
	told   notice
	scroll *container.Scroll
	root   fyne.CanvasObject
}

func newPageView(s *Screen) *pageView {
	v := &pageView{s: s, header: kit.NewIdentityHeader(kit.Identity{State: kit.Offline}), way: newWayView(), notice: kit.NewNotice(), story: kit.NewNotice(),
		lines: newLinesView(), sheet: kit.NewNotice(), wants: kit.NewNotice(), facts: kit.NewPairs(), note: newStatementView(), code: newCodeView(),
		bar: kit.NewActions(), more: kit.NewActions()}
	v.names = newNameForm(v.submitName)
	v.form = newEntryForm(v.submitEntries)
	v.hand = newHandView(s.save)
	v.take = newTakeView(kit.T("changes.take.title"), kit.T("changes.take.hint"), kit.T("changes.take.entry"), kit.T("changes.take.do"), s.take)
	v.talk = newTalkView(s.comment)
	v.rows, v.others = kit.Panel(v.lines.box), container.NewPadded(v.more.Row)
	top := container.New(layout.NewCustomPaddedVBoxLayout(0), v.header, kit.Room(v.way.box), widget.NewSeparator())
	body := container.NewVBox(v.notice, v.story, v.sheet, v.rows, v.wants, v.names.box, v.form.box, v.note.box, v.hand.box, v.take.box, v.others, v.facts, v.code.box, v.talk.box)
	v.scroll = container.NewVScroll(kit.Room(body))
	v.root = kit.Frame(top, v.scroll, v.bar.Row)
	return v
}

// reset forgets what was typed and shown for one person's eyes.
func (v *pageView) reset() {
	v.names.begin(approve, nil, "", nil)
	v.take.entry.SetText("")
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
		v.note.set(agreed.Text(), m.meaning(agreed.Text(), agreed.Request().Request, expires(agreed.Request())))
	} else {
		v.note.set("", nil)
	}
	entering := m.flow.stage == entering || m.flow.stage == comparing
	v.lines.set(m.lines(r))
	calm := m.flow.stage == resting && !m.writing(r.ID)
	show(v.note.box, reading)
	show(v.form.box, entering)
	show(v.names.box, v.namingShown())
	show(v.rows, !reading && !entering)
	show(v.story, calm)
	show(v.facts, !reading && m.handed == nil)
	show(v.talk.box, calm)
	show(v.take.box, m.flow.act == take && m.flow.stage != resting)
	v.hand.set(m.handed, v.s.deps.Folder, kit.T("changes.hand.title"), kit.T("changes.hand.hint"), r.Code)
	v.code.set(codeOf(r, m.handed == nil && !reading && r.State == change.Waiting))
	v.talk.set(r.Comments, m.me.ID != "")
	v.renderWants(r, calm)
	v.renderSheet(r)
	v.renderFacts(r)
	v.renderBar(r)
	show(v.others, calm && len(v.more.Row.Objects) > 0)
	if v.stage != resting && m.flow.stage == resting {
		v.form.forget()
		v.names.take()
		if v.s.shown {
			v.bar.FocusSafe()
		}
	}
	v.stage = m.flow.stage
	v.scroll.Refresh()
}

// namingShown says whether the form for the second person's name belongs on the page.
func (v *pageView) namingShown() bool {
	f := v.s.model.flow
	return f.stage == naming || f.stage == proving || (f.act.reasoned() || f.act == waive) && f.stage == signing
}

// codeOf is the comparison code while it is of use to somebody.
func codeOf(r change.Request, on bool) string {
	if !on {
		return ""
	}
	return r.Code
}

// renderWants says who must still approve.
func (v *pageView) renderWants(r change.Request, calm bool) {
	text := ""
	if w := v.s.model.wanted(r); calm && r.State == change.Waiting && !w.simple() {
		text = w.sentence(len(r.Approvals) > 0)
	}
	if text == "" {
		v.wants.Clear()
		return
	}
	v.wants.Say(kit.Waiting, text, v.s.model.givenSo(r))
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
	for _, o := range []fyne.CanvasObject{v.note.box, v.form.box, v.names.box, v.rows, v.sheet, v.facts, v.notice, v.wants, v.hand.box, v.take.box, v.others, v.code.box, v.talk.box} {
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
	v.bar.Set("missing", func() []*kit.Button { return []*kit.Button{v.toQueue()} })
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
	m := v.s.model
	facts := []kit.Pair{{Key: "changes.fact.reason", Value: r.Reason}}
	if r.Ticket != "" {
		facts = append(facts, kit.Pair{Key: "changes.fact.ticket", Value: r.Ticket})
	}
	facts = append(facts, kit.Pair{Key: "changes.fact.proposer", Value: who(r.Signer) + ", " + kit.Moment(r.Issued.Wall)})
	for _, g := range r.Approvals {
		facts = append(facts, kit.Pair{Key: "changes.fact.approver", Value: who(g.Signer) + ", " + kit.Moment(g.Time.Wall) + ", " + kit.T("changes.seat."+string(g.Seat))})
	}
	if standing(r) {
		facts = append(facts, kit.Pair{Key: "changes.fact.approver", Value: kit.T("changes.fact.template")})
	}
	if rest := left(r, m.now); rest != "" {
		facts = append(facts, kit.Pair{Key: "changes.fact.expires", Value: rest + ", " + kit.Moment(expires(r))})
	}
	if r.AssetTag != "" && !m.tagHidden(r) {
		facts = append(facts, kit.Pair{Key: "changes.fact.asset", Value: r.AssetTag})
	}
	fails := "changes.fails.keep"
	if r.OnFailure == statement.RollBack {
		fails = "changes.fails.restore"
	}
	facts = append(facts,
		kit.Pair{Key: "changes.fact.fails", Value: kit.T(fails)},
		kit.Pair{Key: "changes.fact.place", Value: r.ExecuteOn.Workstation},
		kit.Pair{Key: "changes.fact.firmware", Value: r.Device.Firmware},
		kit.Pair{Key: "changes.fact.id", Value: r.ID})
	v.facts.Set(facts...)
}

// panes are the parts that take the keyboard in turn.
func (v *pageView) panes() []fyne.Focusable {
	panes := v.bar.Panes()
	if v.talk.box.Visible() {
		panes = append(panes, v.talk.entry)
	}
	return panes
}

// begin starts an act and puts the keyboard where it goes on.
func (v *pageView) begin(a act) {
	m := v.s.model
	r, _ := m.request()
	d, connected := m.connected(r)
	switch {
	case a == again && connected:
		v.s.deps.Again(r, d.Key())
		return
	case a == keep && connected:
		v.s.deps.Keep(r, d.Key())
		return
	case a == resolve && connected:
		v.s.resolve(r, d)
		return
	case (a == apply && !v.ready()) || !m.begin(a):
		v.s.render()
		return
	case a == hand:
		v.s.export()
	case m.flow.stage == naming:
		v.names.begin(a, m.deciders(a, r), m.me.ID, kit.Data{"Name": r.Signer.Name, "Serial": m.serial(r)})
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
		v.names.focus()
	case open:
		if m.flow.act == take {
			kit.Focus(v.take.entry)
		} else {
			kit.Focus(v.hand.save)
		}
	case entering:
		if len(v.form.fields) == 0 {
			if r, ok := m.request(); ok {
				v.form.begin(m, r.Driver.ID, m.toEnter(r), r.AssetTag != "")
			}
			v.form.focus()
			return
		}
		v.form.again(m.flow.differ)
	default:
		v.bar.FocusSafe()
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
	person, passphrase, first := v.names.person(), v.names.take(), taken(v.names.first)
	switch a := m.flow.act; {
	case a == waive:
		v.s.waive(person, [2]string{first, passphrase}, v.names.reason())
	case a.reasoned():
		v.s.decide(a, person, passphrase, v.names.reason())
	default:
		v.s.prove(person, passphrase)
	}
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
