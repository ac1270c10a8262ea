package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Badge shows a state as an icon and a word, with an addition where one is given: "Approved (until 14:30)".
type Badge struct {
	widget.BaseWidget
	state    State
	addition string
	icon     *canvas.Image
	text     *canvas.Text
}

// NewBadge returns a badge for a state.
func NewBadge(s State) *Badge {
	b := &Badge{state: s, icon: canvas.NewImageFromResource(nil), text: canvas.NewText("", nil)}
	b.icon.FillMode = canvas.ImageFillContain
	b.ExtendBaseWidget(b)
	b.render()
	return b
}

// Set shows another state.
func (b *Badge) Set(s State, addition string) {
	if b.state == s && b.addition == addition {
		return
	}
	b.state, b.addition = s, addition
	b.Refresh()
}

// Text is what the badge says.
func (b *Badge) Text() string {
	if b.addition == "" {
		return b.state.Word()
	}
	return b.state.Word() + " (" + b.addition + ")"
}

func (b *Badge) render() {
	b.icon.Resource = b.state.Icon().Resource(b.state.Color())
	b.text.Text = b.Text()
	b.text.Color = theme.Color(b.state.Color())
	b.text.TextSize = theme.Size(theme.SizeNameText)
}

// Refresh implements fyne.CanvasObject.
func (b *Badge) Refresh() {
	b.render()
	b.icon.Refresh()
	b.text.Refresh()
	b.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(&badgeLayout{}, b.icon, b.text))
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Badge) AccessibilityLabel() string { return b.Text() }

// AccessibilityRole implements fyne.Accessible.
func (b *Badge) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// badgeLayout puts a small icon before a text, centred on its height.
type badgeLayout struct{}

func (badgeLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	icon, text := theme.Size(theme.SizeNameInlineIcon), o[1].MinSize()
	pad := theme.Size(theme.SizeNamePadding)
	return fyne.NewSize(icon+pad+text.Width+2*pad, max(icon, text.Height)+2*pad)
}

func (badgeLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	icon, text := theme.Size(theme.SizeNameInlineIcon), o[1].MinSize()
	pad := theme.Size(theme.SizeNamePadding)
	o[0].Resize(fyne.NewSquareSize(icon))
	o[0].Move(fyne.NewPos(pad, (size.Height-icon)/2))
	o[1].Resize(text)
	o[1].Move(fyne.NewPos(2*pad+icon, (size.Height-text.Height)/2))
}
