// Package start is the page that stands for the audit log while that is not open: why, what that means, and what can be done.
// Emergencies are possible all the while, and the page says so. It opens nothing itself.
package start

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/fault"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// ScreenName is the screen's name in routes.
const ScreenName = "record"

// Holder is the console that has the record instead.
type Holder struct {
	PID   int // 0 where nobody could tell
	Alive bool
}

// Deps is what the page needs. All may take their time and are called in the background, but for Problem and Opening.
type Deps struct {
	Problem  func() error // why the record is not open; nil while it is being opened
	Again    func(context.Context) error
	Holder   func(context.Context) (Holder, bool) // who has it, where somebody has
	End      func(pid int) error                  // ends a console that hangs
	MakeRoom func(context.Context) error          // gives up the reserve on the disk
	SetAside func(context.Context) error          // moves a damaged record aside; nil where that is not offered
	Quit     func()
}

// look is how often the page looks again.
const look = time.Second

// Screen is the page.
type Screen struct {
	ctx    context.Context
	deps   Deps
	runner *kit.Runner
	act    *kit.Lane
	ask    *kit.Lane
	holder Holder
	held   bool
	asked  error // the problem for which Holder was asked
	failed error // of the last thing that was tried
	busy   bool
	sure   bool // the button that sets the record aside was pressed once

	page   fyne.CanvasObject
	notice *kit.Notice
	who    *kit.Notice
	trial  *kit.Notice
	still  *kit.Notice
	again  *kit.Button
	end    *kit.Button
	room   *kit.Button
	aside  *kit.Button
	quit   *kit.Button
	stop   context.CancelFunc
}

var (
	_ shell.Screen = (*Screen)(nil)
	_ shell.Paned  = (*Screen)(nil)
)

// New returns the page. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner) *Screen {
	s := &Screen{ctx: ctx, deps: deps, runner: runner, act: runner.Lane(ctx), ask: runner.Lane(ctx), stop: func() {}}
	s.notice, s.who, s.trial, s.still = kit.NewNotice(), kit.NewNotice(), kit.NewNotice(), kit.NewNotice()
	s.again = kit.NewPrimary(kit.T("start.again"), kit.IconRefresh, func() { s.try(deps.Again) })
	s.end = kit.NewButton("", kit.IconCross, func() { s.try(func(context.Context) error { return deps.End(s.holder.PID) }) })
	s.room = kit.NewButton(kit.T("start.room"), kit.IconDash, func() { s.try(deps.MakeRoom) })
	s.aside = kit.NewButton(kit.T("start.aside"), kit.IconCopy, s.setAside)
	s.quit = kit.NewButton(kit.T("start.quit"), kit.IconCross, deps.Quit)
	body := container.NewVBox(s.notice, s.who, s.trial, s.still)
	s.page = kit.Page(kit.Title(kit.T("start.title")), body, s.quit, s.end, s.room, s.aside, s.again)
	s.render()
	return s
}

// Title implements shell.Screen.
func (s *Screen) Title(string) string { return kit.T("start.title") }

// Show implements shell.Screen.
func (s *Screen) Show(string) fyne.CanvasObject {
	shown, stop := context.WithCancel(s.ctx)
	s.stop = stop
	s.runner.Every(shown, look, s.render)
	s.render()
	return s.page
}

// Hide implements shell.Screen.
func (s *Screen) Hide() { s.stop() }

// Panes implements shell.Paned.
func (s *Screen) Panes() []fyne.Focusable { return []fyne.Focusable{s.again} }

// setAside sets the record aside at the second press: the first one says what the second will do.
func (s *Screen) setAside() {
	if !s.sure {
		s.sure = true
		s.render()
		return
	}
	s.sure = false
	s.try(s.deps.SetAside)
}

// try does one thing in the background and shows what came of it.
func (s *Screen) try(do func(context.Context) error) {
	if s.busy {
		return
	}
	s.busy = true
	s.render()
	kit.Load(s.act, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) }, func(_ struct{}, err error) {
		s.busy, s.failed, s.asked = false, err, nil
		s.render()
	})
}

// render shows what stands in the way now.
func (s *Screen) render() {
	problem := s.deps.Problem()
	s.askHolder(problem)
	if problem == nil {
		s.notice.Say(kit.Note, kit.T("start.opening"), kit.T("start.opening.more"))
	} else {
		what, why, next := kit.FaultText(problem)
		if fault.Is(problem, fault.LogBroken) {
			next = kit.T("start.broken.next")
		}
		s.notice.Say(kit.Failed, kit.T("start.failed")+". "+what, why+" "+next)
	}
	s.renderHolder()
	s.trial.Clear()
	if s.failed != nil && fault.KindOf(s.failed) != fault.KindOf(problem) {
		s.trial.SayFault(s.failed)
	}
	s.still.Say(kit.Note, kit.T("start.still"), kit.T("start.still.more"))
	kind := fault.KindOf(problem)
	show(s.end, s.held && !s.holder.Alive && s.holder.PID > 0)
	show(s.room, kind == fault.LogFull)
	show(s.aside, kind == fault.LogBroken && s.deps.SetAside != nil)
	if s.sure {
		s.aside.SetText(kit.T("start.aside.sure"))
	} else {
		s.aside.SetText(kit.T("start.aside"))
	}
	show(s.again, problem != nil)
	s.again.SetEnabled(!s.busy)
}

func (s *Screen) renderHolder() {
	data := kit.Data{"PID": s.holder.PID}
	switch {
	case !s.held:
		s.who.Clear()
	case s.holder.Alive:
		s.who.Say(kit.Note, kit.T("start.alive"), kit.T("start.alive.more", data))
	case s.holder.PID == 0:
		s.who.Say(kit.Caution, kit.T("start.hung"), kit.T("start.hung.unknown"))
	default:
		s.who.Say(kit.Caution, kit.T("start.hung"), kit.T("start.hung.more", data))
		s.end.SetText(kit.T("start.end", data))
	}
}

// askHolder asks who has the record, once for each time that it is said to be taken.
func (s *Screen) askHolder(problem error) {
	if !fault.Is(problem, fault.LogBusy) {
		s.held, s.asked = false, nil
		return
	}
	if s.asked == problem {
		return
	}
	s.asked = problem
	type answer struct {
		Holder
		held bool
	}
	kit.Load(s.ask, func(ctx context.Context) (answer, error) {
		h, held := s.deps.Holder(ctx)
		return answer{h, held}, nil
	}, func(a answer, _ error) {
		s.holder, s.held = a.Holder, a.held
		s.render()
	})
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
