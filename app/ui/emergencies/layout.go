package emergencies

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// halves puts two things side by side, each at its own height.
type halves struct{}

const leftShare = 0.5

// each calls f with the place of each.
func (halves) each(width float32, f func(i int, x, w float32)) {
	gap := theme.Size(theme.SizeNameInnerPadding)
	left := width * leftShare
	f(0, 0, left-gap)
	f(1, left, width-left)
}

// MinSize implements fyne.Layout.
func (h halves) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(40*theme.Size(theme.SizeNameText), max(o[0].MinSize().Height, o[1].MinSize().Height))
}

// Layout implements fyne.Layout.
func (h halves) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h.each(size.Width, func(i int, x, w float32) {
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(w, o[i].MinSize().Height))
		o[i].Resize(fyne.NewSize(w, o[i].MinSize().Height)) // wrapped texts are higher or lower at this width
	})
}

// tall keeps a table that scrolls by itself at a height that is worth it, within a page that scrolls too.
type tall struct{}

// rows is how many rows of text the table gets.
const rows = 12

// MinSize implements fyne.Layout.
func (tall) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[0].MinSize().Width, rows*2*theme.Size(theme.SizeNameText))
}

// Layout implements fyne.Layout.
func (tall) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }

// iconed puts an icon left of a text that wraps, at the height of its first line.
type iconed struct{}

// side is how wide the icon is, with the room beside it.
func (iconed) side() float32 { return theme.Size(theme.SizeNameInlineIcon) }

// MinSize implements fyne.Layout.
func (l iconed) MinSize(o []fyne.CanvasObject) fyne.Size {
	text := o[1].MinSize()
	return fyne.NewSize(l.side()+text.Width, text.Height-theme.Size(theme.SizeNameInnerPadding))
}

// Layout implements fyne.Layout.
func (l iconed) Layout(o []fyne.CanvasObject, size fyne.Size) {
	lift := theme.Size(theme.SizeNameInnerPadding) / 2
	o[0].Resize(fyne.NewSquareSize(l.side()))
	o[0].Move(fyne.NewPos(0, lift+theme.Size(theme.SizeNamePadding)/2-lift/2))
	o[1].Move(fyne.NewPos(l.side(), -lift))
	o[1].Resize(fyne.NewSize(size.Width-l.side(), size.Height+2*lift))
}
