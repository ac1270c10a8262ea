package kit

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
)

// Runner says how work leaves the window's goroutine and how its result comes back. It is the only way from another
// goroutine to a widget.
type Runner struct {
	spawn func(func())
	post  func(func())
	ticks bool
}

// Background runs work on goroutines of its own and shows results on the window's goroutine.
func Background() *Runner {
	return &Runner{spawn: func(f func()) { go f() }, post: gate.post, ticks: true}
}

// gate is the way to the toolkit's goroutine. The toolkit panics when something arrives while it ends, so nothing may arrive.
var gate = &exit{do: fyne.Do}

// Inline runs everything at once on the calling goroutine, for tests of screens. Its Every and Watch do nothing: the
// test calls what they would have called.
func Inline() *Runner {
	call := func(f func()) { f() }
	return &Runner{spawn: call, post: call}
}

// Lane returns a lane for one view. It ends with ctx.
func (r *Runner) Lane(ctx context.Context) *Lane { return &Lane{ctx: ctx, runner: r} }

// Every calls f on the window's goroutine each d until ctx ends. A tick that finds the window still busy with the last
// one is dropped, so a slow window is never flooded.
func (r *Runner) Every(ctx context.Context, d time.Duration, f func()) {
	if !r.ticks {
		return
	}
	go func() {
		ticker := time.NewTicker(d)
		defer ticker.Stop()
		follow(ctx, r, ticker.C, f)
	}()
}

// Watch calls f on the window's goroutine after changed has been signalled, until ctx ends or changed is closed. Signals
// that arrive while f is waiting to run are one call.
func (r *Runner) Watch(ctx context.Context, changed <-chan struct{}, f func()) {
	if r.ticks {
		go follow(ctx, r, changed, f)
	}
}

// Follow calls f on the window's goroutine at once and after every change, until ctx ends. Changed returns a channel that
// the next change closes, as notify.Signal does: it is taken before f looks, so that no change slips through.
func (r *Runner) Follow(ctx context.Context, changed func() <-chan struct{}, f func()) {
	if !r.ticks {
		f()
		return
	}
	go func() {
		for ctx.Err() == nil {
			next := changed()
			r.Call(ctx, f)
			select {
			case <-next:
			case <-ctx.Done():
			}
		}
	}()
}

// follow calls f on the window's goroutine for each value of c, until ctx ends or c is closed.
func follow[S any](ctx context.Context, r *Runner, c <-chan S, f func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-c:
			if !open {
				return
			}
		}
		r.Call(ctx, f)
	}
}

// Call runs f on the window's goroutine and waits for it, so that whoever calls again never floods the window.
func (r *Runner) Call(ctx context.Context, f func()) {
	done := make(chan struct{})
	r.post(func() {
		defer close(done)
		if ctx.Err() == nil {
			f()
		}
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Lane runs background work for one view, the newest piece only. Its methods are called on the window's goroutine, so it
// needs no lock.
type Lane struct {
	ctx    context.Context
	cancel context.CancelFunc
	runner *Runner
}

// Stop cancels the work under way; its result will not be shown.
func (l *Lane) Stop() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}

// Load runs work in the background and then show on the window's goroutine. Work that was replaced by a newer Load or
// stopped is cancelled, and its result dropped.
func Load[T any](l *Lane, work func(context.Context) (T, error), show func(T, error)) {
	l.Stop()
	ctx, cancel := context.WithCancel(l.ctx)
	l.cancel = cancel
	l.runner.spawn(func() {
		v, err := work(ctx)
		l.runner.post(func() {
			if ctx.Err() == nil {
				show(v, err)
				cancel()
			}
		})
	})
}
