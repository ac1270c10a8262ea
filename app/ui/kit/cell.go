package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// columnLayout shares the width among columns by weight. Header and rows use the same, so they line up.
type columnLayout struct{ weights []float32 }

// scrollRoom is kept free at the right, where the scroll bar is.
func scrollRoom() float32 { return theme.Size(theme.SizeNameScrollBar) }

func (l *columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var sum float32
	for _, w := range l.weights {
		sum += w
	}
	pad := theme.Size(theme.SizeNameInnerPadding)
	room, x := size.Width-scrollRoom()-pad, pad
	for i, o := range objects {
		width := room * l.weights[i] / sum
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(max(width-pad, 0), size.Height))
		x += width
	}
}

func (l *columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, o := range objects {
		height = max(height, o.MinSize().Height)
	}
	return fyne.NewSize(0, height)
}

// rowLayout stretches ground and cells, and puts the mark of the selection left and the line below.
type rowLayout struct{}

func (rowLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, rowHeight()) }

func (rowLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Resize(size)
	o[1].Resize(fyne.NewSize(3, size.Height))
	o[2].Move(fyne.NewPos(0, size.Height-1))
	o[2].Resize(fyne.NewSize(size.Width, 1))
	o[3].Resize(size)
}

// cell draws one text that is cut with an ellipsis where it does not fit. It is no label: a label lays out paragraphs,
// which a thousand cells do not need.
type cell struct {
	look Look
	bold bool // whatever the look
	full cellText
	icon *canvas.Image
	text *canvas.Text
	box  *fyne.Container
	size fyne.Size
}

func newCell(look Look) *cell {
	c := &cell{look: look, icon: canvas.NewImageFromResource(nil), text: canvas.NewText("", nil)}
	c.icon.FillMode = canvas.ImageFillContain
	c.icon.Hide()
	c.text.TextStyle.Bold = look == Strong
	if look == Figures {
		c.text.Alignment = fyne.TextAlignTrailing
	}
	c.box = container.New(c, c.icon, c.text)
	c.paint()
	return c
}

func (c *cell) set(t cellText) {
	if t == c.full {
		return
	}
	c.full = t
	c.paint()
	c.fit()
}

func (c *cell) paint() {
	name := c.full.color
	switch {
	case name != "":
	case c.look == Faint:
		name = ColorMuted
	default:
		name = theme.ColorNameForeground
	}
	c.text.Color = theme.Color(name)
	c.text.TextStyle.Bold = c.look == Strong || c.bold || c.full.heading
	c.text.TextSize = theme.Size(theme.SizeNameText)
	c.icon.Hidden = c.full.icon == ""
	if c.full.icon != "" {
		c.icon.Resource = c.full.icon.Resource(name)
		c.icon.Refresh()
	}
	c.text.Refresh()
}

func (c *cell) fit() {
	c.Layout(nil, c.size)
	c.text.Refresh()
}

// MinSize implements fyne.Layout.
func (c *cell) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, rowHeight()) }

// Layout implements fyne.Layout.
func (c *cell) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	c.size = size
	x := float32(0)
	if c.full.icon != "" {
		side := theme.Size(theme.SizeNameText)
		c.icon.Resize(fyne.NewSquareSize(side))
		c.icon.Move(fyne.NewPos(0, (size.Height-side)/2))
		x = side + theme.Size(theme.SizeNamePadding) + 2
	}
	if c.text.Text = c.full.text; !c.full.heading { // the other cells of a heading are empty
		c.text.Text = ellipsis(c.full.text, size.Width-x, c.text.TextSize, c.text.TextStyle)
	}
	height := c.text.MinSize().Height
	c.text.Move(fyne.NewPos(x, (size.Height-height)/2))
	c.text.Resize(fyne.NewSize(max(size.Width-x, 0), height))
}

// ellipsis returns the longest beginning of s that fits into width.
func ellipsis(s string, width, size float32, style fyne.TextStyle) string {
	if s == "" || fyne.MeasureText(s, size, style).Width <= width {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if fyne.MeasureText(string(runes[:mid])+"…", size, style).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return ""
	}
	return string(runes[:low]) + "…"
}

// columnHead is the heading of a column: it sorts.
type columnHead struct {
	widget.BaseWidget
	name         string
	sorted, desc bool
	cell         *cell
	frame        *focusFrame
	tap          func()
	key          func(*fyne.KeyEvent)
}

func newColumnHead(name string, look Look, tap func(), key func(*fyne.KeyEvent)) *columnHead {
	if look != Figures {
		look = Strong
	}
	h := &columnHead{name: name, tap: tap, key: key, cell: newCell(look), frame: newFocusFrame()}
	h.cell.bold = true
	h.ExtendBaseWidget(h)
	return h
}

func (h *columnHead) set(sorted, desc bool) {
	h.sorted, h.desc = sorted, desc
	t := cellText{text: h.name, color: ColorMuted}
	if sorted {
		t.icon, t.color = IconUp, theme.ColorNameForeground
		if desc {
			t.icon = IconDown
		}
	}
	h.cell.set(t)
}

// CreateRenderer implements fyne.Widget.
func (h *columnHead) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(h.cell.box, h.frame))
}

// Refresh implements fyne.CanvasObject.
func (h *columnHead) Refresh() {
	h.cell.paint()
	h.BaseWidget.Refresh()
}

// Tapped implements fyne.Tappable.
func (h *columnHead) Tapped(*fyne.PointEvent) { h.tap() }

// TypedKey implements fyne.Focusable.
func (h *columnHead) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		h.tap()
	default:
		h.key(ev)
	}
}

// TypedRune implements fyne.Focusable.
func (h *columnHead) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (h *columnHead) FocusGained() { h.frame.show(true) }

// FocusLost implements fyne.Focusable.
func (h *columnHead) FocusLost() { h.frame.show(false) }

// Cursor implements desktop.Cursorable.
func (h *columnHead) Cursor() desktop.Cursor { return desktop.PointerCursor }

// AccessibilityLabel implements fyne.Accessible.
func (h *columnHead) AccessibilityLabel() string { return h.name }

// AccessibilityRole implements fyne.Accessible.
func (h *columnHead) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// OutlineRole tells Outline how the column is sorted.
func (h *columnHead) OutlineRole() (role, state string) {
	switch {
	case h.sorted && h.desc:
		return "header", "descending"
	case h.sorted:
		return "header", "ascending"
	}
	return "header", ""
}

// focusFrame is the visible focus of a widget that draws none itself.
type focusFrame struct {
	widget.BaseWidget
	rect *canvas.Rectangle
}

func newFocusFrame() *focusFrame {
	f := &focusFrame{rect: canvas.NewRectangle(nil)}
	f.rect.StrokeWidth = 2
	f.rect.Hide()
	f.ExtendBaseWidget(f)
	return f
}

func (f *focusFrame) show(on bool) {
	f.rect.Hidden = !on
	f.Refresh()
}

// Refresh implements fyne.CanvasObject.
func (f *focusFrame) Refresh() {
	f.rect.StrokeColor = theme.Color(theme.ColorNamePrimary)
	f.rect.Refresh()
	f.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (f *focusFrame) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.rect) }
