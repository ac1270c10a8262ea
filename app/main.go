// Countersign is the console: a desktop program with which technicians find medical devices, read them, and change a
// setting when two persons agree. This package is its composition root: it knows every concrete part, hands each what it
// needs, and decides nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
)

// version is set by the build.
var version = "0.1.0-dev"

// The window's size at the first start: a laptop's screen of 1366 by 768 holds it.
const (
	windowWidth  = 1280
	windowHeight = 740
)

func main() {
	o, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2) // flag has said why
	}
	if err := forbidDumps(); err != nil {
		slog.Warn("a crash may leave a copy of the memory behind", "err", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := 0
	if o.rebuild {
		code = rebuild(ctx, o, os.Stdout, os.Stderr)
	} else {
		code = run(ctx, o)
	}
	stop()
	os.Exit(code)
}

// run opens the window and returns the program's exit code when it was closed.
func run(ctx context.Context, o options) int {
	if err := kit.Use(o.language); err != nil {
		fmt.Fprintln(os.Stderr, "countersign: the texts cannot be read:", err)
		return 1
	}
	app.SetMetadata(metadata())
	a := app.NewWithID(appID)
	a.SetIcon(kit.AppIcon())
	a.Settings().SetTheme(kit.NewTheme(kit.Compact, kit.FollowSystem))
	w := a.NewWindow("Countersign")
	w.SetMaster()
	w.Resize(fyne.NewSize(windowWidth, windowHeight))

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &program{app: a, window: w, runner: kit.Background(), options: o}
	p.start(ctx)
	p.quitWith(ctx)
	if o.outline != "" {
		p.runner.Every(ctx, outlineEvery, func() { writeOutline(w.Title(), kit.Outline(w.Canvas()), o.outline) })
	}
	w.SetCloseIntercept(p.quit)
	w.ShowAndRun()
	cancel()
	return p.end()
}

// program is the window with the engine behind it, or with the reason why there is none.
type program struct {
	app     fyne.App
	window  fyne.Window
	runner  *kit.Runner
	options options
	engine  *engine // nil while it could not be opened
}

// start opens the engine and puts the console into the window. When it cannot be opened the window says why, what that
// means and what to do, and offers to try again: nothing is lost by that.
func (p *program) start(ctx context.Context) {
	e, err := openEngine(ctx, p.options)
	if err != nil {
		slog.Error("the console cannot open its record", "kind", fault.KindOf(err), "err", err)
		p.window.SetTitle(kit.T("start.failed") + " — Countersign")
		again := kit.NewPrimary(kit.T("start.again"), kit.IconRefresh, func() { p.start(ctx) })
		p.window.SetContent(p.failure(err, again))
		p.window.Canvas().Focus(again)
		return
	}
	p.engine = e
	compose(ctx, p)
}

func (p *program) failure(err error, again fyne.CanvasObject) fyne.CanvasObject {
	notice := kit.NewNotice()
	notice.SayFault(err)
	return kit.Page(kit.Title(kit.T("start.failed")), container.NewVBox(notice), kit.NewButton(kit.T("start.quit"), kit.IconCross, p.quit), again)
}

// quitWith closes the window when the operating system asks the program to end.
func (p *program) quitWith(ctx context.Context) {
	asked := make(chan struct{}, 1)
	context.AfterFunc(ctx, func() { asked <- struct{}{} })
	p.runner.Watch(context.WithoutCancel(ctx), asked, p.quit)
}

func (p *program) quit() { p.app.Quit() }

// end closes the engine after the window is gone.
func (p *program) end() int {
	if p.engine == nil {
		return 1
	}
	if names := p.engine.board.Running(); len(names) > 0 {
		slog.Info("finishing what was begun", "tasks", names)
	}
	if err := p.engine.close(); err != nil {
		slog.Error("the console was not closed cleanly", "kind", fault.KindOf(err), "err", err)
		return 1
	}
	return 0
}
