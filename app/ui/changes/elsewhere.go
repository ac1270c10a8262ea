package changes

import (
	"context"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"
	"countersign/internal/cosign"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
)

// Elsewhere is the page {"elsewhere", ""} on which a person approves a request of another laptop: its file, code or picture
// is opened here, and an approval is carried back. Nothing of the request is carried out on this laptop.
type Elsewhere struct {
	ctx    context.Context
	runner *kit.Runner
	deps   Deps
	model  *model // what is known here of settings and people
	visit  visit
	view   *visitView
	shown  bool
}

// NewElsewhere returns the page.
func NewElsewhere(ctx context.Context, deps Deps, runner *kit.Runner) *Elsewhere {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	e := &Elsewhere{ctx: ctx, runner: runner, deps: deps, model: newModel(deps.Labels)}
	e.view = newVisitView(e)
	runner.Every(ctx, time.Second, e.tick)
	return e
}

// Title implements shell.Screen.
func (e *Elsewhere) Title(string) string { return kit.T("changes.elsewhere.title") }

// Show implements shell.Screen.
func (e *Elsewhere) Show(string) fyne.CanvasObject {
	e.shown = true
	e.visit.end()
	e.view.reset()
	e.model.tookDevices(e.deps.Devices.Devices())
	e.learn()
	e.render()
	return e.view.root
}

// Hide implements shell.Screen. A key that is open is locked.
func (e *Elsewhere) Hide() {
	e.shown = false
	e.visit.end()
	e.view.reset()
	e.render()
}

// Panes implements shell.Paned.
func (e *Elsewhere) Panes() []fyne.Focusable { return e.view.panes() }

// Leave implements shell.Leaver: Escape goes one step back.
func (e *Elsewhere) Leave() bool {
	switch e.visit.stage {
	case arriving:
		return false
	case looking, delivered:
		e.over()
		return true
	}
	if !e.visit.busy() {
		e.back()
	}
	return true
}

// Commands implements shell.Commander.
func (e *Elsewhere) Commands() []shell.Command {
	return []shell.Command{
		{ID: "elsewhere.approve", Label: "changes.command.elsewhere.approve", Menu: shell.MenuChange, Key: fyne.KeyG, Modifier: shell.Ctrl | fyne.KeyModifierShift,
			Enabled: e.visit.signable, Do: e.begin},
		{ID: "elsewhere.over", Label: "changes.command.elsewhere.over", Menu: shell.MenuChange,
			Enabled: func() bool { return e.visit.stage != arriving && !e.visit.busy() }, Do: e.over},
	}
}

// learn asks who is enrolled here: one of them says that another console is known.
func (e *Elsewhere) learn() {
	kit.Load(e.runner.Lane(e.ctx), e.deps.People, func(all []people.Person, err error) {
		if err == nil {
			e.model.people = all
		}
		e.render()
	})
}

func (e *Elsewhere) tick() {
	now := e.deps.Now()
	e.model.now = now
	before := e.visit.stage
	if e.visit.tick(now); e.visit.stage != before {
		e.render()
		e.view.settle()
	}
}

func (e *Elsewhere) render() { e.view.render() }

func (e *Elsewhere) back() {
	e.visit.back()
	e.view.forget()
	e.render()
	e.view.settle()
}

// over closes the request; another one can be opened.
func (e *Elsewhere) over() {
	e.visit.end()
	e.view.reset()
	e.render()
	e.view.settle()
}

func during[T any](e *Elsewhere, do func(context.Context) (T, error), show func(T, error)) {
	e.render()
	kit.Load(e.runner.Lane(e.ctx), do, func(v T, err error) {
		show(v, err)
		e.render()
		if e.shown {
			e.view.settle()
		}
	})
}

// open reads a file or a code.
func (e *Elsewhere) open(text string) {
	if e.visit.stage != arriving {
		return
	}
	e.read(func() ([]byte, error) { return given(text) })
}

func (e *Elsewhere) read(get func() ([]byte, error)) {
	e.visit.stage, e.visit.notice = opening, notice{}
	number := e.visit.number
	type arrived struct {
		data []byte
		in   cosign.Incoming
	}
	during(e, func(ctx context.Context) (a arrived, err error) {
		if a.data, err = get(); err == nil {
			a.in, err = e.deps.Station.Open(ctx, a.data)
		}
		return a, err
	}, func(a arrived, err error) { e.visit.opened(number, a.data, a.in, err) })
}

