package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Entry is a line of text to type. Keys it has no use for go on to the window.
type Entry struct {
	widget.Entry
	// OnKey sees every key first and says whether it used it. It may be nil.
	OnKey func(*fyne.KeyEvent) bool
	name  string
}

// NewEntry returns a line of text; name says what is to be typed.
func NewEntry(name string) *Entry {
	e := &Entry{name: name}
	e.init()
	return e
}

// NewNote returns several lines of text, for reasons and remarks.
func NewNote(name string) *Entry {
	e := &Entry{name: name}
	e.MultiLine = true
	e.init()
	e.SetMinRowsVisible(3)
	return e
}

// NewPassphrase returns a line whose letters are hidden. It has no memory: the caller clears it with SetText("") as soon
// as the passphrase was used.
func NewPassphrase(name string) *Entry {
	e := &Entry{name: name}
	e.Password = true
	e.init()
	return e
}

func (e *Entry) init() {
	e.Wrapping = fyne.TextWrapOff
	e.Scroll = fyne.ScrollHorizontalOnly
	if e.MultiLine {
		e.Wrapping = fyne.TextWrapWord
		e.Scroll = fyne.ScrollVerticalOnly
	}
	e.ExtendBaseWidget(e)
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(ev *fyne.KeyEvent) {
	if e.OnKey != nil && e.OnKey(ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF5, fyne.KeyF6:
		PassOn(e, ev)
		return
	case fyne.KeyReturn, fyne.KeyEnter:
		if e.OnSubmitted == nil && !e.MultiLine {
			PassOn(e, ev)
			return
		}
	}
	e.Entry.TypedKey(ev)
}

// AcceptsTab implements fyne.Tabbable: the key moves on from several lines, too. No text that is recorded holds a tab.
func (e *Entry) AcceptsTab() bool { return false }

// AccessibilityLabel implements fyne.Accessible.
func (e *Entry) AccessibilityLabel() string { return e.name }

// AccessibilityRole implements fyne.Accessible.
func (e *Entry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// Filter is the entry above a list. Down or Return moves on to the list, Escape first empties the filter.
type Filter struct {
	Entry
	// OnLeave is called when the person is done typing and turns to the list. It may be nil.
	OnLeave func()
}

// NewFilter returns a filter; changed is called with its text at each key.
func NewFilter(name string, changed func(string)) *Filter {
	f := &Filter{}
	f.name, f.PlaceHolder, f.OnChanged = name, name, changed
	f.OnKey = f.key
	f.Wrapping, f.Scroll = fyne.TextWrapOff, fyne.ScrollHorizontalOnly
	f.Icon = IconSearch.Resource(ColorMuted)
	f.ExtendBaseWidget(f)
	return f
}

func (f *Filter) key(ev *fyne.KeyEvent) bool {
	switch {
	case ev.Name == fyne.KeyEscape && f.Text != "":
		f.SetText("")
		return true
	case ev.Name == fyne.KeyDown || ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter:
		if f.OnLeave != nil {
			f.OnLeave()
		}
		return true
	}
	return false
}

// TypedKey implements fyne.Focusable.
func (f *Filter) TypedKey(ev *fyne.KeyEvent) { f.Entry.TypedKey(ev) }

// MinSize leaves room for a few words.
func (f *Filter) MinSize() fyne.Size {
	size := f.Entry.MinSize()
	size.Width = max(size.Width, 16*theme.Size(theme.SizeNameText))
	return size
}
