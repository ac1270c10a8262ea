package devices

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/discovery"
	"countersign/internal/discovery/manual"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
	"countersign/internal/notify"
	"countersign/internal/task"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// world is everything around the screen.
type world struct {
	t        testing.TB
	screen   *Screen
	window   fyne.Window
	dialogs  *kit.Dialogs
	list     []inventory.Device
	networks []Interface
	changed  notify.Signal
	board    task.Board
	asked    []string
	answer   func() error // of Identify
	refusal  error        // of what is recorded
	added    []string
	rescans  int
	results  []string
	routes   []shell.Route
}

func newWorld(t testing.TB, list ...inventory.Device) *world {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	w := &world{t: t, window: test.NewTempWindow(t, nil), list: list, answer: func() error { return nil }, networks: []Interface{{Name: "eth0", Addresses: "10.88.0.1/24"}}}
	w.window.Resize(fyne.NewSize(1100, 700))
	w.dialogs = kit.NewDialogs(w.window)
	w.screen = New(t.Context(), Deps{
		Devices: func() []inventory.Device { return w.list }, Changed: w.changed.Changed, Sources: w.sources, Identify: w.identify,
		AddManual: func(text string) error {
			if w.refusal == nil {
				w.added = append(w.added, text)
				ep, err := manual.Parse(text)
				w.list = append(w.list, found(manual.Name, ep.Address, nil))
				return err
			}
			return w.refusal
		},
		RemoveManual: func(key string) error {
			w.list = slices.DeleteFunc(w.list, func(d inventory.Device) bool { return d.Key() == key })
			return nil
		},
		Network: w, Rescan: func() { w.rescans++ }, Board: &w.board, Ask: w.dialogs.Show,
		Result: func(_ kit.State, s string) { w.results = append(w.results, s) }, Now: func() time.Time { return noon },
	}, kit.Inline(), func(r shell.Route) { w.routes = append(w.routes, r) })
	w.window.SetContent(w.screen.Show(""))
	return w
}

func (w *world) sources() []discovery.SourceStatus {
	search := discovery.Quiet
	if searched(w.networks) != "" {
		search = discovery.Running
	}
	return []discovery.SourceStatus{{Name: serialport.Name, Status: discovery.Status{State: discovery.Running}}, {Name: mdns.Name, Status: discovery.Status{State: search}}}
}

func (w *world) identify(_ context.Context, key string, consented []identify.Candidate) error {
	for _, c := range consented {
		w.asked = append(w.asked, key+" "+c.Driver.About().ID)
	}
	if running, ok := w.board.Current(); !ok || !strings.HasPrefix(running.Name, "Identifying ") {
		w.t.Errorf("the status strip shows %+v", running)
	}
	return w.answer()
}

func (w *world) Interfaces() []Interface { return w.networks }

func (w *world) Search(_ context.Context, names []string) error {
	for i := range w.networks {
		w.networks[i].On = slices.Contains(names, w.networks[i].Name)
	}
	return w.refusal
}

func (w *world) item(role, label string) (kit.Item, bool) {
	items := kit.Outline(w.window.Canvas())
	i := slices.IndexFunc(items, func(i kit.Item) bool { return i.Role == role && strings.Contains(i.Label, label) })
	if i < 0 {
		return kit.Item{}, false
	}
	return items[i], true
}

func (w *world) sees(role, label string) {
	w.t.Helper()
	if _, ok := w.item(role, label); !ok {
		w.t.Fatalf("no %s with %q in %+v", role, label, kit.Outline(w.window.Canvas()))
	}
}

func (w *world) tap(role, label string) {
	w.t.Helper()
	w.sees(role, label)
	item, _ := w.item(role, label)
	x, y := item.Center()
	test.TapCanvas(w.window.Canvas(), fyne.NewPos(float32(x), float32(y)))
}

func (w *world) press(keys ...fyne.KeyName) {
	for _, k := range keys {
		w.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: k})
	}
}

func port(name string) inventory.Device { return found(serialport.Name, "/dev/"+name, nil) }

func TestAnEmptyListSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.sees("text", "Plug in a device's cable")
	w.sees("text", "Serial ports: looking every second")
	w.sees("text", "Network search: off. Nothing is sent")
	if unnamed := kit.Unnamed(w.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("without a name: %+v", unnamed)
	}
}

