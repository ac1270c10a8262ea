package consent

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/identify"
	"countersign/internal/inventory"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tallest is how much of the window the drivers may take, in device-independent pixels; beyond it they scroll.
const tallest = 440

// Dialog asks about a device, which must have Candidates. Agreed is called with the drivers that the person ticked, of
// which there is at least one; it is not called when the person cancels.
func Dialog(d inventory.Device, agreed func([]identify.Candidate)) kit.Dialog {
	m := newModel(d)
	s := newSheet(m)
	return kit.Dialog{
		Title: kit.T("consent.title", kit.Data{"Name": d.Name()}),
		Body:  s.body, Wide: true,
		Confirm: kit.T("consent.identify", kit.Data{"Label": m.label()}),
		Check:   s.check,
		OnDone: func(confirmed bool) {
			if confirmed {
				agreed(m.agreed())
			}
		},
	}
}

// Task names the work that follows, for the status strip: what is done, and who asks.
func Task(d inventory.Device, consented []identify.Candidate) (name, step string) {
	return kit.T("consent.task", kit.Data{"Label": newModel(d).label()}),
		kit.T("consent.step", kit.Data{"Drivers": strings.Join(names(consented), ", ")})
}

// sheet is the body of the question.
type sheet struct {
	model   *model
	body    fyne.CanvasObject
	summary *widget.Label
	mark    *widget.Icon
}

func newSheet(m *model) *sheet {
	s := &sheet{model: m, summary: kit.Body(""), mark: widget.NewIcon(nil)}
	list := container.NewVBox()
	for i, a := range m.asks {
		list.Add(s.driver(i, a))
	}
	list.Resize(fyne.NewSize(48*theme.Size(theme.SizeNameText), 0)) // wrapped text needs a width before it knows its height
	scroll := container.NewVScroll(list)
	scroll.SetMinSize(fyne.NewSize(0, min(list.MinSize().Height, tallest)))
	opens := kit.Tight(kit.Body(m.opens()), kit.Muted(kit.T("consent.record")))
	s.body = container.NewVBox(opens, scroll, container.NewBorder(nil, nil, s.mark, nil, s.summary))
	s.render()
	return s
}

func (s *sheet) driver(i int, a ask) fyne.CanvasObject {
	check := kit.NewCheck(a.name(), nil)
	check.SetChecked(a.agreed)
	check.OnChanged = func(on bool) {
		s.model.set(i, on)
		s.render()
	}
	facts := kit.Body(strings.Join(a.facts(s.model.device.Endpoint), "\n"))
	return kit.Panel(kit.Tight(check, facts))
}

// check keeps the sheet open until somebody may ask.
func (s *sheet) check() bool { return len(s.model.agreed()) > 0 }

func (s *sheet) render() {
	state := kit.Note
	if !s.check() {
		state = kit.Caution
	}
	s.mark.SetResource(state.Icon().Resource(state.Color()))
	s.summary.SetText(s.model.summary())
}
