package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/app/ui/start"
	"countersign/internal/fault"
	"countersign/internal/instance"
)

// program is the window with the engine behind it.
type program struct {
	app     fyne.App
	window  fyne.Window
	runner  *kit.Runner
	options options
	ctx     context.Context // of the whole program
	engine  *engine         // nil where this user has no folder at all
	console *composer
	leave   context.CancelFunc // ends what the window shows now
	server  *instance.Server   // answers another console that asks for the record
}

const (
	// firstWait is how long the window waits for the record before it shows what can be done without.
	firstWait = 800 * time.Millisecond
	// againEvery is how often a record that somebody else has, or that has no room, is tried again.
	againEvery = 2 * time.Second
)

// start puts the console into the window. Where the record is not open in a moment, the window shows what an emergency needs,
// and the rest follows when it is.
func (p *program) start(ctx context.Context) {
	p.ctx = ctx
	e, err := newEngine(p.options)
	if err != nil {
		slog.Error("the console has no folder for its record", "kind", fault.KindOf(err), "err", err)
		p.window.SetContent(p.failure(err))
		return
	}
	p.engine = e
	opened := make(chan error, 1)
	go func() { opened <- e.open(ctx) }()
	timer := time.NewTimer(firstWait)
	defer timer.Stop()
	select {
	case err = <-opened:
	case <-timer.C:
		err = errLater
		go func() { p.told(<-opened) }()
	}
	if err == nil {
		p.show(ctx)
		return
	}
	if !errors.Is(err, errLater) {
		p.told(err)
	}
	p.reduce(ctx)
}

var errLater = errors.New("the record is still being opened")

// told logs why the record could not be opened.
func (p *program) told(err error) {
	if err != nil {
		slog.Error("the console cannot open its record", "kind", fault.KindOf(err), "err", err)
	}
}

// show puts the whole console into the window.
func (p *program) show(ctx context.Context) {
	inner := p.turn(ctx)
	p.serve(ctx)
	p.console = compose(inner, p, p.engine.record.Load())
}

// turn ends what the window shows, for what it shows next.
func (p *program) turn(ctx context.Context) context.Context {
	if p.leave != nil {
		p.leave()
	}
	inner, cancel := context.WithCancel(ctx)
	p.leave = cancel
	return inner
}

// reduce shows what can be done without the record, and goes on trying to open that.
func (p *program) reduce(ctx context.Context) {
	p.console = composeReduced(p.turn(ctx), p)
	go p.retry(ctx)
	p.runner.Every(ctx, time.Second, func() {
		if p.console.record != nil || p.engine.record.Load() == nil {
			return
		}
		// Nobody is taken away from an emergency, or from what they are doing at a device.
		at := p.console.shell.Route()
		if at.Screen == emergencyScreen || p.engine.glass.Current() != nil || !p.console.page.Idle() || p.console.shell.Dialogs().Open() ||
			len(p.engine.board.Running()) > 0 {
			p.console.refresh()
			return
		}
		p.show(ctx)
		if at.Screen == "device" {
			p.console.open(at)
		}
	})
}

// retry tries to open the record again while that may succeed by itself.
func (p *program) retry(ctx context.Context) {
	ticker := time.NewTicker(againEvery)
	defer ticker.Stop()
	for p.engine.record.Load() == nil {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		switch fault.KindOf(p.engine.problem()) {
		case fault.LogBusy, fault.LogFull, fault.LogDenied:
			_ = p.engine.open(ctx) // the page says why not
		}
	}
}

// serve answers other consoles that find the record taken: through the window's own thread, so that a window that hangs
// does not answer.
func (p *program) serve(ctx context.Context) {
	if p.server != nil {
		return
	}
	server, err := instance.Serve(ctx, p.engine.folder, func(ctx context.Context) error {
		p.runner.Call(ctx, p.window.RequestFocus)
		return ctx.Err()
	})
	if err != nil { // the other console will say less about this one
		slog.Warn("another console cannot ask this one whether it answers", "kind", fault.KindOf(err), "err", err)
		return
	}
	p.server = server
}

// composeReduced puts into the window what an emergency needs.
func composeReduced(ctx context.Context, p *program) *composer {
	c := &composer{engine: p.engine, program: p, ctx: ctx, runner: p.runner}
	c.page = c.deviceAlone()
	config := c.around(map[string]shell.Screen{
		start.ScreenName: c.waiting(), "devices": c.devices(p.options), "device": c.page, emergencyScreen: c.arming(),
	})
	config.Sections = []shell.Section{
		{Screen: start.ScreenName, Label: "start.section", Icon: kit.IconAudit},
		{Screen: "devices", Label: "devices.title", Icon: kit.IconDevices},
		{Screen: emergencyScreen, Label: "shell.emergency", Icon: kit.IconEmergency},
	}
	config.Person = func() (shell.Person, bool) { return shell.Person{}, false }
	config.SignIn = func() { c.open(shell.Route{Screen: start.ScreenName}) }
	config.Lock, config.OpenStanding = func() {}, config.SignIn
	config.Notice, config.NoticeAct = c.waits, c.waitsFor
	c.shell = shell.New(ctx, config)
	p.runner.Follow(ctx, c.inventory.Changed, c.refresh)
	return c
}

// failure is the page of a user without a folder for anything.
func (p *program) failure(err error) fyne.CanvasObject {
	notice := kit.NewNotice()
	notice.SayFault(err)
	return kit.Page(kit.Title(kit.T("start.failed")), container.NewVBox(notice), kit.NewButton(kit.T("start.quit"), kit.IconCross, p.quit))
}

// quitWith closes the window when the operating system asks the program to end.
func (p *program) quitWith(ctx context.Context) {
	asked := make(chan struct{}, 1)
	context.AfterFunc(ctx, func() { asked <- struct{}{} })
	p.runner.Watch(context.WithoutCancel(ctx), asked, p.quit)
}

func (p *program) quit() { kit.Quit(p.app.Quit) }

// end closes the engine after the window is gone.
func (p *program) end() int {
	if p.engine == nil {
		return 1
	}
	if names := p.engine.board.Running(); len(names) > 0 {
		slog.Info("finishing what was begun", "tasks", names)
	}
	if p.server != nil {
		_ = p.server.Close() // nobody is answered any more either way
	}
	if err := p.engine.close(); err != nil {
		slog.Error("the console was not closed cleanly", "kind", fault.KindOf(err), "err", err)
		return 1
	}
	return 0
}
