package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"countersign/app/ui/emergencies"
	"countersign/app/ui/kit"
	"countersign/app/ui/people"
	"countersign/app/ui/shell"
	"countersign/app/ui/start"
	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/instance"
	enrolled "countersign/internal/people"
	"countersign/internal/preflight"
	"countersign/internal/statement"
)

// emergencies is the screen of what was done alone, and of what the console could rely on.
func (c *composer) emergencies() *emergencies.View {
	c.follow()
	return emergencies.New(c.ctx, emergencies.Deps{
		Emergencies: c.register.Emergencies, Emergency: c.register.Emergency, Changed: c.register.Changed, Eligible: c.register.Eligible,
		Ratio: c.register.Ratio, LastDrill: c.register.LastDrill, Report: c.reliance, Prove: c.seat.Prove,
		Prepare: emergencies.Of(c.register), Persons: c.roster.People, Me: c.me, Now: time.Now,
		CheckDrift: c.drifted,
		MakeRoom:   func(context.Context) error { return preflight.Release(c.folder) },
		Slip: func(ctx context.Context, e breakglass.Emergency) (string, error) {
			record, err := c.log.Record(ctx, e.Record)
			if err != nil {
				return "", err
			}
			return emergencies.WriteSlip(c.folder, e, emergencies.SlipFacts{Origin: c.log.LastHead().Origin, Hash: record.Hash, Simulated: c.options.training, Setting: c.setting})
		},
		Setting: c.setting,
		Drill:   c.practise, Codes: func() { c.open(shell.Route{Screen: people.Screen, ID: "codes"}) }, Hint: c.hint(c.options), Result: c.result,
		Duration: c.lastDrill, Titled: c.refresh,
	}, c.runner, c.open)
}

// setting describes a setting of an emergency's device: as the device does where one of its model was read, else by its name.
func (c *composer) setting(e breakglass.Emergency, id drivers.SettingID) (drivers.Setting, bool) {
	for _, d := range c.inventory.Devices() {
		if d.Read != nil && d.Identity.Model == e.Stated.Model && d.Identity.Manufacturer == e.Stated.Manufacturer {
			return d.Read.Description.Setting(id)
		}
	}
	for _, names := range labels(all.All()) {
		if label, ok := names[id]; ok {
			return drivers.Setting{ID: id, Label: label}, true
		}
	}
	return drivers.Setting{}, false
}

// reliance is the pre-flight in the screen's words.
func (e *engine) reliance(context.Context) emergencies.Standing {
	report := e.rely()
	s := emergencies.Standing{Level: string(report.Level)}
	for _, i := range report.Items {
		s.Items = append(s.Items, emergencies.StandingItem{Check: i.Check, OK: i.OK, Kind: i.Kind, Detail: i.Detail})
	}
	return s
}

// due is how many reviews wait and how many are overdue, as it was last counted.
type due struct {
	waiting, overdue int
	fork             bool // two persons have to sign that this log follows a damaged one
}

// follow counts the reviews whenever something was recorded, and once an hour.
func (c *composer) follow() {
	c.reviews = &atomic.Pointer[due]{}
	c.reviews.Store(&due{})
	lane := c.runner.Lane(c.ctx)
	count := func() {
		kit.Load(lane, func(ctx context.Context) (due, error) {
			waiting, overdue, err := c.register.Due(ctx)
			if err != nil {
				return due{}, err
			}
			fork, there, err := c.register.Fork(ctx)
			if err != nil {
				return due{}, err
			}
			all, err := c.roster.People(ctx) // before the founding nobody could sign
			return due{waiting, overdue, there && !fork.Signed && len(all) > 1}, err
		}, func(d due, err error) {
			if err == nil && d != *c.reviews.Load() {
				c.reviews.Store(&d)
				c.refresh()
			}
		})
	}
	c.runner.Follow(c.ctx, c.register.Changed, count)
	c.runner.Every(c.ctx, time.Hour, count)
}

// overdue says that reviews are.
func (c *composer) overdue() (sentence string, show func(), ok bool) {
	d := c.reviews.Load()
	if d.fork {
		return kit.T("start.fork.notice"), func() { c.open(shell.Route{Screen: start.ForkName}) }, c.shell == nil || c.shell.Route().Screen != start.ForkName
	}
	if d.overdue == 0 {
		return "", nil, false
	}
	return kit.N("emergencies.notice", d.overdue), func() { c.open(shell.Route{Screen: emergencies.Screen}) }, true
}

// drifted asks a device what it holds of what an emergency left it at, and records the answer.
func (c *composer) drifted(ctx context.Context, id string) (differ []string, err error) {
	e, err := c.register.Emergency(ctx, id)
	if err != nil {
		return nil, err
	}
	left := change.Drift{Device: e.Stated}
	for _, a := range e.Actions {
		steps, err := change.ParseSteps(a.Steps)
		if err != nil {
			return nil, err
		}
		left.Leave(steps)
	}
	for _, d := range c.inventory.Devices() {
		stated := statement.DeviceOf(d.Identity)
		if stated.Serial != e.Stated.Serial || stated.Model != e.Stated.Model || d.Session() == nil {
			continue
		}
		left.Device = stated // its firmware may be another one by now
		ids, err := left.Compare(ctx, d.Session())
		if err != nil {
			return nil, err
		}
		for _, s := range ids {
			differ = append(differ, string(s))
		}
		return differ, c.register.Checked(ctx, c.seat.Actor(), id, differ)
	}
	return nil, fault.New(fault.PortGone, e.Device, nil)
}

