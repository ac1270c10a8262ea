package changes

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/policy"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// visitView is the page of a request from another laptop. Review, blind entry and statement are those of the page at home.
type visitView struct {
	e      *Elsewhere
	header *kit.IdentityHeader
	notice *kit.Notice
	story  *kit.Notice
	take   *takeView
	peer   *kit.Notice
	trust  *trustForm
	lines  *linesView
	rows   fyne.CanvasObject
	facts  *kit.Pairs
	code   *codeView
	names  *nameForm
	key    *takeView // brings a key file
	form   *entryForm
	note   *statementView
	hand   *handView
	bar    *kit.Actions
	told   notice
	scroll *container.Scroll
	top    fyne.CanvasObject
	root   fyne.CanvasObject
}

func newVisitView(e *Elsewhere) *visitView {
	v := &visitView{e: e, header: kit.NewIdentityHeader(kit.Identity{State: kit.Offline}), notice: kit.NewNotice(), story: kit.NewNotice(), peer: kit.NewNotice(),
		lines: newLinesView(), facts: kit.NewPairs(), code: newCodeView(), note: newStatementView(), bar: kit.NewActions()}
	v.take = newTakeView(kit.T("changes.elsewhere.take"), kit.T("changes.elsewhere.hint"), kit.T("changes.take.entry"), kit.T("changes.elsewhere.do"), e.open)
	v.key = newTakeView(kit.T("changes.key.title"), kit.T("changes.key.hint"), kit.T("changes.key.entry"), kit.T("changes.key.do"), e.bring)
	v.trust = newTrustForm(func() { e.trust(v.trust.person(), taken(v.trust.passphrase)) })
	v.key.do.SetImportance(widget.MediumImportance) // the page goes on at its foot
	v.names = newNameForm(func() { e.prove(v.names.person(), v.names.take()) })
	v.names.name.OnChanged = func(string) {
		show(v.key.box, v.lacksKey())
		v.scroll.Refresh()
	}
	v.form = newEntryForm(v.submitEntries)
	v.hand = newHandView(e.save)
	v.rows = kit.Panel(v.lines.box)
	v.top = container.New(layout.NewCustomPaddedVBoxLayout(0), v.header, widget.NewSeparator())
	body := container.NewVBox(v.notice, v.story, v.take.box, v.peer, v.trust.box, v.code.box, v.rows, v.names.box, v.key.box, v.form.box, v.note.box, v.hand.box, v.facts)
	v.scroll = container.NewVScroll(kit.Room(body))
	v.root = kit.Frame(v.top, v.scroll, v.bar.Row)
	return v
}

// reset forgets all that was typed and shown for one person's eyes.
func (v *visitView) reset() {
	v.take.entry.SetText("")
	v.key.entry.SetText("")
	v.forget()
	v.scroll.ScrollToTop()
}

func (v *visitView) forget() {
	v.names.begin(approve, nil, "", nil)
	v.trust.passphrase.SetText("")
	v.form.forget()
	v.note.set("", nil)
}

func (v *visitView) render() {
	e := v.e
	at := &e.visit
	here := at.stage != arriving && at.stage != opening
	signed := at.stage == reading || at.stage == signing
	typing := at.stage == entering || at.stage == comparing
	plain := at.stage == looking || at.stage == trusting
	show(v.top, here)
	show(v.take.box, !here)
	show(v.trust.box, plain && !at.in.Known && !at.refused())
	show(v.rows, here && !signed && !typing && at.stage != delivered)
	show(v.names.box, at.stage == naming || at.stage == proving)
	show(v.key.box, v.lacksKey())
	show(v.form.box, typing)
	show(v.note.box, signed)
	show(v.facts, here && !signed && at.stage != delivered)
	v.renderNotice()
	v.code.set("")
	if here {
		v.renderRequest()
	}
	if at.stage != delivered && here {
		v.code.set(at.in.Code)
	}
	v.note.set("", nil)
	if signed {
		text := at.agreed.Text()
		v.note.set(text, e.model.meaning(text, at.agreed.Request(), at.ends()))
	}
	v.hand.set(at.answer, e.deps.Folder, kit.T("changes.answer.title"), kit.T("changes.answer.hint"), at.in.Code)
	v.renderPeer(plain)
	if at.stage == looking && len(v.form.fields) > 0 {
		v.forget()
	}
	v.setBar()
	v.scroll.Refresh()
}

