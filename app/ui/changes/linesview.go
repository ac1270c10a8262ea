package changes

import (
	"slices"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// columns shares the width of a row among its cells by weight, so that rows line up.
type columns []float32

// each calls f with the place of each of n cells, which may be fewer than there are columns.
func (c columns) each(n int, width float32, f func(i int, x, w float32)) {
	var sum float32
	for _, weight := range c {
		sum += weight
	}
	x := float32(0)
	for i := range min(n, len(c)) {
		w := width * c[i] / sum
		f(i, x, w)
		x += w
	}
}

// MinSize implements fyne.Layout.
func (c columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, cell := range o {
		height = max(height, cell.MinSize().Height)
	}
	return fyne.NewSize(40*theme.Size(theme.SizeNameText), height)
}

// Layout implements fyne.Layout.
func (c columns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	c.each(len(o), size.Width, func(i int, x, w float32) {
		height := o[i].MinSize().Height
		o[i].Move(fyne.NewPos(x, (size.Height-height)/2))
		o[i].Resize(fyne.NewSize(w, height))
	})
}

// tops puts columns side by side by weight, each at its own height.
type tops columns

// MinSize implements fyne.Layout.
func (t tops) MinSize(o []fyne.CanvasObject) fyne.Size { return columns(t).MinSize(o) }

// Layout implements fyne.Layout.
func (t tops) Layout(o []fyne.CanvasObject, size fyne.Size) {
	gap := theme.Size(theme.SizeNameInnerPadding)
	columns(t).each(len(o), size.Width, func(i int, x, w float32) {
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(w-gap, size.Height))
	})
}

// linesView shows the settings of a request: as found, wanted, and what came of each.
type linesView struct {
	box   *fyne.Container
	shown []line
}

func newLinesView() *linesView {
	return &linesView{box: container.New(layout.NewCustomPaddedVBoxLayout(0))}
}

func (v *linesView) set(lines []line) {
	if slices.Equal(lines, v.shown) {
		return
	}
	v.shown = lines
	outcomes := slices.ContainsFunc(lines, func(l line) bool { return l.Outcome != "" })
	widths := columns{8, 4, 1, 7, 4}
	heads := []string{"setting", "found", "", "wanted", "risk"}
	if outcomes {
		widths = columns{7, 4, 1, 4, 4, 6, 4}
		heads = []string{"setting", "found", "", "wanted", "left", "outcome", "risk"}
	}
	header := container.New(widths)
	for _, name := range heads {
		label := widget.NewLabel("")
		if name != "" {
			label.SetText(kit.T("changes.column." + name))
		}
		label.Importance = widget.LowImportance
		header.Add(label)
	}
	v.box.Objects = []fyne.CanvasObject{kit.Bar(header)}
	for _, l := range lines {
		row := container.New(widths, named(l.Label), plain(l.Found), plain("→"), wantedCell(l))
		if outcomes {
			row.Add(plain(l.Left))
			row.Add(outcome(l.Outcome))
		}
		row.Add(kit.NewBadge(l.Risk))
		v.box.Add(row)
		for _, remark := range []string{l.Why, l.Note} {
			if remark != "" {
				v.box.Add(kit.Muted(remark))
			}
		}
		v.box.Add(widget.NewSeparator())
	}
	v.box.Refresh()
}

// named is a setting's label.
func named(label string) fyne.CanvasObject {
	name := plain(label)
	name.TextStyle.Bold = true
	return name
}

func plain(text string) *widget.Label {
	label := widget.NewLabel(text)
	label.Truncation = fyne.TextTruncateEllipsis
	return label
}

// wantedCell is the value that the device shall have, or a lock and the reason why it is not shown.
func wantedCell(l line) fyne.CanvasObject {
	label := plain(l.Wanted)
	if l.Hidden {
		label.Importance = widget.LowImportance
		label.TextStyle.Italic = true
		return container.NewBorder(nil, nil, widget.NewIcon(kit.IconLock.Resource(kit.ColorMuted)), nil, label)
	}
	label.TextStyle.Bold = true
	return label
}

func outcome(s kit.State) fyne.CanvasObject {
	if s == "" {
		return plain("")
	}
	return kit.NewBadge(s)
}

// wayView is the line of stations that a request passes.
type wayView struct {
	box   *fyne.Container
	icons []*widget.Icon
	names []*widget.Label
	more  []*widget.Label
}

func newWayView() *wayView {
	v := &wayView{box: container.NewGridWithColumns(4)}
	for range 4 {
		icon := widget.NewIcon(nil)
		name := widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		more := widget.NewLabel("")
		more.Importance, more.SizeName, more.Truncation = widget.LowImportance, theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
		v.icons, v.names, v.more = append(v.icons, icon), append(v.names, name), append(v.more, more)
		v.box.Add(container.NewBorder(nil, nil, container.NewCenter(icon), nil, kit.Tight(name, more)))
	}
	return v
}

func (v *wayView) set(phases []phase) {
	for i, p := range phases {
		v.icons[i].SetResource(p.State.Icon().Resource(p.State.Color()))
		if v.names[i].Text != p.Label {
			v.names[i].SetText(p.Label)
		}
		if v.more[i].Text != p.Detail {
			v.more[i].SetText(p.Detail)
		}
	}
}
