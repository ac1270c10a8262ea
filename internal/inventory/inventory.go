// Package inventory is the list of devices as a technician sees it: every endpoint that was found, which drivers may be
// meant by it, who the device behind it says it is once it was asked, and the open conversation with it.
//
// It asks a device only when a person agreed, reads only, and records both in the audit log. It does not find endpoints
// (package discovery) and never writes to a device (package change).
package inventory

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/leaf"
	"countersign/internal/notify"
	"countersign/internal/session"
)

// The kinds of record that this package writes.
const (
	kindIdentified = "device.identified"
	kindRead       = "device.read"
	kindReleased   = "device.released"
)

// State is how the console stands with a device.
type State string

// The states before a conversation; with one, the states of package session.
const (
	Discovered State = "discovered" // somebody may be there
	Connecting State = "connecting"
	Gone       State = "gone"
)

// Device is one line of the list. Its zero parts are those that are not known yet.
type Device struct {
	discovery.Found
	State      State
	Candidates []identify.Candidate
	Driver     drivers.Driver
	Identity   drivers.Identity
	Read       *Reading
	Interfaces []drivers.Interface
	Fault      error // why the last attempt failed, or the conversation ended

	session *session.Device
}

// Reading is what was read of a device.
type Reading struct {
	Description drivers.Description
	Snapshot    drivers.Snapshot
}

// Name is what to call the device: model and serial number once known, else what its source called it.
func (d Device) Name() string {
	if d.Identity.Model == "" {
		return cmp.Or(d.Label, d.Address)
	}
	return d.Identity.Model + " SN " + cmp.Or(d.Identity.Serial, "?")
}

// Session returns the open conversation, or nil.
func (d Device) Session() *session.Device { return d.session }

// Live returns what the device reports now.
func (d Device) Live() session.Live {
	if d.session == nil {
		return session.Live{}
	}
	return d.session.Live()
}

// Registry is where endpoints come from.
type Registry interface {
	List() []discovery.Found
	Changed() <-chan struct{}
}

// Log is where it is recorded what devices were asked.
type Log interface {
	Append(ctx context.Context, drafts ...audit.Draft) ([]audit.Record, error)
}

// Inventory is the list. Its methods are safe for concurrent use.
type Inventory struct {
	registry Registry
	open     session.Open
	drivers  []drivers.Driver
	log      Log
	changed  notify.Signal

	mu     sync.Mutex
	closed bool
	known  map[string]*known
}

// known is what the inventory remembers of an endpoint beside what the registry knows.
type known struct {
	connecting bool
	driver     drivers.Driver
	identity   drivers.Identity
	read       *Reading
	written    int // how often what was read was out of date
	interfaces []drivers.Interface
	fault      error
	session    *session.Device
}

// New returns an inventory over the registry's endpoints.
func New(registry Registry, open session.Open, all []drivers.Driver, log Log) *Inventory {
	return &Inventory{registry: registry, open: open, drivers: all, log: log, known: map[string]*known{}}
}

