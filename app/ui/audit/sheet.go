package audit

import (
	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// sheet is the page of one record.
type sheet struct {
	refresh func() // reads the record again; nil while the page is not shown

	title  *widget.Label
	facts  *kit.Pairs
	proof  *kit.Pairs
	signed *widget.Label     // heading of the statement
	note   *widget.Label     // the statement, verbatim
	frame  fyne.CanvasObject // around note
	hidden *kit.Notice
	fault  *kit.Notice
	body   *fyne.Container // all but fault
	box    *fyne.Container
	back   *kit.Button
	page   fyne.CanvasObject
}

func newSheet(back func()) *sheet {
	s := &sheet{title: kit.Heading(""), facts: kit.NewPairs(), proof: kit.NewPairs(), signed: kit.Heading(kit.T("audit.statement")),
		note: widget.NewLabel(""), hidden: kit.NewNotice(), fault: kit.NewNotice()}
	s.note.TextStyle.Monospace = true
	s.note.Selectable = true
	s.back = kit.NewButton(kit.T("audit.record.back"), kit.IconBack, back)
	s.frame = kit.Panel(container.NewHScroll(s.note))
	s.body = container.NewVBox(s.title, s.facts, s.hidden, s.signed, s.frame, kit.Heading(kit.T("audit.proof")), s.proof)
	s.box = container.NewVBox(s.fault, s.body)
	s.page = kit.Page(nil, s.box, s.back)
	s.render(nil)
	return s
}

// say tells why there is no record to show; nil says nothing.
func (s *sheet) say(err error) {
	s.fault.SayFault(err)
	s.box.Refresh()
}

// render shows a record; nil shows none.
func (s *sheet) render(d *Detail) {
	if d == nil {
		s.note.SetText("")
		s.facts.Set()
		s.proof.Set()
		s.body.Hide()
		return
	}
	s.title.SetText(d.Title())
	s.facts.Set(d.Facts()...)
	s.proof.Set(d.Proof()...)
	s.note.SetText(d.Record.Stmt)
	for _, o := range []fyne.CanvasObject{s.signed, s.frame} {
		if d.Record.Stmt == "" {
			o.Hide()
		} else {
			o.Show()
		}
	}
	s.hidden.Clear()
	if d.Hidden {
		s.hidden.Say(kit.Waiting, kit.T("audit.hidden"), kit.T("audit.hidden.more"))
	}
	s.body.Show()
	s.body.Refresh()
}
