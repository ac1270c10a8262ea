package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Alarm mirrors an alarm that a device itself reports, in the colours that nothing else in the console has. It does not
// flash and makes no sound: the console is not an alarm system.
type Alarm struct {
	widget.BaseWidget
	icon *canvas.Image
	text *canvas.Text
	box  fyne.CanvasObject
}

// NewAlarm returns the mark of a device's alarm.
func NewAlarm() *Alarm {
	a := &Alarm{icon: canvas.NewImageFromResource(nil), text: canvas.NewText("", nil)}
	a.icon.FillMode = canvas.ImageFillContain
	a.text.TextStyle.Bold = true
	a.box = container.NewStack(newGround(ColorAlarm, ColorOnAlarm, 0), container.New(&badgeLayout{}, a.icon, a.text))
	a.ExtendBaseWidget(a)
	a.render()
	return a
}

func (a *Alarm) render() {
	a.icon.Resource = IconTriangle.Resource(ColorOnAlarm)
	a.text.Text = T("alarm.device")
	a.text.Color = theme.Color(ColorOnAlarm)
	a.text.TextSize = theme.Size(theme.SizeNameText)
}

// Refresh implements fyne.CanvasObject.
func (a *Alarm) Refresh() {
	a.render()
	a.icon.Refresh()
	a.text.Refresh()
	a.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (a *Alarm) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(a.box) }

// AccessibilityLabel implements fyne.Accessible.
func (a *Alarm) AccessibilityLabel() string { return a.text.Text }

// AccessibilityRole implements fyne.Accessible.
func (a *Alarm) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }
