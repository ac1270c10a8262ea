// Package emergency is the page on which one person opens an emergency on one device and writes to it alone.
//
// It decides nothing: who may, what is recorded and what is written is with those that it is given as functions. It is one
// page without dialogs, so that the shortest way through it is a button, a reason and one second of holding.
package emergency

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/policy"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
)

// ScreenName is the screen of the routes {ScreenName, key of an endpoint}, and {ScreenName, ""} to choose a device.
const ScreenName = "emergency"

// The tiers, as the records spell them: what somebody may write depends on how sure it is who they are.
const (
	TierStated = "t0" // towards the safe direction, or back to what was approved last
	TierKey    = "t1"
	TierCode   = "t2"
)

// The reasons, as the records spell them.
const (
	PatientAtRisk  = "patient-at-risk"
	DeviceUnusable = "device-unusable"
	Infrastructure = "infrastructure-failure"
	Other          = "other"
)

// Person is somebody who may be chosen as who acts.
type Person struct{ ID, Name string }

// Arm is what a person asked for by holding the button.
type Arm struct {
	Key        string // of the endpoint
	Category   string
	Person     string // ID; "" for who is signed in, or for Name
	Name       string // typed, where nobody is known; "" otherwise
	Secret     string // a passphrase or a sealed code; may be ""
	Tag        string // the asset tag of a device that tells no serial number; "" otherwise
	Unreadable bool   // the label cannot be read; the serial number was typed twice
	Changes    []drivers.Change
}

// Result is what came of opening an emergency, or of writing in one.
type Result struct {
	Code   string    // of the receipt
	Lost   bool      // nothing could be recorded: the code on the screen is all there is
	Took   []string  // what has the record
	At     time.Time //
	Change change.Result
}

// Session is the emergency that is open.
type Session struct {
	Key    string // of the endpoint
	Device string // name and serial number
	Code   string
	Tier   string
	Left   time.Duration

	Continued bool // after a crash, and nobody has shown since who they are
}

// Deps is what the page needs. Arm, Write and InUse may take their time and are called in the background. InUse,
// LastApproved and Result may be nil.
type Deps struct {
	Device    func(key string) (inventory.Device, error)
	Simulated func(key string) bool // no device, to practise on; nil for none
	Devices   func() []inventory.Device
	Changed   func() <-chan struct{} // closed at the next change of any device
	Staged    func(key string) []drivers.Change
	Unstage   func(key string)
	InUse     func(ctx context.Context, key string) error // fault.InUse while the device is on a patient

	SignedIn     func() (name string, ok bool) // name with the role
	Persons      func() []Person
	Rules        func() policy.Policy
	LastApproved func(key string, id drivers.SettingID) (token string, ok bool)

	Arm   func(ctx context.Context, a Arm, progress change.Progress) (Result, error)
	Write func(ctx context.Context, key string, changes []drivers.Change, progress change.Progress) (Result, error)

	Session        func() (Session, bool)
	SessionChanged func() <-chan struct{}

	Open   func(shell.Route)
	Back   func(key string) // leaves for the device's page
	Result func(state kit.State, sentence string, details func())
	Now    func() time.Time
	Board  *task.Board
}

// repaint is how often what changes by itself is looked at.
const repaint = 250 * time.Millisecond

// Screen is the page. It shows one device at a time.
type Screen struct {
	ctx    context.Context
	deps   Deps
	runner *kit.Runner
	model  *model
	view   *view
	pick   *pickView
	ask    *kit.Lane
	shown  context.Context // while the page is in sight
	stop   context.CancelFunc
}

var (
	_ shell.Screen = (*Screen)(nil)
	_ shell.Paned  = (*Screen)(nil)
	_ shell.Leaver = (*Screen)(nil)
)

// New returns the page. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner) *Screen {
	if deps.Simulated == nil {
		deps.Simulated = func(string) bool { return false }
	}
	if deps.InUse == nil {
		deps.InUse = func(context.Context, string) error { return nil }
	}
	if deps.LastApproved == nil {
		deps.LastApproved = func(string, drivers.SettingID) (string, bool) { return "", false }
	}
	if deps.Result == nil {
		deps.Result = func(kit.State, string, func()) {}
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s := &Screen{ctx: ctx, deps: deps, runner: runner, ask: runner.Lane(ctx)}
	s.model = newModel(deps.LastApproved)
	s.view, s.pick = newView(s), newPickView(s)
	return s
}

