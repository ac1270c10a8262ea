package main

import (
	"context"
	"strings"
	"time"

	"countersign/app/ui/audit"
	"countersign/app/ui/device"
	"countersign/app/ui/devices"
	"countersign/app/ui/kit"
	"countersign/app/ui/people"
	"countersign/app/ui/policy"
	"countersign/app/ui/shell"
	"countersign/app/ui/templates"
	"countersign/internal/change"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
	enrolled "countersign/internal/people"
	"countersign/internal/task"
)

// kindNetwork records on which interfaces a person allowed the search.
const kindNetwork = "console.network"

// composer builds the screens. The shell comes last, so what a screen wants of it is looked up when it is wanted.
type composer struct {
	*engine
	ctx    context.Context
	runner *kit.Runner
	shell  *shell.Shell
	signIn *people.SignIn

	page      *device.Screen
	templates *templates.Screen
}

// compose puts the console into the window: every screen with what it needs, and the shell around them.
func compose(ctx context.Context, p *program) {
	c := &composer{engine: p.engine, ctx: ctx, runner: p.runner}
	c.signIn = people.NewSignIn(ctx, people.SignInDeps{
		People: c.roster.People, Seat: c.seat, Dialogs: func() *kit.Dialogs { return c.shell.Dialogs() },
		Hint: c.hint(p.options), Founding: func() { c.open(shell.Route{Screen: "people"}) }, Result: c.result,
	}, p.runner)
	c.page, c.templates = c.device(), c.standing()
	requests, elsewhere := c.changes(p.options)
	screens := map[string]shell.Screen{
		"devices": c.devices(p.options), "device": c.page, "changes": requests, "elsewhere": elsewhere, "templates": c.templates,
		"audit": c.audit(), "people": c.people(p.options), policy.Screen: c.policy(p.options),
	}
	c.shell = shell.New(ctx, shell.Config{
		Window: p.window, Runner: p.runner, Screens: screens,
		Sections: []shell.Section{
			{Screen: "devices", Label: "devices.title", Icon: kit.IconDevices},
			{Screen: "changes", Label: "changes.title", Icon: kit.IconChanges, Badge: requests.Waiting},
			{Screen: "templates", Label: "templates.title", Icon: kit.IconCopy},
			{Screen: "audit", Label: "audit.title", Icon: kit.IconAudit},
			{Screen: "people", Label: "people.title", Icon: kit.IconPeople},
		},
		Person: c.signIn.Person, SignIn: c.signIn.Ask, Switch: c.signIn.Switch, Lock: c.signIn.Lock, Touched: c.seat.Touch, Quit: p.quit,
		Tasks: tasks{c.board}, Training: p.options.training, Version: version,
	})
	p.runner.Follow(ctx, c.seat.Changed, c.refresh)
	p.runner.Follow(ctx, c.inventory.Changed, c.refresh)
	c.welcome()
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
			return c.inventory.Identify(ctx, c.seat.Actor(), key, consented)
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
		deps.Network = search{c.engine}
	}
	return devices.New(c.ctx, deps, c.runner, c.open)
}

// sources are those that tell a person something: the simulated ward only when it is not there, for what it holds is found
// by the others.
func (c *composer) sources() []discovery.SourceStatus {
	var list []discovery.SourceStatus
	for _, s := range c.registry.Sources() {
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
type search struct{ *engine }

func (s search) Interfaces() []devices.Interface { return s.network.list() }

func (s search) Search(ctx context.Context, names []string) error {
	if err := s.note(ctx, kindNetwork, "interfaces", strings.Join(names, " "), "person", s.seat.Actor().Name); err != nil {
		return err
	}
	if err := s.network.set(names); err != nil {
		return err
	}
	s.mdns.Rescan()
	return nil
}

func (c *composer) device() *device.Screen {
	return device.New(c.ctx, device.Deps{
		Device: c.inventory.Device, Changed: c.inventory.Changed,
		ReadAll: func(ctx context.Context, key string) error { return c.inventory.ReadAll(ctx, c.seat.Actor(), key) },
		Release: func(ctx context.Context, key string) error { return c.inventory.Release(ctx, c.seat.Actor(), key) },
		InUse: func(ctx context.Context, key string) error {
			d, err := c.inventory.Device(key)
			if err != nil {
				return err
			}
			return device.AskInUse(ctx, d)
		},
		Check: c.check,
		Propose: func(ctx context.Context, p change.Proposal) (change.Request, error) {
			return c.desk.Propose(ctx, c.seat.Current(), p)
		},
		Reviewed: c.desk.Reviewed, Rules: c.rules, Templates: c.desk.Templates, Keep: c.keep,
		SignedIn: func() (string, bool) {
			who := c.seat.Current()
			if who == nil {
				return "", false
			}
			return who.Name, true
		},
		SignIn: c.signIn.Ask,
		Identify: func(key string) { // the list asks for consent and comes back here
			c.open(shell.Route{Screen: "devices", ID: key})
			c.shell.Run("devices.identify")
		},
		Open: c.open, Now: time.Now, Board: c.board,
	}, c.runner)
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
		Log: c.log, Check: c.roster.Check, SeatChanged: c.seat.Changed, Board: c.board, Me: c.me,
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
		Hint: c.hint(o), Result: c.result, Rules: func() { c.open(shell.Route{Screen: policy.Screen}) },
	}, c.runner, c.open)
}

func (c *composer) policy(o options) *policy.View {
	return policy.New(c.ctx, policy.Deps{
		Roster: c.roster, Has: c.keys.Has, Prove: c.seat.Prove, Me: c.me, Changed: c.log.Changed, Hint: c.hint(o), Result: c.result,
	}, c.runner, c.open)
}

// me is the ID of who is signed in, or "".
func (c *composer) me() string {
	if who := c.seat.Current(); who != nil {
		return who.ID
	}
	return ""
}

// tasks shows the board in the shell.
type tasks struct{ *task.Board }

func (t tasks) Current() (shell.Task, bool) {
	s, ok := t.Board.Current()
	return shell.Task{Name: s.Name, Step: s.Step, Done: int(s.Done), Total: int(s.Total)}, ok
}
