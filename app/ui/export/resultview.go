package export

import (
	"net/url"
	"path/filepath"

	"countersign/app/ui/kit"
	"countersign/internal/qr"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// resultView is the page of a bundle that was made.
type resultView struct {
	v       *View
	notice  *kit.Notice
	facts   *kit.Pairs
	print   *widget.Label
	code    *canvas.Image
	drawn   string // text of the code
	scan    *widget.Label
	again   *kit.Button
	show    *kit.Button
	earlier *kit.Button
	page    fyne.CanvasObject
}

// codeScale is how many pixels a module of the code has.
const codeScale = 6

func newResultView(v *View) *resultView {
	r := &resultView{v: v, notice: kit.NewNotice(), facts: kit.NewPairs(), code: canvas.NewImageFromImage(nil), scan: kit.Muted(kit.T("export.code.hint"))}
	r.print = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true, Bold: true})
	r.print.SizeName, r.print.Selectable = theme.SizeNameHeadingText, true
	r.code.FillMode, r.code.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
	r.code.SetMinSize(fyne.NewSquareSize(17 * theme.Size(theme.SizeNameText)))
	next := kit.Tight(kit.Heading(kit.T("export.auditor")))
	for _, key := range []string{"export.auditor.check", "export.auditor.compare", "export.auditor.receipt"} {
		line := newLineView()
		line.set(Line{kit.Note, kit.T(key)})
		next.Add(line.box)
	}
	left := container.NewVBox(kit.Panel(kit.Room(r.facts)), kit.Panel(kit.Room(next)))
	right := kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.fingerprint")), r.print, kit.Muted(kit.T("export.fingerprint.hint")), r.code, r.scan)))
	r.again = kit.NewButton(kit.T("export.again"), kit.IconPlus, v.again)
	r.show = kit.NewButton(kit.T("export.reveal"), kit.IconForward, v.reveal)
	r.earlier = kit.NewButton(kit.T("export.earlier"), kit.IconAudit, v.toEarlier)
	r.page = kit.Page(nil, container.NewVBox(r.notice, container.New(resultColumns, left, right)), r.earlier, r.show, r.again)
	return r
}

func (r *resultView) render() {
	m := r.v.model
	line := m.ResultLine()
	r.notice.Say(line.State, line.Words, m.ResultMore())
	r.facts.Set(m.ResultFacts()...)
	r.print.SetText(m.Made.Fingerprint)
	if r.drawn != m.Made.Code {
		r.drawn = m.Made.Code
		picture, err := qr.Image(m.Made.Code, codeScale)
		show(r.code, err == nil)
		show(r.scan, err == nil)
		if err == nil {
			r.code.Image = picture
			r.code.Refresh()
		}
	}
	r.page.Refresh()
}

// OpenFolder lets the system show the folder that a file is in, where there is something that shows folders.
func OpenFolder(path string) error {
	return fyne.CurrentApp().OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Dir(path))})
}
