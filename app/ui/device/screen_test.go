package device

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/discovery"
	"countersign/internal/inventory"
	"countersign/internal/notify"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

const room = "tcp://10.88.0.2:502"

// registry lists one endpoint.
type registry struct{ changed notify.Signal }

func (r *registry) List() []discovery.Found {
	ep := drivers.Endpoint{Scheme: "tcp", Address: "10.88.0.2:502", Label: "EX-ROOM", Source: "mDNS", Facts: map[string]string{"mdns.type": "_mbap._tcp"}}
	return []discovery.Found{{Endpoint: ep, Present: true, FirstSeen: time.Now(), LastSeen: time.Now(), Sources: []string{"mDNS"}}}
}

func (r *registry) Changed() <-chan struct{} { return r.changed.Changed() }

// pocket keeps keys nowhere.
type pocket struct{}

func (pocket) Save(string, ed25519.PrivateKey, string) error { return nil }
func (pocket) Remove(string)                                 {}

// bench is the page in a window, above the real engine and a simulated pressure monitor.
type bench struct {
	*Screen
	t         *testing.T
	window    fyne.Window
	unit      *modbus.Unit
	inventory *inventory.Inventory
	roster    *people.Roster
	desk      *change.Desk
	robin     *people.Signer
	kim       *people.Signer
	signed    *people.Signer
	asked     []string
	opened    []shell.Route
	proposals int
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ctx := t.Context()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b := &bench{t: t, window: test.NewTempWindow(t, nil), unit: modbus.NewUnit(modbus.IsolationRoom(), "EXR-0042")}
	db := must(store.Open(ctx, t.TempDir(), "test/bench", change.Projection()))
	log := must(audit.Open(ctx, db, clock.System()))
	b.roster = must(people.Load(ctx, log))
	founded := must(b.roster.Found(ctx, pocket{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"}}))
	b.robin, b.kim = founded.Signers[0], founded.Signers[1]
	b.desk = change.NewDesk(log, db, b.roster, "bench", "test")
	plug := func(context.Context, drivers.Endpoint, drivers.Line) (drivers.Conn, error) {
		return sim.Connect(context.WithoutCancel(ctx), b.unit), nil
	}
	b.inventory = inventory.New(&registry{}, plug, []drivers.Driver{modbus.IsolationRoom()}, log)
	t.Cleanup(func() {
		b.inventory.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Screen = New(ctx, b.deps(), kit.Inline())
	b.window.Resize(fyne.NewSize(1100, 640))
	b.show()
	return b
}

func (b *bench) deps() Deps {
	return Deps{Device: func(key string) (inventory.Device, error) { return b.inventory.Device(key) },
		Changed:  func() <-chan struct{} { return b.inventory.Changed() },
		ReadAll:  func(ctx context.Context, key string) error { return b.inventory.ReadAll(ctx, b.robin.Actor(), key) },
		Release:  func(ctx context.Context, key string) error { return b.inventory.Release(ctx, b.robin.Actor(), key) },
		InUse:    func(ctx context.Context, key string) error { return AskInUse(ctx, must(b.inventory.Device(key))) },
		Check:    func(ctx context.Context, p change.Proposal) error { return b.desk.Check(ctx, b.signed.Person, p) },
		Reviewed: b.desk.Reviewed,
		Propose: func(ctx context.Context, p change.Proposal) (change.Request, error) {
			b.proposals++
			return b.desk.Propose(ctx, b.signed, p)
		},
		SignedIn: func() (string, bool) {
			if b.signed == nil {
				return "", false
			}
			return b.signed.Name, true
		},
		SignIn: func() { b.signed = b.robin }, Identify: func(key string) { b.asked = append(b.asked, key) },
		Open: func(r shell.Route) { b.opened = append(b.opened, r) }, Now: time.Now, Board: &task.Board{}}
}

func (b *bench) show() {
	b.window.SetContent(b.Show(room))
	b.window.Resize(fyne.NewSize(1100, 640))
}

// identify does what the consent of a person leads to.
func (b *bench) identify() {
	b.t.Helper()
	device := must(b.inventory.Device(room))
	if err := b.inventory.Identify(b.t.Context(), b.robin.Actor(), room, device.Candidates); err != nil {
		b.t.Fatal(err)
	}
	b.show()
}

// sign lets the two persons sign the register map.
func (b *bench) sign() {
	b.t.Helper()
	source := modbus.IsolationRoom().Source()
	if err := b.roster.AllowProfile(b.t.Context(), "example/isolation-room", source, [2]*people.Signer{b.robin, b.kim}); err != nil {
		b.t.Fatal(err)
	}
	if ok := must(b.roster.Reviewed(b.t.Context(), sha256.Sum256(source))); !ok {
		b.t.Fatal("the map is not signed")
	}
}

// item returns the first thing in the window whose label begins so.
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
			b.t.Errorf("%q is not in the window", label)
		}
	}
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		b.t.Errorf("without a name: %+v", unnamed)
	}
}

func (b *bench) lacks(label string) {
	b.t.Helper()
	if _, ok := b.item(label); ok {
		b.t.Errorf("%q is in the window", label)
	}
}

func (b *bench) press(name fyne.KeyName) {
	b.t.Helper()
	focused := b.window.Canvas().Focused()
	if focused == nil {
		b.t.Fatalf("%s is pressed and nothing has the keyboard", name)
	}
	focused.TypedKey(&fyne.KeyEvent{Name: name})
}

// run does a command as its shortcut would.
func (b *bench) run(id string) {
	b.t.Helper()
	for _, c := range b.Commands() {
		if c.ID == id {
			if c.Enabled != nil && !c.Enabled() {
				b.t.Errorf("%s is not enabled", id)
			}
			c.Do()
			return
		}
	}
	b.t.Fatalf("no command %s", id)
}

func TestAStrangerIsAskedOnlyWithConsent(t *testing.T) {
	b := newBench(t)
	b.sees("EX-ROOM", "not identified", "This device has not been asked", "Example: isolation room pressure monitor (")
	b.window.Canvas().Focus(b.Panes()[0])
	b.press(fyne.KeyReturn)
	if len(b.asked) != 1 || b.asked[0] != room || must(b.inventory.Device(room)).Session() != nil {
		t.Errorf("asked %v", b.asked)
	}
}

func TestADeviceIsReadOnceWhenItsPageIsFirstShown(t *testing.T) {
	b := newBench(t)
	b.identify()
	b.sees("Example Works EX-ROOM", "SN EXR-0042", "Room pressure", "Read again", "The console is not a monitor")
	first := must(b.inventory.Device(room)).Read
	if first == nil {
		t.Fatal("it was not read")
	}
	b.show()
	if must(b.inventory.Device(room)).Read != first {
		t.Error("showing the page again read the device again")
	}
	b.run("device.read")
	if must(b.inventory.Device(room)).Read == first {
		t.Error("the command did not read")
	}
	b.run("device.next_tab")
	if b.window.Canvas().Focused() != fyne.Focusable(b.view.ways.table) {
		t.Error("the tab's table has not got the keyboard")
	}
	b.sees("LAN, not known, Modbus TCP, reading and writing, none, none, on, answered on it")
}

func TestAnUnsignedMapIsReadOnlyUntilTwoPersonsSignIt(t *testing.T) {
	b := newBench(t)
	b.identify()
	b.FocusFilter()
	b.sees("Read-only until two persons have signed this register map.", "Room pressure setpoint, -15 Pa, read-only")
	b.sign()
	b.refresh()
	b.lacks("Read-only until two persons")
	b.sees("Room pressure setpoint, -15 Pa, -50 to 50 Pa, Clinical")
}

// staged stages -10.5 Pa by keyboard alone.
func staged(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.sign()
	b.identify()
	b.FocusFilter()
	test.Type(b.view.config.filter, "setpoint")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF2)
	for _, r := range "-10.5" {
		b.window.Canvas().Focused().TypedRune(r)
	}
	b.press(fyne.KeyReturn)
	return b
}