// kindDrilled is the record of how long a drill took, from its start until something was written and read back.
const kindDrilled = "emergency.done"

// practise puts the simulated monitor into the list, identifies and reads it, and opens the emergency page for it with one
// setting staged.
func (c *composer) practise() {
	c.practised = ""
	c.drill.begin(time.Now())
	kit.Load(c.runner.Lane(c.ctx), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.prepareDrill(ctx)
	}, func(_ struct{}, err error) {
		if err != nil {
			c.drill.end()
			c.shell.Fault(err)
			return
		}
		c.page.Stage(drillKey, []drivers.Change{{Setting: "alarm.etco2.low", Wanted: drivers.IntegerValue(20)}})
		c.open(shell.Route{Screen: emergencyScreen, ID: drillKey})
		c.runner.Follow(c.ctx, c.glass.Changed, c.drilled)
	})
}

func (c *composer) prepareDrill(ctx context.Context) error {
	if err := c.listed(ctx, drillKey); err != nil {
		return err
	}
	candidate := []identify.Candidate{{Driver: capnostream20.Driver{}, Confidence: drivers.Certain}}
	if err := c.inventory.Identify(ctx, c.actor(), drillKey, candidate); err != nil {
		return err
	}
	return c.inventory.ReadAll(ctx, c.actor(), drillKey)
}

// listed waits until an endpoint is in the list.
func (e *engine) listed(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		changed := e.inventory.Changed()
		if _, err := e.inventory.Device(key); err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fault.New(fault.NotFound, key, ctx.Err())
		}
	}
}

// drilled ends the drill when something was written in it.
func (c *composer) drilled() {
	s := c.glass.Current()
	if s == nil || !s.Ask().Drill || s.Busy() || s.Actions() == 0 || s.Ended() != "" {
		return
	}
	began := c.drill.end()
	if began.IsZero() {
		return
	}
	seconds := int64(time.Since(began).Round(time.Second) / time.Second)
	kit.Load(c.runner.Lane(context.WithoutCancel(c.ctx)), func(ctx context.Context) (struct{}, error) {
		s.Seal(breakglass.Sealed)
		draft := note(kindDrilled, "session", s.ID())
		draft.Actor = s.Ask().Who.Actor
		draft.Body.SetInt("seconds", seconds)
		_, err := notebook{c.engine}.Append(ctx, draft)
		return struct{}{}, err
	}, func(_ struct{}, err error) {
		if err != nil {
			c.shell.Fault(err)
			return
		}
		c.practised = kit.N("emergencies.drill.took", int(seconds))
		c.result(kit.Verified, c.practised)
	})
}

// lastDrill is how long the last drill took.
func (c *composer) lastDrill(ctx context.Context) (time.Duration, bool) {
	seconds, found, err := c.register.LastDrillSeconds(ctx)
	return time.Duration(seconds) * time.Second, found && err == nil
}

// waiting is the page that stands for the record while it is not open.
func (c *composer) waiting() *start.Screen {
	deps := start.Deps{
		Problem: c.problem, Again: c.engine.open, Quit: c.program.quit,
		MakeRoom: func(context.Context) error { return preflight.Release(c.folder) },
		Holder: func(ctx context.Context) (start.Holder, bool) {
			a, err := instance.Ask(ctx, c.folder)
			return start.Holder{PID: a.PID, Alive: a.Alive}, err == nil
		},
		End: func(pid int) error {
			ctx, cancel := context.WithTimeout(c.ctx, 2*instance.Limit)
			defer cancel()
			if a, err := instance.Ask(ctx, c.folder); err != nil || a.PID != pid || a.Alive {
				return errors.Join(fault.New(fault.NotFound, "", nil), err) // it was ended, or it answers again
			}
			return instance.End(pid)
		},
		SetAside: c.setAside,
	}
	return start.New(c.ctx, deps, c.runner)
}

// fork is the page on which two persons sign that this log follows a damaged one.
func (c *composer) fork() *start.Fork {
	return start.NewFork(c.ctx, start.ForkDeps{
		Fork: c.register.Fork, People: c.roster.People, Prove: c.seat.Prove, Hint: c.hint(c.options),
		Role:    func(p enrolled.Person) string { return people.RoleWord(p.Role) },
		Prepare: c.register.PrepareFork, Complete: c.register.Complete,
		Done: func(sentence string) { c.result(kit.Done, sentence) },
	}, c.runner)
}

// setAside moves a damaged record aside, so that a new one can be begun: nothing of it is lost.
func (c *composer) setAside(ctx context.Context) error {
	if err := c.quarantine(time.Now()); err != nil {
		return err
	}
	return c.engine.open(ctx)
}
