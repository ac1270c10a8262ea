package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// reveal scrolls the page so far that what just got the keyboard can be seen, with what names it.
func reveal(w fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(w)
	if c == nil {
		return
	}
	root := c.Overlays().Top()
	if root == nil {
		root = c.Content()
	}
	scroll, ok := scrollAround(root, w, nil)
	if !ok || scroll == nil {
		return
	}
	room := 4 * theme.Size(theme.SizeNameInnerPadding)
	top := driver.AbsolutePositionForObject(w).Y - driver.AbsolutePositionForObject(scroll.Content).Y
	bottom := top + w.Size().Height
	seen, height := scroll.Offset.Y, scroll.Size().Height
	switch {
	case top-room < seen:
		seen = top - room
	case bottom+room > seen+height:
		seen = bottom + room - height
	default:
		return
	}
	seen = max(0, min(seen, scroll.Content.MinSize().Height-height))
	scroll.ScrollToOffset(fyne.NewPos(scroll.Offset.X, seen))
}

// scrollAround looks for w below an object and returns the innermost scroller around it.
func scrollAround(o, w fyne.CanvasObject, around *container.Scroll) (*container.Scroll, bool) {
	switch {
	case o == w:
		return around, true
	case o == nil || !o.Visible():
		return nil, false
	}
	if scroll, ok := o.(*container.Scroll); ok {
		return scrollAround(scroll.Content, w, scroll)
	}
	for _, child := range children(o) {
		if scroll, ok := scrollAround(child, w, around); ok {
			return scroll, true
		}
	}
	return nil, false
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	reveal(e)
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.Button.FocusGained()
	reveal(b)
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	reveal(c)
}

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	reveal(s)
}