func TestAValueIsStagedUndoneAndDiscardedByKeyboard(t *testing.T) {
	b := staged(t)
	b.sees("Room pressure setpoint, -15 Pa, -10.5 Pa", "Configuration (1 staged)", "Staged (1)", "Send 1 change for co-sign …")
	if b.window.Canvas().Focused() != fyne.Focusable(b.view.config.table) {
		t.Error("the list has not got the keyboard back")
	}
	b.run("device.undo")
	b.sees("Room pressure setpoint, -15 Pa, -50 to 50 Pa", "Configuration")
	b.lacks("Configuration (")
	b.run("device.redo")
	b.sees("Room pressure setpoint, -15 Pa, -10.5 Pa")
	b.run("device.discard")
	b.lacks("Configuration (")
	if len(b.model.changes()) != 0 {
		t.Error("something is still staged")
	}
}

func TestEscapeForgetsWhatIsTypedAndThenLeaves(t *testing.T) {
	b := staged(t)
	b.press(fyne.KeyF2)
	b.window.Canvas().Focused().TypedRune('9')
	if !b.Leave() || b.Leave() {
		t.Error("Escape does not first leave the editor and then the page")
	}
	if v, err := b.view.config.panel.editor.Value(); err != nil || v.String() != "-10.5" {
		t.Errorf("the editor holds %s, %v", v, err)
	}
}

