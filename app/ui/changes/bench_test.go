package changes

import (
	"context"
	"image"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/cosign"
	"countersign/internal/discovery"
	"countersign/internal/inventory"
	"countersign/internal/notify"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/qr"
	"countersign/internal/store"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

const (
	serial  = "B355987654"
	high    = drivers.SettingID("alarm.etco2.high")
	low     = drivers.SettingID("alarm.etco2.low")
	bright  = drivers.SettingID("display.brightness")
	robinPW = "four quiet words here"
	kimPW   = "other quiet words here"
)

// TestMain makes a guess of a passphrase cheap: these tests are not about what it costs.
func TestMain(m *testing.M) {
	people.Floor = people.Cost{MemoryKiB: 1 << 10, Passes: 1, Lanes: 1}
	os.Exit(m.Run())
}

// monitor is a device that answers at once: driver, conversation and session in one.
type monitor struct {
	values  map[drivers.SettingID]int64
	ignores bool // acknowledges writes and does nothing
	mute    bool // answers no read after a write
	adjusts bool // takes one more than was wanted
	inUse   bool // reports a patient
	wrote   int
}

func (m *monitor) About() drivers.About {
	return drivers.About{ID: "bench/monitor", Name: "Bench monitor", Version: "1", Reviewed: true}
}
func (m *monitor) Match(drivers.Endpoint) drivers.Confidence { return drivers.No }
func (m *monitor) Probe(context.Context, drivers.Conn) (drivers.Identity, error) {
	return m.Identity(), nil
}
func (m *monitor) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	return m, nil
}
func (m *monitor) Driver() drivers.Driver { return m }
func (m *monitor) Identity() drivers.Identity {
	return drivers.Identity{Manufacturer: "Oridion", Model: "Capnostream 20", Serial: serial}
}
func (m *monitor) Reidentify(context.Context) error { return nil }
func (m *monitor) Exclusive(ctx context.Context, do func(context.Context, drivers.Session) error) error {
	return do(ctx, m)
}
func (m *monitor) Describe(context.Context) (drivers.Description, error) {
	limit := drivers.Setting{Kind: drivers.Integer, Unit: "mm[Hg]", Max: drivers.Int(99999), Writable: true, Risk: drivers.Clinical}
	a, b, c := limit, limit, limit
	a.ID, a.Label = high, "EtCO2 high"
	b.ID, b.Label, b.Below = low, "EtCO2 low", high
	c.ID, c.Label, c.Unit, c.Risk = bright, "Brightness", "%", drivers.Cosmetic
	return drivers.Description{Settings: []drivers.Setting{a, b, c}}, nil
}
func (m *monitor) Read(_ context.Context, ids ...drivers.SettingID) (drivers.Snapshot, error) {
	if m.mute && m.wrote > 0 {
		return drivers.Snapshot{}, context.DeadlineExceeded
	}
	var readings []drivers.Reading
	for id, v := range m.values {
		if len(ids) == 0 || slices.Contains(ids, id) {
			unit := "mm[Hg]"
			if id == bright {
				unit = "%"
			}
			readings = append(readings, drivers.Reading{ID: id, Value: drivers.IntegerValue(v), Unit: unit})
		}
	}
	return drivers.NewSnapshot(readings), nil
}
func (m *monitor) Write(_ context.Context, c drivers.Change) error {
	if m.wrote++; !m.ignores {
		m.values[c.Setting], _ = c.Wanted.Decimal().Whole()
	}
	if m.adjusts {
		m.values[c.Setting]++
	}
	return nil
}
func (m *monitor) SafeToWrite(context.Context) error {
	if m.inUse {
		return drivers.ErrInUse
	}
	return nil
}
func (m *monitor) Interfaces(context.Context) ([]drivers.Interface, error) { return nil, nil }
func (m *monitor) Close() error                                            { return nil }

// seat is a people.Seat that remembers the keys it opened.
type seat struct {
	*people.Seat
	opened []*people.Signer
	during func() // called while a key is being opened; may be nil
}

func (s *seat) Prove(ctx context.Context, id, passphrase string) (*people.Signer, error) {
	signer, err := s.Seat.Prove(ctx, id, passphrase)
	if err == nil {
		s.opened = append(s.opened, signer)
	}
	if s.during != nil {
		s.during()
	}
	return signer, err
}

