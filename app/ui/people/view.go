package people

import (
	"context"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// Screen is the name of this screen in routes.
const Screen = "people"

// Deps is what the screen needs.
type Deps struct {
	Roster  Roster
	Keys    people.Keeper
	Changed func() <-chan struct{} // closed when anything was recorded
	SignIn  func(personID string)  // asks for the passphrase of a person, or of whom is chosen for ""
}

// View is the screen.
type View struct {
	model  *Model
	deps   Deps
	runner *kit.Runner
	open   func(shell.Route)

	ctx      context.Context
	leave    context.CancelFunc
	reading  *kit.Lane
	founding *kit.Lane // never replaced: the keys that it makes are enrolled

	root    *fyne.Container
	forms   *foundingPage
	written *writtenPage
	table   *kit.Table[people.Person]
	remark  *kit.Notice
	fault   *kit.Notice
	signIn  *kit.Button
	list    fyne.CanvasObject
}

// New returns the screen. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: &Model{}, deps: deps, runner: runner, open: open, ctx: ctx, leave: func() {},
		reading: runner.Lane(ctx), founding: runner.Lane(ctx)}
	v.forms = newFoundingPage(v.model, v.found, func() { open(shell.Route{Screen: "devices"}) })
	v.written = newWrittenPage(v.noted)
	v.buildList()
	v.root = container.NewStack(v.forms.page, v.written.page, v.list)
	v.render()
	return v
}

func (v *View) buildList() {
	v.table = kit.NewTable(kit.TableConfig[people.Person]{
		Name: "people.title", Empty: "people.empty",
		Key:    func(p people.Person) string { return p.ID },
		OnOpen: func(p people.Person) { v.deps.SignIn(p.ID) },
		Columns: []kit.Column[people.Person]{
			{ID: "name", Label: "people.column.name", Weight: 5, Look: kit.Strong, Text: func(p people.Person) string { return p.Name },
				Icon: func(people.Person) (kit.Icon, bool) { return kit.IconPerson, true }},
			{ID: "role", Label: "people.column.role", Weight: 4, Text: func(p people.Person) string { return RoleWord(p.Role) }},
			{ID: "id", Label: "people.column.id", Weight: 3, Look: kit.Faint, Text: func(p people.Person) string { return ShortID(p.ID) }},
			{ID: "active", Label: "people.column.active", Weight: 3, Text: activeWord, Icon: activeIcon},
		}})
	v.remark, v.fault = kit.NewNotice(), kit.NewNotice()
	v.signIn = kit.NewButton(kit.T("command.sign_in"), kit.IconKey, func() { v.deps.SignIn("") })
	head := container.NewBorder(nil, nil, nil, v.signIn, kit.Muted(kit.T("people.intro")))
	v.list = kit.Frame(container.NewVBox(kit.Room(head), v.fault, v.remark), v.table)
}

func activeWord(p people.Person) string {
	if p.Active {
		return kit.T("people.active")
	}
	return kit.T("people.inactive")
}

func activeIcon(p people.Person) (kit.Icon, bool) {
	if p.Active {
		return kit.IconCheck, true
	}
	return kit.IconCross, true
}

// render copies the model into the widgets.
func (v *View) render() {
	m := v.model
	for page, stage := range map[fyne.CanvasObject]Stage{v.forms.page: Founding, v.written.page: Written, v.list: Listed} {
		if m.Stage == stage || page == v.list && m.Stage == Loading {
			page.Show()
		} else {
			page.Hide()
		}
	}
	v.table.SetRows(m.People)
	v.fault.SayFault(m.Unread)
	if sentence, more, ok := m.Remark(); ok {
		v.remark.Say(kit.Note, sentence, more)
	} else {
		v.remark.Clear()
	}
	v.forms.render(m)
	v.written.render(m)
	v.root.Refresh() // lays out anew what appeared or went
}

// Title implements shell.Screen.
func (v *View) Title(string) string { return kit.T("people.title") }

// Show implements shell.Screen.
func (v *View) Show(string) fyne.CanvasObject {
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave()
	v.leave = cancel
	v.runner.Follow(ctx, v.deps.Changed, v.Refresh)
	return v.root
}

// Hide implements shell.Screen. A founding that has begun goes on.
func (v *View) Hide() {
	v.leave()
	v.reading.Stop()
}

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	kit.Load(v.reading, v.deps.Roster.People, func(all []people.Person, err error) {
		before := v.model.Stage
		v.model.Enrolled(all, err)
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
		} else {
			v.focusProblem()
		}
		v.Refresh()
	})
}

func (v *View) noted() {
	v.model.Noted()
	v.render()
	v.Refresh()
	v.focus(v.signIn)
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

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	switch v.model.Stage {
	case Founding:
		return []fyne.Focusable{v.forms.first(), v.forms.sides[1].name, v.forms.later}
	case Written:
		return []fyne.Focusable{v.written.copy}
	}
	return []fyne.Focusable{v.table, v.signIn}
}

// beside puts two things side by side, equally wide.
func beside(a, b fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewGridLayoutWithColumns(2), a, b)
}
