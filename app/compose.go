package main

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"countersign/app/ui/audit"
	"countersign/app/ui/device"
	"countersign/app/ui/devices"
	"countersign/app/ui/emergencies"
	"countersign/app/ui/emergency"
	"countersign/app/ui/export"
	"countersign/app/ui/keeping"
	"countersign/app/ui/kit"
	"countersign/app/ui/people"
	"countersign/app/ui/policy"
	"countersign/app/ui/shell"
	"countersign/app/ui/start"
	"countersign/app/ui/templates"
	"countersign/internal/change"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
	"countersign/internal/leaf"
	enrolled "countersign/internal/people"
	"countersign/internal/task"
)

// kindNetwork records on which interfaces a person allowed the search.
const kindNetwork = "console.network"

// composer builds the screens. The shell comes last, so what a screen wants of it is looked up when it is wanted.
type composer struct {
	*engine
	*record // nil while the record is not open: then only what an emergency needs is built
	program *program
	ctx     context.Context
	runner  *kit.Runner
	shell   *shell.Shell
	signIn  *people.SignIn

	page      *device.Screen
	templates *templates.Screen
	asked     asked
	reviews   *atomic.Pointer[due] // how many are due
	practised string               // what the last drill took, in words
}

// compose puts the console into the window: every screen with what it needs, and the shell around them.
func compose(ctx context.Context, p *program, r *record) *composer {
	c := &composer{engine: p.engine, record: r, program: p, ctx: ctx, runner: p.runner}
	c.signIn = people.NewSignIn(ctx, people.SignInDeps{
		People: c.roster.People, Seat: c.seat, Dialogs: func() *kit.Dialogs { return c.shell.Dialogs() },
		Hint: c.hint(p.options), Founding: func() { c.open(shell.Route{Screen: "people"}) }, Result: c.result,
	}, p.runner)
	c.page, c.templates = c.device(), c.standing()
	requests, elsewhere := c.changes(p.options)
	after := c.emergencies()
	config := c.around(map[string]shell.Screen{
		"devices": c.devices(p.options), "device": c.page, "changes": requests, "elsewhere": elsewhere, "templates": c.templates,
		"audit": c.audit(), "people": c.people(p.options), policy.Screen: c.policy(p.options),
		emergency.ScreenName: c.arming(), emergencies.Screen: after, start.ForkName: c.fork(),
		export.Screen:  c.export(),
		keeping.Screen: c.keeping(),
	})
	config.Sections = []shell.Section{
		{Screen: "devices", Label: "devices.title", Icon: kit.IconDevices},
		{Screen: "changes", Label: "changes.title", Icon: kit.IconChanges, Badge: requests.Waiting},
		{Screen: "templates", Label: "templates.title", Icon: kit.IconCopy},
		{Screen: emergencies.Screen, Label: "emergencies.title", Icon: kit.IconEmergency, Badge: after.Waiting},
		{Screen: "audit", Label: "audit.title", Icon: kit.IconAudit},
		{Screen: "people", Label: "people.title", Icon: kit.IconPeople},
	}
	config.Person, config.SignIn, config.Switch, config.Lock = c.signIn.Person, c.signIn.Ask, c.signIn.Switch, c.signIn.Lock
	config.Commands = append(c.everywhere(), c.keepingCommand())
	config.Touched, config.OpenStanding = c.seat.Touch, func() { c.open(shell.Route{Screen: emergencies.Screen}) }
	config.Notice, config.NoticeAct = c.waits, c.waitsFor
	c.shell = shell.New(ctx, config)
	p.runner.Follow(ctx, c.seat.Changed, func() {
		c.sealWhenLocked()
		c.refresh()
	})
	p.runner.Follow(ctx, c.inventory.Changed, c.refresh)
	c.welcome()
	return c
}

