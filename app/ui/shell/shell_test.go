package shell

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/internal/fault"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// page is a screen that counts what happens to it.
type page struct {
	name              string
	hidden, refreshed int
	filter            *kit.Filter
	label             *widget.Label
}

func newPage(name string) *page {
	return &page{name: name, filter: kit.NewFilter("Filter "+name, nil), label: widget.NewLabel("")}
}

func (p *page) Title(id string) string { return strings.TrimSpace(p.name + " " + id) }
func (p *page) Show(id string) fyne.CanvasObject {
	p.label.SetText("showing " + p.name + " " + id)
	return kit.Page(nil, kit.Tight(p.filter, p.label))
}
func (p *page) Hide()                   { p.hidden++ }
func (p *page) Refresh()                { p.refreshed++ }
func (p *page) FocusFilter()            { fyne.CurrentApp().Driver().CanvasForObject(p.filter).Focus(p.filter) }
func (p *page) Panes() []fyne.Focusable { return []fyne.Focusable{p.filter} }
func (p *page) Commands() []Command {
	return []Command{{ID: p.name + ".do", Label: "Do what " + p.name + " does", Menu: MenuDevice, Do: p.Refresh}}
}

// plain is a screen that can do nothing besides being shown.
type plain struct{}

func (plain) Title(string) string           { return "Audit log" }
func (plain) Show(string) fyne.CanvasObject { return widget.NewLabel("log") }
func (plain) Hide()                         {}

type tasks struct {
	task    Task
	working bool
}

func (t *tasks) Current() (Task, bool) { return t.task, t.working }
func (t *tasks) Cancel()               { t.working = false }

type bench struct {
	*Shell
	t        *testing.T
	window   fyne.Window
	devices  *page
	tasks    *tasks
	signedIn bool
	waiting  int
	touched  int
	switched int
}

func newBench(t *testing.T, training bool) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b := &bench{t: t, window: test.NewTempWindow(t, nil), devices: newPage("devices"), tasks: &tasks{}}
	b.window.Resize(fyne.NewSize(1200, 700))
	b.Shell = New(t.Context(), Config{Window: b.window, Runner: kit.Inline(), Training: training, Tasks: b.tasks,
		Sections: []Section{{"devices", "Devices", kit.IconDevices, nil}, {"changes", "Changes", kit.IconChanges, func() int { return b.waiting }},
			{"audit", "Audit log", kit.IconAudit, nil}},
		Screens: map[string]Screen{"devices": b.devices, "changes": newPage("changes"), "audit": plain{}, "device": newPage("device")},
		Person:  func() (Person, bool) { return Person{"Ada", "Technician"}, b.signedIn },
		SignIn:  func() { b.signedIn = true }, Lock: func() { b.signedIn = false }, Quit: func() {},
		Switch: func() { b.switched++ }, Touched: func() { b.touched++ }})
	return b
}

func (b *bench) press(keys ...fyne.KeyName) {
	c := b.window.Canvas()
	for _, k := range keys {
		if f := c.Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else {
			c.OnTypedKey()(&fyne.KeyEvent{Name: k})
		}
	}
}

func (b *bench) sees(label string) bool {
	return slices.ContainsFunc(kit.Outline(b.window.Canvas()), func(i kit.Item) bool { return i.Label == label })
}

func TestEveryCommandHasItsOwnNameAndKeys(t *testing.T) {
	b := newBench(t, false)
	ids, labels, shortcuts := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, c := range b.Commands() {
		if ids[c.ID] || labels[c.Text()] {
			t.Errorf("%s, %q occurs twice", c.ID, c.Text())
		}
		keys := strings.Replace(c.Keys(), "Cmd", "Ctrl", 1) // macOS
		if other, taken := shortcuts[keys]; taken && keys != "" {
			t.Errorf("%s and %s have the same keys %s", c.ID, other, keys)
		}
		if c.Text() == c.Label && strings.HasPrefix(c.Label, "command.") || c.Menu == "" || c.Do == nil {
			t.Errorf("%s has no text, no menu or does nothing", c.ID)
		}
		ids[c.ID], labels[c.Text()], shortcuts[keys] = true, true, c.ID
	}
	for keys, id := range map[string]string{"Ctrl+K": "palette", "Ctrl+F": "filter", "Ctrl+L": "lock", "Ctrl+Shift+P": "switch_person", "Ctrl+2": "go.changes", "F5": "refresh",
		"F6": "pane", "F1": "help", "Alt+Left": "back", "Alt+Right": "forward"} {
		if shortcuts[keys] != id {
			t.Errorf("%s does %q, want %s", keys, shortcuts[keys], id)
		}
	}
}

