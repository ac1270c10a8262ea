package changes

import (
	"cmp"
	"slices"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// entry is a request as the queue lists it. It has no values.
type entry struct {
	request                        change.Request
	device, settings, when, expiry string
	outcome                        kit.State // "" before there is one
}

func (m *model) entries() []entry {
	all := make([]entry, 0, len(m.requests))
	for _, r := range m.requests {
		e := entry{request: r, device: deviceName(r.Device), settings: m.settingNames(r), when: kit.Age(r.Issued.Wall, m.now), expiry: left(r, m.now)}
		if r.State == change.Done {
			e.outcome = state(r.Outcome)
		}
		all = append(all, e)
	}
	return all
}

func (e entry) same(o entry) bool {
	return e.request.ID == o.request.ID && e.request.State == o.request.State && e.settings == o.settings && e.when == o.when && e.expiry == o.expiry && e.outcome == o.outcome
}

// queueView is the list of requests.
type queueView struct {
	s      *Screen
	shown  []entry
	filter *kit.Filter
	table  *kit.Table[entry]
	count  *widget.Label
	notice *kit.Notice
	root   fyne.CanvasObject
}

func newQueueView(s *Screen) *queueView {
	v := &queueView{s: s, count: widget.NewLabel(""), notice: kit.NewNotice()}
	v.count.Importance = widget.LowImportance
	v.table = kit.NewTable(kit.TableConfig[entry]{
		Name: "changes.title", Empty: "changes.empty",
		Key:    func(e entry) string { return e.request.ID },
		OnOpen: func(e entry) { s.deps.Open(shell.Route{Screen: "changes", ID: e.request.ID}) },
		Columns: []kit.Column[entry]{
			{ID: "state", Label: "changes.column.state", Weight: 5, State: func(e entry) kit.State { return kit.State(e.request.State) },
				Compare: func(a, b entry) int { return order(a.request, b.request) }},
			{ID: "device", Label: "changes.column.device", Weight: 5, Look: kit.Strong, Text: func(e entry) string { return e.device }},
			{ID: "settings", Label: "changes.column.settings", Weight: 4, Text: func(e entry) string { return e.settings }},
			{ID: "proposer", Label: "changes.column.proposer", Weight: 3, Text: func(e entry) string { return e.request.Signer.Name }},
			{ID: "when", Label: "changes.column.when", Weight: 3, Look: kit.Faint, Text: func(e entry) string { return e.when },
				Compare: func(a, b entry) int { return cmp.Compare(b.request.Seq, a.request.Seq) }},
			{ID: "expiry", Label: "changes.column.expiry", Weight: 2, Text: func(e entry) string { return e.expiry }},
			{ID: "outcome", Label: "changes.column.outcome", Weight: 3, State: func(e entry) kit.State { return e.outcome }},
		}})
	v.filter = kit.NewFilter(kit.T("changes.filter"), v.table.SetFilter)
	v.filter.OnLeave = v.table.Focus
	head := container.NewVBox(kit.Room(container.NewBorder(nil, nil, nil, v.count, v.filter)), v.notice)
	v.root = kit.Frame(head, v.table)
	return v
}

func (v *queueView) render() {
	m := v.s.model
	v.notice.SayFault(m.err)
	entries := m.entries()
	if slices.EqualFunc(entries, v.shown, entry.same) && v.count.Text != "" {
		return
	}
	v.shown = entries
	v.table.SetRows(entries)
	v.count.SetText(kit.T("changes.count.none"))
	if n := Waiting(m.requests); n > 0 {
		v.count.SetText(kit.N("changes.count", n))
	}
}