// list is what is connected.
type list struct {
	notify.Signal
	all []inventory.Device
}

func (l *list) Devices() []inventory.Device { return l.all }

// bench is a console with two people, the real log, desk and keys, and one screen in a window.
type bench struct {
	*testing.T
	clock      *clock.Fake
	log        *audit.Log
	roster     *people.Roster
	desk       *change.Desk
	keys       *people.Keys
	station    *cosign.Station
	deps       Deps
	seat       *seat
	robin, kim *people.Signer
	monitor    *monitor
	devices    *list
	screen     *Screen
	window     fyne.Window
	went       []shell.Route
	executing  func() // called while a write is under way; may be nil
}

func newBench(t *testing.T) *bench { t.Helper(); return newBenchOf(t, "test/bench") }

// newBenchOf is a console whose log has this name.
func newBenchOf(t *testing.T, origin string) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{T: t, clock: clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), devices: &list{},
		monitor: &monitor{values: map[drivers.SettingID]int64{high: 50, low: 15, bright: 80}}}
	db, err := store.Open(ctx, t.TempDir(), origin, change.Projection(), cosign.Projection())
	b.must(err)
	t.Cleanup(func() { db.Close() })
	b.log, err = audit.Open(ctx, db, b.clock)
	b.must(err)
	b.roster, err = people.Load(ctx, b.log)
	b.must(err)
	b.keys = people.NewKeys(t.TempDir())
	founded, err := b.roster.Found(ctx, b.keys, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: robinPW},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: kimPW},
	})
	b.must(err)
	b.robin, b.kim = founded.Signers[0], founded.Signers[1]
	b.seat = &seat{Seat: people.NewSeat(b.roster, b.keys)}
	b.desk = change.NewDesk(b.log, db, b.roster, "bench", "test")
	b.station = cosign.New(b.log, db, b.roster, b.keys, b.seat.Seat, b.desk, "bench")
	b.open(ctx)
	return b
}

// open puts the screen into a window in which everything fits.
func (b *bench) open(ctx context.Context) {
	app := test.NewApp()
	b.Cleanup(app.Quit)
	app.Settings().SetTheme(kit.NewTheme(kit.Compact, kit.Light))
	b.deps = Deps{
		Desk: b.desk, Seat: b.seat, People: b.roster.People, Devices: b.devices, Execute: b.execute, Board: &task.Board{},
		Open: func(r shell.Route) { b.went = append(b.went, r) }, SignIn: func() { b.went = append(b.went, shell.Route{Screen: "sign in"}) },
		Resolve: func(ctx context.Context, id string, _ inventory.Device) (change.Result, error) {
			return b.desk.Resolve(ctx, b.monitor, id)
		},
		Again: func(r change.Request, key string) {
			b.went = append(b.went, shell.Route{Screen: "again " + r.ID, ID: key})
		},
		Keep: func(r change.Request, key string) {
			b.went = append(b.went, shell.Route{Screen: "keep " + r.ID, ID: key})
		},
		Station: b.station, Folder: b.TempDir(), QR: func(text string) (image.Image, error) { return qr.Image(text, 2) },
		Now: func() time.Time { return b.clock.Now().Wall },
	}
	b.screen = New(ctx, b.deps, kit.Inline())
	b.window = test.NewWindow(nil)
	b.Cleanup(b.window.Close)
	b.show("")
	b.window.Resize(fyne.NewSize(1280, 2400))
}

func (b *bench) execute(ctx context.Context, id string, d inventory.Device, progress change.Progress) (change.Result, error) {
	if b.executing != nil {
		b.executing()
	}
	auth, err := b.desk.Grant(ctx, b.seat.Actor(), id, d.Driver)
	if err != nil {
		return change.Result{}, err
	}
	return change.Execute(ctx, auth, b.monitor, progress)
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) show(id string) {
	b.screen.Hide()
	b.window.SetContent(b.screen.Show(id))
}

// reload is what the screen does after the log has changed.
func (b *bench) reload() { b.screen.load() }

