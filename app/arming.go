package main

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"countersign/app/ui/device"
	"countersign/app/ui/emergency"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// emergencyScreen is the page on which an emergency is opened.
const emergencyScreen = emergency.ScreenName

// arming is the page on which an emergency is opened, and on which is written in one.
func (c *composer) arming() *emergency.Screen {
	deps := emergency.Deps{
		Simulated: func(key string) bool { return key == drillKey }, Device: c.inventory.Device, Devices: c.inventory.Devices, Changed: c.inventory.Changed,
		Staged: c.page.Staged, Unstage: c.page.Unstage, InUse: c.inUse,
		SignedIn: c.signedIn, Persons: c.actors, Rules: func() policy.Policy { return c.known.Load().rules },
		LastApproved: c.lastApproved, Arm: c.arm, Write: c.writeAlone,
		Session: c.openSession, SessionChanged: c.glass.Changed,
		Open: c.open, Back: func(key string) { c.open(shell.Route{Screen: "device", ID: key}) },
		Result: c.tell,
		Now:    time.Now, Board: c.board,
	}
	return emergency.New(c.ctx, deps, c.runner)
}

// tell puts what came of a write into the status strip; what a drill took stands there, whichever of the two comes last.
func (c *composer) tell(s kit.State, sentence string, details func()) {
	if c.practised != "" && c.shell.Route().ID == drillKey {
		sentence = c.practised
	}
	c.shell.Result(s, sentence, details)
}

// signedIn is who would act with their own key.
func (c *composer) signedIn() (string, bool) {
	if c.record == nil {
		return "", false
	}
	p, ok := c.signIn.Person()
	if p.Role != "" {
		p.Name += " · " + p.Role
	}
	return p.Name, ok
}

// actors are those who can be named as who acts.
func (c *composer) actors() (all []emergency.Person) {
	for _, p := range c.known.Load().persons {
		if p.Active {
			all = append(all, emergency.Person{ID: p.ID, Name: p.Name})
		}
	}
	return all
}

// lastApproved is what two persons last had written to a setting of a device.
func (c *composer) lastApproved(key string, id drivers.SettingID) (string, bool) {
	d, err := c.inventory.Device(key)
	if err != nil || d.Driver == nil {
		return "", false
	}
	of := statement.DeviceOf(d.Identity)
	c.asked.Lock()
	defer c.asked.Unlock()
	if c.asked.device != of { // once for a device: the answer takes the database
		c.asked.device, c.asked.last = of, nil
		go func() {
			last := c.approved(d)
			c.asked.Lock()
			defer c.asked.Unlock()
			if c.asked.device == of {
				c.asked.last = last
			}
		}()
	}
	if c.asked.last == nil {
		return "", false
	}
	return c.asked.last(id)
}

// asked is what two persons last had written to the device that was asked about last.
type asked struct {
	sync.Mutex
	device statement.Device
	last   func(drivers.SettingID) (string, bool)
}

// arm opens an emergency, and writes what is staged.
func (c *composer) arm(ctx context.Context, a emergency.Arm, progress change.Progress) (emergency.Result, error) {
	who, err := c.who(a.Person, a.Name, a.Secret)
	if err != nil {
		return emergency.Result{}, err
	}
	s, err := c.breakGlass(a, who)
	if err != nil {
		return emergency.Result{}, err
	}
	result := told(s.Receipt())
	if len(a.Changes) == 0 {
		return result, nil
	}
	done, err := c.carryOut(ctx, s, a.Key, a.Changes, progress)
	result = told(s.Receipt()) // by now more places have it
	result.Change = done
	return result, err
}

// breakGlass opens a session on the device at an endpoint, after what can be known about the writing was checked: a session in which
// nothing may be written helps nobody, and a sealed code is not used up for it.
func (e *engine) breakGlass(a emergency.Arm, who breakglass.Who) (s *breakglass.Session, err error) {
	defer func() {
		if err != nil && who.Own {
			who.Signer.Lock()
		}
	}()
	d, err := e.inventory.Device(a.Key)
	if err != nil {
		return nil, err
	}
	if err := e.worthOpening(d, a, who); err != nil {
		return nil, err
	}
	if who.Code > 0 {
		// One that could not be marked on the disk is used up in memory, and the record says so.
		if err := e.spend(who.Code); fault.Is(err, fault.SealedCode) {
			return nil, err
		}
	}
	return e.glass.Open(breakglass.Ask{Who: who, Device: statement.DeviceOf(d.Identity), Name: change.DeviceName(d.Identity), Key: a.Key, Tag: a.Tag,
		Category: breakglass.Category(a.Category), Unreadable: a.Unreadable, Drill: a.Key == drillKey})
}

