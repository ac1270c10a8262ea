package kit

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// secondClick is how soon a click on the same row must follow to open it.
const secondClick = 500 * time.Millisecond

// rowView scrolls over any number of rows of one height with as many widgets as are visible. Fyne's List is not used: its
// highlight and its selection cannot be moved without scrolling, which makes a live list jump.
type rowView struct {
	widget.BaseWidget
	looks   []Look
	weights []float32
	show    func(int, *rowWidget)
	tapped  func(row int, again bool)
	length  int
	pool    []*rowWidget
	scroll  *container.Scroll
	content *fyne.Container
	lastTap time.Time
	now     func() time.Time
	lastRow int
}

func newRowView(looks []Look, weights []float32, show func(int, *rowWidget), tapped func(int, bool)) *rowView {
	v := &rowView{looks: looks, weights: weights, show: show, tapped: tapped, lastRow: -1, now: time.Now}
	v.content = container.New(rowsLayout{v})
	v.scroll = container.NewVScroll(v.content)
	v.scroll.OnScrolled = func(fyne.Position) { v.render() }
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer implements fyne.Widget.
func (v *rowView) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.scroll) }

// MinSize implements fyne.CanvasObject: room for three rows.
func (v *rowView) MinSize() fyne.Size { return fyne.NewSize(100, 3*rowHeight()) }

// Resize implements fyne.CanvasObject.
func (v *rowView) Resize(size fyne.Size) {
	v.BaseWidget.Resize(size)
	v.scroll.Resize(size)
	v.render()
}

// Refresh implements fyne.CanvasObject; it comes when the theme has changed.
func (v *rowView) Refresh() {
	v.render()
	for _, w := range v.pool {
		w.Refresh()
	}
	v.BaseWidget.Refresh()
}

func rowHeight() float32 {
	return theme.Size(theme.SizeNameText) + 2*theme.Size(theme.SizeNameInnerPadding)
}

func (v *rowView) setLength(n int) {
	v.length = n
	v.content.Refresh()
	v.scroll.Refresh()
	v.render()
}

func (v *rowView) toTop() { v.scroll.ScrollToTop() }

// page is how many rows are visible.
func (v *rowView) page() int { return int(v.scroll.Size().Height / rowHeight()) }

// reveal scrolls as little as shows row i.
func (v *rowView) reveal(i int) {
	height := v.scroll.Size().Height
	top := float32(i) * rowHeight()
	switch {
	case height <= 0:
		return
	case top < v.scroll.Offset.Y:
		v.scroll.ScrollToOffset(fyne.NewPos(0, top))
	case top+rowHeight() > v.scroll.Offset.Y+height:
		v.scroll.ScrollToOffset(fyne.NewPos(0, top+rowHeight()-height))
	}
}

// render puts the visible rows into the widgets of the pool.
func (v *rowView) render() {
	size := v.scroll.Size()
	if size.Height <= 0 {
		return
	}
	h := rowHeight()
	first := int(v.scroll.Offset.Y / h)
	needed := int(math.Ceil(float64(size.Height/h))) + 1
	for len(v.pool) < needed {
		w := newRowWidget(v.looks, v.weights, v.tap)
		v.pool = append(v.pool, w)
		v.content.Add(w)
	}
	for i := range v.pool {
		row := first + i
		w := v.pool[row%len(v.pool)] // a row keeps its widget while it stays visible
		if i >= needed || row >= v.length {
			w.Hide()
			continue
		}
		w.Move(fyne.NewPos(0, float32(row)*h))
		w.Resize(fyne.NewSize(size.Width, h))
		v.show(row, w)
		w.Show()
	}
}

func (v *rowView) tap(row int) {
	now := v.now()
	again := row == v.lastRow && now.Sub(v.lastTap) < secondClick
	v.lastRow, v.lastTap = row, now
	v.tapped(row, again)
}

// rowsLayout is the layout of the scrolled content: its height is that of all rows, whether they have widgets or not, and
// render places the widgets.
type rowsLayout struct{ view *rowView }

