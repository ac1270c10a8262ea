package export

import (
	"context"
	"sync/atomic"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Screen is the name of this screen in routes. A route's ID is EarlierID, or "" for a new bundle.
const Screen = "export"

// EarlierID is the route of the exports that were made, and of the receipts for them.
const EarlierID = "earlier"

// lookEvery is how often media are looked for, and progressEvery how often progress is shown.
const (
	lookEvery     = 2 * time.Second
	progressEvery = 200 * time.Millisecond
)

// View is the screen.
type View struct {
	model  *Model
	deps   Deps
	runner *kit.Runner
	open   func(shell.Route)

	ctx      context.Context
	leave    context.CancelFunc // ends what only the shown page needs
	reading  *kit.Lane
	counting *kit.Lane
	room     *kit.Lane
	places   *kit.Lane
	taking   *kit.Lane
	writing  *kit.Lane          // never replaced: what it does is recorded
	stop     context.CancelFunc // stops the bundle that is being made; nil for none
	far      atomic.Pointer[far]
	where    string
	shown    bool

	form   *formView
	result *resultView
	list   *listView
	root   *fyne.Container
}

// far is how far a bundle is.
type far struct {
	stage    string
	done, of int64
}

// New returns the screen. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: NewModel(), deps: deps, runner: runner, open: open, ctx: ctx, leave: func() {},
		reading: runner.Lane(ctx), counting: runner.Lane(ctx), room: runner.Lane(ctx), places: runner.Lane(ctx), taking: runner.Lane(ctx), writing: runner.Lane(ctx)}
	v.form, v.result, v.list = newFormView(v), newResultView(v), newListView(v)
	v.root = container.NewStack(v.form.page, v.result.page, v.list.page)
	v.render()
	return v
}

// page is what is shown now.
func (v *View) page() fyne.CanvasObject {
	switch {
	case v.where == EarlierID:
		return v.list.page
	case v.model.Phase == Written:
		return v.result.page
	}
	return v.form.page
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
	case v.form.page:
		v.form.render()
	case v.result.page:
		v.result.render()
	case v.list.page:
		v.list.render()
	}
	v.root.Refresh()
}

// Title implements shell.Screen.
func (v *View) Title(id string) string {
	if id == EarlierID {
		return kit.T("export.earlier.title")
	}
	return kit.T("export.title")
}

// Show implements shell.Screen.
func (v *View) Show(id string) fyne.CanvasObject {
	v.leave()
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave = cancel
	v.where, v.shown = id, true
	v.model.Taken, v.model.TakeErr = nil, nil
	v.sit()
	v.form.offer()
	v.render()
	v.runner.Follow(ctx, v.deps.Log.Changed, v.Refresh)
	v.runner.Follow(ctx, v.deps.SeatChanged, v.sat)
	v.runner.Every(ctx, lookEvery, v.look)
	v.runner.Every(ctx, progressEvery, v.follow)
	return v.root
}

// Hide implements shell.Screen. A bundle that is being made is gone on with; a passphrase that was not used is forgotten.
func (v *View) Hide() {
	v.shown = false
	v.leave()
	v.counting.Stop()
	v.model.Previewing = false
	v.form.passphrase.SetText("")
}

// Leave implements shell.Leaver: Escape stops what is being made, and leads from a result to a new form.
func (v *View) Leave() bool {
	switch {
	case v.where == EarlierID:
		return false
	case v.model.Phase == Writing:
		v.cancel()
		return true
	case v.model.Phase == Written:
		v.again()
		return true
	}
	return false
}

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	me := v.model.Me.ID
	kit.Load(v.reading, func(ctx context.Context) (Known, error) { return read(ctx, v.deps, me) }, func(k Known, err error) {
		grown := k.Size != v.model.Size
		v.model.Learn(k, err)
		v.form.offer()
		v.render()
		v.look()
		if grown && v.model.Phase == Filling {
			v.model.Previewed = v.model.Previewed && v.model.Previewing
			v.count()
		}
	})
}

func (v *View) sit() {
	p, ok := v.deps.Me()
	v.model.Sit(p, ok)
}

// sat takes in that somebody else is signed in, or nobody. A passphrase that the one before typed is not the next one's.
func (v *View) sat() {
	before := v.model.Me.ID
	v.sit()
	if v.model.Me.ID != before {
		v.form.passphrase.SetText("")
		v.Refresh()
	}
	v.render()
}

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	switch v.page() {
	case v.result.page:
		return []fyne.Focusable{v.result.again, v.result.earlier}
	case v.list.page:
		return []fyne.Focusable{v.list.table, v.list.file}
	}
	return v.form.panes()
}

// Commands implements shell.Commander.
func (v *View) Commands() []shell.Command {
	return []shell.Command{
		{ID: "export.do", Label: "export.command.do", Menu: shell.MenuFile, Key: fyne.KeyReturn, Modifier: shell.Ctrl, Do: v.begin,
			Enabled: func() bool { return v.page() == v.form.page && v.model.Phase == Filling }},
		{ID: "export.cancel", Label: "export.command.cancel", Menu: shell.MenuFile, Do: v.cancel, Enabled: func() bool { return v.model.Phase == Writing }},
		{ID: "export.earlier", Label: "export.command.earlier", Menu: shell.MenuFile, Do: v.toEarlier, Enabled: func() bool { return v.where != EarlierID }},
	}
}

func (v *View) toEarlier() { v.open(shell.Route{Screen: Screen, ID: EarlierID}) }

// toForm shows the page for a new bundle.
func (v *View) toForm() { v.open(shell.Route{Screen: Screen}) }

// again begins another bundle.
func (v *View) again() {
	v.model.Again()
	v.render()
	v.count()
	kit.Focus(v.form.period)
}
