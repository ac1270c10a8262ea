package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Banner is a striped strip with a sentence, for what must not be mistaken for the real thing.
type Banner struct {
	widget.BaseWidget
	label   string
	stripes *canvas.Raster
	ground  *canvas.Rectangle
	text    *canvas.Text
	icon    *canvas.Image
}

// NewBanner returns a banner that says text, "SIMULATED – NO DEVICE" for one.
func NewBanner(text string) *Banner {
	b := &Banner{label: text, ground: canvas.NewRectangle(nil), text: canvas.NewText(text, nil)}
	b.text.TextStyle.Bold = true
	b.icon = canvas.NewImageFromResource(IconWave.Resource(ColorOnStripe))
	b.icon.FillMode = canvas.ImageFillContain
	b.stripes = canvas.NewRasterWithPixels(stripe)
	b.ExtendBaseWidget(b)
	b.paint()
	return b
}

// stripe paints diagonals as wide as a third of the banner's height.
func stripe(x, y, _, h int) color.Color {
	width := max(h/2, 4)
	if ((x+y)/width)%2 == 0 {
		return theme.Color(ColorStripeA)
	}
	return theme.Color(ColorStripeB)
}

func (b *Banner) paint() {
	b.ground.FillColor = theme.Color(ColorStripeA)
	b.text.Color = theme.Color(ColorOnStripe)
	b.text.TextSize = theme.Size(theme.SizeNameCaptionText)
	b.icon.SetMinSize(fyne.NewSquareSize(theme.Size(theme.SizeNameText)))
	b.icon.Resource = IconWave.Resource(ColorOnStripe)
}

// Refresh implements fyne.CanvasObject.
func (b *Banner) Refresh() {
	b.paint()
	b.stripes.Refresh()
	b.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *Banner) CreateRenderer() fyne.WidgetRenderer {
	says := container.NewHBox(newGap(), b.icon, container.NewCenter(b.text), newGap())
	return widget.NewSimpleRenderer(container.NewStack(b.stripes, container.NewCenter(container.NewStack(b.ground, says))))
}

func newGap() fyne.CanvasObject {
	gap := canvas.NewRectangle(color.Transparent)
	gap.SetMinSize(fyne.NewSize(theme.Size(theme.SizeNameInnerPadding), theme.Size(theme.SizeNameText)+theme.Size(theme.SizeNameInnerPadding)))
	return gap
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Banner) AccessibilityLabel() string { return b.label }

// AccessibilityRole implements fyne.Accessible.
func (b *Banner) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// Notice is a remark in the page, framed and with the icon of its state: a failure, a caution, a note.
type Notice struct {
	widget.BaseWidget
	state  State
	title  *widget.Label
	text   *widget.Label
	icon   *widget.Icon
	ground *ground
}

// NewNotice returns a notice. It is hidden until it says something.
func NewNotice() *Notice {
	n := &Notice{title: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}), text: Body("")}
	n.title.Wrapping = fyne.TextWrapWord
	n.icon = widget.NewIcon(nil)
	n.ground = newGround(ColorSurface, theme.ColorNameSeparator, 4)
	n.ExtendBaseWidget(n)
	n.Hide()
	return n
}

// Say shows a sentence and, below it, what there is to add.
func (n *Notice) Say(s State, sentence, more string) {
	n.state, n.title.Text, n.text.Text = s, sentence, more
	n.ground.line = s.Color()
	n.icon.SetResource(s.Icon().Resource(s.Color()))
	n.text.Hidden = more == ""
	n.Show()
	n.Refresh()
}

// SayFault explains a failure and what to do about it; nil hides the notice.
func (n *Notice) SayFault(err error) {
	if err == nil {
		n.Clear()
		return
	}
	what, why, next := FaultText(err)
	n.Say(Failed, what, why+" "+next)
}

// Clear hides the notice.
func (n *Notice) Clear() {
	n.title.Text, n.text.Text = "", ""
	n.Hide()
}

// Refresh implements fyne.CanvasObject.
func (n *Notice) Refresh() {
	n.title.Refresh()
	n.text.Refresh()
	n.ground.Refresh()
	n.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (n *Notice) CreateRenderer() fyne.WidgetRenderer {
	icon := container.NewVBox(container.NewPadded(n.icon))
	words := Tight(n.title, n.text)
	return widget.NewSimpleRenderer(container.NewStack(n.ground, container.NewPadded(container.NewBorder(nil, nil, icon, nil, words))))
}

// Children are what Outline walks.
func (n *Notice) Children() []fyne.CanvasObject { return []fyne.CanvasObject{n.title, n.text} }
