package kit

import "fyne.io/fyne/v2"

// TypedKey implements fyne.Focusable.
func (t *Table[T]) TypedKey(ev *fyne.KeyEvent) {
	at, page := t.index(), max(t.view.page()-1, 1)
	switch ev.Name {
	case fyne.KeyDown:
		t.moveTo(at + 1)
	case fyne.KeyUp:
		t.moveTo(max(at, 0) - 1)
	case fyne.KeyPageDown:
		t.moveTo(at + page)
	case fyne.KeyPageUp:
		t.moveTo(at - page)
	case fyne.KeyHome:
		t.moveTo(0)
	case fyne.KeyEnd:
		t.moveTo(len(t.shown) - 1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyF2:
		t.open()
	default:
		PassOn(t, ev)
	}
}

// headKey moves between the headings and from them down into the rows.
func (t *Table[T]) headKey(i int, ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyLeft:
		Focus(t.heads[max(i-1, 0)])
	case fyne.KeyRight:
		Focus(t.heads[min(i+1, len(t.heads)-1)])
	case fyne.KeyDown:
		t.Focus()
	default:
		PassOn(t, ev)
	}
}

// TypedRune implements fyne.Focusable.
func (t *Table[T]) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (t *Table[T]) FocusGained() { t.frame.show(true) }

// FocusLost implements fyne.Focusable.
func (t *Table[T]) FocusLost() { t.frame.show(false) }

// AccessibilityLabel implements fyne.Accessible.
func (t *Table[T]) AccessibilityLabel() string { return text(t.config.Name) }

// AccessibilityRole implements fyne.Accessible.
func (t *Table[T]) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// Children are what Outline walks.
func (t *Table[T]) Children() []fyne.CanvasObject { return []fyne.CanvasObject{t.root} }
