package templates

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Desk keeps the templates.
type Desk interface {
	Templates(ctx context.Context) ([]change.Template, error)
	PrepareTemplate(ctx context.Context, d change.TemplateDraft, signers [2]people.Person) (text string, err error)
	RecordTemplate(ctx context.Context, text string, signers [2]*people.Signer) error
	EndTemplate(ctx context.Context, signer *people.Signer, id, reason string) error
	Changed() <-chan struct{}
}

// Deps is what the screen needs.
type Deps struct {
	Desk    Desk
	People  func(context.Context) ([]people.Person, error)
	Prove   func(ctx context.Context, id, passphrase string) (*people.Signer, error) // opens a key for one signature
	Devices func() []inventory.Device
	Open    func(shell.Route)
	Now     func() time.Time // nil for the computer's clock
}

// Screen shows the routes {"templates", ""}, the list or what is being made, and {"templates", ID}, one template.
type Screen struct {
	ctx    context.Context
	runner *kit.Runner
	deps   Deps
	model  *model
	lane   *kit.Lane
	list   *listView
	page   *pageView
	next   *Draft // begun by another page, until this one is shown
	room   *fyne.Container
}

// New returns the screen. It follows the templates until ctx ends.
func New(ctx context.Context, deps Deps, runner *kit.Runner) *Screen {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s := &Screen{ctx: ctx, runner: runner, deps: deps, model: newModel(), lane: runner.Lane(ctx)}
	s.list, s.page = newListView(s), newPageView(s)
	s.room = container.NewStack(s.list.root, s.page.root)
	runner.Follow(ctx, deps.Desk.Changed, s.load)
	return s
}

// Begin makes a template from values when the page is shown next.
func (s *Screen) Begin(d Draft) { s.next = &d }

// Title implements shell.Screen.
func (s *Screen) Title(id string) string {
	if t, ok := s.model.template(); ok && t.ID == id {
		return t.Name
	}
	return kit.T("templates.title")
}

// Show implements shell.Screen.
func (s *Screen) Show(id string) fyne.CanvasObject {
	s.model.leave()
	s.model.id = id
	s.page.reset()
	if s.next != nil {
		s.model.begin(*s.next)
		s.next = nil
		s.page.fill()
	}
	s.learn()
	s.render()
	return s.room
}

// Hide implements shell.Screen.
func (s *Screen) Hide() {
	s.model.leave()
	s.page.reset()
	s.render()
}

// Refresh implements shell.Refresher.
func (s *Screen) Refresh() { s.load() }

// FocusFilter implements shell.Filterer.
func (s *Screen) FocusFilter() {
	if s.listed() {
		kit.Focus(s.list.filter)
	}
}

func (s *Screen) listed() bool { return s.model.id == "" && s.model.draft == nil }

// Panes implements shell.Paned.
func (s *Screen) Panes() []fyne.Focusable {
	if s.listed() {
		return []fyne.Focusable{s.list.table, s.list.filter}
	}
	return s.page.panes()
}

// Leave implements shell.Leaver.
func (s *Screen) Leave() bool {
	if s.model.stage == resting || s.model.stage == working || s.model.stage == making {
		return s.model.stage != resting
	}
	s.page.leave()
	return true
}

// Commands implements shell.Commander.
func (s *Screen) Commands() []shell.Command {
	return []shell.Command{{ID: "templates.end", Label: "templates.command.end", Menu: shell.MenuChange, Enabled: s.model.canEnd, Do: s.page.end}}
}

// learn remembers how drivers call the settings of what is connected.
func (s *Screen) learn() {
	for _, d := range s.deps.Devices() {
		if d.Driver == nil || d.Read == nil {
			continue
		}
		known := map[drivers.SettingID]drivers.Setting{}
		for _, one := range d.Read.Description.Settings {
			known[one.ID] = one
		}
		s.model.settings[d.Driver.About().ID] = known
	}
}

type loaded struct {
	templates []change.Template
	people    []people.Person
}

func (s *Screen) load() {
	kit.Load(s.lane, func(ctx context.Context) (l loaded, err error) {
		if l.people, err = s.deps.People(ctx); err == nil {
			l.templates, err = s.deps.Desk.Templates(ctx)
		}
		return l, err
	}, func(l loaded, err error) {
		if s.model.err = err; err == nil {
			s.model.templates, s.model.people = l.templates, l.people
		}
		s.render()
	})
}

func (s *Screen) render() {
	s.model.now = s.deps.Now()
	show(s.list.root, s.listed())
	show(s.page.root, !s.listed())
	s.list.render()
	s.page.render()
}

// work runs in a lane of its own that nothing stops: a key that was opened must be locked, and what was recorded told.
func work[T any](s *Screen, do func(context.Context) (T, error), show func(T, error)) {
	s.render()
	kit.Load(s.runner.Lane(s.ctx), do, func(v T, err error) {
		show(v, err)
		s.render()
		s.page.settle()
	})
}

// prepare makes the text that both will sign.
func (s *Screen) prepare(name, reason, length string, signers [2]people.Person) {
	draft, problem := s.model.prepare(name, reason, length, signers)
	if problem != "" {
		s.model.notice = notice{state: kit.Caution, what: problem}
		s.render()
		return
	}
	number := s.model.number
	work(s, func(ctx context.Context) (string, error) { return s.deps.Desk.PrepareTemplate(ctx, draft, signers) },
		func(text string, err error) { s.model.prepared(number, text, err) })
}

// sign opens both keys, signs the text that is on the page, and locks them.
func (s *Screen) sign(passphrases [2]string) {
	if s.model.stage != signing {
		return
	}
	s.model.stage, s.model.notice = working, notice{}
	number, text, persons := s.model.number, s.model.text, s.model.signers
	work(s, func(ctx context.Context) (struct{}, error) {
		var signers [2]*people.Signer
		for i, p := range persons {
			signer, err := s.deps.Prove(ctx, p.ID, passphrases[i])
			if err != nil {
				return struct{}{}, err
			}
			defer signer.Lock()
			signers[i] = signer
		}
		return struct{}{}, s.deps.Desk.RecordTemplate(ctx, text, signers)
	}, func(_ struct{}, err error) {
		if s.model.recorded(number, err) {
			s.load()
		}
	})
}

// end ends the template on the page.
func (s *Screen) end(personID, passphrase, reason string) {
	t, ok := s.model.template()
	switch {
	case !ok || s.model.stage != ending:
		return
	case personID == "" || tidy(reason) == "":
		s.model.notice = notice{state: kit.Caution, what: kit.T("templates.problem.end")}
		s.render()
		return
	}
	s.model.stage, s.model.notice = working, notice{}
	number := s.model.number
	work(s, func(ctx context.Context) (struct{}, error) {
		signer, err := s.deps.Prove(ctx, personID, passphrase)
		if err != nil {
			return struct{}{}, err
		}
		defer signer.Lock()
		return struct{}{}, s.deps.Desk.EndTemplate(ctx, signer, t.ID, tidy(reason))
	}, func(_ struct{}, err error) {
		s.model.ended(number, err)
		s.load()
	})
}
