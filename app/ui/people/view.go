package people

import (
	"context"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// Screen is the name of this screen in routes.
const Screen = "people"

// newPerson is the ID of the route on which somebody is enrolled. No person has it.
const newPerson = "new"

// Deps is what the screen needs.
type Deps struct {
	Roster  Roster
	Keys    Keys
	Prove   func(ctx context.Context, personID, passphrase string) (*people.Signer, error)
	Me      func() string                        // ID of who is signed in, or ""
	Changed func() <-chan struct{}               // closed when anything was recorded
	SignIn  func(personID string)                // asks for the passphrase of a person, or of whom is chosen for ""
	Lock    func()                               // signs out who is signed in
	Paper   func(context.Context) (Paper, error) // writes the founders' sheet; nil where there is none
	Hint    func(people.Person) string           // the passphrase of a ready-made person in training; may be nil
	Result  func(kit.State, string)              // tells what came of an act
	Rules   func()                               // shows the rules in force; nil where there is no such page
	Codes   *CodesDeps                           // sealed codes; nil where there are none
}

// View is the screen.
type View struct {
	model  *Model
	deps   Deps
	runner *kit.Runner
	open   func(shell.Route)

	ctx       context.Context
	leave     context.CancelFunc
	reading   *kit.Lane
	founding  *kit.Lane // never replaced: the keys that it makes are enrolled
	printing  *kit.Lane
	counting  *kit.Lane // sealed codes
	sealing   *kit.Lane
	clearing  *kit.Lane
	where     string // ID of the route
	shown     bool
	acting    bool // the form of an act is open
	preparing bool // its statement is being made

	root     *fyne.Container
	forms    *foundingPage
	written  *writtenPage
	list     *listPage
	person   *personPage
	act      *actPage
	ceremony *ceremony.Page
	sealed   *CodesModel
	codes    *codesPage
}

// New returns the screen. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: &Model{}, sealed: &CodesModel{}, deps: deps, runner: runner, open: open, ctx: ctx, leave: func() {},
		reading: runner.Lane(ctx), founding: runner.Lane(ctx), printing: runner.Lane(ctx), counting: runner.Lane(ctx), sealing: runner.Lane(ctx), clearing: runner.Lane(ctx)}
	v.forms = newFoundingPage(v.model, v.found, func() { open(shell.Route{Screen: "devices"}) })
	v.written = newWrittenPage(v.model, v.print, v.noted)
	v.list = newListPage(v)
	v.person = newPersonPage(v.begin, func() { deps.SignIn(v.where) }, v.back)
	v.act = newActPage(v.dismiss, v.prepare)
	v.codes = newCodesPage(v.leaveCodes, v.openCodes, v.deleteCodes, v.makeCodes, v.signCodes)
	v.ceremony = ceremony.New(ctx, ceremony.Deps{Prove: deps.Prove, Hint: deps.Hint, Role: func(p people.Person) string { return RoleWord(p.Role) }}, runner)
	v.root = container.NewStack(v.forms.page, v.written.page, v.list.page, v.person.page, v.act.page, v.codes.page, v.ceremony.Object())
	v.render()
	return v
}

func (v *View) me() string {
	if v.deps.Me == nil {
		return ""
	}
	return v.deps.Me()
}

func (v *View) back() { v.open(shell.Route{Screen: Screen}) }

// page is what is shown now.
func (v *View) page() fyne.CanvasObject {
	switch m := v.model; {
	case m.Stage == Founding:
		return v.forms.page
	case m.Stage == Written:
		return v.written.page
	case v.ceremony.Open():
		return v.ceremony.Object()
	case v.acting:
		return v.act.page
	case v.where == codesRoute && v.deps.Codes != nil && m.Stage == Listed:
		return v.codes.page
	case v.where != "" && v.where != newPerson && m.Stage == Listed:
		return v.person.page
	}
	return v.list.page
}

// render copies the model into the widgets.
func (v *View) render() {
	m, now := v.model, v.page()
	for _, page := range v.root.Objects {
		if page == now {
			page.Show()
		} else {
			page.Hide()
		}
	}
	v.list.render(m, v.sealed, v.me())
	v.codes.render(v.sealed)
	member, ok := m.Member(v.where)
	err := m.Unread
	if !ok && err == nil && now == v.person.page {
		err = fault.New(fault.NotFound, "", nil)
	}
	v.person.render(member, ok, Offers(m.Members, member, v.me()), err)
	v.forms.render(m)
	v.written.render(m)
	v.root.Refresh() // lays out anew what appeared or went
}

// Title implements shell.Screen.
func (v *View) Title(id string) string {
	switch m, ok := v.model.Member(id); {
	case ok:
		return m.Name
	case id == newPerson:
		return kit.T("people.enrol.title")
	case id == codesRoute:
		return kit.T("people.codes.title")
	}
	return kit.T("people.title")
}

// Show implements shell.Screen.
func (v *View) Show(id string) fyne.CanvasObject {
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave()
	v.leave = cancel
	v.where, v.shown, v.acting = id, true, false
	if id == newPerson {
		v.begin(Enrol)
	}
	if id == codesRoute && v.deps.Codes != nil {
		v.beginCodes()
	}
	v.render()
	v.runner.Follow(ctx, v.deps.Changed, v.Refresh)
	return v.root
}