// worthOpening says whether what is staged could be written in the session.
func (e *engine) worthOpening(d inventory.Device, a emergency.Arm, who breakglass.Who) error {
	switch {
	case d.Driver == nil || d.Session() == nil:
		return fault.New(fault.PortGone, d.Name(), nil)
	case d.Identity.Weak() && a.Tag == "":
		return fault.New(fault.WeakIdentity, d.Identity.Model, nil)
	case len(a.Changes) == 0 || d.Read == nil: // what was written to just now is read again before the next write, and checked then
		return nil
	}
	would, err := e.alone(d, nil, a.Changes)
	if err != nil {
		return err
	}
	would.Proposal.AssetTag = a.Tag
	_, err = change.CheckEmergency(would, who.Tier())
	return err
}

// carryOut writes in a session, and reads back.
func (e *engine) carryOut(ctx context.Context, s *breakglass.Session, key string, changes []drivers.Change, progress change.Progress) (change.Result, error) {
	d, err := e.read(ctx, s, key)
	if err != nil {
		return change.Result{}, err
	}
	alone, err := e.alone(d, s, changes)
	if err != nil {
		return change.Result{}, err
	}
	conversation := d.Session()
	auth, err := change.BreakGlass(alone)
	if err != nil {
		return change.Result{}, err
	}
	result, err := change.Execute(ctx, auth, conversation, progress)
	if len(result.Steps) > 0 {
		e.inventory.Forget(key)
		go func() { _, _ = e.read(context.WithoutCancel(ctx), s, key) }() // the next write wants to know what it holds now
	}
	return result, err
}

// read returns the device at an endpoint with what it holds, which is read where it was not yet.
func (e *engine) read(ctx context.Context, s *breakglass.Session, key string) (inventory.Device, error) {
	d, err := e.inventory.Device(key)
	switch {
	case err != nil:
		return d, err
	case d.Driver == nil || d.Session() == nil:
		return d, fault.New(fault.PortGone, d.Name(), nil)
	case d.Read != nil:
		return d, nil
	}
	if err := e.inventory.ReadAll(ctx, s.Ask().Who.Actor, key); err != nil {
		return d, err
	}
	return e.inventory.Device(key)
}

// writeAlone writes in the session that is open.
func (c *composer) writeAlone(ctx context.Context, key string, changes []drivers.Change, progress change.Progress) (emergency.Result, error) {
	s := c.glass.Current()
	if s == nil || s.Ask().Key != key {
		return emergency.Result{}, fault.New(fault.Expired, key, nil)
	}
	done, err := c.carryOut(ctx, s, key, changes, progress)
	result := told(s.Receipt())
	result.Change = done
	return result, err
}

func told(r breakglass.Receipt) emergency.Result {
	return emergency.Result{Code: r.Code, Lost: r.Lost, Took: r.Took, At: r.At.Wall}
}

// emergency is what the button at the far right does: it goes to the emergency of the device that is open or in view, or lets
// one be chosen.
func (c *composer) emergency() {
	route := shell.Route{Screen: emergencyScreen}
	if s := c.glass.Current(); s != nil {
		route.ID = s.Ask().Key
	} else if at := c.shell.Route(); at.Screen == "device" {
		if d, err := c.inventory.Device(at.ID); err == nil && d.Driver != nil {
			route.ID = at.ID
		}
	}
	c.open(route)
}

// session is the open emergency as every page shows it.
func (c *composer) session() (shell.Emergency, bool) {
	s := c.glass.Current()
	if s == nil {
		return shell.Emergency{}, false
	}
	a := s.Ask()
	return shell.Emergency{Device: a.Name, Person: cmp.Or(a.Who.Actor.Name, "?"), Code: s.Receipt().Code, Left: s.Left(), Busy: s.Busy(), Drill: a.Drill}, true
}

// openSession is the open emergency as the page that writes in it shows it.
func (c *composer) openSession() (emergency.Session, bool) {
	s := c.glass.Current()
	if s == nil || s.Ended() != "" {
		return emergency.Session{}, false
	}
	return emergency.Session{Key: s.Ask().Key, Device: s.Ask().Name, Code: s.Receipt().Code, Tier: string(s.Tier()), Left: s.Left(), Continued: s.Continued()}, true
}