// around is what the shell needs whether the record is open or not.
func (c *composer) around(screens map[string]shell.Screen) shell.Config {
	return shell.Config{
		Window: c.program.window, Runner: c.runner, Screens: screens, Quit: c.program.quit, Tasks: tasks{c.board},
		Training: c.options.training, Version: version,
		Emergency: c.emergency, Glass: c.session, Extend: c.extend, Seal: c.seal, ToDevice: c.toDevice, Standing: c.word,
	}
}

// welcome shows the founding page first on a console that nobody has set up.
func (c *composer) welcome() {
	all, err := c.roster.People(c.ctx)
	if err == nil && len(all) == 0 {
		c.open(shell.Route{Screen: "people"})
	}
}

func (c *composer) open(r shell.Route) { c.shell.Go(r) }

// refresh and result may be called while the screens are being made.
func (c *composer) refresh() {
	if c.shell != nil {
		c.shell.Refresh()
	}
}

func (c *composer) result(s kit.State, sentence string) {
	if c.shell != nil {
		c.shell.Result(s, sentence, nil)
	}
}

func (c *composer) hint(o options) func(enrolled.Person) string {
	if !o.training {
		return nil
	}
	return func(p enrolled.Person) string { return hint(p.Name) }
}

func (c *composer) devices(o options) *devices.Screen {
	deps := devices.Deps{
		Devices: c.inventory.Devices, Changed: c.inventory.Changed, Sources: c.sources,
		Identify: func(ctx context.Context, key string, consented []identify.Candidate) error {
			return c.inventory.Identify(ctx, c.actor(), key, consented)
		},
		AddManual: func(text string) error {
			_, err := c.manual.Add(text)
			return err
		},
		RemoveManual: func(key string) error {
			if !c.manual.Remove(key) {
				return fault.New(fault.NotFound, key, nil)
			}
			return nil
		},
		Rescan: c.mdns.Rescan, Board: c.board,
		Ask:    func(d kit.Dialog) { c.shell.Dialogs().Show(d) },
		Result: c.result,
		Now:    time.Now,
	}
	if !o.training {
		deps.Network = search{c.engine, c.actor}
	}
	return devices.New(c.ctx, deps, c.runner, c.open)
}

// sources are those that tell a person something: the simulated ward only when it is not there, for what it holds is found
// by the others.
func (c *composer) sources() []discovery.SourceStatus {
	var list []discovery.SourceStatus
	for _, s := range c.registry.Sources() {
		if s.Name == drillName {
			continue
		}
		if s.Name == wardName {
			if s.State == discovery.Running && s.Endpoints == 0 {
				continue
			}
			s.Name = kit.T("start.ward")
		}
		list = append(list, s)
	}
	return list
}

// search is the search on the network as the screen wants it: remembered and recorded.
type search struct {
	*engine
	actor func() leaf.Actor
}

func (s search) Interfaces() []devices.Interface { return s.network.list() }

func (s search) Search(ctx context.Context, names []string) error {
	if _, err := (notebook{s.engine}).Append(ctx, note(kindNetwork, "interfaces", strings.Join(names, " "), "person", s.actor().Name)); err != nil {
		return err
	}
	if err := s.network.set(names); err != nil {
		return err
	}
	s.mdns.Rescan()
	return nil
}

func (c *composer) device() *device.Screen {
	deps := c.deviceDeps()
	deps.Check = c.check
	deps.Propose = func(ctx context.Context, p change.Proposal) (change.Request, error) {
		return c.desk.Propose(ctx, c.seat.Current(), p)
	}
	deps.Reviewed, deps.Rules, deps.Templates, deps.Keep = c.desk.Reviewed, c.rules, c.desk.Templates, c.keep
	deps.SignedIn = func() (string, bool) {
		who := c.seat.Current()
		if who == nil {
			return "", false
		}
		return who.Name, true
	}
	deps.SignIn = c.signIn.Ask
	return device.New(c.ctx, deps, c.runner)
}

