package keeping

import (
	"cmp"
	"context"
	"time"

	"countersign/app/ui/ceremony"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/backup"
	"countersign/internal/people"
	"countersign/internal/retention"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Screen is the name of this screen in routes.
const Screen = "keeping"

// Board lists running work, with its progress and a way to stop it.
type Board interface {
	Run(ctx context.Context, name string, work func(context.Context, *task.Progress) error) error
}

// Deps is what the screen needs. All that can take a moment runs in the background.
type Deps struct {
	Facts       func(ctx context.Context) (Facts, error)
	Changed     func() <-chan struct{} // closed when anything was recorded
	SeatChanged func() <-chan struct{} // closed when somebody else is signed in, or nobody
	SignedIn    func() bool
	SignIn      func()
	Folder      string // the data folder
	Board       Board
	BackUp      func(ctx context.Context, folder, recipient string, progress backup.Progress) (backup.Made, error)
	Place       func(ctx context.Context, scope retention.Scope, subject, reason, reference string) error
	Prepare     func(ctx context.Context, id string, by [2]people.Person, reason string) (*retention.Prepared, error)
	Complete    func(ctx context.Context, p *retention.Prepared, signers ...*people.Signer) error
	Prove       func(ctx context.Context, personID, passphrase string) (*people.Signer, error)
	Role        func(people.Person) string
	Hint        func(people.Person) string // the passphrase of a ready-made person in training; may be nil
	Archive     func(ctx context.Context, path, place string, progress func(done, of int64)) (upto int64, err error)
	Export      func() // opens the page on which the log is exported; nil for none
	Result      func(kit.State, string)
	Now         func() time.Time
}

// View is the screen.
type View struct {
	model  *Model
	deps   Deps
	runner *kit.Runner
	ctx    context.Context
	leave  context.CancelFunc // ends what only the shown page needs
	cancel context.CancelFunc // ends the backup under way; nil for none

	reading, backing, archiving, holding *kit.Lane
	progress                             told

	restored, room, due, fault *kit.Notice
	lines, copies              *kit.Pairs
	export                     *kit.Button
	restore                    *widget.Label
	backup                     backupForm
	archive                    archiveForm
	hold                       holdForm
	holds                      *fyne.Container
	release                    *releaseForm
	ceremony                   *ceremony.Page
	page                       fyne.CanvasObject
	root                       *fyne.Container
}

var (
	_ shell.Screen    = (*View)(nil)
	_ shell.Refresher = (*View)(nil)
	_ shell.Paned     = (*View)(nil)
	_ shell.Leaver    = (*View)(nil)
)

// New returns the screen. Its work ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *View {
	v := &View{model: &Model{Now: deps.Now()}, deps: deps, runner: runner, ctx: ctx, leave: func() {},
		reading: runner.Lane(ctx), backing: runner.Lane(ctx), archiving: runner.Lane(ctx), holding: runner.Lane(ctx),
		restored: kit.NewNotice(), room: kit.NewNotice(), due: kit.NewNotice(), fault: kit.NewNotice(),
		lines: kit.NewPairs(), copies: kit.NewPairs(), holds: container.NewVBox()}
	v.export = kit.NewButton(kit.T("keeping.export"), kit.IconArrow, deps.Export)
	v.export.Hidden = deps.Export == nil
	v.buildBackup()
	v.buildArchive()
	v.buildHold()
	v.release = newReleaseForm(v.dismiss, v.prepare)
	v.ceremony = ceremony.New(ctx, ceremony.Deps{Prove: deps.Prove, Role: deps.Role, Hint: deps.Hint}, runner)
	back := kit.NewButton(kit.T("audit.record.back"), kit.IconBack, func() { open(shell.Route{Screen: "audit"}) })
	above := container.NewVBox(v.restored, v.room, v.due, v.fault)
	facts := container.NewGridWithColumns(2, titled("keeping.log", v.lines), titled("keeping.besides", container.NewVBox(v.copies, container.NewHBox(v.export))))
	v.restore = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	v.restore.Wrapping, v.restore.Selectable = fyne.TextWrapBreak, true
	body := container.NewVBox(above, facts, titled("keeping.backup", v.backup.box), titled("keeping.restore", container.NewVBox(kit.Body(kit.T("keeping.restore.how")), v.restore)),
		titled("keeping.archive", v.archive.box),
		titled("keeping.holds", container.NewVBox(kit.Muted(kit.T("keeping.holds.what")), v.holds, v.hold.box)))
	v.page = kit.Page(nil, body, back)
	v.root = container.NewStack(v.page, v.release.page, v.ceremony.Object())
	v.render()
	return v
}

