package emergencies

import (
	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/breakglass"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// columns shares the width of a row among its cells by weight, so that rows line up.
type columns []float32

// widths are those of setting, as found, an arrow, wanted, as left, outcome and risk.
var widths = columns{7, 4, 1, 4, 4, 5, 4}

// MinSize implements fyne.Layout.
func (columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, cell := range o {
		height = max(height, cell.MinSize().Height)
	}
	return fyne.NewSize(40*theme.Size(theme.SizeNameText), height)
}

// Layout implements fyne.Layout.
func (c columns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	var sum, x float32
	for _, w := range c {
		sum += w
	}
	for i, cell := range o {
		width, height := size.Width*c[i]/sum, cell.MinSize().Height
		cell.Move(fyne.NewPos(x, (size.Height-height)/2))
		cell.Resize(fyne.NewSize(width, height))
		x += width
	}
}

func (v *actionsView) set(e breakglass.Emergency, setting func(breakglass.Emergency, drivers.SettingID) (drivers.Setting, bool)) {
	v.box.RemoveAll()
	if len(e.Actions) == 0 {
		v.box.Add(kit.Muted(kit.T("emergencies.actions.none")))
		return
	}
	header := container.New(widths)
	for _, name := range []string{"setting", "found", "", "wanted", "left", "outcome", "risk"} {
		label := plain("")
		if name != "" {
			label.SetText(kit.T("emergencies.column." + name))
		}
		label.Importance = widget.LowImportance
		header.Add(label)
	}
	v.box.Add(header)
	for _, a := range e.Actions {
		v.box.Add(widget.NewSeparator())
		v.box.Add(kit.Muted(kit.T("emergencies.action", kit.Data{"N": a.N, "Moment": kit.Moment(a.At)})))
		lines, err := ActionLines(e, a, setting)
		if err != nil {
			notice := kit.NewNotice()
			notice.SayFault(err)
			v.box.Add(notice)
			continue
		}
		for _, l := range lines {
			v.line(l)
		}
	}
}

func (v *actionsView) line(l SettingLine) {
	name, wanted := plain(l.Label), plain(l.Wanted)
	name.TextStyle.Bold, wanted.TextStyle.Bold = true, true
	left := l.Left
	if left == "" {
		left = kit.T("emergencies.unread")
	}
	v.box.Add(container.New(widths, name, plain(l.Found), plain("→"), wanted, plain(left), kit.NewBadge(l.Outcome), kit.NewBadge(l.Risk)))
	if l.Why != "" {
		v.box.Add(kit.Muted(l.Why))
	}
}

func plain(text string) *widget.Label {
	label := widget.NewLabel(text)
	label.Truncation = fyne.TextTruncateEllipsis
	return label
}
