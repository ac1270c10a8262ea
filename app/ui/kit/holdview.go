package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// paint gives the parts their colours and words.
func (h *Hold) paint() {
	ink, faint, line := theme.ColorNameForeground, ColorMuted, ColorEmergency
	h.ground.FillColor = theme.Color(theme.ColorNameButton)
	h.frame.StrokeWidth = 2
	switch {
	case h.Disabled() && !h.Down():
		ink, faint, line = theme.ColorNameDisabled, theme.ColorNameDisabled, theme.ColorNameInputBorder
		h.ground.FillColor = theme.Color(theme.ColorNameDisabledButton)
		h.frame.StrokeWidth = 1
	case h.focused:
		h.frame.StrokeWidth = 4
	}
	h.fill.FillColor = theme.Color(ColorHold)
	h.frame.StrokeColor = theme.Color(line)
	round := theme.Size(theme.SizeNameButtonRadius)
	h.ground.CornerRadius, h.frame.CornerRadius, h.fill.CornerRadius = round, round, round
	h.text.Text, h.text.Color = h.words, theme.Color(ink)
	h.hint.Text, h.hint.Color, h.hint.TextSize = h.says(), theme.Color(faint), theme.Size(theme.SizeNameCaptionText)
	h.hintIcon.Hidden = !h.early
	if h.early {
		h.hint.Color = theme.Color(ink) // on either ground
		h.hintIcon.Resource = IconInfo.Resource(ink)
	}
	h.hint.TextStyle.Bold = h.early
	if h.Share() > 0 {
		h.hint.Color = theme.Color(ink)
	}
	if h.pic.Hidden = h.icon == ""; !h.pic.Hidden {
		h.pic.Resource = h.icon.Resource(ink)
	}
}

// says is how the button is used, or what it is doing.
func (h *Hold) says() string {
	seconds := max(1, int(h.needs.Round(time.Second)/time.Second))
	switch {
	case h.stop != nil:
		return T("hold.held")
	case h.Down():
		return T("hold.done")
	case h.early:
		return N("hold.early", seconds)
	}
	return N("hold.hint", seconds)
}

// Refresh implements fyne.CanvasObject.
func (h *Hold) Refresh() {
	h.paint()
	holdLayout{h}.Layout(nil, h.Size())
	h.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (h *Hold) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(holdLayout{h}, h.ground, h.fill, h.frame, h.pic, h.text, h.hintIcon, h.hint))
}

// holdLayout places the parts of a Hold: an icon with words, and below them how it is used.
type holdLayout struct{ h *Hold }

func (l holdLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	letter, pad := theme.Size(theme.SizeNameSubHeadingText), theme.Size(theme.SizeNameInnerPadding)
	words := fyne.MeasureText(l.h.words, letter, l.h.text.TextStyle)
	hint := fyne.MeasureText(l.h.hint.Text, theme.Size(theme.SizeNameCaptionText), fyne.TextStyle{Bold: true})
	icon := theme.Size(theme.SizeNameInlineIcon)
	width := max(min(words.Width, 36*letter)+icon, hint.Width+icon) + 6*pad
	return fyne.NewSize(width, words.Height+hint.Height+3*pad)
}

// Layout centres the words. Those that are too long for the place are written smaller: none of them is left out.
func (l holdLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	h, pad, icon := l.h, theme.Size(theme.SizeNameInnerPadding), theme.Size(theme.SizeNameInlineIcon)
	h.ground.Resize(size)
	h.frame.Resize(size)
	h.fill.Resize(fyne.NewSize(size.Width*min(h.Share(), 1), size.Height))
	room := size.Width - 6*pad - icon
	letter := theme.Size(theme.SizeNameSubHeadingText)
	if wide := fyne.MeasureText(h.words, letter, h.text.TextStyle).Width; room > 0 && wide > room {
		letter *= room / wide
	}
	h.text.TextSize = letter
	words, hint := h.text.MinSize(), h.hint.MinSize()
	top := (size.Height - words.Height - hint.Height) / 2
	left := (size.Width - words.Width) / 2
	if !h.pic.Hidden {
		left += (icon + pad) / 2
	}
	h.pic.Resize(fyne.NewSquareSize(icon))
	h.pic.Move(fyne.NewPos(left-icon-pad, top+(words.Height-icon)/2))
	h.text.Resize(words)
	h.text.Move(fyne.NewPos(left, top))
	left = (size.Width - hint.Width) / 2
	h.hint.Resize(hint)
	h.hint.Move(fyne.NewPos(left, top+words.Height))
	h.hintIcon.Resize(fyne.NewSquareSize(hint.Height))
	h.hintIcon.Move(fyne.NewPos(left-hint.Height-pad, top+words.Height))
}