// titled puts a heading over a panel.
func titled(key string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(kit.Heading(kit.T(key)), nil, nil, nil, kit.Panel(kit.Room(o)))
}

// Title implements shell.Screen.
func (v *View) Title(string) string { return kit.T("keeping.title") }

// Show implements shell.Screen.
func (v *View) Show(string) fyne.CanvasObject {
	v.Hide()
	ctx, cancel := context.WithCancel(v.ctx)
	v.leave = cancel
	v.runner.Follow(ctx, v.deps.Changed, v.Refresh)
	v.runner.Follow(ctx, v.deps.SeatChanged, v.render)
	v.runner.Every(ctx, time.Minute, v.Refresh)
	v.runner.Every(ctx, tick, v.poll)
	return v.root
}

// tick is how often the page looks how far a backup is.
const tick = 200 * time.Millisecond

// Hide implements shell.Screen. A backup under way goes on.
func (v *View) Hide() {
	v.leave()
	v.reading.Stop()
	v.ceremony.Leave()
	v.model.Releasing = nil
	v.render()
}

// Leave implements shell.Leaver.
func (v *View) Leave() bool {
	if v.ceremony.Leave() {
		return true
	}
	if v.model.Releasing != nil {
		v.dismiss()
		return true
	}
	return false
}

// Refresh implements shell.Refresher.
func (v *View) Refresh() {
	kit.Load(v.reading, v.deps.Facts, func(f Facts, err error) {
		v.model.Take(f, err, v.deps.Now())
		v.render()
	})
}

// Panes implements shell.Paned.
func (v *View) Panes() []fyne.Focusable {
	switch {
	case v.ceremony.Open():
		return v.ceremony.Panes()
	case v.model.Releasing != nil:
		return v.release.panes()
	}
	return []fyne.Focusable{v.backup.folder, v.backup.recipient, v.archive.file, v.archive.place, v.hold.scope, v.hold.subject, v.hold.reason, v.hold.reference}
}

// render copies the model into the widgets.
func (v *View) render() {
	m := v.model
	v.renderNotices()
	v.lines.Set(m.Lines()...)
	v.copies.Set(m.Copies()...)
	v.restore.SetText(Command(cmp.Or(m.Facts.Kept.Backup.File, backup.Name("site", m.Now, false)), v.deps.Folder))
	v.renderBackup()
	v.renderArchive()
	v.renderHolds()
	show(v.page, m.Releasing == nil && !v.ceremony.Open())
	show(v.release.page, m.Releasing != nil && !v.ceremony.Open())
	show(v.ceremony.Object(), v.ceremony.Open())
	v.root.Refresh()
}

func (v *View) renderNotices() {
	m := v.model
	v.fault.SayFault(m.Err)
	if sentence, more, ok := m.Restored(); ok {
		v.restored.Say(kit.Caution, sentence, more)
	} else {
		v.restored.Clear()
	}
	if state, sentence, more, ok := m.RoomTrouble(); ok {
		v.room.Say(state, sentence, more)
	} else {
		v.room.Clear()
	}
	if sentence, ok := m.Reminder(); ok {
		v.due.Say(kit.Note, sentence, "")
	} else {
		v.due.Clear()
	}
}

func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
