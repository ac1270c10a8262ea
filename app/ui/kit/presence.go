package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Pressed tells the window that a key went down in w. A window is told by itself only while nothing has the keyboard, and
// wants to know that somebody is there.
func Pressed(w fyne.CanvasObject, ev *fyne.KeyEvent) {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(w).(desktop.Canvas); ok {
		if f := c.OnKeyDown(); f != nil {
			f(ev)
		}
	}
}

// KeyDown implements desktop.Keyable.
func (e *Entry) KeyDown(ev *fyne.KeyEvent) {
	e.Entry.KeyDown(ev)
	Pressed(e, ev)
}

// KeyDown implements desktop.Keyable.
func (b *Button) KeyDown(ev *fyne.KeyEvent) { Pressed(b, ev) }

// KeyUp implements desktop.Keyable.
func (*Button) KeyUp(*fyne.KeyEvent) {}

// KeyDown implements desktop.Keyable.
func (c *Check) KeyDown(ev *fyne.KeyEvent) { Pressed(c, ev) }

// KeyUp implements desktop.Keyable.
func (*Check) KeyUp(*fyne.KeyEvent) {}

// KeyDown implements desktop.Keyable.
func (s *Select) KeyDown(ev *fyne.KeyEvent) { Pressed(s, ev) }

// KeyUp implements desktop.Keyable.
func (*Select) KeyUp(*fyne.KeyEvent) {}

// KeyDown implements desktop.Keyable.
func (t *tab) KeyDown(ev *fyne.KeyEvent) { Pressed(t, ev) }

// KeyUp implements desktop.Keyable.
func (*tab) KeyUp(*fyne.KeyEvent) {}

// KeyDown implements desktop.Keyable.
func (t *Table[T]) KeyDown(ev *fyne.KeyEvent) { Pressed(t, ev) }

// KeyUp implements desktop.Keyable.
func (t *Table[T]) KeyUp(*fyne.KeyEvent) {}

// KeyDown implements desktop.Keyable.
func (h *columnHead) KeyDown(ev *fyne.KeyEvent) { Pressed(h, ev) }

// KeyUp implements desktop.Keyable.
func (*columnHead) KeyUp(*fyne.KeyEvent) {}