func TestTheFilterNarrowsTheListAndEnterOpensADevice(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"), port("ttyUSB1"), port("ttyS4"))
	w.sees("text", "3 devices")
	w.screen.FocusFilter()
	test.Type(w.window.Canvas().Focused(), "usb1")
	w.sees("text", "1 of 3 devices shown")
	w.press(fyne.KeyDown, fyne.KeyReturn)
	if want := (shell.Route{Screen: "device", ID: "serial:///dev/ttyUSB1"}); len(w.routes) != 1 || w.routes[0] != want {
		t.Errorf("%v", w.routes)
	}
	if unnamed := kit.Unnamed(w.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("without a name: %+v", unnamed)
	}
}

func TestADeviceIsAskedOnlyAfterConsent(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"))
	w.screen.identify()
	w.sees("text", "Select a device in the list first.")
	w.tap("row", "ttyUSB0")
	w.tap("button", "Identify bay-/dev/ttyUSB0 …")
	w.dialogs.Cancel()
	if w.asked != nil {
		t.Fatalf("asked without consent: %v", w.asked)
	}
	w.answer = func() error { // while it runs, a second click finds it being asked
		w.screen.identify()
		w.sees("text", "is being asked already")
		w.sees("row", "Connecting")
		w.list[0] = identified(w.list[0], "ready")
		return nil
	}
	w.tap("button", "Identify bay-/dev/ttyUSB0 …")
	w.tap("button", "Identify on bay-/dev/ttyUSB0")
	if want := []string{"serial:///dev/ttyUSB0 oridion/capnostream20"}; !slices.Equal(w.asked, want) {
		t.Fatalf("%v", w.asked)
	}
	if want := (shell.Route{Screen: "device", ID: "serial:///dev/ttyUSB0"}); len(w.routes) != 1 || w.routes[0] != want {
		t.Errorf("%v", w.routes)
	}
	if !slices.Equal(w.results, []string{"Capnostream 20 SN BX4711 identified"}) {
		t.Errorf("%q", w.results)
	}
}

func TestAFailureIsShownInPlaceWithTheNextStep(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"), port("ttyUSB1"))
	w.answer = func() error { return fault.New(fault.Silent, "/dev/ttyUSB0", nil) }
	w.tap("row", "ttyUSB0")
	w.screen.identify()
	w.tap("button", "Identify on")
	w.sees("text", "/dev/ttyUSB0 does not answer.")
	w.sees("text", "Check that the device is switched on")
	if len(w.routes) != 0 || !slices.Equal(w.results, []string{"/dev/ttyUSB0 does not answer."}) {
		t.Errorf("%v %q", w.routes, w.results)
	}
	w.tap("row", "ttyUSB1")
	if _, ok := w.item("text", "does not answer"); ok {
		t.Error("the failure of one device is shown at another")
	}
}

func TestStoppingAnIdentificationIsNoFailure(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"))
	w.answer = func() error {
		w.board.Cancel()
		err := fault.New(fault.Cancelled, "/dev/ttyUSB0", context.Canceled)
		w.list[0].Fault = err
		return err
	}
	w.tap("row", "ttyUSB0")
	w.screen.identify()
	w.tap("button", "Identify on")
	if !slices.Equal(w.results, []string{"This was cancelled."}) {
		t.Errorf("%q", w.results)
	}
	if _, ok := w.item("text", "cancelled"); ok {
		t.Error("it is shown as a failure of the device")
	}
	w.sees("button", "Identify bay-/dev/ttyUSB0 …")
}

func TestNobodyIsTakenAwayFromWhatTheyTurnedTo(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"), port("ttyUSB1"))
	w.answer = func() error {
		w.tap("row", "ttyUSB1")
		return nil
	}
	w.tap("row", "ttyUSB0")
	w.screen.identify()
	w.tap("button", "Identify on")
	w.answer = func() error {
		w.screen.Hide()
		return nil
	}
	w.tap("row", "ttyUSB0")
	w.screen.identify()
	w.tap("button", "Identify on")
	if len(w.asked) != 2 || len(w.routes) != 0 || len(w.results) != 2 {
		t.Errorf("%v %v %v", w.asked, w.routes, w.results)
	}
}

func TestAnAddressIsAddedByHandAndRemoved(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"))
	w.screen.add()
	test.Type(w.window.Canvas().Focused(), "10.88.0.2")
	w.press(fyne.KeyReturn)
	w.sees("text", "The port is missing.")
	test.Type(w.window.Canvas().Focused(), ":502")
	w.press(fyne.KeyReturn)
	if !slices.Equal(w.added, []string{"tcp://10.88.0.2:502"}) || w.dialogs.Open() {
		t.Fatalf("%q", w.added)
	}
	w.sees("row", "10.88.0.2:502")
	w.tap("button", "Remove from the list")
	if _, ok := w.item("row", "10.88.0.2:502"); ok || len(w.list) != 1 {
		t.Error("it is still listed")
	}
	w.tap("row", "ttyUSB0")
	w.screen.remove()
	w.sees("text", "Only an address that was typed in")
}

