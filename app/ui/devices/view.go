package devices

import (
	"cmp"
	"context"
	"time"

	"countersign/app/ui/consent"
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// tick is how often relative times are worded anew.
const tick = 10 * time.Second

// Deps is what the screen needs of the program. All of it but Network must be there.
type Deps struct {
	Devices func() []inventory.Device       // the list as it is now, without delay
	Changed func() <-chan struct{}          // closed by the next change of Devices or Sources
	Sources func() []discovery.SourceStatus // how the sources are doing, without delay
	// Identify asks a device who it is, in the name of the person who is signed in.
	Identify     func(ctx context.Context, key string, consented []identify.Candidate) error
	AddManual    func(text string) error // text as manual.Parse reads it
	RemoveManual func(key string) error
	Network      Network // nil where nobody is asked: in training the search is always on
	Rescan       func()  // lets every source look again now; does not wait
	Board        *task.Board
	Ask          func(kit.Dialog)        // shows a dialog in the window
	Result       func(kit.State, string) // puts an outcome into the status strip
	Now          func() time.Time
}

// Network is the search on the network, which a person has to allow.
type Network interface {
	// Interfaces returns the networks of this computer, without delay.
	Interfaces() []Interface
	// Search allows the search on these networks alone, and none turns it off. It records who decided that, remembers
	// it, and may take a while.
	Search(ctx context.Context, names []string) error
}

// Screen is the list of devices.
type Screen struct {
	deps   Deps
	runner *kit.Runner
	open   func(shell.Route)
	ctx    context.Context    // of the program
	stop   context.CancelFunc // of following the list; nil while the screen is out of sight
	model  *model
	saving bool // an address or the search is being recorded; nothing replaces that work

	table   *kit.Table[row]
	filter  *kit.Filter
	count   *widget.Label
	sources *sourcesView
	notice  *kit.Notice
	details *detailsView
	top     fyne.CanvasObject
	bottom  float32 // height of the details
	page    *fyne.Container
}

// New returns the screen. Work that it starts ends with ctx.
func New(ctx context.Context, deps Deps, runner *kit.Runner, open func(shell.Route)) *Screen {
	s := &Screen{deps: deps, runner: runner, open: open, ctx: ctx, model: newModel()}
	s.table = newTable(s.selected, func(r row) { s.openDevice(r.key) })
	s.filter = kit.NewFilter(kit.T("devices.filter"), s.filtered)
	s.filter.OnLeave = s.table.Focus
	s.count = widget.NewLabel("")
	s.count.Importance = widget.LowImportance
	s.sources = newSourcesView(s.switchSearch)
	s.notice = kit.NewNotice()
	s.details = newDetailsView(s.identify, func() { s.openDevice(s.model.selected) }, s.remove)
	again := kit.NewButton(kit.T("devices.again"), kit.IconRefresh, s.Refresh)
	add := kit.NewButton(kit.T("devices.add"), kit.IconPlus, s.add)
	actions := kit.Spread([]fyne.CanvasObject{s.filter, s.count}, again, add)
	s.top = kit.Room(container.NewVBox(actions, s.sources.box, s.notice))
	s.page = container.NewBorder(s.top, s.details.box, nil, nil, s.table)
	return s
}

func newTable(selected, opened func(row)) *kit.Table[row] {
	return kit.NewTable(kit.TableConfig[row]{
		Name: "devices.title", Empty: "devices.empty",
		Key:      func(r row) string { return r.key },
		Search:   func(r row) string { return r.more },
		OnSelect: selected, OnOpen: opened,
		Columns: []kit.Column[row]{
			{ID: "device", Label: "devices.column.device", Weight: 3, Look: kit.Strong, Text: func(r row) string { return r.name }},
			{ID: "state", Label: "devices.column.state", Weight: 1.5, State: func(r row) kit.State { return r.state }},
			{ID: "kind", Label: "devices.column.kind", Weight: 4, Text: func(r row) string { return r.kind }},
			{ID: "where", Label: "devices.column.where", Weight: 2.2, Text: func(r row) string { return r.where }, Icon: placeIcon},
			{ID: "source", Label: "devices.column.source", Weight: 1.6, Look: kit.Faint, Text: func(r row) string { return r.source }},
			{ID: "seen", Label: "devices.column.seen", Weight: 1.8, Look: kit.Faint, Text: func(r row) string { return r.seen },
				Compare: func(a, b row) int { return cmp.Compare(a.at, b.at) }},
		}})
}

func placeIcon(r row) (kit.Icon, bool) {
	if r.serial {
		return kit.IconSerial, true
	}
	return kit.IconNetwork, true
}

// Title implements shell.Screen.
func (s *Screen) Title(string) string { return kit.T("devices.title") }

// Show implements shell.Screen. With an id, the device with this key is selected.
func (s *Screen) Show(id string) fyne.CanvasObject {
	s.Hide()
	ctx, cancel := context.WithCancel(s.ctx)
	s.stop = cancel
	if id != "" {
		s.model.selected = id
		s.table.Select(id)
	}
	s.notice.Clear()
	s.runner.Follow(ctx, s.deps.Changed, s.look)
	s.runner.Every(ctx, tick, s.look)
	return s.page
}

// Hide implements shell.Screen. An identification under way goes on: the status strip shows it and can stop it.
func (s *Screen) Hide() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Refresh implements shell.Refresher: every source looks again.
func (s *Screen) Refresh() {
	s.deps.Rescan()
	s.deps.Result(kit.Note, kit.T("devices.looking"))
	s.look()
}

// Commands implements shell.Commander. Those for a device are always on: they say why they cannot be done.
func (s *Screen) Commands() []shell.Command {
	commands := []shell.Command{
		{ID: "devices.identify", Label: "devices.command.identify", Menu: shell.MenuDevice,
			Key: fyne.KeyI, Modifier: shell.Ctrl, Do: s.identify},
		{ID: "devices.add", Label: "devices.command.add", Menu: shell.MenuDevice, Key: fyne.KeyN, Modifier: shell.Ctrl, Do: s.add},
		{ID: "devices.remove", Label: "devices.command.remove", Menu: shell.MenuDevice, Do: s.remove},
	}
	if s.deps.Network != nil {
		commands = append(commands,
			shell.Command{ID: "devices.network", Label: "devices.command.network", Menu: shell.MenuDevice, Do: s.switchSearch})
	}
	return commands
}

// FocusFilter implements shell.Filterer.
func (s *Screen) FocusFilter() { kit.Focus(s.filter) }

// Panes implements shell.Paned.
func (s *Screen) Panes() []fyne.Focusable { return []fyne.Focusable{s.table, s.filter} }

// look takes the list and the sources as they are now.
func (s *Screen) look() {
	if s.model.update(s.deps.Devices(), s.deps.Now()) {
		s.table.SetRows(s.model.rows)
	}
	s.model.setSources(s.deps.Sources(), s.networks())
	s.sources.render(s.model.sources)
	s.render()
}

func (s *Screen) networks() []Interface {
	if s.deps.Network == nil {
		return nil
	}
	return s.deps.Network.Interfaces()
}

func (s *Screen) filtered(text string) {
	s.table.SetFilter(text)
	s.render()
}

func (s *Screen) selected(r row) {
	s.model.selected = r.key
	s.calm()
	s.render()
}

func (s *Screen) openDevice(key string) {
	if key != "" {
		s.open(shell.Route{Screen: "device", ID: key})
	}
}

// render shows how many devices there are and the selected one, where the filter leaves it in sight.
func (s *Screen) render() {
	shown, all := s.table.Len()
	count := kit.N("devices.count", all)
	if shown < all {
		count = kit.N("devices.count.some", all, kit.Data{"Shown": shown})
	}
	if s.count.Text != count {
		s.count.SetText(count)
	}
	d, ok := s.model.current()
	if _, visible := s.table.Selected(); !ok || !visible {
		s.details.clear(all > 0)
	} else {
		s.details.show(s.model.detail(d))
	}
	s.fit()
}

// fit gives what is above and below the table the height that it needs now.
func (s *Screen) fit() {
	top, bottom := s.top.MinSize().Height, s.details.box.MinSize().Height
	if !s.details.box.Visible() {
		bottom = 0
	}
	if top != s.top.Size().Height || bottom != s.bottom {
		s.bottom = bottom
		s.page.Refresh()
	}
}

// refuse says why something cannot be done now.
func (s *Screen) refuse(key string) {
	s.notice.Say(kit.Caution, kit.T(key), "")
	s.fit()
}

// calm takes the notice away.
func (s *Screen) calm() {
	s.notice.Clear()
	s.fit()
}

// chosen returns the device that a command is about: the selected one, where it is in sight.
func (s *Screen) chosen() (inventory.Device, bool) {
	d, ok := s.model.current()
	if _, visible := s.table.Selected(); !ok || !visible {
		s.refuse("devices.hindrance.none")
		return inventory.Device{}, false
	}
	return d, true
}

// identify asks for consent and then the device.
func (s *Screen) identify() {
	d, ok := s.chosen()
	if !ok {
		return
	}
	if hindrance := s.model.hindrance(d); hindrance != "" {
		s.refuse(hindrance)
		return
	}
	s.calm()
	s.deps.Ask(consent.Dialog(d, func(agreed []identify.Candidate) { s.ask(d, agreed) }))
}

// ask lets the drivers that a person agreed to ask the device. Each attempt has a lane of its own: asking one device
// does not end the asking of another.
func (s *Screen) ask(d inventory.Device, agreed []identify.Candidate) {
	key := d.Key()
	if !s.model.begin(key) {
		return
	}
	s.look()
	name, step := consent.Task(d, agreed)
	kit.Load(s.runner.Lane(s.ctx), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.deps.Board.Run(ctx, name, func(ctx context.Context, p *task.Progress) error {
			p.Step(step)
			return s.deps.Identify(ctx, key, agreed)
		})
	}, func(_ struct{}, err error) { s.asked(key, err) })
}

// asked shows how it ended: the device's page, unless the person has turned to something else meanwhile.
func (s *Screen) asked(key string, err error) {
	s.model.finish(key, err)
	s.look()
	d := s.model.devices[key]
	if err != nil {
		what, _, _ := kit.FaultText(err)
		state := kit.Failed
		if fault.Is(err, fault.Cancelled) {
			state = kit.Note
		}
		s.deps.Result(state, what)
		return
	}
	s.deps.Result(kit.Done, kit.T("devices.identified", kit.Data{"Name": d.Name()}))
	if s.stop != nil && s.model.selected == key {
		s.openDevice(key)
	}
}
