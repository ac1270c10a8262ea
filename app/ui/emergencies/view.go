package emergencies

import (
	"context"
	"strings"
	"time"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Screen is the name of this screen in routes.
const Screen = "emergencies"

// paperRoute is the ID of the route on which a paper is entered. No emergency has it.
const paperRoute = "paper"

// tick is how often ages and what is due are looked at anew.
const tick = 30 * time.Second

// View is the screen.
type View struct {
	model  *Model
	deps   Deps
	runner *kit.Runner
	open   func(shell.Route)

	ctx     context.Context
	leave   context.CancelFunc
	reading *kit.Lane
	opening *kit.Lane
	acting  *kit.Lane // never replaced: what it does is recorded
	where   string    // ID of the route
	shown   bool

	root     *fyne.Container
	list     *overview
	one      *page
	paper    *paperPage
	ceremony *ceremony.Page
}

// New returns the screen. Its work ends with ctx. It reads the record at once and after each change, also while it is not in
// sight: the rail says how many wait.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: &Model{Now: deps.Now()}, deps: deps, runner: runner, open: open, ctx: ctx, leave: func() {},
		reading: runner.Lane(ctx), opening: runner.Lane(ctx), acting: runner.Lane(ctx)}
	v.list = newOverview(v)
	v.one = newPage(v)
	v.paper = newPaperPage(v)
	v.ceremony = ceremony.New(ctx, ceremony.Deps{Prove: deps.Prove, Hint: deps.Hint, Role: func(p people.Person) string { return roleWord(string(p.Role)) }}, runner)
	v.root = container.NewStack(v.list.page, v.one.page, v.paper.page, v.ceremony.Object())
	v.render()
	runner.Follow(ctx, deps.Changed, v.Refresh)
	return v
}

// Waiting returns how many emergencies wait for an account or a review, for the badge in the rail.
func (v *View) Waiting() int {
	due, _ := v.model.Due()
	return due
}

// page is what is shown now.
func (v *View) page() fyne.CanvasObject {
	switch {
	case v.ceremony.Open():
		return v.ceremony.Object()
	case v.where == paperRoute:
		return v.paper.page
	case v.where != "":
		return v.one.page
	}
	return v.list.page
}

// render copies the model into the widgets.
func (v *View) render() {
	now := v.page()
	for _, o := range v.root.Objects {
		if o == now {
			o.Show()
		} else {
			o.Hide()
		}
	}
	switch now {
	case v.list.page:
		v.list.render(v.model)
	case v.one.page:
		v.one.render()
	case v.paper.page:
		v.paper.render()
	}
	v.root.Refresh()
}

// Title implements shell.Screen.
func (v *View) Title(id string) string {
	switch {
	case id == paperRoute:
		return kit.T("emergencies.paper.title")
	case id != "" && v.model.Open.ID == id && v.model.Open.Found:
		return kit.T("emergencies.title.one", kit.Data{"Device": v.model.Open.Is.Device})
	}
	return kit.T("emergencies.title")
}

// Show implements shell.Screen.
func (v *View) Show(id string) fyne.CanvasObject {
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave()
	v.leave = cancel
	if id != v.where || !v.shown {
		v.one.clear()
		v.paper.clear()
		v.model.Open, v.model.Failed = Subject{}, nil
	}
	v.where, v.shown = id, true
	v.render()
	v.Refresh()
	v.runner.Every(ctx, tick, v.Refresh)
	return v.root
}

// Hide implements shell.Screen. What was typed and not signed is forgotten.
func (v *View) Hide() {
	v.shown = false
	v.leave()
	v.opening.Stop()
	v.ceremony.Leave()
	v.one.clear()
	v.paper.clear()
}

