package session

import (
	"context"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

// watch observes the device, or at least keeps the conversation alive, until the returned function is called, which
// waits for the last exchange to end.
func (d *Device) watch() (rest func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if d.session != nil {
			d.attend(ctx, d.session)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// attend returns when ctx ends or the line does.
func (d *Device) attend(ctx context.Context, s drivers.Session) {
	for ctx.Err() == nil {
		var pause time.Duration
		var err error
		switch s := s.(type) {
		case drivers.Observer:
			err, pause = fault.Guard(d.endpoint.Label, func() error { return d.observe(ctx, s) }), retryAfter
		case drivers.KeepAlive:
			err = fault.Guard(d.endpoint.Label, func() error {
				pause, err = s.KeepAlive(ctx)
				return err
			})
		default:
			return
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			if d.failed(Fault(err, d.endpoint.Label)) {
				return
			}
			pause = max(pause, retryAfter)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (d *Device) observe(ctx context.Context, o drivers.Observer) error {
	for sample, err := range o.Observe(ctx) {
		if err != nil {
			return err
		}
		d.update(func(l *Live) {
			l.State, l.Fault = Ready, nil
			l.Samples[sample.ID] = sample
		})
	}
	return nil
}

// failed notes why watching failed and says whether the line is over.
func (d *Device) failed(err error) (over bool) {
	if over = fault.Is(err, fault.PortGone); over {
		d.set(Gone, err)
	} else {
		d.set(Silent, err)
	}
	return over
}