func TestAnAddressThatCannotBeKeptIsExplained(t *testing.T) {
	w := newWorld(t)
	w.refusal = fault.New(fault.LogDenied, "/data", errors.New("read-only"))
	w.screen.add()
	test.Type(w.window.Canvas().Focused(), "COM3")
	w.press(fyne.KeyReturn)
	w.sees("text", "The data folder cannot be written.")
}

func TestTheNetworkIsSearchedOnlyAfterConsent(t *testing.T) {
	w := newWorld(t)
	w.networks = append(w.networks, Interface{Name: "wlan0", Addresses: "192.168.1.4/24"})
	w.tap("button", "Turn on …")
	w.sees("text", "multicast DNS questions")
	w.tap("button", "Search these networks")
	w.sees("text", "Tick at least one network.")
	w.tap("check", "wlan0 (192.168.1.4/24)")
	w.dialogs.Cancel()
	if searched(w.networks) != "" {
		t.Fatal("the search is on after cancelling")
	}
	w.tap("button", "Turn on …")
	w.tap("check", "wlan0")
	w.tap("button", "Search these networks")
	w.sees("text", "Network search: on for wlan0")
	w.tap("button", "Turn off")
	w.sees("text", "Network search: off.")
	if !slices.Equal(w.results, []string{"The network search is on", "The network search is off"}) {
		t.Errorf("%q", w.results)
	}
}

func TestEveryActionHasItsKeys(t *testing.T) {
	w := newWorld(t, port("ttyUSB0"))
	keys := map[string]string{}
	for _, c := range w.screen.Commands() {
		if c.Text() == c.Label || c.Do == nil || c.Menu == "" {
			t.Errorf("%+v", c)
		}
		keys[strings.Replace(c.Keys(), "Cmd", "Ctrl", 1)] = c.ID // macOS
	}
	if keys["Ctrl+I"] != "devices.identify" || keys["Ctrl+N"] != "devices.add" {
		t.Errorf("%v", keys)
	}
	w.screen.Refresh()
	if w.rescans != 1 {
		t.Error("F5 did not look again")
	}
	if panes := w.screen.Panes(); len(panes) != 2 {
		t.Errorf("%v", panes)
	}
}

func TestTheTrainingWardIsSearchedWithoutAsking(t *testing.T) {
	w := newWorld(t)
	w.screen.deps.Network = nil
	w.networks[0].On = true
	w.screen.look()
	w.sees("text", "Network search: on, 0 found.")
	if _, ok := w.item("button", "Turn"); ok {
		t.Error("there is a switch for it")
	}
	for _, c := range w.screen.Commands() {
		if c.ID == "devices.network" {
			t.Error("there is a command for it")
		}
	}
}

func TestAnotherDeviceInTheListDoesNotMoveTheSelection(t *testing.T) {
	w := newWorld(t, port("ttyUSB5"))
	w.tap("row", "ttyUSB5")
	w.list = []inventory.Device{port("ttyUSB1"), port("ttyUSB5")}
	w.screen.look()
	if got, _ := w.item("row", "ttyUSB5"); got.State != "selected" {
		t.Errorf("%+v", got)
	}
	w.sees("button", "Identify bay-/dev/ttyUSB5 …")
}

// many returns as many devices as a large house has.
func many(n int) []inventory.Device {
	list := make([]inventory.Device, n)
	for i := range list {
		switch i % 3 {
		case 0:
			list[i] = identified(port(fmt.Sprintf("ttyUSB%d", i)), "ready")
			list[i].Identity.Serial = fmt.Sprintf("BX%06d", i)
		case 1:
			list[i] = found(mdns.Name, fmt.Sprintf("10.0.%d.%d:502", i/250, i%250+1), map[string]string{"mdns.type": "_mbap._tcp"})
		case 2:
			list[i] = found(manual.Name, fmt.Sprintf("10.1.%d.%d:502", i/250, i%250+1), nil)
		}
	}
	return list
}

func TestTwoThousandDevicesAreListed(t *testing.T) {
	w := newWorld(t, many(2000)...)
	w.sees("text", "2000 devices")
	w.screen.FocusFilter()
	test.Type(w.window.Canvas().Focused(), "bx000999")
	w.sees("text", "1 of 2000 devices shown")
	w.sees("row", "Capnostream 20 SN BX000999")
}
