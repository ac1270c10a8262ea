package main

import (
	"context"
	"sync"
	"time"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/discovery"
	"countersign/internal/link"
	"countersign/internal/notify"
	"countersign/internal/session"
)

// drill is a simulated monitor inside the console on which an emergency is practised. Its endpoint is in the list only while
// somebody practises, and nothing of it leaves the process.
type drill struct {
	changed notify.Signal

	mu    sync.Mutex
	unit  *capnostream20.Unit // nil while nobody practises
	began time.Time
}

// The simulated monitor's place in the list.
const (
	drillName   = "drill"
	drillSerial = "DRILL-0001"
	drillPort   = "countersign-drill"
	drillKey    = "serial://" + drillPort
)

func newDrill() *drill { return &drill{} }

// Name implements discovery.Source.
func (d *drill) Name() string { return drillName }

// Run implements discovery.Source.
func (d *drill) Run(ctx context.Context, emit func([]drivers.Endpoint, discovery.Status)) error {
	for {
		changed := d.changed.Changed()
		emit(d.endpoints(), discovery.Status{State: discovery.Running})
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *drill) endpoints() []drivers.Endpoint {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unit == nil {
		return nil
	}
	return []drivers.Endpoint{{Scheme: "serial", Address: drillPort, Label: "Drill monitor (simulated)", Source: drillName}}
}

// begin puts a fresh monitor into the list.
func (d *drill) begin(now time.Time) {
	d.mu.Lock()
	d.unit, d.began = capnostream20.NewUnit(drillSerial), now
	d.mu.Unlock()
	d.changed.Notify()
}

// end takes it away, and returns when it had begun.
func (d *drill) end() (began time.Time) {
	d.mu.Lock()
	began = d.began
	d.unit, d.began = nil, time.Time{}
	d.mu.Unlock()
	d.changed.Notify()
	return began
}

// open opens the monitor where that is meant, and every other endpoint as a real line.
func (d *drill) open() session.Open {
	real := link.New().By("Countersign")
	return func(ctx context.Context, ep drivers.Endpoint, line drivers.Line) (drivers.Conn, error) {
		if ep.Key() != drillKey {
			return real(ctx, ep, line)
		}
		d.mu.Lock()
		unit := d.unit
		d.mu.Unlock()
		if unit == nil {
			return nil, drivers.ErrNotMine
		}
		return sim.Connect(context.WithoutCancel(ctx), unit), nil
	}
}