func TestARequestIsSentAfterReadingAgainAndIsStagedNoMore(t *testing.T) {
	b := staged(t)
	if err := b.unit.Set("pressure.setpoint", drivers.Number(drivers.Decimals, drivers.Int(-14))); err != nil {
		t.Fatal(err)
	}
	b.run("device.send")
	b.sees("Send for co-sign", "Room pressure setpoint, -14 Pa, -10.5 Pa, Clinical", "Nobody is signed in", "Nothing is sent to the device yet. A second person enters")
	if i, _ := b.item("Request 1 change to SN EXR-0042"); i.State != "disabled" {
		t.Errorf("nobody is signed in: %+v", i)
	}
	b.signed = b.robin
	b.tick()
	b.sees("Robin Sample signs this request.")
	test.Tap(b.view.sheet.send)
	b.sees("A reason is missing.")
	test.Type(b.view.sheet.reason, "Ward policy 2026-14")
	test.Tap(b.view.sheet.send)
	test.Tap(b.view.sheet.send)
	requests := must(b.desk.Requests(t.Context()))
	if len(requests) != 1 || requests[0].Set[0].AsFound != "-14" || requests[0].Set[0].Wanted != "-10.5" || requests[0].Reason != "Ward policy 2026-14" {
		t.Fatalf("%+v", requests)
	}
	if len(b.opened) != 1 || b.opened[0] != (shell.Route{Screen: "changes", ID: requests[0].ID}) || b.proposals != 1 {
		t.Errorf("opened %v after %d proposals", b.opened, b.proposals)
	}
	b.lacks("Configuration (")
	b.view.config.panel.editor.Focusable().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutUndo{})
	if v, err := b.view.config.panel.editor.Value(); err != nil || v.String() != "-14" {
		t.Errorf("the editor still tells the wanted value: %s, %v", v, err)
	}
}

func TestEscapeGoesBackFromTheSheetAndKeepsWhatIsStaged(t *testing.T) {
	b := staged(t)
	b.run("device.send")
	if !b.Leave() {
		t.Error("Escape left the page")
	}
	b.sees("Configuration (1 staged)", "Room pressure setpoint, -15 Pa, -10.5 Pa")
}

func TestAfterDisconnectingTheLastReadingIsMarkedAsOld(t *testing.T) {
	b := staged(t)
	b.run("device.release")
	b.sees("Not connected to this device.", "Identify again …", "Room pressure setpoint, -15 Pa, -10.5 Pa")
	b.lacks("Read again")
	b.run("device.previous_tab")
	b.run("device.previous_tab")
	b.sees("not connected")
	b.run("device.identify")
	if len(b.asked) != 1 {
		t.Errorf("asked %v", b.asked)
	}
}

func TestAnEndpointThatIsNotThereLeadsBack(t *testing.T) {
	b := newBench(t)
	b.window.SetContent(b.Show("serial:///dev/ttyUSB9"))
	b.sees("serial:///dev/ttyUSB9", "Back to the list")
	test.Tap(b.view.back)
	if len(b.opened) != 1 || b.opened[0].Screen != "devices" {
		t.Errorf("opened %v", b.opened)
	}
}
