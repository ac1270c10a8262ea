// Package task names the work that runs in the background, so that people see what the console is doing, how far it is,
// and can stop it. It does not run anything by itself: whoever calls Run is the goroutine that works.
package task

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Progress is how far a piece of work is. Setting it never blocks; whoever shows it looks when it likes.
type Progress struct {
	done, total atomic.Int64
	step        atomic.Pointer[string]
}

// Set says that done of total parts are finished; total 0 is work of unknown length.
func (p *Progress) Set(done, total int64) {
	p.done.Store(done)
	p.total.Store(total)
}

// Step names what is being done now.
func (p *Progress) Step(name string) { p.step.Store(&name) }

// Status is one piece of work for display.
type Status struct {
	Name, Step  string
	Done, Total int64
	Fixed       bool // nothing cancels it
}

// Board lists the work that runs. The zero Board is ready; it is safe for concurrent use.
type Board struct {
	mu      sync.Mutex
	running []*entry
}

type entry struct {
	name     string
	progress Progress
	cancel   context.CancelFunc
	fixed    bool
}

// Run does work on the calling goroutine, listed under name, with a context that Cancel ends.
func (b *Board) Run(ctx context.Context, name string, work func(context.Context, *Progress) error) error {
	return b.run(ctx, &entry{name: name}, work)
}

// Finish is Run for work that nothing cancels once it has begun: half of it would be worse than all of it or nothing.
func (b *Board) Finish(ctx context.Context, name string, work func(context.Context, *Progress) error) error {
	return b.run(context.WithoutCancel(ctx), &entry{name: name, fixed: true}, work)
}

func (b *Board) run(ctx context.Context, e *entry, work func(context.Context, *Progress) error) error {
	ctx, cancel := context.WithCancel(ctx)
	e.cancel = cancel
	b.mu.Lock()
	b.running = append(b.running, e)
	b.mu.Unlock()
	defer func() {
		cancel()
		b.mu.Lock()
		b.running = slices.DeleteFunc(b.running, func(other *entry) bool { return other == e })
		b.mu.Unlock()
	}()
	return work(ctx, &e.progress)
}

// Current returns the newest piece of work.
func (b *Board) Current() (Status, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.running) == 0 {
		return Status{}, false
	}
	e := b.running[len(b.running)-1]
	s := Status{Name: e.name, Done: e.progress.done.Load(), Total: e.progress.total.Load(), Fixed: e.fixed}
	if step := e.progress.step.Load(); step != nil {
		s.Step = *step
	}
	return s, true
}

// Running returns the names of all work, the oldest first.
func (b *Board) Running() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, e := range b.running {
		names = append(names, e.name)
	}
	return names
}

// Cancel stops the newest piece of work that can be stopped.
func (b *Board) Cancel() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range slices.Backward(b.running) {
		if !e.fixed {
			e.cancel()
			return
		}
	}
}

// CancelAll stops all work that can be stopped.
func (b *Board) CancelAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.running {
		if !e.fixed {
			e.cancel()
		}
	}
}