// Leave implements shell.Leaver: Escape closes what is open first.
func (v *View) Leave() bool { return v.ceremony.Leave() }

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	kit.Load(v.reading, func(ctx context.Context) (Known, error) { return look(ctx, v.deps) }, func(k Known, err error) {
		v.model.Now = v.deps.Now()
		v.model.Show(k, err)
		v.render()
	})
	if !v.shown {
		return
	}
	switch id := v.where; id {
	case "":
	case paperRoute:
		kit.Load(v.opening, v.deps.Persons, func(all []people.Person, err error) {
			v.paper.offer(all, err)
			v.render()
		})
	default:
		kit.Load(v.opening, func(ctx context.Context) (Subject, error) { return open(ctx, v.deps, id) }, func(s Subject, err error) {
			s.Fault = err
			if err != nil && v.model.Open.ID == id && v.model.Open.Found { // what was read before stays in sight
				v.model.Open.Fault = err
			} else {
				v.model.Open = s
			}
			v.model.Now = v.deps.Now()
			v.one.offer()
			v.render()
			if v.deps.Titled != nil {
				v.deps.Titled()
			}
		})
	}
}

// back goes to the overview.
func (v *View) back() { v.open(shell.Route{Screen: Screen}) }

// do runs an act that is recorded, one at a time, and tells what came of it.
func do[T any](v *View, work func(context.Context) (T, error), show func(T)) {
	if v.model.Busy {
		return
	}
	v.model.Busy = true
	v.render()
	kit.Load(v.acting, work, func(result T, err error) {
		v.model.Busy, v.model.Failed = false, err
		if err == nil {
			show(result)
		}
		v.render()
		v.Refresh()
	})
}

// makeRoom gives up the ballast.
func (v *View) makeRoom() {
	do(v, func(ctx context.Context) (struct{}, error) { return struct{}{}, v.deps.MakeRoom(ctx) }, func(struct{}) {
		v.deps.Result(kit.Done, kit.T("emergencies.room.done"))
	})
}

// slip writes the paper of the emergency that is open, and opens it.
func (v *View) slip() {
	e := v.model.Open.Is
	do(v, func(ctx context.Context) (string, error) { return v.deps.Slip(ctx, e) }, func(path string) {
		key := "emergencies.slip.written"
		if v.deps.Show != nil && v.deps.Show(path) == nil {
			key = "emergencies.slip.opened"
		}
		v.deps.Result(kit.Done, kit.T(key, kit.Data{"Path": path}))
	})
}

// check compares what the device holds now with what the emergency left.
func (v *View) check() {
	e := v.model.Open.Is
	do(v, func(ctx context.Context) ([]string, error) { return v.deps.CheckDrift(ctx, e.ID) }, func(differ []string) {
		if len(differ) == 0 {
			v.deps.Result(kit.Verified, kit.T("emergencies.checked.same", kit.Data{"Device": e.Device}))
			return
		}
		v.deps.Result(kit.Caution, kit.T("emergencies.checked.different", kit.Data{"Device": e.Device, "Settings": strings.Join(differ, ", ")}))
	})
}

// focusFirst gives the keyboard to where the shown page begins.
func (v *View) focusFirst() {
	if panes := v.Panes(); len(panes) > 0 {
		kit.Focus(panes[0])
	}
}

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	switch v.page() {
	case v.ceremony.Object():
		return v.ceremony.Panes()
	case v.one.page:
		return v.one.panes()
	case v.paper.page:
		return []fyne.Focusable{v.paper.about, v.paper.cancel}
	}
	return v.list.panes()
}

// FocusFilter implements shell.Filterer.
func (v *View) FocusFilter() {
	if v.page() == v.list.page {
		kit.Focus(v.list.filter)
	}
}

// Commands implements shell.Commander.
func (v *View) Commands() []shell.Command {
	return []shell.Command{
		{ID: "emergencies.drill", Label: "emergencies.drill.start", Menu: shell.MenuFile, Do: v.deps.Drill, Enabled: func() bool { return v.deps.Drill != nil }},
		{ID: "emergencies.paper", Label: "emergencies.paper.enter", Menu: shell.MenuFile, Do: v.enterPaper},
	}
}

func (v *View) enterPaper() { v.open(shell.Route{Screen: Screen, ID: paperRoute}) }