func TestTheMenuBarHoldsEveryCommand(t *testing.T) {
	b := newBench(t, false)
	items := 0
	for _, menu := range b.menu.Items {
		items += len(menu.Items)
	}
	if items != len(b.Commands()) {
		t.Errorf("%d commands, %d menu items", len(b.Commands()), items)
	}
}

func TestHistoryGoesBackAndForward(t *testing.T) {
	b := newBench(t, false)
	b.Go(Route{"device", "SN 1"})
	b.Go(Route{"device", "SN 2"})
	b.Go(Route{"device", "SN 2"})
	b.Go(Route{Screen: "nowhere"})
	b.press(fyne.KeyEscape)
	if b.Route() != (Route{"device", "SN 1"}) || !b.sees("showing device SN 1") {
		t.Errorf("Escape leads to %v", b.Route())
	}
	b.Forward()
	b.Forward()
	if b.Route() != (Route{"device", "SN 2"}) {
		t.Errorf("forward leads to %v", b.Route())
	}
	b.Back()
	b.Go(Route{Screen: "audit"})
	if b.Run("forward") {
		t.Error("forward is possible after a new way was taken")
	}
	b.Back()
	b.Back()
	b.Back()
	if b.Route() != (Route{Screen: "devices"}) || b.devices.hidden != 1 {
		t.Errorf("back ends at %v, and the first screen was hidden %d times", b.Route(), b.devices.hidden)
	}
	if b.window.Title() != "devices – Countersign" {
		t.Errorf("the window is called %q", b.window.Title())
	}
}

func TestKeysReachTheScreenFromAnyFocus(t *testing.T) {
	b := newBench(t, false)
	if b.window.Canvas().Focused() != fyne.Focusable(b.devices.filter) {
		t.Error("the first pane has no focus")
	}
	b.press(fyne.KeyF5, fyne.KeyF6, fyne.KeyF5)
	if b.devices.refreshed != 2 {
		t.Errorf("refreshed %d times", b.devices.refreshed)
	}
	b.Run("go.audit")
	b.press(fyne.KeyF5)
	if b.devices.refreshed != 2 || b.Run("filter") || b.Run("devices.do") {
		t.Error("a command of another screen was done")
	}
}

func TestNoCommandIsDoneBehindADialog(t *testing.T) {
	b := newBench(t, false)
	b.Dialogs().Show(kit.Dialog{Title: "Sure?", Confirm: "Do it"})
	if b.Run("go.audit") || b.Run("refresh") {
		t.Error("a command was done while a dialog waits")
	}
	b.press(fyne.KeyEscape)
	if !b.Run("go.audit") {
		t.Error("commands stay off after the dialog")
	}
}

func TestThePaletteRunsTheFirstMatch(t *testing.T) {
	b := newBench(t, false)
	b.Run("palette")
	entry, ok := b.window.Canvas().Focused().(*kit.Entry)
	if !ok {
		t.Fatalf("%T has the focus", b.window.Canvas().Focused())
	}
	test.Type(entry, "audit")
	b.press(fyne.KeyReturn)
	if b.Route().Screen != "audit" || b.Dialogs().Open() {
		t.Errorf("the palette leads to %v", b.Route())
	}
}

func TestThePalettePrefersWhatBeginsWithWhatIsTyped(t *testing.T) {
	b := newBench(t, false)
	b.Run("palette")
	test.Type(b.window.Canvas().Focused(), "sign") // which "About Countersign" contains, too
	b.press(fyne.KeyReturn)
	if !b.sees("Ada · Technician") || b.Dialogs().Open() {
		t.Error("the palette did not sign in")
	}
}

