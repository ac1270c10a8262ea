package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Panel puts a surface and a thin frame behind o.
func Panel(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newGround(ColorSurface, theme.ColorNameSeparator, 0), container.NewPadded(o))
}

// Bar puts the ground of headers and strips behind o.
func Bar(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newGround(ColorBar, "", 0), o)
}

// Spread puts objects in a row, the given ones to the left and the rest to the right.
func Spread(left []fyne.CanvasObject, right ...fyne.CanvasObject) fyne.CanvasObject {
	return container.NewHBox(append(append(left[:len(left):len(left)], layout.NewSpacer()), right...)...)
}

// Outlined draws the frame of an entry around a choice, which has none of its own.
func Outlined(o fyne.CanvasObject) fyne.CanvasObject {
	line := newGround("", theme.ColorNameInputBorder, 0)
	line.round = 1
	return container.NewStack(o, line)
}

// Ground is a rectangle in a colour of the theme, to put behind something.
func Ground(name fyne.ThemeColorName) fyne.CanvasObject { return newGround(name, "", 0) }

// NewChip returns a short word in a frame, such as the mode the console is in.
func NewChip(word string) fyne.CanvasObject {
	label := widget.NewLabelWithStyle(word, fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	label.SizeName = theme.SizeNameCaptionText
	return container.NewStack(newGround(ColorSurface, ColorMuted, 0), label)
}

// ground is a rectangle that follows the theme.
type ground struct {
	widget.BaseWidget
	fill, line fyne.ThemeColorName
	mark       float32 // width of a mark at the left edge
	round      float32 // corners: 0 square, 1 those of an entry
}

func newGround(fill, line fyne.ThemeColorName, mark float32) *ground {
	g := &ground{fill: fill, line: line, mark: mark}
	g.ExtendBaseWidget(g)
	return g
}

// CreateRenderer implements fyne.Widget.
func (g *ground) CreateRenderer() fyne.WidgetRenderer {
	r := &groundRenderer{g: g, rect: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type groundRenderer struct {
	g          *ground
	rect, edge *canvas.Rectangle
}

func (r *groundRenderer) Layout(size fyne.Size) {
	r.rect.Resize(size)
	r.edge.Resize(fyne.NewSize(r.g.mark, size.Height))
}
func (r *groundRenderer) MinSize() fyne.Size { return fyne.Size{} }
func (r *groundRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.rect, r.edge}
}
func (r *groundRenderer) Destroy() {}
func (r *groundRenderer) Refresh() {
	r.rect.FillColor = color.Transparent
	if r.g.fill != "" {
		r.rect.FillColor = theme.Color(r.g.fill)
	}
	r.rect.CornerRadius = theme.Size(theme.SizeNameInputRadius) * r.g.round
	r.rect.StrokeWidth = 0
	if r.g.line != "" {
		r.rect.StrokeColor = theme.Color(r.g.line)
		r.rect.StrokeWidth = 1
		r.edge.FillColor = theme.Color(r.g.line)
	}
	r.edge.Resize(fyne.NewSize(r.g.mark, r.rect.Size().Height))
	r.rect.Refresh()
	r.edge.Refresh()
}