// lacksKey says whether who approves has no key on this laptop.
func (v *visitView) lacksKey() bool {
	at, person := &v.e.visit, v.names.person()
	return at.stage == naming && at.keys != nil && person != "" && !at.keys[person]
}

func (v *visitView) renderNotice() {
	at := &v.e.visit
	if at.notice != v.told {
		v.told = at.notice
		if v.told.err != nil || v.told.what == "" {
			v.notice.SayFault(v.told.err)
		} else {
			v.notice.Say(v.told.state, v.told.what, v.told.more)
		}
	}
	if at.stage != looking {
		v.story.Clear()
		return
	}
	r := at.in.Request
	v.story.Say(kit.Waiting, kit.T("changes.elsewhere.story", kit.Data{"Proposer": who(r.Signer), "Device": deviceName(r.Device)}), kit.T("changes.elsewhere.story.next"))
}

func (v *visitView) renderRequest() {
	e := v.e
	r := e.visit.in.Request
	v.header.Set(kit.Identity{Model: r.Device.Manufacturer + " " + r.Device.Model, Serial: r.Device.Serial, Firmware: r.Device.Firmware, State: kit.Offline,
		Note: kit.T("changes.elsewhere.note")})
	v.lines.set(e.visit.lines(e.model))
	facts := []kit.Pair{{Key: "changes.fact.reason", Value: r.Reason}}
	if r.Ticket != "" {
		facts = append(facts, kit.Pair{Key: "changes.fact.ticket", Value: r.Ticket})
	}
	v.facts.Set(append(facts,
		kit.Pair{Key: "changes.fact.proposer", Value: who(r.Signer) + ", " + kit.Moment(r.Time.Wall)},
		kit.Pair{Key: "changes.fact.expires", Value: e.visit.expiry()},
		kit.Pair{Key: "changes.fact.place", Value: r.ExecuteOn.Workstation},
		kit.Pair{Key: "changes.fact.origin", Value: e.visit.in.Origin},
		kit.Pair{Key: "changes.fact.id", Value: r.ID})...)
}

// renderPeer says whose request it is, and on the first visit shows the words to be compared with the printed sheet.
func (v *visitView) renderPeer(plain bool) {
	if !plain {
		v.peer.Clear()
		return
	}
	v.peer.Say(v.e.visit.peer())
	v.trust.set(v.e.visit.in.Words, able(v.e))
}

// submitEntries has what was typed compared.
func (v *visitView) submitEntries() {
	entries, missing, err := v.form.entries()
	if err != nil {
		v.e.visit.notice = notice{state: kit.Caution, what: missing.label, more: err.Error()}
		v.e.render()
		missing.focus()
		return
	}
	v.e.compare(entries)
}

// settle puts the keyboard where the stage goes on.
func (v *visitView) settle() {
	e := v.e
	switch e.visit.stage {
	case arriving:
		kit.Focus(v.take.entry)
	case naming:
		v.names.focus()
	case delivered:
		kit.Focus(v.hand.save)
	case looking:
		if v.trust.box.Visible() {
			v.trust.focus()
			return
		}
		v.bar.FocusSafe()
	case entering:
		if len(v.form.fields) == 0 {
			v.form.begin(e.model, e.visit.in.Request.Driver.ID, e.visit.toEnter(e.model), e.visit.in.AssetTag)
			v.scroll.Refresh()
			v.form.focus()
			return
		}
		v.form.again(e.visit.differ)
	default:
		v.bar.FocusSafe()
	}
}

func (v *visitView) panes() []fyne.Focusable {
	if v.e.visit.stage == arriving {
		return []fyne.Focusable{v.take.entry}
	}
	return v.bar.Panes()
}

// setBar shows the buttons of the stage. The first of them has no effect.
func (v *visitView) setBar() {
	e := v.e
	at := &e.visit
	key := string(at.stage) + string(at.in.Continuity) + at.person.ID + at.in.Request.ID
	if at.signable() {
		key += " signable"
	}
	if v.bar.Set(key, v.buttons) {
		v.root.Refresh()
	}
}

