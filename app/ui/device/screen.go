package device

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/policy"
	"countersign/internal/session"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
)

// Deps are what the page needs of the rest of the console. ReadAll, Release, InUse, Check, Propose and Reviewed may take
// their time and are called in the background.
type Deps struct {
	Device    func(key string) (inventory.Device, error)
	Changed   func() <-chan struct{} // closed at the next change of any device
	ReadAll   func(ctx context.Context, key string) error
	Release   func(ctx context.Context, key string) error
	InUse     func(ctx context.Context, key string) error                                 // fault.InUse while the device is on a patient
	Check     func(ctx context.Context, p change.Proposal) error                          // as the person who is signed in
	Propose   func(ctx context.Context, p change.Proposal) (change.Request, error)        // as the person who is signed in
	Reviewed  func(ctx context.Context, driver drivers.Driver) (reviewed bool, err error) // whether the driver may write
	Rules     func(context.Context) (policy.Policy, error)                                // in force; nil for the minimum
	Templates func(context.Context) ([]change.Template, error)                            // nil for none
	Keep      func(key string, c []drivers.Change)                                        // begins a template with what is staged; nil where there are none
	SignedIn  func() (name string, ok bool)
	SignIn    func()
	Identify  func(key string) // asks for consent, then identifies
	Open      func(shell.Route)
	Now       func() time.Time
	Board     *task.Board
}

// AskInUse asks a device by itself whether it is in use, where its driver can tell. It reads only.
func AskInUse(ctx context.Context, d inventory.Device) error {
	conversation := d.Session()
	if conversation == nil {
		return nil
	}
	return conversation.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
		lock, ok := s.(drivers.Interlock)
		if !ok {
			return nil
		}
		return session.Fault(lock.SafeToWrite(ctx), d.Name())
	})
}

// repaint is how often live values are painted at most.
const repaint = 200 * time.Millisecond

// Screen is the page. It shows one device at a time; what is staged for the others is kept.
type Screen struct {
	deps   Deps
	runner *kit.Runner
	ctx    context.Context // of everything that may outlast the page being in sight
	model  *model
	view   *view

	shown   context.Context // while the page is in sight
	stop    context.CancelFunc
	ticks   <-chan struct{} // closed when live values have changed
	watched *session.Device // whose ticks they are
	tried   *session.Device // read without being asked, once

	reads  map[string]*kit.Lane // by endpoint: a device is read to the end while another one is looked at
	review *kit.Lane
	facts  *kit.Lane
	ask    *kit.Lane // whether the sheet could be sent
	send   *kit.Lane // never stopped, never replaced
	free   *kit.Lane
}

var (
	_ shell.Screen    = (*Screen)(nil)
	_ shell.Filterer  = (*Screen)(nil)
	_ shell.Refresher = (*Screen)(nil)
	_ shell.Paned     = (*Screen)(nil)
	_ shell.Leaver    = (*Screen)(nil)
	_ shell.Commander = (*Screen)(nil)
)

// New returns the page. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner) *Screen {
	s := &Screen{deps: deps, runner: runner, ctx: ctx, model: newModel(), reads: map[string]*kit.Lane{},
		review: runner.Lane(ctx), facts: runner.Lane(ctx), ask: runner.Lane(ctx), send: runner.Lane(ctx), free: runner.Lane(ctx)}
	s.view = newView(s)
	return s
}

// Title implements shell.Screen.
func (s *Screen) Title(id string) string {
	if d, err := s.deps.Device(id); err == nil {
		return d.Name()
	}
	return kit.T("device.title")
}

// Show implements shell.Screen.
func (s *Screen) Show(id string) fyne.CanvasObject {
	s.Hide()
	s.shown, s.stop = context.WithCancel(s.ctx)
	if id != s.model.key {
		s.view.turn()
	}
	s.model.show(id)
	s.refresh()
	s.runner.Follow(s.shown, s.deps.Changed, s.refresh)
	s.runner.Every(s.shown, repaint, s.tick)
	return s.view.root
}

// Hide implements shell.Screen. A reading under way goes on: its result is kept by the inventory.
func (s *Screen) Hide() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// refresh looks at the device again and shows everything.
func (s *Screen) refresh() {
	d, err := s.deps.Device(s.model.key)
	s.model.set(d, d.Live(), err)
	s.signer()
	if conversation := d.Session(); conversation != s.watched {
		s.watched, s.ticks = conversation, nil
	}
	s.reviewed()
	s.learn()
	if s.model.takeEdit() {
		s.view.tabs.Select(tabConfig)
	}
	if s.model.edit != nil && s.model.edit.key == s.model.key && d.Read == nil && s.model.readable() {
		s.read()
		return
	}
	if s.watched != nil && s.watched != s.tried && s.model.readable() && d.Read == nil {
		s.tried = s.watched // the person agreed to reading when the device was identified
		s.read()
		return
	}
	s.view.render()
}

