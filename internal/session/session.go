// Package session keeps one open conversation with one device: it lets one exchange run at a time, watches the device
// while nothing else is asked, asks the device again who it is, and turns the driver's errors into faults.
//
// It does not find or choose a device (packages discovery and identify), and it never writes: package change borrows
// the conversation through Exclusive for that.
package session

import (
	"context"
	"maps"
	"sync"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/notify"
)

// Open opens an endpoint as an exclusive conversation.
type Open = func(context.Context, drivers.Endpoint, drivers.Line) (drivers.Conn, error)

// State is how the conversation goes.
type State string

// The states, in the words of the screens.
const (
	Ready  State = "ready"
	Busy   State = "busy"   // an exchange is running
	Silent State = "silent" // connected, and nothing comes
	Gone   State = "gone"   // the line ended, or another device answers on it
)

// Device is one device with an open conversation. Its methods are safe for concurrent use.
type Device struct {
	endpoint drivers.Endpoint
	driver   drivers.Driver
	identity drivers.Identity
	open     Open

	jobs  chan job
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once

	session drivers.Session // owned by run; nil after the line ended

	mu      sync.Mutex
	live    Live
	changed notify.Signal
}

// Live is what is known of the device now.
type Live struct {
	State   State
	Fault   error // why State is Silent or Gone
	Samples map[drivers.SettingID]drivers.Sample
}

type job struct {
	ctx  context.Context
	do   func(context.Context) error
	done chan error
}

// Start takes over a conversation in which the driver has just identified the device. It closes conn when it fails.
func Start(ctx context.Context, open Open, ep drivers.Endpoint, driver drivers.Driver, conn drivers.Conn, id drivers.Identity) (*Device, error) {
	opened, err := begin(ctx, driver, conn, id, ep.Label)
	if err != nil {
		return nil, err
	}
	d := &Device{
		endpoint: ep, driver: driver, identity: id, open: open, session: opened,
		jobs: make(chan job), quit: make(chan struct{}), ended: make(chan struct{}),
		live: Live{State: Ready, Samples: map[drivers.SettingID]drivers.Sample{}},
	}
	go d.run()
	return d, nil
}

// begin opens the driver's session on conn, and closes conn when it fails.
func begin(ctx context.Context, driver drivers.Driver, conn drivers.Conn, id drivers.Identity, subject string) (opened drivers.Session, err error) {
	err = fault.Guard(subject, func() error {
		opened, err = driver.Open(ctx, conn, id)
		return err
	})
	if err != nil {
		conn.Close()
	}
	return opened, Fault(err, subject)
}

// Endpoint returns where the device is.
func (d *Device) Endpoint() drivers.Endpoint { return d.endpoint }

// Driver returns the driver that speaks with it.
func (d *Device) Driver() drivers.Driver { return d.driver }

// Identity returns who the device said it was when the conversation began.
func (d *Device) Identity() drivers.Identity { return d.identity }

// Close ends the conversation and waits until the port is free.
func (d *Device) Close() error {
	d.once.Do(func() { close(d.quit) })
	<-d.ended
	return nil
}

// Exclusive runs do with the driver's session while nothing else is asked. It returns what do returns, or the fault
// that kept do from running.
func (d *Device) Exclusive(ctx context.Context, do func(context.Context, drivers.Session) error) error {
	return d.exchange(ctx, func(ctx context.Context) error {
		if d.session == nil {
			return fault.New(fault.PortGone, d.endpoint.Label, nil)
		}
		return do(ctx, d.session)
	})
}

func (d *Device) exchange(ctx context.Context, do func(context.Context) error) error {
	j := job{ctx, do, make(chan error, 1)}
	select {
	case d.jobs <- j:
		return <-j.done // do obeys ctx
	case <-ctx.Done():
		return Fault(ctx.Err(), d.endpoint.Label)
	case <-d.ended:
		return fault.New(fault.PortGone, d.endpoint.Label, nil)
	}
}

// Describe lists what can be configured and observed.
func (d *Device) Describe(ctx context.Context) (description drivers.Description, err error) {
	err = d.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
		description, err = s.Describe(ctx)
		return Fault(err, d.endpoint.Label)
	})
	return description, err
}