// Run passes the registry's changes on until ctx ends.
func (v *Inventory) Run(ctx context.Context) {
	for {
		changed := v.registry.Changed()
		v.changed.Notify()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// Changed is closed at the next change of the list. Live values change more often; each conversation tells of its own.
func (v *Inventory) Changed() <-chan struct{} { return v.changed.Changed() }

// Devices returns the list in the registry's order.
func (v *Inventory) Devices() []Device {
	found := v.registry.List()
	v.mu.Lock()
	defer v.mu.Unlock()
	list := make([]Device, len(found))
	for i, f := range found {
		list[i] = v.device(f)
	}
	return list
}

// Device returns the device at an endpoint's key.
func (v *Inventory) Device(key string) (Device, error) {
	found := v.registry.List()
	i := slices.IndexFunc(found, func(f discovery.Found) bool { return f.Key() == key })
	if i < 0 {
		return Device{}, fault.New(fault.NotFound, key, nil)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.device(found[i]), nil
}

// device joins what is found and what is known. v.mu is held.
func (v *Inventory) device(f discovery.Found) Device {
	d := Device{Found: f, State: Discovered}
	k := v.known[f.Key()]
	if k != nil {
		d.Driver, d.Identity, d.Read, d.Interfaces, d.Fault, d.session = k.driver, k.identity, k.read, k.interfaces, k.fault, k.session
	}
	switch {
	case k != nil && k.connecting:
		d.State = Connecting
	case d.session != nil:
		live := d.session.Live()
		d.State, d.Fault = State(live.State), cmp.Or(live.Fault, d.Fault)
		if live.State == session.Gone && f.Present { // plugged in again: somebody is there, and has not been asked
			d.State = Discovered
		}
	case !f.Present:
		d.State = Gone
	}
	if d.Driver == nil {
		d.Candidates = identify.Candidates(f.Endpoint, v.drivers)
	}
	return d
}

// at returns what is known of an endpoint, to be changed. v.mu is held.
func (v *Inventory) at(key string) *known {
	k := v.known[key]
	if k == nil {
		k = &known{}
		v.known[key] = k
	}
	return k
}

func (v *Inventory) update(key string, change func(*known)) {
	v.mu.Lock()
	change(v.at(key))
	v.mu.Unlock()
	v.changed.Notify()
}

// Identify asks the device at key who it is, on behalf of the drivers that a person agreed to, and opens a conversation
// with it. Actor is that person. A second attempt while one is running is fault.PortBusy.
func (v *Inventory) Identify(ctx context.Context, actor leaf.Actor, key string, consented []identify.Candidate) error {
	device, err := v.Device(key)
	if err != nil {
		return err
	}
	if err := v.begin(key); err != nil {
		return err
	}
	opened, err := v.converse(ctx, device, consented)
	if err == nil {
		err = v.recordIdentity(ctx, actor, opened)
		if err != nil {
			opened.Close()
		}
	}
	v.update(key, func(k *known) {
		if v.closed && err == nil { // Close did not see it
			opened.Close()
			err = fault.New(fault.Cancelled, key, nil)
		}
		k.connecting, k.fault = false, err
		if err == nil {
			k.session, k.driver, k.identity, k.read, k.interfaces = opened, opened.Driver(), opened.Identity(), nil, nil
		}
	})
	return err
}

// begin closes a conversation that is over and claims the endpoint for one attempt.
func (v *Inventory) begin(key string) error {
	v.mu.Lock()
	k := v.at(key)
	if k.connecting {
		v.mu.Unlock()
		return fault.New(fault.PortBusy, key, nil)
	}
	old := k.session
	k.connecting, k.session = true, nil
	v.mu.Unlock()
	if old != nil {
		old.Close()
	}
	v.changed.Notify()
	return nil
}

func (v *Inventory) converse(ctx context.Context, d Device, consented []identify.Candidate) (*session.Device, error) {
	found, err := identify.Identify(ctx, v.open, d.Endpoint, consented)
	if err != nil {
		return nil, session.Fault(err, d.Address)
	}
	return session.Start(ctx, v.open, d.Endpoint, found.Driver, found.Conn, found.Identity)
}

func (v *Inventory) recordIdentity(ctx context.Context, actor leaf.Actor, d *session.Device) error {
	id := d.Identity()
	return v.record(ctx, kindIdentified, actor, d, "manufacturer", id.Manufacturer, "firmware", id.Firmware, "driver", d.Driver().About().ID, "endpoint", d.Endpoint().Key())
}

func (v *Inventory) record(ctx context.Context, kind string, actor leaf.Actor, d *session.Device, pairs ...string) error {
	draft := audit.Draft{Kind: kind, Actor: actor}
	draft.Body.Set("device", d.Identity().Model+" SN "+cmp.Or(d.Identity().Serial, "?"))
	for i := 0; i+1 < len(pairs); i += 2 {
		draft.Body.Set(pairs[i], strings.ToValidUTF8(pairs[i+1], "?"))
	}
	_, err := v.log.Append(ctx, draft)
	return err
}

// readings is how often ReadAll reads, where the device is written to meanwhile.
const readings = 3

// ReadAll reads every setting and interface of the device at key. What it held before it was written to is not kept: it is read
// again then.
func (v *Inventory) ReadAll(ctx context.Context, actor leaf.Actor, key string) error {
	for range readings {
		if current, err := v.readOnce(ctx, actor, key); err != nil || current {
			return err
		}
	}
	return nil // somebody writes all the time, and reads after it
}

// readOnce says whether what it read is what the device holds, as far as this console knows.
func (v *Inventory) readOnce(ctx context.Context, actor leaf.Actor, key string) (current bool, err error) {
	device, err := v.Device(key)
	if err != nil {
		return false, err
	}
	if device.session == nil {
		return false, fault.New(fault.PortGone, device.Name(), nil)
	}
	v.mu.Lock()
	written := v.at(key).written
	v.mu.Unlock()
	description, err := device.session.Describe(ctx)
	if err != nil {
		return false, err
	}
	snapshot, err := device.session.Read(ctx)
	if err != nil {
		return false, err
	}
	interfaces, err := device.session.Interfaces(ctx)
	if err != nil {
		return false, err
	}
	err = v.record(ctx, kindRead, actor, device.session, "read", strconv.Itoa(len(snapshot.Readings)), "unreadable", strconv.Itoa(len(snapshot.Unreadable)))
	v.update(key, func(k *known) {
		current = k.written == written
		if current && k.session == device.session { // not another one since
			k.read, k.interfaces = &Reading{description, snapshot}, interfaces
		}
	})
	return current, err
}

// Forget drops what was read of the device at key, because it was written to since. Whoever shows it next reads it anew.
func (v *Inventory) Forget(key string) {
	v.update(key, func(k *known) {
		k.read = nil
		k.written++
	})
}

// Release ends the conversation with the device at key, which stays in the list.
func (v *Inventory) Release(ctx context.Context, actor leaf.Actor, key string) error {
	v.mu.Lock()
	k := v.at(key)
	old := k.session
	k.session = nil
	v.mu.Unlock()
	if old == nil {
		return nil
	}
	old.Close()
	v.changed.Notify()
	return v.record(ctx, kindReleased, actor, old)
}

// Close ends every conversation, and those that are only beginning as soon as they have.
func (v *Inventory) Close() {
	v.mu.Lock()
	v.closed = true
	var open []*session.Device
	for _, k := range v.known {
		if k.session != nil {
			open = append(open, k.session)
			k.session = nil
		}
	}
	v.mu.Unlock()
	for _, d := range open {
		d.Close()
	}
}