// tick shows what has changed by itself: live values, ages, and who is signed in.
func (s *Screen) tick() {
	if s.signer() {
		s.askAhead()
		s.view.render()
		return
	}
	if s.watched != nil && (s.ticks == nil || closed(s.ticks)) {
		s.ticks = s.watched.Changed()
		d, err := s.deps.Device(s.model.key)
		s.model.set(d, d.Live(), err)
	}
	s.view.renderLive() // also when nothing has changed: a value that no longer comes grows old
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// signer looks who is signed in and says whether that has changed.
func (s *Screen) signer() bool {
	name, ok := s.deps.SignedIn()
	if !ok {
		name = ""
	}
	changed := name != s.model.signer
	s.model.signer = name
	return changed
}

// reviewed asks once in a while whether the driver may write: two persons may sign a map while the page is shown.
func (s *Screen) reviewed() {
	if s.model.phase() != identified {
		return
	}
	driver := s.model.device.Driver
	kit.Load(s.review, func(ctx context.Context) (bool, error) { return s.deps.Reviewed(ctx, driver) }, func(ok bool, err error) {
		ok = ok && err == nil
		if key := driverKey(driver); s.model.reviewed[key] != ok {
			s.model.reviewed[key] = ok
			s.view.render()
		}
	})
}

// learn asks for the rules and templates in force: two persons may sign others while the page is shown.
func (s *Screen) learn() {
	type known struct {
		rules     policy.Policy
		templates []change.Template
	}
	kit.Load(s.facts, func(ctx context.Context) (k known, err error) {
		k.rules = policy.Minimum()
		if s.deps.Rules != nil {
			if k.rules, err = s.deps.Rules(ctx); err != nil {
				return k, err
			}
		}
		if s.deps.Templates != nil {
			k.templates, err = s.deps.Templates(ctx)
		}
		return k, err
	}, func(k known, err error) {
		if err == nil {
			s.model.rules, s.model.templates = k.rules, k.templates
			s.view.render()
		}
	})
}

// read reads the whole configuration, shown in the status strip.
func (s *Screen) read() {
	key, name := s.model.key, s.model.device.Name()
	if !s.model.readable() {
		return
	}
	lane := s.reads[key]
	if lane == nil {
		lane = s.runner.Lane(s.ctx)
		s.reads[key] = lane
	}
	s.model.reading[key] = true
	s.view.render()
	kit.Load(lane, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.deps.Board.Run(ctx, kit.T("device.task.read", kit.Data{"Name": name}), func(ctx context.Context, _ *task.Progress) error {
			return s.deps.ReadAll(ctx, key)
		})
	}, func(_ struct{}, err error) {
		s.model.readDone(key, err)
		s.refresh()
		s.askAhead()
	})
}

// release ends the conversation: the port is free for another program.
func (s *Screen) release() {
	key := s.model.key
	kit.Load(s.free, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.deps.Release(ctx, key) },
		func(_ struct{}, err error) {
			s.model.readDone(key, err)
			s.refresh()
		})
}

// openSheet reviews what is staged, against values that are read now.
func (s *Screen) openSheet() {
	if !s.model.openSheet() {
		return
	}
	s.view.openSheet()
	s.read()
	s.view.render()
}

// askAhead asks whether the sheet could be sent, so that a person learns it before writing the reason.
func (s *Screen) askAhead() {
	if s.model.sheet == nil || s.model.reading[s.model.key] {
		return
	}
	key, of, p, signedIn := s.model.key, s.model.subject(), s.model.proposal(standIn), s.model.signer != ""
	type answer struct{ inUse, check error }
	kit.Load(s.ask, func(ctx context.Context) (a answer, _ error) {
		a.inUse = s.deps.InUse(ctx, key)
		if signedIn {
			a.check = s.deps.Check(ctx, p)
		}
		return a, nil
	}, func(a answer, _ error) {
		if sheet := s.model.sheet; sheet != nil && !sheet.sending && s.model.subject() == of {
			sheet.inUse, sheet.fault = fault.Is(a.inUse, fault.InUse), a.check
			s.view.render()
		}
	})
}

// propose signs the request. The lane is free: the model lets one attempt through at a time.
func (s *Screen) propose() {
	p, ok := s.model.send()
	s.view.render()
	if !ok {
		return
	}
	of := s.model.subject()
	kit.Load(s.send, func(ctx context.Context) (change.Request, error) { return s.deps.Propose(ctx, p) },
		func(r change.Request, err error) {
			here := s.model.sheet != nil && s.model.subject() == of && s.shown.Err() == nil
			s.model.sent(of, err)
			s.view.render()
			if err == nil && here {
				s.deps.Open(shell.Route{Screen: "changes", ID: r.ID})
			}
		})
}
