package audit

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Screen is the name of this screen in routes. A route's ID is a record's number, or "" for the list.
const Screen = "audit"

// Deps is what the screen needs.
type Deps struct {
	Log         Log
	Check       audit.CheckStatement                             // verifies the statement of a record
	Hidden      func(ctx context.Context, requestID string) bool // whether the request's values must not be seen now
	SeatChanged func() <-chan struct{}                           // closed when somebody else is signed in, or nobody
	Me          func() string                                    // ID of who is signed in, or ""; may be nil
	Board       Board
	Keeping     func() // opens the page of what is kept; nil for none
	Export      func() // opens the page on which the log is exported; nil for none
}

// View is the screen.
type View struct {
	model  *Model
	deps   Deps
	runner *kit.Runner
	open   func(shell.Route)

	ctx    context.Context
	leave  context.CancelFunc // ends what only the shown page needs
	pages  *kit.Lane          // records for the table
	record *kit.Lane          // the record on its page
	verify *kit.Lane          // goes on while another screen is shown
	stands *kit.Lane          // how well others vouch for the log

	table   *kit.Table[Row]
	filter  *kit.Filter
	group   *kit.Select
	summary *widget.Label
	fault   *kit.Notice
	result  *kit.Notice
	copies  *kit.Notice
	check   *kit.Button
	export  *kit.Button
	keeping *kit.Button
	list    fyne.CanvasObject
	sheet   *sheet
}

// New returns the screen. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: NewModel(), deps: deps, runner: runner, open: open, ctx: ctx, leave: func() {},
		pages: runner.Lane(ctx), record: runner.Lane(ctx), verify: runner.Lane(ctx), stands: runner.Lane(ctx)}
	v.sheet = newSheet(func() { open(shell.Route{Screen: Screen}) })
	v.build()
	v.render()
	return v
}

func (v *View) build() {
	v.table = kit.NewTable(kit.TableConfig[Row]{
		Name: "audit.title", Empty: "audit.empty", NoMatch: "audit.no_match",
		Key:    func(r Row) string { return strconv.FormatInt(r.Seq, 10) },
		OnOpen: func(r Row) { v.open(shell.Route{Screen: Screen, ID: strconv.FormatInt(r.Seq, 10)}) },
		Columns: []kit.Column[Row]{
			{ID: "number", Label: "audit.column.number", Weight: 2.2, Look: kit.Figures, Text: func(r Row) string { return strconv.FormatInt(r.Seq, 10) },
				Compare: func(a, b Row) int { return cmp.Compare(a.Seq, b.Seq) }},
			{ID: "time", Label: "audit.column.time", Weight: 6.7, Text: func(r Row) string { return kit.Moment(r.At) },
				Compare: func(a, b Row) int { return a.At.Compare(b.At) }},
			{ID: "what", Label: "audit.column.what", Weight: 7, Look: kit.Strong, Text: func(r Row) string { return r.What },
				Icon: func(r Row) (kit.Icon, bool) { return icon(r.Group), true }},
			{ID: "who", Label: "audit.column.who", Weight: 6.3, Text: func(r Row) string { return r.Who }},
			{ID: "about", Label: "audit.column.about", Weight: 12, Text: func(r Row) string { return r.About }},
			{ID: "signed", Label: "audit.column.signed", Weight: 2.6, Text: signedWord,
				Icon: func(r Row) (kit.Icon, bool) { return kit.IconKey, r.Signed }},
		}})
	v.table.SortBy("number", true)
	v.filter = kit.NewFilter(kit.T("audit.filter"), v.table.SetFilter)
	v.filter.OnLeave = v.table.Focus
	words := make([]string, 0, len(Groups()))
	for _, g := range Groups() {
		words = append(words, g.Word())
	}
	v.group = kit.NewSelect(kit.T("audit.group"), words, nil)
	v.group.PlaceHolder = slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) }) // decides the width
	v.group.SetSelectedIndex(0)
	v.group.OnChanged = func(word string) {
		v.model.Group = Groups()[max(slices.Index(words, word), 0)]
		v.render()
	}
	v.check = kit.NewButton(kit.T("audit.verify"), kit.IconCheck, v.runVerify)
	v.export = kit.NewButton(kit.T("audit.export"), kit.IconArrow, v.deps.Export)
	v.export.Hidden = v.deps.Export == nil
	v.keeping = kit.NewButton(kit.T("audit.keeping"), kit.IconCopy, v.deps.Keeping)
	v.keeping.Hidden = v.deps.Keeping == nil
	v.summary, v.fault, v.result, v.copies = kit.Muted(""), kit.NewNotice(), kit.NewNotice(), kit.NewNotice()
	tools := container.NewBorder(nil, nil, nil, container.NewHBox(kit.Outlined(v.group), v.check, v.export, v.keeping), v.filter)
	v.list = container.NewBorder(container.NewVBox(kit.Room(tools), v.fault, v.copies, v.result), v.summary, nil, nil, v.table)
}

func signedWord(r Row) string {
	if r.Signed {
		return kit.T("audit.signed")
	}
	return ""
}

