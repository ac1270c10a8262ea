package export

import (
	"cmp"
	"strconv"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// listView is the page of earlier exports, and of the receipts for them.
type listView struct {
	v      *View
	notice *kit.Notice
	table  *kit.Table[Earlier]
	file   *kit.Entry
	key    *kit.Entry // file of the auditor's public key
	take   *kit.Button
	back   *kit.Button
	page   fyne.CanvasObject
}

func newListView(v *View) *listView {
	l := &listView{v: v, notice: kit.NewNotice()}
	l.table = kit.NewTable(kit.TableConfig[Earlier]{
		Name: "export.earlier.title", Empty: "export.earlier.empty", Key: func(e Earlier) string { return strconv.FormatInt(e.Seq, 10) },
		Columns: []kit.Column[Earlier]{
			{ID: "time", Label: "export.column.time", Weight: 7.6, Text: func(e Earlier) string { return kit.Moment(e.At) },
				Compare: func(a, b Earlier) int { return cmp.Compare(a.Seq, b.Seq) }},
			{ID: "period", Label: "export.column.period", Weight: 5, Text: Earlier.period},
			{ID: "scope", Label: "export.column.scope", Weight: 3.4, Text: Earlier.scope},
			{ID: "for", Label: "export.column.for", Weight: 5, Look: kit.Strong, Text: func(e Earlier) string { return e.For }},
			{ID: "by", Label: "export.column.by", Weight: 4, Text: func(e Earlier) string { return e.By }},
			{ID: "print", Label: "export.column.fingerprint", Weight: 5.4, Text: func(e Earlier) string { return e.Fingerprint }},
			{ID: "receipt", Label: "export.column.receipt", Weight: 6, Text: Earlier.receipt,
				Icon: func(e Earlier) (kit.Icon, bool) { return e.state().Icon(), true }},
		}})
	l.table.SortBy("time", true)
	l.file = kit.NewEntry(kit.T("export.receipt.file"))
	l.file.SetPlaceHolder(kit.T("export.receipt.file.example"))
	l.file.OnSubmitted = func(string) { v.take() }
	l.key = kit.NewEntry(kit.T("export.receipt.key"))
	l.key.SetPlaceHolder(kit.T("export.receipt.key.example"))
	l.key.OnSubmitted = func(string) { v.take() }
	l.take = kit.NewButton(kit.T("export.receipt.take"), kit.IconArrow, v.take)
	l.back = kit.NewButton(kit.T("export.receipt.back"), kit.IconBack, v.toForm)
	receipt := kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.receipt")), kit.Muted(kit.T("export.receipt.hint")),
		container.NewGridWithColumns(2, kit.Row(kit.T("export.receipt.file"), l.file),
			kit.Row(kit.T("export.receipt.key"), container.NewBorder(nil, nil, nil, l.take, l.key))))))
	l.page = kit.Frame(kit.Room(container.NewVBox(l.notice, receipt)), l.table, l.back)
	return l
}

func (l *listView) render() {
	m := l.v.model
	switch {
	case m.TakeErr != nil:
		l.notice.Say(takeTrouble(m.TakeErr))
	case m.Taken != nil:
		l.notice.Say(m.Taken.ReceiptWords())
	case m.Unread != nil:
		l.notice.SayFault(m.Unread)
	default:
		l.notice.Clear()
	}
	l.table.SetRows(m.Earlier)
	l.take.SetEnabled(!m.Taking)
	l.page.Refresh()
}
