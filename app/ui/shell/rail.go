package shell

import (
	"strconv"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// rail is the navigation at the left: an icon and a name for each section, the icons alone when it is narrow.
type rail struct {
	items  []*railItem
	narrow bool
	column *fyne.Container
	box    fyne.CanvasObject
}

func newRail(s *Shell) *rail {
	r := &rail{column: container.New(layout.NewCustomPaddedVBoxLayout(0))}
	for _, section := range s.config.Sections {
		item := newRailItem(section, func() { s.Go(Route{Screen: section.Screen}) })
		r.items = append(r.items, item)
		r.column.Add(item)
	}
	toggle := newRailItem(Section{Icon: kit.IconMenu, Label: "command.rail"}, r.toggle)
	toggle.bare = true
	toggle.Refresh()
	r.box = container.NewStack(kit.Ground(kit.ColorRail), container.NewVBox(r.column, layout.NewSpacer(), container.NewHBox(toggle)))
	return r
}

func (r *rail) toggle() {
	r.narrow = !r.narrow
	for _, item := range r.items {
		item.bare = r.narrow
		item.Refresh()
	}
	r.box.Refresh()
	r.column.Refresh()
}

func (r *rail) render(screen string) {
	for _, item := range r.items {
		item.selected = item.section.Screen == screen
		item.count = 0
		if item.section.Badge != nil {
			item.count = item.section.Badge()
		}
		item.Refresh()
	}
}

// railItem is one entry of the rail.
type railItem struct {
	widget.BaseWidget
	section  Section
	tap      func()
	count    int
	selected bool
	hovered  bool
	focused  bool
	bare     bool // the icon alone

	ground, mark, frame, pill *canvas.Rectangle
	icon                      *canvas.Image
	label, number             *canvas.Text
}

func newRailItem(section Section, tap func()) *railItem {
	i := &railItem{section: section, tap: tap, icon: canvas.NewImageFromResource(nil)}
	i.ground, i.mark, i.frame, i.pill = canvas.NewRectangle(nil), canvas.NewRectangle(nil), canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	i.label, i.number = canvas.NewText(kit.T(section.Label), nil), canvas.NewText("", nil)
	i.icon.FillMode = canvas.ImageFillContain
	i.ExtendBaseWidget(i)
	i.paint()
	return i
}

func (i *railItem) paint() {
	text := theme.Color(kit.ColorOnRail)
	i.ground.FillColor = theme.Color(kit.ColorRail)
	if i.selected || i.hovered {
		i.ground.FillColor = theme.Color(kit.ColorRailMark)
	}
	i.mark.FillColor, i.mark.Hidden = text, !i.selected
	i.frame.StrokeColor, i.frame.StrokeWidth, i.frame.Hidden = text, 2, !i.focused
	i.pill.FillColor, i.pill.Hidden = text, i.count == 0
	i.pill.CornerRadius = theme.Size(theme.SizeNameText) * 0.7
	i.icon.Resource = i.section.Icon.Resource(kit.ColorOnRail)
	i.label.Color, i.label.TextSize, i.label.Hidden = text, theme.Size(theme.SizeNameText), i.bare
	i.label.TextStyle.Bold = i.selected
	i.number.Text, i.number.Hidden = strconv.Itoa(i.count), i.count == 0
	i.number.Color, i.number.TextSize, i.number.TextStyle.Bold = theme.Color(kit.ColorRail), theme.Size(theme.SizeNameCaptionText), true
}

// Refresh implements fyne.CanvasObject.
func (i *railItem) Refresh() {
	i.paint()
	i.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (i *railItem) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New((*railLayout)(i), i.ground, i.mark, i.frame, i.icon, i.label, i.pill, i.number))
}

// Tapped implements fyne.Tappable.
func (i *railItem) Tapped(*fyne.PointEvent) { i.tap() }

// KeyDown implements desktop.Keyable.
func (i *railItem) KeyDown(ev *fyne.KeyEvent) { kit.Pressed(i, ev) }

// KeyUp implements desktop.Keyable.
func (*railItem) KeyUp(*fyne.KeyEvent) {}

// TypedKey implements fyne.Focusable.
func (i *railItem) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		i.tap()
	case fyne.KeyDown:
		fyne.CurrentApp().Driver().CanvasForObject(i).FocusNext()
	case fyne.KeyUp:
		fyne.CurrentApp().Driver().CanvasForObject(i).FocusPrevious()
	default:
		kit.PassOn(i, ev)
	}
}

// TypedRune implements fyne.Focusable.
func (i *railItem) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (i *railItem) FocusGained() { i.focused = true; i.Refresh() }

// FocusLost implements fyne.Focusable.
func (i *railItem) FocusLost() { i.focused = false; i.Refresh() }

// MouseIn implements desktop.Hoverable.
func (i *railItem) MouseIn(*desktop.MouseEvent) { i.hovered = true; i.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (i *railItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (i *railItem) MouseOut() { i.hovered = false; i.Refresh() }

// AccessibilityLabel implements fyne.Accessible.
func (i *railItem) AccessibilityLabel() string {
	if i.count > 0 {
		return kit.T("shell.badge", kit.Data{"Label": i.label.Text, "Count": i.count})
	}
	return i.label.Text
}

// AccessibilityRole implements fyne.Accessible.
func (i *railItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// OutlineRole tells kit.Outline which section is shown.
func (i *railItem) OutlineRole() (role, state string) {
	if i.selected {
		return "button", "selected"
	}
	return "button", ""
}

// railLayout places the parts of an item.
type railLayout railItem

func (l *railLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	text, pad := theme.Size(theme.SizeNameText), theme.Size(theme.SizeNameInnerPadding)
	if l.bare {
		return fyne.NewSize(text+4*pad, text+4*pad)
	}
	return fyne.NewSize(13*text, text+4*pad)
}

func (l *railLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	pad, side := theme.Size(theme.SizeNameInnerPadding), theme.Size(theme.SizeNameInlineIcon)
	l.ground.Resize(size)
	l.mark.Resize(fyne.NewSize(4, size.Height))
	l.frame.Resize(size)
	l.icon.Resize(fyne.NewSquareSize(side))
	l.icon.Move(fyne.NewPos(2*pad-2, (size.Height-side)/2))
	label := l.label.MinSize()
	l.label.Resize(label)
	l.label.Move(fyne.NewPos(3*pad+side, (size.Height-label.Height)/2))
	number := l.number.MinSize()
	pill := fyne.NewSize(max(number.Width+pad, number.Height), number.Height)
	at := fyne.NewPos(size.Width-pill.Width-pad, (size.Height-pill.Height)/2)
	if l.bare {
		at = fyne.NewPos(size.Width-pill.Width-2, 2)
	}
	l.pill.Resize(pill)
	l.pill.Move(at)
	l.number.Resize(number)
	l.number.Move(at.AddXY((pill.Width-number.Width)/2, 0))
}
