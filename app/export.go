package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"countersign/app/ui/export"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/preflight"
)

// export is the screen on which the log is handed out.
func (c *composer) export() *export.View {
	engine := &exports{composer: c}
	return export.New(c.ctx, export.Deps{
		Exports: engine, Log: c.log, Board: c.board, Devices: engine.devices, People: c.roster.People,
		Me: func() (people.Person, bool) {
			if who := c.seat.Current(); who != nil {
				return who.Person, true
			}
			return people.Person{}, false
		},
		Prove: c.seat.Prove, SeatChanged: c.seat.Changed, SignIn: c.signIn.Ask, Hint: c.hint(c.options),
		Places: export.Places, Free: preflight.Free, Show: export.OpenFolder, Result: c.result, Now: time.Now,
	}, c.runner, c.open)
}

// everywhere are the commands that need no section of the rail.
func (c *composer) everywhere() []shell.Command {
	return []shell.Command{{ID: "export", Label: "export.command", Menu: shell.MenuFile, Key: "E", Modifier: shell.Ctrl, Do: c.toExport}}
}

func (c *composer) toExport() { c.open(shell.Route{Screen: export.Screen}) }

// exports is the engine of bundles as the screen wants it.
type exports struct {
	*composer

	looking sync.Mutex
	read    int64 // records of which the devices are known
	known   []string
}

// devices are those that records name, in the order of their names. What was read once is not read again.
func (e *exports) devices(ctx context.Context) ([]string, error) {
	e.looking.Lock()
	defer e.looking.Unlock()
	err := e.log.Each(ctx, e.read, func(r audit.Record) error {
		if device, ok := r.Body.Text("device"); ok && device != "" {
			if at, there := slices.BinarySearch(e.known, device); !there {
				e.known = slices.Insert(e.known, at, device)
			}
		}
		e.read = r.Seq + 1
		return ctx.Err()
	})
	return slices.Clone(e.known), err
}

// Span implements export.Exports. Clocks are set back and forth, so everything between the first and the last record of that
// time belongs to it.
func (e *exports) Span(ctx context.Context, from, to time.Time) (first, next int64, err error) {
	first = -1
	err = e.log.Each(ctx, 0, func(r audit.Record) error {
		if at := r.At.Wall; !at.Before(from) && at.Before(to) {
			if first < 0 {
				first = r.Seq
			}
			next = r.Seq + 1
		}
		return ctx.Err()
	})
	return max(first, 0), next, err
}

func (e *exports) List(context.Context) ([]export.Earlier, error) { return nil, nil }
func (e *exports) Preview(_ context.Context, s export.Selection, _ func(done, of int64)) (export.Preview, error) {
	size := e.log.Head().Size
	return export.Preview{From: s.From, To: size, Shown: size - s.From, Bytes: size * 900}, nil
}
func (e *exports) Write(context.Context, export.Order, func(string, int64, int64)) (export.Made, error) {
	return export.Made{}, fault.New(fault.Unsupported, kit.T("export.title"), nil)
}
func (e *exports) Take(context.Context, string) (export.Receipt, error) {
	return export.Receipt{}, fault.New(fault.Unsupported, kit.T("export.title"), nil)
}
