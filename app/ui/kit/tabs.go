package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Tabs is a row of names of which one is chosen. Fyne's own tabs cannot be worked by keyboard. It shows the names only:
// its owner shows what belongs to them.
type Tabs struct {
	tabs    []*tab
	changed func(int)
	at      int
	box     *fyne.Container
}

// NewTabs returns a row of tabs, the first one chosen. Changed is called when a person chooses another one.
func NewTabs(names []string, changed func(int)) *Tabs {
	t := &Tabs{changed: changed, box: container.New(layout.NewCustomPaddedHBoxLayout(0))}
	for i, name := range names {
		one := newTab(name, func() { t.choose(i) }, func(by int) {
			t.choose((i + by + len(names)) % len(names))
			Focus(t.tabs[t.at])
		})
		t.tabs = append(t.tabs, one)
		t.box.Add(one)
	}
	t.Select(0)
	return t
}

// Object is what to put on a page.
func (t *Tabs) Object() fyne.CanvasObject { return t.box }

// Selected returns the index of the chosen tab.
func (t *Tabs) Selected() int { return t.at }

// Select chooses a tab without calling changed.
func (t *Tabs) Select(i int) {
	t.at = i
	for n, one := range t.tabs {
		one.selected = n == i
		one.Refresh()
	}
}

// Next chooses the tab so many places further, around the end.
func (t *Tabs) Next(by int) { t.choose((t.at + by + len(t.tabs)) % len(t.tabs)) }

// Rename changes what a tab says.
func (t *Tabs) Rename(i int, name string) {
	if t.tabs[i].text.Text != name {
		t.tabs[i].text.Text = name
		t.tabs[i].Refresh()
		t.box.Refresh()
	}
}

// Focusable returns the chosen tab, which takes the keyboard.
func (t *Tabs) Focusable() fyne.Focusable { return t.tabs[t.at] }

func (t *Tabs) choose(i int) {
	if i != t.at {
		t.Select(i)
		t.changed(i)
	}
}

type tab struct {
	widget.BaseWidget
	tap      func()
	step     func(int)
	selected bool
	focused  bool
	hovered  bool
	text     *canvas.Text
	ground   *canvas.Rectangle
	line     *canvas.Rectangle
	frame    *canvas.Rectangle
}

func newTab(name string, tap func(), step func(int)) *tab {
	t := &tab{tap: tap, step: step, text: canvas.NewText(name, nil), ground: canvas.NewRectangle(nil),
		line: canvas.NewRectangle(nil), frame: canvas.NewRectangle(nil)}
	t.text.Alignment = fyne.TextAlignCenter
	t.frame.StrokeWidth = 2
	t.ExtendBaseWidget(t)
	return t
}

// CreateRenderer implements fyne.Widget.
func (t *tab) CreateRenderer() fyne.WidgetRenderer {
	t.paint()
	return widget.NewSimpleRenderer(container.New((*tabLayout)(t), t.ground, t.line, t.text, t.frame))
}

func (t *tab) paint() {
	t.text.Color, t.text.TextSize = theme.Color(ColorMuted), theme.Size(theme.SizeNameText)
	t.text.TextStyle.Bold = t.selected
	if t.selected {
		t.text.Color = theme.Color(theme.ColorNameForeground)
	}
	t.line.FillColor = theme.Color(theme.ColorNamePrimary)
	t.line.Hidden = !t.selected
	t.ground.FillColor = theme.Color(theme.ColorNameHover)
	t.ground.Hidden = !t.hovered
	t.frame.StrokeColor = theme.Color(theme.ColorNamePrimary)
	t.frame.Hidden = !t.focused
}

// Refresh implements fyne.CanvasObject.
func (t *tab) Refresh() {
	t.paint()
	t.BaseWidget.Refresh()
}

// Tapped implements fyne.Tappable.
func (t *tab) Tapped(*fyne.PointEvent) { t.tap() }

// TypedKey implements fyne.Focusable.
func (t *tab) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		t.tap()
	case fyne.KeyRight:
		t.step(1)
	case fyne.KeyLeft:
		t.step(-1)
	default:
		PassOn(t, ev)
	}
}

// TypedRune implements fyne.Focusable.
func (t *tab) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (t *tab) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements fyne.Focusable.
func (t *tab) FocusLost() { t.focused = false; t.Refresh() }

// MouseIn implements desktop.Hoverable.
func (t *tab) MouseIn(*desktop.MouseEvent) { t.hovered = true; t.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (t *tab) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *tab) MouseOut() { t.hovered = false; t.Refresh() }

// AccessibilityLabel implements fyne.Accessible.
func (t *tab) AccessibilityLabel() string { return t.text.Text }

// AccessibilityRole implements fyne.Accessible.
func (t *tab) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// OutlineRole tells Outline which tab is chosen.
func (t *tab) OutlineRole() (role, state string) {
	if t.selected {
		return "tab", "selected"
	}
	return "tab", ""
}

// tabLayout places the parts of a tab.
type tabLayout tab

func (l *tabLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	pad := theme.Size(theme.SizeNameInnerPadding)
	bold := fyne.MeasureText(l.text.Text, theme.Size(theme.SizeNameText), fyne.TextStyle{Bold: true})
	return fyne.NewSize(bold.Width+4*pad, bold.Height+2*pad)
}

func (l *tabLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	const line = 3
	l.ground.Resize(size)
	l.frame.Resize(size)
	l.text.Resize(size)
	l.line.Resize(fyne.NewSize(size.Width, line))
	l.line.Move(fyne.NewPos(0, size.Height-line))
}