// Read reads the named settings, or all.
func (d *Device) Read(ctx context.Context, ids ...drivers.SettingID) (snapshot drivers.Snapshot, err error) {
	err = d.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
		snapshot, err = s.Read(ctx, ids...)
		return Fault(err, d.endpoint.Label)
	})
	return snapshot, err
}

// Interfaces lists every way into the device.
func (d *Device) Interfaces(ctx context.Context) (all []drivers.Interface, err error) {
	err = d.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
		all, err = s.Interfaces(ctx)
		return Fault(err, d.endpoint.Label)
	})
	return all, err
}

// Reidentify hangs up, opens the endpoint again and asks the device who it is. Another device than before is
// fault.OtherDevice, and the conversation is then over. A device without a serial number must be of the same model: which one it
// is, two persons read off it.
func (d *Device) Reidentify(ctx context.Context) error {
	return d.exchange(ctx, func(ctx context.Context) error {
		if d.session != nil {
			d.session.Close()
			d.session = nil
		}
		opened, err := d.reopen(ctx)
		if err != nil {
			d.set(Gone, err)
			return err
		}
		d.session = opened
		return nil
	})
}

func (d *Device) reopen(ctx context.Context) (drivers.Session, error) {
	conn, err := d.open(ctx, d.endpoint, LineOf(d.driver))
	if err != nil {
		return nil, Fault(err, d.endpoint.Label)
	}
	var id drivers.Identity
	err = fault.Guard(d.endpoint.Label, func() error {
		id, err = d.driver.Probe(ctx, conn)
		return err
	})
	if err == nil && !id.Alike(d.identity) { // one without a serial number can be told apart by nothing else on its line
		err = fault.Newf(fault.OtherDevice, d.identity.Serial, "%s %s SN %s answered", id.Manufacturer, id.Model, id.Serial)
	}
	if err != nil {
		conn.Close()
		return nil, Fault(err, d.endpoint.Label)
	}
	return begin(ctx, d.driver, conn, id, d.endpoint.Label)
}

// LineOf returns the line settings that a driver asks for, or the commonest ones.
func LineOf(d drivers.Driver) drivers.Line {
	if tuned, ok := d.(drivers.Tuned); ok {
		return tuned.Line()
	}
	return drivers.Line{Baud: 9600, Bits: 8, Parity: drivers.NoParity, StopBits: 1}
}

// Live returns what is known now.
func (d *Device) Live() Live {
	d.mu.Lock()
	defer d.mu.Unlock()
	live := d.live
	live.Samples = maps.Clone(d.live.Samples)
	return live
}

// Changed is closed at the next change of Live.
func (d *Device) Changed() <-chan struct{} { return d.changed.Changed() }

func (d *Device) set(state State, err error) {
	d.update(func(l *Live) { l.State, l.Fault = state, err })
}

func (d *Device) update(change func(*Live)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.live)
	d.changed.Notify()
}

// run owns the session: it watches the device until there is something to do, and nothing is asked of the device by
// two at once.
func (d *Device) run() {
	defer close(d.ended)
	for {
		rest := d.watch()
		select {
		case j := <-d.jobs:
			rest()
			d.set(Busy, nil)
			err := fault.Guard(d.endpoint.Label, func() error { return j.do(j.ctx) })
			d.settle(err)
			j.done <- err
		case <-d.quit:
			rest()
			if d.session != nil {
				d.session.Close()
			}
			d.set(Gone, nil)
			return
		}
	}
}

// settle decides what an exchange's end says about the conversation. A device that refuses is still there.
func (d *Device) settle(err error) {
	switch kind := fault.KindOf(Fault(err, d.endpoint.Label)); {
	case d.session == nil:
		d.set(Gone, err)
	case kind == fault.PortGone || kind == fault.OtherDevice || kind == fault.Internal: // of a driver that fell over, nothing more is believed
		d.session.Close()
		d.session = nil
		d.set(Gone, err)
	case kind == fault.Silent:
		d.set(Silent, err)
	default:
		d.set(Ready, nil)
	}
}

// retryAfter is how long a silent device is left alone before it is watched again.
const retryAfter = 2 * time.Second
