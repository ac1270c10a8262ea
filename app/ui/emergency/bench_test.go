package emergency

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/policy"
	"countersign/internal/session"
	"countersign/internal/statement"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

const (
	port      = "serial:///dev/ttyUSB0"
	otherPort = "serial:///dev/ttyUSB1"
)

var noon = time.Date(2026, 11, 22, 10, 41, 0, 0, time.Local)

// driver is a driver by its description alone.
type driver struct{}

func (driver) About() drivers.About {
	return drivers.About{ID: "oridion/capnostream20", Name: "Capnostream 20"}
}
func (driver) Match(drivers.Endpoint) drivers.Confidence { return drivers.Maybe }
func (driver) Probe(context.Context, drivers.Conn) (drivers.Identity, error) {
	return drivers.Identity{}, drivers.ErrNotMine
}
func (driver) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	return nil, drivers.ErrUnsupported
}

func limit(id drivers.SettingID, label string, safe drivers.Direction) drivers.Setting {
	return drivers.Setting{ID: id, Label: label, Kind: drivers.Integer, Unit: "mm[Hg]", Max: drivers.Int(100), Step: drivers.Int(1), Writable: true,
		Risk: drivers.Clinical, SafeDirection: safe}
}

var described = drivers.Description{Settings: []drivers.Setting{limit("etco2.low", "EtCO2 low", drivers.Higher), limit("etco2.high", "EtCO2 high", drivers.Lower),
	{ID: "volume", Label: "Alarm volume", Kind: drivers.Integer, Unit: "%", Max: drivers.Int(100), Writable: true, Risk: drivers.Operational}}}

func unit(at, serial string) inventory.Device {
	return inventory.Device{
		Found:    discovery.Found{Endpoint: drivers.Endpoint{Scheme: "serial", Address: strings.TrimPrefix(at, "serial://")}, Present: true, LastSeen: noon},
		State:    inventory.State(session.Ready),
		Driver:   driver{},
		Identity: drivers.Identity{Manufacturer: "Oridion", Model: "Capnostream 20", Serial: serial, Firmware: "4.1"},
		Read: &inventory.Reading{Description: described, Snapshot: drivers.Snapshot{At: noon, Readings: []drivers.Reading{
			{ID: "etco2.high", Value: drivers.IntegerValue(60)}, {ID: "etco2.low", Value: drivers.IntegerValue(30)}, {ID: "volume", Value: drivers.IntegerValue(40)}}}}}
}

// bench is the page in a window, with everything behind it played by the test.
type bench struct {
	*Screen
	t        *testing.T
	window   fyne.Window
	devices  []inventory.Device
	staged   []drivers.Change
	signer   string
	persons  []Person
	approved string // token of what was approved last, of any setting
	inUse    bool
	session  Session
	open     bool

	armed     []Arm
	wrote     [][]drivers.Change
	result    Result
	fault     error
	meanwhile func(change.Progress) // while the work runs
	routes    []shell.Route
	back      int
	unstaged  int
	results   []string
}

func newBench(t *testing.T, set ...func(*bench)) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Compact, kit.Light))
	b := &bench{t: t, window: test.NewTempWindow(t, nil), devices: []inventory.Device{unit(port, "B355987654"), unit(otherPort, "B111")},
		signer: "Robin Sample, technician", staged: []drivers.Change{low(20)},
		result: Result{Code: "BG-7K3M-9QXT-2HWD", Took: []string{"journal", "log"}, At: noon}}
	for _, f := range set {
		f(b)
	}
	b.Screen = New(t.Context(), b.deps(), kit.Inline())
	b.show(port)
	return b
}

