package people

import (
	"cmp"
	"net/url"
	"path/filepath"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// writtenPage shows the fingerprint of the founding until both founders have it on paper.
type writtenPage struct {
	words       *widget.Label
	fingerprint *widget.Label
	qr          *canvas.Image
	fault       *kit.Notice
	copied      *widget.Label
	copy        *kit.Button
	print       *kit.Button
	printed     *widget.Label
	checks      [2]*kit.Check
	done        *kit.Button
	page        fyne.CanvasObject
}

func newWrittenPage(m *Model, printed, done func()) *writtenPage {
	p := &writtenPage{words: written(theme.SizeNameHeadingText), fingerprint: written(theme.SizeNameText), copied: kit.Muted(""), printed: kit.Muted(""),
		fault: kit.NewNotice(), qr: canvas.NewImageFromImage(nil)}
	p.qr.FillMode, p.qr.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
	p.copy = kit.NewButton(kit.T("people.fingerprint.copy"), kit.IconCopy, nil)
	p.print = kit.NewPrimary(kit.T("people.sheet.open"), kit.IconArrow, printed)
	p.done = kit.NewPrimary(kit.T("people.fingerprint.done"), kit.IconArrow, done)
	p.done.SetEnabled(false)
	ticks := container.NewVBox()
	for i := range p.checks {
		p.checks[i] = kit.NewCheck("", func(on bool) {
			m.Noted[i] = on
			p.done.SetEnabled(m.Noted == [2]bool{true, true})
		})
		ticks.Add(p.checks[i])
	}
	ready := kit.NewNotice()
	ready.Say(kit.Verified, kit.T("people.founded"), kit.T("people.founded.more"))
	left := container.NewVBox(kit.Heading(kit.T("people.words")), p.words, kit.Muted(kit.T("people.fingerprint")), p.fingerprint)
	sheet := kit.Panel(kit.Room(container.NewBorder(nil, container.NewHBox(p.print, p.copy, p.copied), nil, container.NewCenter(p.qr), left)))
	body := container.NewVBox(ready, p.fault, sheet, p.printed, kit.Body(kit.T("people.fingerprint.write")), ticks, kit.Muted(kit.T("people.fingerprint.what")))
	p.page = kit.Page(nil, kit.Narrow(130, body), p.done)
	return p
}

// written is a text that is copied by hand.
func written(size fyne.ThemeSizeName) *widget.Label {
	l := widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true, Bold: true})
	l.SizeName = size
	l.Selectable = true
	return l
}

func (p *writtenPage) render(m *Model) {
	p.words.SetText(WordLines(m.Words))
	p.words.Hidden = len(m.Words) == 0
	p.fingerprint.SetText(FingerprintLines(m.Fingerprint))
	p.fault.SayFault(cmp.Or(m.Fault, m.PaperFault, m.Unread))
	p.qr.Hidden = m.Paper.QR == nil
	if p.qr.Image != m.Paper.QR {
		p.qr.Image = m.Paper.QR
		if m.Paper.QR != nil {
			p.qr.SetMinSize(fyne.NewSquareSize(float32(m.Paper.QR.Bounds().Dx()))) // a dot stays a dot
		}
		p.qr.Refresh()
	}
	p.print.Hidden = m.Paper.Path == ""
	p.printed.SetText("")
	if m.Paper.Path != "" {
		p.printed.SetText(kit.T("people.sheet.where", kit.Data{"Path": m.Paper.Path}))
	}
	for i, c := range p.checks {
		c.SetText(kit.T("people.fingerprint.has", kit.Data{"Name": m.By[i]}))
		c.Checked = m.Noted[i]
		c.Refresh()
	}
	p.copy.OnTapped = func() {
		fyne.CurrentApp().Clipboard().SetContent(m.Fingerprint)
		p.copied.SetText(kit.T("people.fingerprint.copied"))
	}
}

// openFile lets the system's viewer show a file, where there is one.
func openFile(path string) error {
	return fyne.CurrentApp().OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(path)})
}