func icon(g Group) kit.Icon {
	switch g {
	case Changes:
		return kit.IconChanges
	case People:
		return kit.IconPeople
	case Devices:
		return kit.IconDevices
	case Profiles, Templates, Rules:
		return kit.IconEdit
	case Exported:
		return kit.IconArrow
	case Backups, Retained:
		return kit.IconCopy
	case Console:
		return kit.IconPlay
	case Emergencies, Drills:
		return kit.IconEmergency
	}
	return kit.IconAudit
}

// render copies the model into the widgets of the list and of the record's page.
func (v *View) render() {
	v.table.SetRows(v.model.Rows())
	v.summary.SetText(v.model.Summary())
	v.fault.SayFault(v.model.Fault)
	if state, sentence, more, ok := v.model.Stands.Trouble(); ok {
		v.copies.Say(state, sentence, more)
	} else {
		v.copies.Clear()
	}
	v.renderCheck() // lays the list out for its notices
	v.sheet.render(v.model.Opened)
}

func (v *View) renderCheck() {
	v.check.SetEnabled(!v.model.Check.Running)
	if state, sentence, more, ok := v.model.Check.Result(); ok {
		v.result.Say(state, sentence, more)
	} else {
		v.result.Clear()
	}
	v.list.Refresh()
}

// Title implements shell.Screen.
func (v *View) Title(id string) string {
	if id == "" {
		return kit.T("audit.title")
	}
	return kit.T("audit.record.title", kit.Data{"Number": id})
}

// Show implements shell.Screen.
func (v *View) Show(id string) fyne.CanvasObject {
	v.Hide()
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave = cancel
	if id == "" {
		v.runner.Follow(ctx, v.deps.Log.Changed, v.grow)
		v.runner.Follow(ctx, v.deps.SeatChanged, v.stand)
		v.runner.Every(ctx, time.Minute, v.stand)
		return v.list
	}
	// A number that is none is a record that is not there.
	seq, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		seq = -1
	}
	v.sheet.refresh = func() { v.loadRecord(seq) }
	v.runner.Follow(ctx, v.deps.Log.Changed, v.sheet.refresh)
	v.runner.Follow(ctx, v.deps.SeatChanged, v.forget)
	return v.sheet.page
}

// Hide implements shell.Screen. What a record's page showed may not be meant for whoever looks next, so it is forgotten.
func (v *View) Hide() {
	v.leave()
	v.pages.Stop()
	v.record.Stop()
	v.stands.Stop()
	v.model.Loading, v.model.Opened = false, nil
	v.sheet.refresh = nil
	v.sheet.render(nil)
}

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	if v.sheet.refresh != nil {
		v.sheet.refresh()
		return
	}
	v.grow()
}

// grow fetches what the table does not have yet.
func (v *View) grow() {
	size := v.deps.Log.Head().Size
	if v.model.Grow(size); v.model.Stands.Size != size {
		v.stand()
	}
	from, to, ok := v.model.Next()
	if !ok {
		return
	}
	v.model.Loading = true
	kit.Load(v.pages, func(ctx context.Context) ([]Row, error) { return Fetch(ctx, v.deps.Log, from, to) },
		func(page []Row, err error) {
			v.model.Take(page, from, to, err)
			v.render()
			if err == nil {
				v.grow()
			}
		})
}

// stand asks how well others vouch for the log.
func (v *View) stand() {
	person := ""
	if v.deps.Me != nil {
		person = v.deps.Me()
	}
	kit.Load(v.stands, func(ctx context.Context) (Standing, error) { return Stand(ctx, v.deps.Log, person), nil },
		func(s Standing, _ error) {
			v.model.Stands = s
			v.render()
		})
}

// forget shows nothing of the record until it was read again: somebody else may be signed in now.
func (v *View) forget() {
	v.model.Opened = nil
	v.sheet.render(nil)
	v.Refresh()
}

// loadRecord reads a record again.
func (v *View) loadRecord(seq int64) {
	kit.Load(v.record, func(ctx context.Context) (*Detail, error) { return Open(ctx, v.deps.Log, v.deps.Hidden, seq) },
		func(d *Detail, err error) {
			v.model.Open(d)
			v.sheet.render(d)
			v.sheet.say(err)
		})
}

func (v *View) runVerify() {
	if !v.model.Check.Begin(v.deps.Log.Head().Size) {
		return
	}
	v.renderCheck()
	kit.Load(v.verify, func(ctx context.Context) (audit.Verified, error) {
		return Verify(ctx, v.deps.Board, v.deps.Log, v.deps.Check)
	},
		func(found audit.Verified, err error) {
			v.model.Check.End(found, err, time.Now())
			v.renderCheck()
		})
}

// FocusFilter implements shell.Filterer.
func (v *View) FocusFilter() { kit.Focus(v.filter) }

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	if v.sheet.refresh != nil {
		return []fyne.Focusable{v.sheet.back}
	}
	panes := []fyne.Focusable{v.table, v.filter, v.group, v.check}
	if v.deps.Export != nil {
		panes = append(panes, v.export)
	}
	if v.deps.Keeping != nil {
		panes = append(panes, v.keeping)
	}
	return panes
}

// Commands implements shell.Commander.
func (v *View) Commands() []shell.Command {
	return []shell.Command{{ID: "audit.verify", Label: "audit.verify", Menu: shell.MenuView, Key: fyne.KeyV, Modifier: shell.Ctrl | fyne.KeyModifierShift,
		Do: v.runVerify, Enabled: func() bool { return !v.model.Check.Running }}}
}