func (b *bench) deps() Deps {
	never := make(chan struct{})
	work := func(ctx context.Context, progress change.Progress) (Result, error) {
		if ctx.Done() != nil && ctx.Err() != nil {
			b.t.Error("the work was cancelled")
		}
		if b.meanwhile != nil {
			b.meanwhile(progress)
		}
		return b.result, b.fault
	}
	return Deps{
		Device: func(key string) (inventory.Device, error) {
			if i := slices.IndexFunc(b.devices, func(d inventory.Device) bool { return d.Key() == key }); i >= 0 {
				return b.devices[i], nil
			}
			return inventory.Device{}, fault.New(fault.NotFound, key, nil)
		},
		Devices: func() []inventory.Device { return b.devices }, Changed: func() <-chan struct{} { return never },
		Staged: func(string) []drivers.Change { return b.staged }, Unstage: func(string) { b.unstaged++; b.staged = nil },
		InUse: func(context.Context, string) error {
			if b.inUse {
				return fault.New(fault.InUse, "", nil)
			}
			return nil
		},
		SignedIn: func() (string, bool) { return b.signer, b.signer != "" }, Persons: func() []Person { return b.persons }, Rules: policy.Minimum,
		LastApproved: func(string, drivers.SettingID) (string, bool) { return b.approved, b.approved != "" },
		Arm: func(ctx context.Context, a Arm, p change.Progress) (Result, error) {
			b.armed = append(b.armed, a)
			if b.fault == nil {
				b.session, b.open = Session{Key: a.Key, Device: "Capnostream 20 SN B355987654", Code: b.result.Code, Tier: TierKey, Left: 15 * time.Minute}, true
			}
			return work(ctx, p)
		},
		Write: func(ctx context.Context, _ string, c []drivers.Change, p change.Progress) (Result, error) {
			b.wrote = append(b.wrote, c)
			return work(ctx, p)
		},
		Session: func() (Session, bool) { return b.session, b.open }, SessionChanged: func() <-chan struct{} { return never },
		Open: func(r shell.Route) { b.routes = append(b.routes, r) }, Back: func(string) { b.back++ },
		Result: func(_ kit.State, sentence string, _ func()) { b.results = append(b.results, sentence) },
		Now:    func() time.Time { return noon }, Board: &task.Board{},
	}
}

// show shows a route as the shell does.
func (b *bench) show(key string) {
	b.window.SetContent(b.Show(key))
	b.window.Resize(fyne.NewSize(1100, 640))
	b.window.Canvas().Focus(b.Panes()[0])
}

func low(n int64) drivers.Change {
	return drivers.Change{Setting: "etco2.low", Wanted: drivers.IntegerValue(n)}
}

func step(id drivers.SettingID, found, wanted, left string, o change.Outcome) change.Step {
	return change.Step{SetLine: statement.SetLine{ID: id, AsFound: found, Wanted: wanted, Unit: "mm[Hg]", Risk: drivers.Clinical}, AsLeft: left, Outcome: o}
}

func (b *bench) item(label string) (kit.Item, bool) {
	all := kit.Outline(b.window.Canvas())
	i := slices.IndexFunc(all, func(i kit.Item) bool { return strings.HasPrefix(i.Label, label) })
	if i < 0 {
		return kit.Item{}, false
	}
	return all[i], true
}

func (b *bench) sees(labels ...string) {
	b.t.Helper()
	for _, label := range labels {
		if _, ok := b.item(label); !ok {
			b.t.Errorf("%q is not in the window: %v", label, b.words())
		}
	}
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		b.t.Errorf("without a name: %+v", unnamed)
	}
}

func (b *bench) lacks(labels ...string) {
	b.t.Helper()
	for _, label := range labels {
		if _, ok := b.item(label); ok {
			b.t.Errorf("%q is in the window", label)
		}
	}
}

func (b *bench) words() (all []string) {
	for _, i := range kit.Outline(b.window.Canvas()) {
		all = append(all, i.Role+" "+i.Label)
	}
	return all
}

// state is the state of the button whose words begin so.
func (b *bench) state(label string) string {
	b.t.Helper()
	i, ok := b.item(label)
	if !ok {
		b.t.Fatalf("%q is not in the window: %v", label, b.words())
	}
	return i.State
}

func (b *bench) tap(label string) {
	b.t.Helper()
	i, ok := b.item(label)
	if !ok {
		b.t.Fatalf("%q is not in the window: %v", label, b.words())
	}
	x, y := i.Center()
	test.TapCanvas(b.window.Canvas(), fyne.NewPos(float32(x), float32(y)))
}

// letter types one letter where the keyboard is.
func (b *bench) letter(text string) {
	b.t.Helper()
	focused := b.window.Canvas().Focused()
	if focused == nil {
		b.t.Fatalf("%q is typed and nothing has the keyboard", text)
	}
	test.Type(focused, text)
}

func (b *bench) press(name fyne.KeyName) {
	b.t.Helper()
	focused := b.window.Canvas().Focused()
	if focused == nil {
		b.t.Fatalf("%s is pressed and nothing has the keyboard", name)
	}
	focused.TypedKey(&fyne.KeyEvent{Name: name})
}

// holdSpace holds the space bar for as many tenths of a second on whatever has the keyboard.
func (b *bench) holdSpace(tenths int) {
	b.t.Helper()
	h, ok := b.window.Canvas().Focused().(*kit.Hold)
	if !ok {
		b.t.Fatalf("%T has the keyboard", b.window.Canvas().Focused())
	}
	h.KeyDown(&fyne.KeyEvent{Name: fyne.KeySpace})
	for range tenths {
		h.Beat(100 * time.Millisecond)
	}
	h.KeyUp(&fyne.KeyEvent{Name: fyne.KeySpace})
}