// sits puts a person in the seat, or nobody for "".
func (b *bench) sits(who *people.Signer, passphrase string) {
	b.Helper()
	if who == nil {
		b.must(b.seat.Lock(b.Context()))
	} else {
		b.must(b.seat.SignIn(b.Context(), who.ID, passphrase))
	}
	b.screen.sit()
}

// connects lists the monitor as a device with an open conversation.
func (b *bench) connects() {
	b.devices.all = connected(b.monitor)
	b.screen.model.tookDevices(b.devices.all)
	b.screen.render()
}

func connected(m *monitor) []inventory.Device {
	description, _ := m.Describe(context.Background())
	return []inventory.Device{{Found: discovery.Found{Endpoint: drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyUSB0"}, Present: true}, State: "ready",
		Driver: m, Identity: m.Identity(), Read: &inventory.Reading{Description: description}}}
}

// proposed makes Robin request EtCO2 high 50 -> n, or other changes.
func (b *bench) proposed(changes ...drivers.Change) change.Request {
	b.Helper()
	description, _ := b.monitor.Describe(b.Context())
	snapshot, _ := b.monitor.Read(b.Context())
	r, err := b.desk.Propose(b.Context(), b.robin, change.Proposal{Driver: b.monitor, Identity: b.monitor.Identity(), Description: description,
		Snapshot: snapshot, Changes: changes, Reason: "Ward policy 2026-14"})
	b.must(err)
	b.reload()
	b.show(r.ID)
	return r
}

func wants(id drivers.SettingID, n int64) drivers.Change {
	return drivers.Change{Setting: id, Wanted: drivers.IntegerValue(n)}
}

// approved makes Kim approve a request without the screen.
func (b *bench) approved(changes ...drivers.Change) change.Request {
	b.Helper()
	r := b.proposed(changes...)
	var entries []change.Entry
	for _, l := range r.Set {
		entries = append(entries, change.Entry{Setting: l.ID, Value: l.Wanted})
	}
	agreed, err := b.desk.Compare(b.Context(), b.kim.Person, r.ID, entries)
	b.must(err)
	b.must(b.desk.Approve(b.Context(), b.kim, agreed))
	b.reload()
	return r
}

func (b *bench) state(id string) change.Request {
	b.Helper()
	r, err := b.desk.Request(b.Context(), id)
	b.must(err)
	return r
}

func (b *bench) items() []kit.Item { return kit.Outline(b.window.Canvas()) }

// says fails the test unless the page says text somewhere.
func (b *bench) says(text string) {
	b.Helper()
	if !b.saying(text) {
		b.Errorf("the page does not say %q:\n%s", text, b.all())
	}
}

func (b *bench) saying(text string) bool { return strings.Contains(b.all(), text) }

func (b *bench) all() string {
	var lines []string
	for _, i := range b.items() {
		lines = append(lines, i.Role+" "+i.Label+" "+i.Text+" "+i.State)
	}
	return strings.Join(lines, "\n")
}

// press presses the button with this label.
func (b *bench) press(label string) {
	b.Helper()
	for _, i := range b.items() {
		if i.Role == "button" && i.Label == label && i.State != "disabled" {
			x, y := i.Center()
			test.TapCanvas(b.window.Canvas(), fyne.NewPos(float32(x), float32(y)))
			return
		}
	}
	b.Fatalf("no button %q to press:\n%s", label, b.all())
}

// types types into what has the keyboard, and presses Return.
func (b *bench) types(text string) {
	b.Helper()
	focused := b.window.Canvas().Focused()
	if focused == nil {
		b.Fatal("nothing has the keyboard")
	}
	for _, r := range text {
		focused.TypedRune(r)
	}
	focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

// focus returns what the focused thing is called.
func (b *bench) focus() string {
	if named, ok := b.window.Canvas().Focused().(fyne.Accessible); ok {
		return named.AccessibilityLabel()
	}
	return ""
}

// locked says whether every key that was opened on the screen is locked.
func (b *bench) locked() bool {
	return !slices.ContainsFunc(b.seat.opened, func(s *people.Signer) bool {
		if s == b.seat.Current() {
			return false
		}
		_, err := s.Sign([]byte("anything"))
		return err == nil || !strings.Contains(err.Error(), "not_signed_in")
	})
}
