package emergency

import (
	"slices"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// columns shares the width of a row among its cells by weight, so that rows line up.
type columns []float32

// MinSize implements fyne.Layout.
func (c columns) MinSize(o []fyne.CanvasObject) (size fyne.Size) {
	size.Width = 40 * theme.Size(theme.SizeNameText)
	for _, cell := range o {
		size.Height = max(size.Height, cell.MinSize().Height)
	}
	return size
}

// Layout implements fyne.Layout.
func (c columns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	var sum, x float32
	for _, weight := range c {
		sum += weight
	}
	for i, cell := range o {
		w, h := size.Width*c[i]/sum, cell.MinSize().Height
		cell.Move(fyne.NewPos(x, (size.Height-h)/2))
		cell.Resize(fyne.NewSize(w, h))
		x += w
	}
}

var (
	beforeColumns = columns{7, 4, 4, 3, 9}
	afterColumns  = columns{7, 4, 4, 4, 5, 3}
	beforeHeads   = []string{"setting", "found", "wanted", "risk", "rule"}
	afterHeads    = []string{"setting", "found", "wanted", "left", "outcome", "risk"}
)

// linesView is the review of what is about to be written, and of what came of it.
type linesView struct {
	box   *fyne.Container
	shown []line
}

func newLinesView() *linesView {
	return &linesView{box: container.New(layout.NewCustomPaddedVBoxLayout(0))}
}

// set shows these settings, and says whether they are others than before.
func (v *linesView) set(lines []line) bool {
	if slices.Equal(lines, v.shown) {
		return false
	}
	v.shown = lines
	after := slices.ContainsFunc(lines, func(l line) bool { return l.sent })
	widths, heads := beforeColumns, beforeHeads
	if after {
		widths, heads = afterColumns, afterHeads
	}
	head := container.New(widths)
	for _, name := range heads {
		head.Add(kit.Muted(kit.T("emergency.column." + name)))
	}
	v.box.Objects = []fyne.CanvasObject{head, widget.NewSeparator()}
	for _, l := range lines {
		cells := beforeCells(l)
		if after {
			cells = afterCells(l)
		}
		v.box.Add(container.New(widths, cells...))
		if l.why != "" {
			v.box.Add(kit.Muted(l.why))
		}
		v.box.Add(widget.NewSeparator())
	}
	v.box.Refresh()
	return true
}

func beforeCells(l line) []fyne.CanvasObject {
	icon, ink := kit.IconCheck, kit.ColorMuted
	if !l.allowed {
		icon, ink = kit.IconTriangle, kit.ColorCaution
	}
	rule := container.NewBorder(nil, nil, widget.NewIcon(icon.Resource(ink)), nil, plain(l.rule))
	return []fyne.CanvasObject{bold(l.label), plain(l.found), wanted(l.wanted), kit.NewBadge(l.risk), rule}
}

func afterCells(l line) []fyne.CanvasObject {
	cells := []fyne.CanvasObject{bold(l.label), plain(l.found), wanted(l.wanted), plain(l.left), plain(""), kit.NewBadge(l.risk)}
	if l.outcome != "" {
		cells[4] = kit.NewBadge(l.outcome)
	}
	return cells
}

func plain(text string) *widget.Label {
	label := widget.NewLabel(text)
	label.Truncation = fyne.TextTruncateEllipsis
	return label
}

func bold(text string) *widget.Label {
	label := plain(text)
	label.TextStyle.Bold = true
	return label
}

// wanted is a value as it is marked where it was staged.
func wanted(text string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, widget.NewIcon(kit.IconDot.Resource(kit.ColorStaged)), nil, bold(text))
}

// receiptView is the code that a person takes away: large and above everything where the screen alone has it.
type receiptView struct {
	large, small *fyne.Container
	code         *canvas.Text
	text         *widget.Label
	note         *widget.Label
	shown        receipt
}

func newReceiptView() *receiptView {
	r := &receiptView{code: canvas.NewText("", nil), text: kit.Body(""), note: kit.Muted("")}
	r.code.TextStyle = fyne.TextStyle{Bold: true, Monospace: true}
	head := container.NewBorder(nil, nil, widget.NewIcon(kit.IconEmergency.Resource(kit.ColorEmergency)), nil, kit.Heading(kit.T("emergency.receipt.lost")))
	r.large = container.NewStack(kit.Panel(kit.Room(container.NewVBox(head, kit.Room(r.code), r.text))))
	r.small = container.NewStack(r.note)
	r.large.Hide()
	r.small.Hide()
	return r
}

func (r *receiptView) render(now receipt) {
	r.code.Color, r.code.TextSize = theme.Color(theme.ColorNameForeground), 1.8*theme.Size(theme.SizeNameHeadingText)
	if now == r.shown {
		return
	}
	r.shown = now
	r.code.Text = now.Code
	setLabel(r.text, now.Text)
	setLabel(r.note, now.Text)
	show(r.large, now.Lost)
	show(r.small, now.Code != "" && !now.Lost)
	r.large.Refresh()
}