// Hide implements shell.Screen. A founding that has begun goes on; an act that was not signed is forgotten.
func (v *View) Hide() {
	v.shown, v.acting = false, false
	v.leave()
	v.reading.Stop()
	v.ceremony.Leave()
	v.hideCodes()
	v.act.clear()
}

// Leave implements shell.Leaver: Escape closes what is open first.
func (v *View) Leave() bool {
	switch {
	case v.ceremony.Leave():
	case v.forgetCodes():
	case v.acting && v.where != newPerson:
		v.dismiss()
	default:
		return false
	}
	return true
}

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	v.countCodes()
	kit.Load(v.reading, v.read, func(all []Member, err error) {
		before := v.model.Stage
		v.model.Enrolled(all, err)
		if v.acting {
			v.act.offer(Eligible(all, v.act.form.Act, v.act.form.Subject), v.me())
		}
		v.codes.offer(v.model.Members, v.me())
		v.render()
		switch now := v.model.Stage; {
		case now == before:
		case now == Founding:
			v.focus(v.forms.first())
		case before == Founding: // the console was founded elsewhere
			v.forms.clear()
		}
	})
}

// read fetches everybody, and the rules that say how long a probation is.
func (v *View) read(ctx context.Context) ([]Member, error) {
	all, err := v.deps.Roster.People(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := v.deps.Roster.Rules(ctx)
	if err != nil {
		return nil, err
	}
	return members(all, rules.Policy, v.deps.Keys.Has), nil
}

// found makes the keys and enrols the two, which takes a second.
func (v *View) found() {
	if !v.model.Begin() {
		v.render()
		v.focusProblem()
		return
	}
	v.render()
	founders := v.model.Founders()
	kit.Load(v.founding, func(ctx context.Context) (people.Founded, error) {
		return v.deps.Roster.Found(ctx, v.deps.Keys, founders)
	}, func(founded people.Founded, err error) {
		v.model.End(founded, err)
		v.render()
		if v.model.Stage == Written {
			v.forms.clear()
			v.focus(v.written.copy)
			v.print()
		} else {
			v.focusProblem()
		}
		v.Refresh()
	})
}

// print writes the founders' sheet. The first time it only prepares it; with the button it is opened, too.
func (v *View) print() {
	if v.deps.Paper == nil {
		return
	}
	show := v.model.Paper.Path != ""
	kit.Load(v.printing, v.deps.Paper, func(paper Paper, err error) {
		v.model.Paper, v.model.PaperFault = paper, err
		if err == nil && (show || v.model.Stage == Listed) {
			v.told(paper)
		}
		v.render()
	})
}

// told opens the sheet. Where nothing can show it, the sentence says where it is.
func (v *View) told(paper Paper) {
	key := "people.sheet.opened"
	if err := openFile(paper.Path); err != nil {
		key = "people.sheet.written"
	}
	v.deps.Result(kit.Done, kit.T(key, kit.Data{"Path": paper.Path}))
}

func (v *View) noted() {
	v.model.Leave()
	v.render()
	v.Refresh()
	v.focus(v.list.signIn)
}

// focus gives o the keyboard. It goes by the whole screen: a page that was not drawn yet knows no canvas.
func (v *View) focus(o fyne.Focusable) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v.root); c != nil {
		c.Focus(o)
	}
}

// focusProblem leads to the first field that does not do, where there is one.
func (v *View) focusProblem() {
	if i, field, wrong := v.model.FirstProblem(); wrong {
		v.focus(v.forms.sides[i].focusable(field))
	}
}

// focusFirst gives the keyboard to where the shown page begins.
func (v *View) focusFirst() {
	if panes := v.Panes(); len(panes) > 0 {
		v.focus(panes[0])
	}
}

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	switch v.page() {
	case v.forms.page:
		return []fyne.Focusable{v.forms.first(), v.forms.sides[1].name, v.forms.later}
	case v.written.page:
		return []fyne.Focusable{v.written.copy, v.written.checks[0]}
	case v.ceremony.Object():
		return v.ceremony.Panes()
	case v.codes.page:
		return v.codes.panes(v.sealed)
	case v.act.page:
		return []fyne.Focusable{v.act.first(), v.act.cancel}
	case v.person.page:
		return append([]fyne.Focusable{v.person.back}, v.person.panes...)
	}
	return v.list.panes()
}

// Commands implements shell.Commander.
func (v *View) Commands() []shell.Command {
	listed := func() bool { return v.model.Stage == Listed }
	return []shell.Command{{ID: "people.enrol", Label: "people.enrol", Menu: shell.MenuFile, Do: v.enrol, Enabled: listed},
		{ID: "people.sheet", Label: "people.sheet.again", Menu: shell.MenuFile, Do: v.print, Enabled: func() bool { return listed() && v.deps.Paper != nil }},
		{ID: "people.codes", Label: "people.codes", Menu: shell.MenuFile, Do: v.printCodes, Enabled: func() bool { return listed() && v.deps.Codes != nil }}}
}

func (v *View) enrol() { v.open(shell.Route{Screen: Screen, ID: newPerson}) }

// beside puts two things side by side, equally wide.
func beside(a, b fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewGridLayoutWithColumns(2), a, b)
}