func (v *visitView) buttons() []*kit.Button {
	e := v.e
	at := &e.visit
	data := kit.Data{"Serial": serialOf(at.in.Request.Device, at.in.Request.AssetTag), "Name": at.person.Name}
	cancel := kit.NewButton(kit.T("dialog.cancel"), "", e.back)
	queue := kit.NewButton(kit.T("changes.queue"), kit.IconBack, func() { e.deps.Open(shell.Route{Screen: "changes"}) })
	other := kit.NewButton(kit.T("changes.elsewhere.other"), kit.IconBack, e.over)
	switch at.stage {
	case looking:
		if at.signable() {
			return []*kit.Button{other, kit.NewPrimary(kit.T("changes.elsewhere.approve", data), kit.IconPerson, e.begin)}
		}
		return []*kit.Button{other}
	case naming:
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("changes.naming.continue"), kit.IconKey, func() { e.prove(v.names.person(), v.names.take()) })}
	case proving, comparing:
		return []*kit.Button{cancel}
	case entering:
		return []*kit.Button{cancel, kit.NewPrimary(kit.T("changes.entering.compare"), kit.IconCheck, v.submitEntries)}
	case reading:
		return []*kit.Button{kit.NewButton(kit.T("changes.reading.leave"), "", e.back), kit.NewPrimary(kit.T("changes.reading.sign", data), kit.IconEdit, e.sign)}
	case delivered:
		return []*kit.Button{other}
	case trusting, signing:
		return nil
	}
	return []*kit.Button{queue}
}

// able lists who on this laptop may say that a console is known: everybody who may act.
func able(e *Elsewhere) []string {
	var names []string
	e.view.trust.people = nil
	for _, p := range e.model.people {
		if policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Comment, Person: p.Policy()}) == nil {
			names = append(names, p.Name)
			e.view.trust.people = append(e.view.trust.people, p.ID)
		}
	}
	return names
}

// trustForm shows a console's twelve words, and takes the signature of who compared them.
type trustForm struct {
	box        *fyne.Container
	words      *widget.Label
	name       *kit.Select
	passphrase *kit.Entry
	people     []string // IDs, as the names are listed
}

func newTrustForm(submit func()) *trustForm {
	f := &trustForm{words: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true, Bold: true}),
		name: kit.NewSelect(kit.T("changes.trust.name"), nil, nil), passphrase: kit.NewPassphrase(kit.T("changes.trust.passphrase"))}
	f.passphrase.OnSubmitted = func(string) { submit() }
	sign := kit.NewPrimary(kit.T("changes.trust.sign"), kit.IconEdit, submit)
	form := container.NewVBox(kit.Heading(kit.T("changes.trust.title")), kit.Body(kit.T("changes.trust.hint")), kit.Panel(f.words),
		kit.Row(kit.T("changes.trust.name"), kit.Outlined(f.name)), kit.Row(kit.T("changes.trust.passphrase"), f.passphrase), container.NewHBox(sign))
	f.box = container.NewVBox(kit.Panel(kit.Room(kit.Narrow(90, form))))
	return f
}

// set shows the words in rows of four, as the printed sheet does.
func (f *trustForm) set(words, names []string) {
	var text strings.Builder
	for i, w := range words {
		text.WriteString(w)
		if text.WriteByte(' '); i%4 == 3 && i+1 < len(words) {
			text.WriteByte('\n')
		}
	}
	if f.words.Text != text.String() {
		f.words.SetText(text.String())
	}
	if strings.Join(f.name.Options, "\n") != strings.Join(names, "\n") {
		f.name.SetOptions(names)
		if f.name.ClearSelected(); len(names) == 1 {
			f.name.SetSelectedIndex(0)
		}
	}
}

func (f *trustForm) person() string {
	if i := f.name.SelectedIndex(); i >= 0 && i < len(f.people) {
		return f.people[i]
	}
	return ""
}

func (f *trustForm) focus() {
	if f.person() == "" {
		kit.Focus(f.name)
		return
	}
	kit.Focus(f.passphrase)
}