func (l rowsLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, float32(l.view.length)*rowHeight())
}
func (rowsLayout) Layout([]fyne.CanvasObject, fyne.Size) {}

// cellText is the precomputed content of a cell.
type cellText struct {
	text  string
	icon  Icon // "" for none
	color fyne.ThemeColorName
	// heading is true in every cell of a row that is a heading.
	heading bool
}

// rowWidget is one visible row.
type rowWidget struct {
	widget.BaseWidget
	row      int
	cells    []*cell
	selected bool
	heading  bool
	hovered  bool
	ground   *canvas.Rectangle
	mark     *canvas.Rectangle
	line     *canvas.Rectangle
	box      *fyne.Container
	tap      func(int)
}

func newRowWidget(looks []Look, weights []float32, tap func(int)) *rowWidget {
	w := &rowWidget{tap: tap, ground: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil), mark: canvas.NewRectangle(nil)}
	cells := container.New(&columnLayout{weights: weights})
	for _, look := range looks {
		c := newCell(look)
		w.cells = append(w.cells, c)
		cells.Add(c.box)
	}
	w.box = container.New(&rowLayout{}, w.ground, w.mark, w.line, cells)
	w.ExtendBaseWidget(w)
	w.paint()
	return w
}

// CreateRenderer implements fyne.Widget.
func (w *rowWidget) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(w.box) }

func (w *rowWidget) set(row int, cells []cellText, selected bool) {
	w.row = row
	for i, c := range w.cells {
		c.set(cells[i])
	}
	if heading := cells[0].heading; w.selected != selected || w.heading != heading {
		w.selected, w.heading = selected, heading
		w.paint()
	}
}

func (w *rowWidget) paint() {
	w.ground.FillColor = theme.Color(ColorSurface)
	switch {
	case w.heading:
		w.ground.FillColor = theme.Color(theme.ColorNameBackground)
	case w.selected:
		w.ground.FillColor = theme.Color(theme.ColorNameSelection)
	case w.hovered:
		w.ground.FillColor = theme.Color(theme.ColorNameHover)
	}
	w.mark.FillColor = theme.Color(theme.ColorNamePrimary)
	w.mark.Hidden = !w.selected
	w.line.FillColor = theme.Color(theme.ColorNameSeparator)
	w.ground.Refresh()
	w.mark.Refresh()
	w.line.Refresh()
}

// Refresh implements fyne.CanvasObject.
func (w *rowWidget) Refresh() {
	w.paint()
	for _, c := range w.cells {
		c.paint()
	}
	w.BaseWidget.Refresh()
}

// MouseIn implements desktop.Hoverable.
func (w *rowWidget) MouseIn(*desktop.MouseEvent) {
	w.hovered = true
	w.paint()
}

// MouseMoved implements desktop.Hoverable.
func (w *rowWidget) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (w *rowWidget) MouseOut() {
	w.hovered = false
	w.paint()
}

// Tapped implements fyne.Tappable.
func (w *rowWidget) Tapped(*fyne.PointEvent) { w.tap(w.row) }

// AccessibilityLabel implements fyne.Accessible.
func (w *rowWidget) AccessibilityLabel() string {
	label := ""
	for _, c := range w.cells {
		if c.full.text != "" {
			label += c.full.text + ", "
		}
	}
	return label[:max(len(label)-2, 0)]
}

// AccessibilityRole implements fyne.Accessible.
func (w *rowWidget) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// OutlineRole tells Outline that this button is a row.
func (w *rowWidget) OutlineRole() (role, state string) {
	switch {
	case w.heading:
		return "header", ""
	case w.selected:
		return "row", "selected"
	}
	return "row", ""
}

// Children are what Outline walks.
func (v *rowView) Children() []fyne.CanvasObject { return []fyne.CanvasObject{v.scroll} }

// Children are what Outline walks.
func (w *rowWidget) Children() []fyne.CanvasObject { return []fyne.CanvasObject{w.box} }