// Title implements shell.Screen.
func (s *Screen) Title(id string) string {
	if d, err := s.deps.Device(id); id != "" && err == nil {
		return kit.T("emergency.title.one", kit.Data{"Device": d.Name()})
	}
	return kit.T("emergency.title")
}

// Show implements shell.Screen. It begins with nothing chosen.
func (s *Screen) Show(id string) fyne.CanvasObject {
	s.Hide()
	s.shown, s.stop = context.WithCancel(s.ctx)
	s.model.show(id)
	s.view.forget()
	s.view.calm = true
	s.look()
	s.view.calm = false
	s.runner.Follow(s.shown, s.deps.Changed, s.look)
	s.runner.Follow(s.shown, s.deps.SessionChanged, s.look)
	s.runner.Every(s.shown, repaint, s.look)
	if id == "" {
		s.pick.enter()
		return s.pick.root
	}
	s.askInUse()
	return s.view.root
}

// Hide implements shell.Screen. What was typed is forgotten; a write that is under way goes on.
func (s *Screen) Hide() {
	if s.stop == nil {
		return
	}
	s.stop()
	s.stop = nil
	s.ask.Stop()
	s.model.leave()
	s.view.forget()
}

// look takes the facts of now and shows them.
func (s *Screen) look() {
	m := s.model
	m.at = s.deps.Now()
	m.devices = s.deps.Devices()
	m.session, m.open = s.deps.Session()
	if m.key != "" {
		d, err := s.deps.Device(m.key)
		m.set(d, err, s.deps.Staged(m.key))
	}
	m.signer = ""
	if name, ok := s.deps.SignedIn(); ok {
		m.signer = name
	}
	m.know(s.deps.Persons())
	m.rules = s.deps.Rules()
	s.render()
}

func (s *Screen) render() {
	if s.model.key == "" {
		s.pick.render()
		return
	}
	s.view.render()
}

// askInUse asks the device itself whether it is on a patient. The answer is shown and stops nobody.
func (s *Screen) askInUse() {
	key := s.model.key
	kit.Load(s.ask, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.deps.InUse(ctx, key) }, func(_ struct{}, err error) {
		s.model.answered(key, err)
		s.render()
	})
}

// arm opens the emergency and writes what is staged: the button was held.
func (s *Screen) arm() {
	a, r, ok := s.model.arm(s.view.secret.Text)
	s.view.clearSecret()
	if !ok {
		return
	}
	s.carryOut(a.Key, r, func(ctx context.Context) (Result, error) { return s.deps.Arm(ctx, a, r.progress) })
}

// write writes what is staged in the emergency that is open.
func (s *Screen) write() {
	if r, ok := s.model.write(); ok {
		key := s.model.key
		s.carryOut(key, r, func(ctx context.Context) (Result, error) { return s.deps.Write(ctx, key, r.sent, r.progress) })
	}
}

// again sends once more what did not arrive, or may not have: a new act of the person.
func (s *Screen) again() {
	if r, ok := s.model.again(); ok {
		key := s.model.key
		s.carryOut(key, r, func(ctx context.Context) (Result, error) { return s.deps.Write(ctx, key, r.sent, r.progress) })
	}
}

// carryOut does the work beside the window. Nothing cancels it: half of a setting helps nobody.
func (s *Screen) carryOut(key string, r *run, work func(context.Context) (Result, error)) {
	s.render()
	name := kit.T("emergency.task", kit.Data{"Device": r.device})
	kit.Load(s.runner.Lane(context.WithoutCancel(s.ctx)), func(ctx context.Context) (result Result, err error) {
		err = s.deps.Board.Finish(ctx, name, func(ctx context.Context, _ *task.Progress) error {
			result, err = work(ctx)
			return err
		})
		return result, err
	}, func(result Result, err error) {
		s.model.ended(r, result, err)
		if len(result.Change.Steps) > 0 {
			s.deps.Unstage(key) // it was sent; what is to be sent again is remembered here
		}
		state, sentence := r.told()
		s.deps.Result(state, sentence, func() { s.deps.Open(shell.Route{Screen: ScreenName, ID: key}) })
		s.look()
	})
}

// dismiss leaves the outcome for the device's page.
func (s *Screen) dismiss() {
	key := s.model.key
	s.model.forget(key)
	s.deps.Back(key)
}

// Panes implements shell.Paned.
func (s *Screen) Panes() []fyne.Focusable {
	if s.model.key == "" {
		return s.pick.panes()
	}
	return s.view.panes()
}

// Leave implements shell.Leaver. Escape backs out at any time before the write, and not in the middle of it.
func (s *Screen) Leave() bool { return s.model.phase() == running }
