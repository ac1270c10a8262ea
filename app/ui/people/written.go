package people

import (
	"cmp"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// writtenPage shows the fingerprint of the founding until it was written down.
type writtenPage struct {
	fingerprint *widget.Label
	fault       *kit.Notice
	copied      *widget.Label
	copy        *kit.Button
	check       *kit.Check
	done        *kit.Button
	page        fyne.CanvasObject
}

func newWrittenPage(done func()) *writtenPage {
	p := &writtenPage{fingerprint: widget.NewLabel(""), copied: kit.Muted(""), fault: kit.NewNotice()}
	p.fingerprint.TextStyle = fyne.TextStyle{Monospace: true, Bold: true}
	p.fingerprint.SizeName = theme.SizeNameHeadingText
	p.fingerprint.Selectable = true
	p.copy = kit.NewButton(kit.T("people.fingerprint.copy"), kit.IconCopy, nil)
	p.check = kit.NewCheck(kit.T("people.fingerprint.noted"), func(on bool) { p.done.SetEnabled(on) })
	p.done = kit.NewPrimary(kit.T("people.fingerprint.done"), kit.IconArrow, done)
	p.done.SetEnabled(false)
	ready := kit.NewNotice()
	ready.Say(kit.Verified, kit.T("people.founded"), kit.T("people.founded.more"))
	sheet := kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("people.fingerprint")), p.fingerprint, container.NewHBox(p.copy, p.copied))))
	body := container.NewVBox(ready, p.fault, sheet, kit.Body(kit.T("people.fingerprint.write")), kit.Body(kit.T("people.fingerprint.what")), p.check)
	p.page = kit.Page(nil, kit.Narrow(110, body), p.done)
	return p
}

func (p *writtenPage) render(m *Model) {
	p.fingerprint.SetText(FingerprintLines(m.Fingerprint))
	p.fault.SayFault(cmp.Or(m.Fault, m.Unread))
	p.copy.OnTapped = func() {
		fyne.CurrentApp().Clipboard().SetContent(m.Fingerprint)
		p.copied.SetText(kit.T("people.fingerprint.copied"))
	}
}
