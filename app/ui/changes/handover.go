package changes

import (
	"image"
	"path/filepath"

	"countersign/app/ui/kit"
	"countersign/internal/cosign"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// handover is a package that another laptop shall get: as a file, and as a picture to scan where it is small enough.
type handover struct {
	pkg   cosign.Package
	code  image.Image // nil where it is too long for one
	saved string      // where it was saved
	busy  bool
}

// handView shows a package and saves it.
type handView struct {
	box     *fyne.Container
	title   *widget.Label
	hint    *widget.Label
	path    *kit.Entry
	save    *kit.Button
	saved   *kit.Notice
	code    *codeView
	picture *canvas.Image
	scan    *widget.Label
	shown   *handover
}

func newHandView(saveTo func(path string)) *handView {
	v := &handView{title: kit.Heading(""), hint: kit.Body(""), path: kit.NewEntry(kit.T("changes.hand.file")), saved: kit.NewNotice(), code: newCodeView(),
		picture: canvas.NewImageFromImage(nil), scan: kit.Muted("")}
	v.picture.FillMode, v.picture.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
	v.picture.SetMinSize(fyne.NewSquareSize(22 * theme.Size(theme.SizeNameText)))
	v.path.OnSubmitted = saveTo
	v.save = kit.NewButton(kit.T("changes.hand.save"), kit.IconArrow, func() { saveTo(v.path.Text) })
	left := container.NewVBox(v.title, v.hint, kit.Row(kit.T("changes.hand.file"), container.NewBorder(nil, nil, nil, v.save, v.path)), v.saved, v.code.box)
	right := container.NewVBox(v.picture, v.scan)
	v.box = container.NewVBox(kit.Panel(kit.Room(container.New(tops{6, 4}, left, right))))
	return v
}

// set shows a package, or nothing. What was typed as its file's name stays as long as it is the same one.
func (v *handView) set(h *handover, folder, title, hint, code string) {
	show(v.box, h != nil)
	if h == nil {
		v.shown = nil
		return
	}
	v.title.SetText(title)
	v.hint.SetText(hint)
	v.code.set(code)
	v.save.SetEnabled(!h.busy && len(h.pkg.File) > 0)
	if h != v.shown && len(h.pkg.File) > 0 {
		v.shown = h
		v.path.SetText(filepath.Join(folder, h.pkg.Name))
		v.picture.Image = h.code
		v.scan.SetText(kit.T("changes.hand.scan"))
		if h.code == nil {
			v.scan.SetText(kit.T("changes.hand.no_code"))
		}
		show(v.picture, h.code != nil)
		v.picture.Refresh()
	}
	if h.saved != "" {
		v.saved.Say(kit.Done, kit.T("changes.hand.saved", kit.Data{"Name": filepath.Base(h.saved)}), kit.T("changes.hand.saved.more", kit.Data{"Folder": filepath.Dir(h.saved)}))
	} else {
		v.saved.Clear()
	}
}

// codeView is the comparison code, large enough to be read out across a table, and what it is for.
type codeView struct {
	box  *fyne.Container
	code *widget.Label
}

func newCodeView() *codeView {
	v := &codeView{code: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true, Bold: true})}
	v.code.SizeName, v.code.Selectable = theme.SizeNameHeadingText, true
	v.box = container.NewBorder(nil, nil, kit.Tight(kit.Muted(kit.T("changes.code")), v.code), nil, kit.Muted(kit.T("changes.code.hint")))
	return v
}

func (v *codeView) set(code string) {
	show(v.box, code != "")
	if v.code.Text != code {
		v.code.SetText(code)
	}
}

// takeView is the entry for what another laptop gives: the name of a file or of a picture, or what a scanner types.
type takeView struct {
	box   *fyne.Container
	entry *kit.Entry
	do    *kit.Button
}

func newTakeView(title, hint, name, do string, submit func(text string)) *takeView {
	v := &takeView{entry: kit.NewEntry(name)}
	v.entry.OnSubmitted = submit
	v.do = kit.NewPrimary(do, kit.IconArrow, func() { submit(v.entry.Text) })
	v.box = container.NewVBox(kit.Panel(kit.Room(container.NewVBox(kit.Heading(title), kit.Body(hint),
		kit.Row(name, container.NewBorder(nil, nil, nil, v.do, v.entry))))))
	return v
}