// extend, seal and toDevice are the buttons beside the countdown. Recording may take LadderTime, so it is done in the background.
func (c *composer) extend() {
	if s := c.glass.Current(); s != nil {
		go func() {
			if _, err := s.Extend(); err != nil {
				c.runner.Call(c.ctx, func() { c.shell.Fault(err) })
			}
		}()
	}
}

func (c *composer) seal() {
	if s := c.glass.Current(); s != nil {
		go s.Seal(breakglass.Sealed)
	}
}

func (c *composer) toDevice() {
	if s := c.glass.Current(); s != nil {
		c.open(shell.Route{Screen: "device", ID: s.Ask().Key})
	}
}

// sealWhenLocked ends an emergency that was opened by who sat here, when they no longer do.
func (c *composer) sealWhenLocked() {
	s := c.glass.Current()
	if s == nil || s.Ask().Who.Signer == nil || s.Ask().Who.Own {
		return
	}
	if now := c.seat.Current(); now == nil || now.ID != s.Ask().Who.Actor.ID {
		go s.Seal(breakglass.Locked)
	}
}

// waits is what a person should know on every page: an emergency that was interrupted, the record that can be used again, or
// reviews that are overdue.
func (c *composer) waits() (sentence string, show func(), ok bool) {
	for _, cut := range c.glass.Interrupted() {
		if cut.Left > 0 {
			return kit.T("emergency.interrupted", kit.Data{"Device": cut.Device, "Left": shell.Countdown(cut.Left)}), func() { c.goOn(cut) }, true
		}
	}
	if c.record == nil {
		if c.engine.record.Load() != nil {
			return kit.T("start.open_now"), func() { c.program.show(c.program.ctx) }, true
		}
		return kit.T("start.only"), func() { c.open(shell.Route{Screen: "record"}) }, c.shell != nil && c.shell.Route().Screen != "record"
	}
	if sentence, show, ok := c.overdue(); ok {
		return sentence, show, ok
	}
	return c.scarce()
}

// waitsFor is what the button beside that does, where it does more than show something.
func (c *composer) waitsFor() string {
	for _, cut := range c.glass.Interrupted() {
		if cut.Left > 0 {
			return kit.T("emergency.continue")
		}
	}
	if c.record == nil && c.engine.record.Load() != nil {
		return kit.T("start.whole")
	}
	return ""
}

// goOn continues an interrupted emergency: its device is identified again first.
func (c *composer) goOn(cut breakglass.Cut) {
	go func() {
		if _, err := c.glass.Continue(cut.ID); err != nil {
			c.runner.Call(c.ctx, func() { c.shell.Fault(err) })
			return
		}
		c.runner.Call(c.ctx, func() { c.open(shell.Route{Screen: "device", ID: cut.Key}) })
	}()
}

// word says whether the console is ready for an emergency.
func (e *engine) word() (kit.State, string) {
	s := e.standing.Load()
	if s == nil {
		return kit.Normal, ""
	}
	state := map[string]kit.State{"ready": kit.Verified, "degraded": kit.Caution, "emergency-only": kit.Failed}[string(s.report.Level)]
	return state, kit.T("emergencies.level." + strings.ReplaceAll(string(s.report.Level), "-", "_"))
}

// deviceAlone is the page of a device while the record is not open: nothing can be proposed.
func (c *composer) deviceAlone() *device.Screen {
	deps := c.deviceDeps()
	why := func() error {
		if err := c.problem(); err != nil {
			return err
		}
		return fault.New(fault.LogBusy, "", nil)
	}
	deps.Check = func(context.Context, change.Proposal) error { return why() }
	deps.Propose = func(context.Context, change.Proposal) (change.Request, error) { return change.Request{}, why() }
	deps.Reviewed = func(_ context.Context, d drivers.Driver) (bool, error) {
		return c.known.Load().reviewed(d.About()), nil
	}
	deps.Rules = func(context.Context) (policy.Policy, error) { return c.known.Load().rules, nil }
	deps.SignedIn = func() (string, bool) { return "", false }
	deps.SignIn = func() { c.open(shell.Route{Screen: "record"}) }
	return device.New(c.ctx, deps, c.runner)
}