func TestAClosedDialogLeavesTheKeyboardOnThePage(t *testing.T) {
	b := newBench(t, false)
	b.window.Canvas().Unfocus() // as a mouse press on a button does
	b.Dialogs().Show(kit.Dialog{Title: "Sure?"})
	b.press(fyne.KeyEscape)
	if b.window.Canvas().Focused() == nil {
		t.Error("nothing has the keyboard")
	}
}

func TestTheTopBarTellsWhoIsSignedIn(t *testing.T) {
	b := newBench(t, false)
	if !b.sees("Not signed in") || b.Run("lock") {
		t.Error("nobody is signed in, and it does not show")
	}
	b.waiting = 2
	b.Run("sign_in")
	if !b.sees("Ada · Technician") || !b.sees("Lock") || !b.sees("Changes, 2 waiting") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.Run("lock")
	if !b.sees("Not signed in") || b.sees("Ada · Technician") {
		t.Error("the console is locked and still names a person")
	}
}

func TestSomebodyElseMaySitDownWithoutLeavingThePage(t *testing.T) {
	b := newBench(t, false)
	if b.Run("switch_person") || b.top.other.Visible() {
		t.Error("nobody is there to take over from")
	}
	b.signedIn = true
	b.Go(Route{"device", "SN 1"})
	test.Tap(b.top.other)
	if !b.Run("switch_person") || b.switched != 2 || b.Route() != (Route{"device", "SN 1"}) {
		t.Errorf("asked %d times, on %v", b.switched, b.Route())
	}
}

func TestTheMouseIsNoticedOnceInAWhileAndNeverInTheWay(t *testing.T) {
	b := newBench(t, false)
	before := b.touched
	b.presence.MouseMoved(nil)
	if b.touched != before+1 || b.presence.Visible() {
		t.Error("a move is not told, or the sensor stays above the page")
	}
	b.listen()
	if !b.presence.Visible() {
		t.Error("it does not listen again")
	}
	b.presence.MouseIn(nil)
	before = b.touched
	b.Run("refresh")
	b.Go(Route{Screen: "audit"})
	if b.touched < before+2 {
		t.Error("a command and a new page are no sign of somebody")
	}
	if _, takes := any(b.presence).(fyne.Tappable); takes {
		t.Error("it takes clicks")
	}
}

func TestOnlyTrainingShowsTheSimulatedBanner(t *testing.T) {
	if b := newBench(t, true); !b.sees("SIMULATED – NO DEVICE") || !b.sees("TRAINING") {
		t.Error("training does not say so")
	}
	if b := newBench(t, false); b.sees("SIMULATED – NO DEVICE") || b.sees("TRAINING") {
		t.Error("the real mode claims to be simulated")
	}
}

func TestTheStatusStripFollowsTheTaskAndTheResult(t *testing.T) {
	b := newBench(t, false)
	b.tasks.task, b.tasks.working = Task{Name: "Reading SN 1", Step: "alarm limits", Done: 3, Total: 9}, true
	b.status.poll()
	if !b.sees("Reading SN 1: alarm limits, 3 of 9") || !b.sees("Cancel") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.tasks.task.Fixed = true
	b.status.poll()
	if b.sees("Cancel") || b.Run("cancel_task") {
		t.Error("what nothing cancels can be cancelled")
	}
	b.tasks.task.Fixed = false
	b.status.poll()
	b.Run("cancel_task")
	b.status.poll()
	if !b.sees("Nothing is running") || b.sees("Cancel") {
		t.Error("the task is still shown")
	}
	b.Fault(fault.New(fault.Silent, "SN 1", errors.New("timeout")))
	if !b.sees("SN 1 does not answer.") {
		t.Error("the result is not shown")
	}
	test.Tap(b.status.last)
	if !b.Dialogs().Open() {
		t.Error("the result has no details")
	}
}

func TestTheRailCanBeNarrowAndKeepsItsNames(t *testing.T) {
	b := newBench(t, false)
	wide := b.rail.box.MinSize().Width
	b.Run("rail")
	if narrow := b.rail.box.MinSize().Width; narrow >= wide/2 {
		t.Errorf("%v wide, then %v", wide, narrow)
	}
	if !b.sees("Audit log") {
		t.Error("a narrow rail has lost its names for those who cannot see icons")
	}
}

func TestEverythingInTheShellHasAName(t *testing.T) {
	b := newBench(t, true)
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
	b.Run("help")
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
}
