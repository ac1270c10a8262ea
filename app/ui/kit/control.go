package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// PassOn hands a key that a focused widget has no use for to the window: Escape, F5, F6 and the like work wherever the
// focus is.
func PassOn(w fyne.CanvasObject, ev *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(w)
	if c == nil {
		return
	}
	if f := c.OnTypedKey(); f != nil {
		f(ev)
	}
}

// Focus gives o the keyboard, where it is on a canvas.
func Focus(o fyne.Focusable) {
	w, ok := o.(fyne.CanvasObject)
	if !ok {
		return
	}
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(w); c != nil {
		c.Focus(o)
		return
	}
	for _, window := range driver.AllWindows() { // what was hidden until now belongs to no canvas before it is drawn
		window.Canvas().Focus(o)
	}
}

// Button is a push button. Return presses it as the space bar does.
type Button struct {
	widget.Button
	icon Icon
	mark State // gives the icon and its colour; "" for icon
	name string
}

// NewButton returns a button with this text and, unless it is "", an icon.
func NewButton(text string, icon Icon, tapped func()) *Button {
	b := &Button{icon: icon, name: text}
	b.Text, b.OnTapped = text, tapped
	b.ExtendBaseWidget(b)
	b.tint()
	return b
}

// NewIconButton returns a flat button that shows an icon only; name says what it does.
func NewIconButton(name string, icon Icon, tapped func()) *Button {
	b := NewButton("", icon, tapped)
	b.name = name
	b.Importance = widget.LowImportance
	return b
}

// NewPrimary returns the one button of a view that carries on.
func NewPrimary(text string, icon Icon, tapped func()) *Button {
	b := NewButton(text, icon, tapped)
	b.SetImportance(widget.HighImportance)
	return b
}

// SetImportance changes how much the button stands out.
func (b *Button) SetImportance(i widget.Importance) {
	b.Importance = i
	b.tint()
	b.Refresh()
}

// SetText changes what the button says.
func (b *Button) SetText(text string) {
	b.name = text
	b.Button.SetText(text)
}

// SetIcon changes the button's icon; "" takes it away.
func (b *Button) SetIcon(icon Icon) {
	b.icon = icon
	b.Icon = nil
	b.tint()
	b.Refresh()
}

// Mark puts the icon of a state before what the button says, in the state's colour.
func (b *Button) Mark(s State) {
	if s != b.mark {
		b.mark = s
		b.tint()
		b.Refresh()
	}
}

// SetEnabled enables or disables the button.
func (b *Button) SetEnabled(on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
	b.tint()
	b.Refresh()
}

func (b *Button) tint() {
	if b.mark != "" && !b.Disabled() {
		b.Icon = b.mark.Icon().Resource(b.mark.Color())
		return
	}
	if b.icon == "" {
		return
	}
	name := theme.ColorNameForeground
	switch {
	case b.Disabled():
		name = theme.ColorNameDisabled
	case b.Importance == widget.HighImportance:
		name = theme.ColorNameForegroundOnPrimary
	case b.Importance == widget.DangerImportance:
		name = theme.ColorNameForegroundOnError
	}
	b.Icon = b.icon.Resource(name)
}

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if !b.Disabled() {
			b.Tapped(nil)
		}
	default:
		PassOn(b, ev)
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string { return b.name }

// Check is a box to tick.
type Check struct{ widget.Check }

// NewCheck returns a box with this text.
func NewCheck(text string, changed func(bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeySpace || ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter {
		c.SetChecked(!c.Checked)
		return
	}
	PassOn(c, ev)
}

// TypedRune implements fyne.Focusable. The space bar is handled as a key, once.
func (c *Check) TypedRune(rune) {}

// AccessibilityLabel implements fyne.Accessible.
func (c *Check) AccessibilityLabel() string { return c.Text }

// AccessibilityRole implements fyne.Accessible.
func (c *Check) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Select is a choice of one of a few.
type Select struct {
	widget.Select
	OnSubmitted func() // Return, where what is chosen is to be used; nil has Return open the list
	name        string
}

// NewSelect returns a choice; name says what is chosen.
func NewSelect(name string, options []string, changed func(string)) *Select {
	s := &Select{name: name}
	s.Options, s.OnChanged, s.PlaceHolder = options, changed, T("select.none")
	s.ExtendBaseWidget(s)
	return s
}

// TypedKey implements fyne.Focusable: the space bar opens the list, left and right step through it, Return submits.
func (s *Select) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if s.OnSubmitted != nil {
			s.OnSubmitted()
			return
		}
		s.Select.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		s.Select.TypedKey(ev)
	default:
		PassOn(s, ev)
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (s *Select) AccessibilityLabel() string { return s.name }

// AccessibilityRole implements fyne.Accessible.
func (s *Select) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
