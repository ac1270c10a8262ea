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

	"countersign/app/ui/kit"
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
	switch {
	case o.rebuild:
		code = rebuild(ctx, o, os.Stdout, os.Stderr)
	case o.restore != "":
		code = restore(ctx, o, os.Stdout, os.Stderr)
	default:
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