// deviceDeps is what the page of a device needs whether the record is open or not.
func (c *composer) deviceDeps() device.Deps {
	return device.Deps{
		Device: c.inventory.Device, Changed: c.inventory.Changed,
		ReadAll: func(ctx context.Context, key string) error { return c.inventory.ReadAll(ctx, c.actor(), key) },
		Release: func(ctx context.Context, key string) error { return c.inventory.Release(ctx, c.actor(), key) },
		InUse:   c.inUse,
		Identify: func(key string) { // the list asks for consent and comes back here
			c.open(shell.Route{Screen: "devices", ID: key})
			c.shell.Run("devices.identify")
		},
		Open: c.open, Now: time.Now, Board: c.board,
	}
}

func (c *composer) inUse(ctx context.Context, key string) error {
	d, err := c.inventory.Device(key)
	if err != nil {
		return err
	}
	return device.AskInUse(ctx, d)
}

// actor is who is signed in, as records name them.
func (c *composer) actor() leaf.Actor {
	if c.record == nil {
		return nobody
	}
	return c.seat.Actor()
}

func (c *composer) check(ctx context.Context, p change.Proposal) error {
	who := c.seat.Current()
	if who == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	return c.desk.Check(ctx, who.Person, p)
}

// execute has an approved request written, in the name of who is signed in.
func (c *composer) execute(ctx context.Context, id string, d inventory.Device, progress change.Progress) (change.Result, error) {
	conversation := d.Session()
	if conversation == nil {
		return change.Result{}, fault.New(fault.PortGone, d.Name(), nil)
	}
	auth, err := c.desk.Grant(ctx, c.seat.Actor(), id, conversation.Driver())
	if err != nil {
		return change.Result{}, err
	}
	result, err := change.Execute(ctx, auth, conversation, progress)
	if len(result.Steps) > 0 {
		c.inventory.Forget(d.Key())
	}
	return result, err
}

func (c *composer) audit() *audit.View {
	return audit.New(c.ctx, audit.Deps{
		Log: c.log, Check: c.roster.Check, SeatChanged: c.seat.Changed, Board: c.board, Me: c.me, Export: c.toExport,
		Keeping: c.toKeeping,
		Hidden: func(ctx context.Context, id string) bool {
			r, err := c.desk.Request(ctx, id)
			return err != nil || r.Hidden(c.seat.Actor().ID) || r.TagHidden(c.seat.Actor().ID)
		},
	}, c.runner, c.open)
}

func (c *composer) people(o options) *people.View {
	return people.New(c.ctx, people.Deps{
		Roster: c.roster, Keys: c.keys, Prove: c.seat.Prove, Me: c.me, Changed: c.log.Changed, SignIn: c.signIn.AskFor, Lock: c.signIn.Lock,
		Paper: func(ctx context.Context) (people.Paper, error) {
			folder, err := dataFolder(o)
			if err != nil {
				return people.Paper{}, err
			}
			return people.WritePaper(ctx, c.roster.Sheet, folder)
		},
		Codes: &people.CodesDeps{Codes: c.codes, Origin: c.log.Head().Origin, Folder: func() (string, error) { return c.folder, nil }},
		Hint:  c.hint(o), Result: c.result, Rules: func() { c.open(shell.Route{Screen: policy.Screen}) },
	}, c.runner, c.open)
}

func (c *composer) policy(o options) *policy.View {
	return policy.New(c.ctx, policy.Deps{
		Roster: c.roster, Has: c.keys.Has, Prove: c.seat.Prove, Me: c.me, Changed: c.log.Changed, Hint: c.hint(o), Result: c.result,
	}, c.runner, c.open)
}

// me is the ID of who is signed in, or "".
func (c *composer) me() string {
	if c.record == nil {
		return ""
	}
	if who := c.seat.Current(); who != nil {
		return who.ID
	}
	return ""
}

// tasks shows the board in the shell.
type tasks struct{ *task.Board }

func (t tasks) Current() (shell.Task, bool) {
	s, ok := t.Board.Current()
	return shell.Task{Name: s.Name, Step: s.Step, Done: int(s.Done), Total: int(s.Total), Fixed: s.Fixed}, ok
}
