package ceremony

import (
	"context"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Deps is what the page needs.
type Deps struct {
	Prove func(ctx context.Context, personID, passphrase string) (*people.Signer, error)
	Role  func(people.Person) string // the word for a person's role
	Hint  func(people.Person) string // the passphrase of a ready-made person in training; "" for others; may be nil
}

// Page is the page. Its methods are called on the window's goroutine.
type Page struct {
	model   *Model
	deps    Deps
	proving *kit.Lane
	signing *kit.Lane // never replaced: what it signs is recorded

	title      *widget.Label
	notice     *kit.Notice
	text       *widget.Label
	means      *widget.Label
	steps      *fyne.Container
	passphrase *kit.Entry
	prompt     *widget.Label
	hint       *widget.Label
	entry      fyne.CanvasObject
	cancel     *kit.Button
	sign       *kit.Button
	scroll     *container.Scroll
	page       fyne.CanvasObject
}

// New returns the page without an act. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner) *Page {
	p := &Page{model: &Model{}, deps: deps, proving: runner.Lane(ctx), signing: runner.Lane(ctx),
		title: kit.Heading(""), notice: kit.NewNotice(), means: kit.Body(""), steps: container.NewVBox(),
		passphrase: kit.NewPassphrase(kit.T("ceremony.passphrase")), prompt: widget.NewLabel(""), hint: kit.Muted("")}
	p.text = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	p.text.Wrapping = fyne.TextWrapBreak // nothing of it may be out of sight to the right
	p.passphrase.OnSubmitted = func(string) { p.next() }
	p.cancel = kit.NewButton(kit.T("ceremony.cancel"), "", func() { p.end(false) })
	p.sign = kit.NewPrimary("", kit.IconKey, p.next)
	left := container.NewVBox(kit.Heading(kit.T("ceremony.text")), kit.Panel(p.text))
	right := container.NewVBox(kit.Heading(kit.T("ceremony.means")), p.means)
	p.entry = kit.Narrow(60, container.NewVBox(kit.Tight(p.prompt, p.passphrase), p.hint))
	who := kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("ceremony.who")), kit.Muted(kit.T("ceremony.nothing_yet")), p.steps, p.entry)))
	body := container.NewVBox(p.title, p.notice, container.New(split{}, left, right), who)
	p.scroll = container.NewVScroll(kit.Room(body))
	p.page = kit.Frame(nil, p.scroll, p.cancel, p.sign)
	return p
}

// Object is what to put into the window.
func (p *Page) Object() fyne.CanvasObject { return p.page }

// Open says whether an act is on the page.
func (p *Page) Open() bool { return p.model.Open() }

// Begin puts an act on the page.
func (p *Page) Begin(act Act) {
	p.Leave()
	p.model.Begin(act)
	p.text.SetText(p.model.Text())
	p.title.SetText(act.Title)
	p.means.SetText(strings.Join(act.Means, "\n\n"))
	p.scroll.ScrollToTop()
	p.render()
	p.Focus()
}

// Confirm does what the button does.
func (p *Page) Confirm() { p.next() }

// Focus gives the keyboard to what is to be done.
func (p *Page) Focus() { kit.Focus(p.Panes()[0]) }

// Leave ends the act without completing it, and says whether there was one. An act whose statement is just being signed
// and recorded is not left.
func (p *Page) Leave() bool {
	if !p.model.Open() {
		return false
	}
	if _, _, more := p.model.Next(); more || !p.model.Busy {
		p.end(false)
	}
	return true
}

func (p *Page) end(completed bool) {
	if !p.model.Open() {
		return
	}
	p.proving.Stop()
	p.passphrase.SetText("")
	act := p.model.End()
	p.text.SetText("")
	if !completed && act.Cancel != nil {
		act.Cancel()
	}
	p.render()
	if act.Done != nil {
		act.Done(completed)
	}
}

// next opens the key of the person whose turn it is, and completes the act with the last one.
func (p *Page) next() {
	if p.model.Busy || !p.model.Open() {
		return
	}
	person, _, more := p.model.Next()
	if !more {
		p.complete()
		return
	}
	passphrase := p.passphrase.Text
	if passphrase == "" {
		kit.Focus(p.passphrase)
		return
	}
	p.model.Busy = true
	p.render()
	kit.Load(p.proving, func(ctx context.Context) (*people.Signer, error) {
		signer, err := p.deps.Prove(ctx, person.ID, passphrase)
		if ctx.Err() != nil {
			signer.Lock() // nobody waits for it any more
		}
		return signer, err
	}, p.proved)
}

func (p *Page) proved(signer *people.Signer, err error) {
	complete := p.model.Proved(signer, err)
	if err == nil {
		p.passphrase.SetText("")
	} else {
		p.passphrase.Enable()
		p.passphrase.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
	if complete {
		p.complete()
		return
	}
	p.render()
	kit.Focus(p.passphrase)
}

func (p *Page) complete() {
	p.model.Busy = true
	p.render()
	act, signers := p.model.Act, p.model.Signers()
	kit.Load(p.signing, func(ctx context.Context) (struct{}, error) { return struct{}{}, act.Complete(ctx, signers...) },
		func(_ struct{}, err error) {
			if err == nil {
				p.end(true)
				return
			}
			p.model.Failed(err)
			p.render()
			kit.Focus(p.passphrase)
		})
}

// render copies the model into the widgets.
func (p *Page) render() {
	m := p.model
	p.notice.SayFault(m.Fault)
	p.steps.RemoveAll()
	for _, s := range m.Steps(p.deps.Role) {
		icon := widget.NewIcon(s.State.Icon().Resource(s.State.Color()))
		p.steps.Add(container.NewHBox(icon, widget.NewLabel(s.Words)))
	}
	person, _, more := m.Next()
	p.entry.(*fyne.Container).Hidden = !more
	p.prompt.SetText(kit.T("ceremony.passphrase_of", kit.Data{"Name": person.Name}))
	p.hint.Hidden = true
	if p.deps.Hint != nil && more && p.deps.Hint(person) != "" {
		p.hint.SetText(kit.T("people.sign_in.hint", kit.Data{"Name": person.Name, "Passphrase": p.deps.Hint(person)}))
		p.hint.Hidden = false
	}
	if m.Busy {
		p.passphrase.Disable()
	} else {
		p.passphrase.Enable()
	}
	p.sign.SetText(m.Button())
	p.sign.SetEnabled(!m.Busy)
	p.page.Refresh()
}

// Panes are the parts that take the keyboard in turn.
func (p *Page) Panes() []fyne.Focusable {
	if _, _, more := p.model.Next(); !more {
		return []fyne.Focusable{p.cancel, p.sign}
	}
	return []fyne.Focusable{p.passphrase, p.cancel}
}

// split puts the text left and what it means right, each at its own height.
type split struct{}

const textShare = 0.66

// MinSize implements fyne.Layout.
func (split) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(40*theme.Size(theme.SizeNameText), max(o[0].MinSize().Height, o[1].MinSize().Height))
}

// Layout implements fyne.Layout.
func (split) Layout(o []fyne.CanvasObject, size fyne.Size) {
	gap := theme.Size(theme.SizeNameInnerPadding)
	left := size.Width * textShare
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(left-gap, size.Height))
	o[1].Move(fyne.NewPos(left, 0))
	o[1].Resize(fyne.NewSize(size.Width-left, size.Height))
}
