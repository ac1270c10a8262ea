package export

import (
	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// render copies the model into the widgets. What is typed stays as it is.
func (f *formView) render() {
	m := f.v.model
	switch {
	case m.Failed != nil:
		f.notice.Say(Trouble(m.Failed))
	case m.Unread != nil:
		f.notice.SayFault(m.Unread)
	default:
		f.notice.Clear()
	}
	f.about.SetText(m.PeriodWords())
	show(f.days, m.Form.Period == Days)
	show(f.why, m.Form.SignIns || m.Form.Words)
	f.settle()
	f.free.set(m.FolderLine())
	f.renderWho()
	f.renderPreview()
	f.renderProgress()
	filling := m.Phase == Filling
	for _, o := range []fyne.Disableable{f.period, f.from, f.to, f.device, f.person, f.signIns, f.words, f.reason, f.whom, f.place, f.folder, f.recipient, f.passphrase} {
		if filling == o.Disabled() {
			enable(o, filling)
		}
	}
	f.signIn.SetEnabled(filling)
	show(f.cancel, !filling)
	show(f.do, filling)
	f.do.SetText(m.Button())
	f.do.SetEnabled(m.Previewed && m.Preview.Shown > 0)
	f.cancel.SetEnabled(!m.Stopping)
	f.page.Refresh()
}

func enable(o fyne.Disableable, on bool) {
	if on {
		o.Enable()
	} else {
		o.Disable()
	}
}

func (f *formView) renderWho() {
	m := f.v.model
	f.who.SetText(m.SignWords())
	show(f.secret, m.SignedIn)
	show(f.signIn, !m.SignedIn)
	hint := ""
	if f.v.deps.Hint != nil && m.SignedIn {
		hint = f.v.deps.Hint(m.Me)
	}
	show(f.hint, hint != "")
	if hint != "" {
		f.hint.SetText(kit.T("people.sign_in.hint", kit.Data{"Name": m.Me.Name, "Passphrase": hint}))
	}
}

func (f *formView) renderPreview() {
	m := f.v.model
	f.exposure.SetText(m.ExposureWords())
	show(f.exposure, m.ExposureWords() != "")
	f.counting.clear()
	switch {
	case m.PreviewErr != nil:
		what, _, next := kit.FaultText(m.PreviewErr)
		f.counting.set(Line{kit.Failed, what + " " + next})
	case !m.Read || m.Previewing && !m.Previewed:
		f.counting.set(Line{kit.Busy, kit.T("export.counting")})
	case !m.Previewed:
		f.counting.set(Line{kit.Note, kit.T("export.counting.not")})
	case m.Preview.Shown == 0:
		f.counting.set(Line{kit.Note, kit.T("export.counting.none")})
	}
	f.counts.RemoveAll()
	if !m.Previewed || m.Preview.Shown == 0 {
		return
	}
	for _, l := range m.PreviewLines() {
		line := newLineView()
		line.set(l)
		f.counts.Add(line.box)
	}
}

func (f *formView) renderProgress() {
	m := f.v.model
	show(f.going, m.Phase == Writing)
	if m.Previewing && !m.Previewed && m.Counted > 0 {
		f.counting.set(Line{kit.Busy, kit.N("export.counting.so_far", int(m.Counted))})
	}
	if m.Phase != Writing {
		return
	}
	f.stage.SetText(m.StageWords())
	show(f.bar, m.Of > 0)
	f.far.SetText("")
	if m.Of > 0 {
		f.bar.SetValue(float64(m.Done) / float64(m.Of))
		f.far.SetText(kit.T("export.far", kit.Data{"Done": m.Done, "Of": m.Of}))
	}
	if high := f.going.MinSize().Height; high != f.going.Size().Height {
		f.page.Refresh() // lays out what has just appeared
	}
}

func show(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}

// lineView is a sentence with the mark of its state before it. It takes no room while it says nothing.
type lineView struct {
	box  *fyne.Container
	icon *widget.Icon
	text *widget.Label
}

func newLineView() *lineView {
	l := &lineView{icon: widget.NewIcon(nil), text: kit.Body("")}
	inner := theme.Size(theme.SizeNameInnerPadding)
	beside := container.New(layout.NewCustomPaddedLayout(inner, 0, 0, 0), l.icon) // the first line of the text stands as low
	l.box = container.NewBorder(nil, nil, container.NewVBox(beside), nil, l.text)
	l.box.Hide()
	return l
}

func (l *lineView) set(line Line) {
	l.icon.SetResource(line.State.Icon().Resource(line.State.Color()))
	if l.text.Text != line.Words {
		l.text.SetText(line.Words)
	}
	show(l.box, true)
}

func (l *lineView) clear() {
	l.text.SetText("")
	show(l.box, false)
}

// columns puts things side by side, each at its own height; its values are their shares of the width.
type columns []float32

// The form has three columns, the result two.
var (
	formColumns   = columns{0.345, 0.345, 0.31}
	resultColumns = columns{0.58, 0.42}
)

func (c columns) each(width float32, f func(i int, x, w float32)) {
	gap := theme.Size(theme.SizeNameInnerPadding)
	var x float32
	for i, share := range c {
		w := width * share
		f(i, x, w-gap)
		x += w
	}
}

// MinSize implements fyne.Layout.
func (c columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, one := range o {
		height = max(height, one.MinSize().Height)
	}
	return fyne.NewSize(40*theme.Size(theme.SizeNameText), height)
}

// Layout implements fyne.Layout.
func (c columns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	c.each(size.Width+theme.Size(theme.SizeNameInnerPadding), func(i int, x, w float32) {
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(w, o[i].MinSize().Height))
		o[i].Resize(fyne.NewSize(w, o[i].MinSize().Height)) // wrapped texts are higher or lower at this width
	})
}
