package devices

import (
	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// sourcesView has a line for each source, and at the network's the button to allow or end the search.
type sourcesView struct {
	box    *fyne.Container
	lines  []*sourceView
	search func()
}

type sourceView struct {
	box    fyne.CanvasObject
	icon   *widget.Icon
	text   *widget.Label
	button *kit.Button
	shown  sourceLine
}

func newSourcesView(search func()) *sourcesView {
	return &sourcesView{box: kit.Tight(), search: search}
}

func (v *sourcesView) render(lines []sourceLine) {
	for len(v.lines) < len(lines) {
		l := newSourceView(v.search)
		v.lines = append(v.lines, l)
		v.box.Add(l.box)
	}
	for i, l := range v.lines {
		if i >= len(lines) {
			l.box.Hide()
			continue
		}
		l.box.Show()
		l.render(lines[i])
	}
}

func newSourceView(search func()) *sourceView {
	l := &sourceView{icon: widget.NewIcon(nil), text: kit.Body("")}
	l.button = kit.NewButton("", "", search)
	l.box = container.NewBorder(nil, nil, kit.Middle(l.icon), kit.Middle(l.button), l.text)
	return l
}

func (l *sourceView) render(line sourceLine) {
	if line == l.shown {
		return
	}
	l.shown = line
	icon, color := line.icon, kit.ColorMuted
	if line.state != kit.Normal {
		icon, color = line.state.Icon(), line.state.Color()
	}
	l.icon.SetResource(icon.Resource(color))
	l.text.SetText(line.text)
	l.button.SetText(line.button)
	l.button.Hidden = line.button == ""
	l.box.Refresh()
}