// trust has a person of this laptop sign that the console's words are those on its printed sheet.
func (e *Elsewhere) trust(personID, passphrase string) {
	if e.visit.stage != looking || personID == "" {
		e.visit.notice = notice{state: kit.Caution, what: kit.T("changes.naming.nobody")}
		e.render()
		return
	}
	e.visit.stage = trusting
	number, in, data := e.visit.number, e.visit.in, e.visit.data
	during(e, func(ctx context.Context) (struct{}, error) {
		signer, err := e.deps.Seat.Prove(ctx, personID, passphrase)
		if err != nil {
			return struct{}{}, err
		}
		defer signer.Lock()
		return struct{}{}, e.deps.Station.Trust(ctx, signer, in)
	}, func(_ struct{}, err error) {
		if number != e.visit.number || e.visit.stage != trusting {
			return
		}
		if e.visit.stage = looking; err != nil {
			e.visit.notice = notice{err: err}
			return
		}
		e.read(func() ([]byte, error) { return data, nil })
	})
}

// bring copies a person's key file to this laptop.
func (e *Elsewhere) bring(path string) {
	during(e, func(ctx context.Context) (struct{}, error) {
		data, err := given(path)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, e.deps.Station.BringKey(ctx, data)
	}, func(_ struct{}, err error) {
		if err != nil {
			e.visit.notice = told(err)
			return
		}
		e.view.key.entry.SetText("")
		e.look()
		e.visit.notice = notice{state: kit.Done, what: kit.T("changes.key.done"), more: kit.T("changes.key.done.more")}
	})
}

// begin asks who approves.
func (e *Elsewhere) begin() {
	if e.visit.begin() {
		e.view.names.begin(approve, e.visit.in.Approvers, "", nil)
		e.look()
	}
	e.render()
	e.view.settle()
}

// look sees whose keys are on this laptop.
func (e *Elsewhere) look() {
	number, approvers := e.visit.number, e.visit.in.Approvers
	kit.Load(e.runner.Lane(e.ctx), func(context.Context) (map[string]bool, error) {
		here := map[string]bool{}
		for _, p := range approvers {
			here[p.ID] = e.deps.Station.HasKey(p.ID)
		}
		return here, nil
	}, func(here map[string]bool, _ error) {
		if number == e.visit.number {
			e.visit.keys = here
			e.render()
		}
	})
}

// prove opens the approver's key.
func (e *Elsewhere) prove(personID, passphrase string) {
	number, in := e.visit.number, e.visit.in
	person, ok := e.visit.prove(personID)
	if !ok {
		e.render()
		return
	}
	during(e, func(ctx context.Context) (*people.Signer, error) {
		return e.deps.Station.Prove(ctx, in, person.ID, passphrase)
	}, func(signer *people.Signer, err error) {
		if e.visit.proved(number, signer, e.deps.Now(), err) && !e.visit.asks() {
			e.compare(nil)
		}
	})
}

// compare has the entries compared with the request.
func (e *Elsewhere) compare(entries []change.Entry) {
	if e.visit.stage != entering {
		return
	}
	e.visit.stage, e.visit.differ, e.visit.notice = comparing, nil, notice{}
	number, in, person := e.visit.number, e.visit.in, e.visit.person
	during(e, func(ctx context.Context) (cosign.Agreed, error) {
		return e.deps.Station.Compare(ctx, in, person, entries)
	}, func(agreed cosign.Agreed, err error) { e.visit.compared(number, agreed, e.deps.Now(), err) })
}

// sign signs what was agreed to, locks the key whatever comes of it, and shows what goes back.
func (e *Elsewhere) sign() {
	number := e.visit.number
	signer, agreed, ok := e.visit.sign()
	if !ok {
		return
	}
	during(e, func(ctx context.Context) (h *handover, err error) {
		defer signer.Lock()
		h = &handover{}
		if h.pkg, err = e.deps.Station.Sign(ctx, signer, agreed); err != nil {
			return nil, err
		}
		if h.pkg.Code != "" && e.deps.QR != nil {
			h.code, err = e.deps.QR(h.pkg.Code)
		}
		return h, err
	}, func(h *handover, err error) { e.visit.signed(number, h, err) })
}

// save writes the approval to a file.
func (e *Elsewhere) save(path string) {
	h := e.visit.answer
	if h == nil || h.busy {
		return
	}
	h.busy = true
	during(e, func(context.Context) (string, error) { return save(path, h.pkg) }, func(name string, err error) {
		h.busy, e.visit.notice = false, notice{}
		if h.saved = name; err != nil {
			h.saved, e.visit.notice = "", told(err)
		}
	})
}
