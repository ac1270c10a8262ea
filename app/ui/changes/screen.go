package changes

import (
	"context"
	"image"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
)

// Desk is where requests stand and are decided.
type Desk interface {
	Requests(ctx context.Context) ([]change.Request, error)
	Compare(ctx context.Context, person people.Person, id string, entries []change.Entry) (change.Agreed, error)
	Approve(ctx context.Context, signer *people.Signer, agreed change.Agreed) error
	Refuse(ctx context.Context, signer *people.Signer, id, reason string) error
	Withdraw(ctx context.Context, signer *people.Signer, id string) error
	Return(ctx context.Context, signer *people.Signer, id, reason string) error
	Accept(ctx context.Context, signer *people.Signer, id, reason string) error
	Waive(ctx context.Context, signers [2]*people.Signer, id, reason string) error
	Comment(ctx context.Context, signer *people.Signer, id, text string) error
	Changed() <-chan struct{}
}

// Seat tells who is signed in, and opens the second person's key beside that.
type Seat interface {
	Current() *people.Signer
	Actor() leaf.Actor
	Changed() <-chan struct{}
	Prove(ctx context.Context, id, passphrase string) (*people.Signer, error)
}

// Devices is what the console knows of devices.
type Devices interface {
	Devices() []inventory.Device
	Changed() <-chan struct{}
}

// Execute has an approved request written to a device with an open conversation, in the name of who is signed in.
type Execute func(ctx context.Context, requestID string, device inventory.Device, progress change.Progress) (change.Result, error)

// Resolve has a device read, and what became of a write whose outcome is unknown recorded. Nothing is written.
type Resolve func(ctx context.Context, requestID string, device inventory.Device) (change.Result, error)

// Deps is what the screen needs. Rules, Resolve, Again, Keep and Station may be nil: the minimum is in force then, and what
// they are for is not offered.
type Deps struct {
	Desk    Desk
	Seat    Seat
	People  func(context.Context) ([]people.Person, error)
	Devices Devices
	Execute Execute
	Rules   func(context.Context) (policy.Policy, error)
	Resolve Resolve
	Again   func(r change.Request, key string) // opens the device's page with the request's values staged
	Keep    func(r change.Request, key string) // begins a template with the request's values
	Station Station                            // between this laptop and others
	QR      func(text string) (image.Image, error)
	Folder  string // where files for other laptops go unless somebody says otherwise
	Board   *task.Board
	Labels  map[string]map[drivers.SettingID]string // how devices call their settings, by driver; may be nil
	Open    func(shell.Route)
	SignIn  func()
	Changed func() // Waiting may have changed; may be nil
	// Result is told of each write that has ended; details opens the request's page. It may be nil.
	Result func(state kit.State, sentence string, details func())
	Now    func() time.Time // nil for the computer's clock
}

// reread is how long the screen waits before it reads the requests again only because a time is over.
const reread = 10 * time.Second

// Screen shows the routes {"changes", ""}, the queue, and {"changes", ID}, one request.
type Screen struct {
	ctx    context.Context
	runner *kit.Runner
	deps   Deps
	model  *model
	list   *kit.Lane
	read   time.Time // when the requests were last asked for
	shown  bool
	queue  *queueView
	page   *pageView
}

// New returns the screen. It follows requests, devices and who is signed in until ctx ends, also while it is not shown.
func New(ctx context.Context, deps Deps, runner *kit.Runner) *Screen {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Rules == nil {
		deps.Rules = func(context.Context) (policy.Policy, error) { return policy.Minimum(), nil }
	}
	if deps.Changed == nil {
		deps.Changed = func() {}
	}
	if deps.Result == nil {
		deps.Result = func(kit.State, string, func()) {}
	}
	s := &Screen{ctx: ctx, runner: runner, deps: deps, model: newModel(deps.Labels), list: runner.Lane(ctx)}
	s.model.tick(deps.Now())
	s.queue, s.page = newQueueView(s), newPageView(s)
	runner.Follow(ctx, deps.Desk.Changed, s.load)
	runner.Follow(ctx, deps.Devices.Changed, func() { s.model.tookDevices(deps.Devices.Devices()); s.reach(); s.render() })
	runner.Follow(ctx, deps.Seat.Changed, s.sit)
	runner.Every(ctx, time.Second, s.tick)
	return s
}

// Waiting returns how many requests wait for who is signed in, or for anybody while nobody is, for the badge in the rail.
func (s *Screen) Waiting() int { return s.model.count(forMe) }

// Title implements shell.Screen.
func (s *Screen) Title(id string) string {
	if r, ok := s.model.request(); ok && r.ID == id {
		return kit.T("changes.title.one", kit.Data{"Serial": r.Device.Serial})
	}
	return kit.T("changes.title")
}

// Show implements shell.Screen. What was under way on the page before is over.
func (s *Screen) Show(id string) fyne.CanvasObject {
	s.model.open(id)
	s.shown = true
	s.page.reset()
	s.render()
	if id == "" {
		s.queue.enter()
		return s.queue.root
	}
	return s.page.root
}

// Hide implements shell.Screen. A key that is open is locked; a write that is under way goes on.
func (s *Screen) Hide() {
	s.shown = false
	s.model.leave()
	s.page.reset()
	s.render()
}

// Refresh implements shell.Refresher.
func (s *Screen) Refresh() { s.load() }

// FocusFilter implements shell.Filterer.
func (s *Screen) FocusFilter() {
	if s.model.id == "" {
		kit.Focus(s.queue.filter)
	}
}

// Panes implements shell.Paned.
func (s *Screen) Panes() []fyne.Focusable {
	if s.model.id == "" {
		return []fyne.Focusable{s.queue.table, s.queue.tabs.Focusable(), s.queue.filter}
	}
	return s.page.panes()
}

type loaded struct {
	requests []change.Request
	people   []people.Person
	rules    policy.Policy
}

func (s *Screen) load() {
	s.read = s.deps.Now()
	kit.Load(s.list, func(ctx context.Context) (l loaded, err error) {
		if l.rules, err = s.deps.Rules(ctx); err != nil {
			return l, err
		}
		if l.people, err = s.deps.People(ctx); err == nil {
			l.requests, err = s.deps.Desk.Requests(ctx)
		}
		return l, err
	}, func(l loaded, err error) {
		s.model.took(l, err)
		s.reach()
		s.render()
		s.deps.Changed()
	})
}

func (s *Screen) sit() {
	person := people.Person{}
	if current := s.deps.Seat.Current(); current != nil {
		person = current.Person
	}
	s.model.seated(person)
	s.render()
	s.deps.Changed()
}

func (s *Screen) tick() {
	now := s.deps.Now()
	s.model.tookDevices(s.deps.Devices.Devices()) // a conversation that ends does not change the list
	s.reach()
	if s.model.tick(now) && now.Sub(s.read) >= reread {
		s.load()
	}
	s.render()
}

func (s *Screen) render() {
	s.queue.render()
	s.page.render()
}
