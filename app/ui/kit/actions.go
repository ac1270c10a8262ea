package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Actions is the row of buttons at the foot of a page. The first of them is the one without an effect, which has the keyboard
// when nothing else asks for it.
type Actions struct {
	Row  *fyne.Container
	key  string
	safe fyne.Focusable
}

// NewActions returns an empty row.
func NewActions() *Actions { return &Actions{Row: container.NewHBox()} }

// Set shows other buttons. Key says what they depend on: the same ones stay, with the keyboard where it is. A row without
// any is asked for again each time. It says whether the row is another one, so that the page around it can be laid out anew.
func (a *Actions) Set(key string, buttons func() []*Button) bool {
	if key == a.key && a.safe != nil {
		return false
	}
	had := a.focused()
	a.key, a.safe, a.Row.Objects = key, nil, nil
	for i, b := range buttons() {
		if i == 0 {
			a.safe = b
		}
		a.Row.Add(b)
	}
	a.Row.Refresh()
	if had {
		a.FocusSafe()
	}
	return true
}

// focused says whether a button of the row has the keyboard.
func (a *Actions) focused() bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(a.Row)
	if c == nil {
		return false
	}
	focused, _ := c.Focused().(fyne.CanvasObject)
	return focused != nil && slices.Contains(a.Row.Objects, focused)
}

// FocusSafe puts the keyboard onto the button without an effect.
func (a *Actions) FocusSafe() {
	if a.safe != nil {
		Focus(a.safe)
	}
}

// Panes returns what else takes the keyboard on the page, and then the row.
func (a *Actions) Panes(before ...fyne.Focusable) []fyne.Focusable {
	if a.safe == nil {
		return before
	}
	return append(before, a.safe)
}
