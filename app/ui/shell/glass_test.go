package shell

import (
	"testing"
	"time"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

type ward struct {
	*bench
	now                                 Emergency
	open                                bool
	asked, extended, sealed, to, opened int
	notice                              string
	state                               kit.State
	word                                string
}

// newWard is a bench whose console knows emergencies.
func newWard(t *testing.T, density kit.Density) *ward {
	t.Helper()
	b := newBench(t, true)
	fyne.CurrentApp().Settings().SetTheme(kit.NewTheme(density, kit.Light))
	w := &ward{bench: b, now: Emergency{Device: "Capnostream 20 SN B355987654", Person: "Robin Sample", Code: "BG-7K3M-9QXT-2HWD", Left: 12*time.Minute + 40500*time.Millisecond}}
	config := b.config
	config.Emergency = func() { w.asked++ }
	config.Glass = func() (Emergency, bool) { return w.now, w.open }
	config.Extend, config.Seal, config.ToDevice = func() { w.extended++ }, func() { w.sealed++ }, func() { w.to++ }
	config.Standing = func() (kit.State, string) { return w.state, w.word }
	config.OpenStanding = func() { w.opened++ }
	config.Notice = func() (string, func(), bool) { return w.notice, func() { w.opened++ }, w.notice != "" }
	b.Shell = New(t.Context(), config)
	b.window.Resize(fyne.NewSize(1280, 740))
	return w
}

func (w *ward) tap(label string) {
	w.t.Helper()
	for _, i := range kit.Outline(w.window.Canvas()) {
		if i.Role == "button" && i.Label == label {
			x, y := i.Center()
			test.TapCanvas(w.window.Canvas(), fyne.NewPos(float32(x), float32(y)))
			return
		}
	}
	w.t.Fatalf("no button %q", label)
}

func TestAnOpenEmergencyIsOnEveryPageWithItsTimeDeviceAndPerson(t *testing.T) {
	w := newWard(t, kit.Compact)
	if w.sees("EMERGENCY – 12:41") || w.glass.edge.Visible() {
		t.Error("an emergency is shown and there is none")
	}
	w.open = true
	w.glass.poll()
	for _, screen := range []string{"devices", "audit", "changes"} {
		w.Go(Route{Screen: screen})
		for _, says := range []string{"EMERGENCY – 12:41", "Capnostream 20 SN B355987654", "Robin Sample acts alone · BG-7K3M-9QXT-2HWD"} {
			if !w.sees(says) {
				t.Errorf("%s does not say %q", screen, says)
			}
		}
	}
	if !w.glass.edge.Visible() || w.glass.edge.StrokeWidth != 4 || w.glass.edge.StrokeColor != theme.Color(kit.ColorEmergency) || w.glass.edge.Size().Width != w.glass.inside.Size().Width {
		t.Error("there is no frame of 4 around the window")
	}
	w.tap("15 min from now")
	w.tap("To the device")
	w.tap("Seal now")
	if !w.Run("emergency.extend") || w.extended != 2 || w.to != 1 || w.sealed != 1 {
		t.Errorf("extended %d, to the device %d, sealed %d", w.extended, w.to, w.sealed)
	}
	w.now.Busy, w.now.Drill, w.now.Left = true, true, 59*time.Second
	w.glass.poll()
	if !w.sees("DRILL: EMERGENCY – 0:59") || !w.sees("writing now · Robin Sample · BG-7K3M-9QXT-2HWD") || !w.glass.seal.Disabled() {
		t.Error("a drill that writes does not say so, or can be sealed in the middle")
	}
	w.open = false
	w.glass.poll()
	if w.Run("emergency.seal") {
		t.Error("there is nothing to seal")
	}
	if w.sees("Seal now") || w.glass.edge.Visible() {
		t.Error("the emergency is over and still shown")
	}
}

func TestTheEmergencyCommandWaitsForNoDialogAndNoList(t *testing.T) {
	w := newWard(t, kit.Comfortable)
	canvas := w.window.Canvas()
	answers := 0
	w.Dialogs().Show(kit.Dialog{Title: "Sure?", Confirm: "Do it", Focus: kit.NewEntry("Reason"), OnDone: func(confirm bool) {
		if confirm {
			t.Error("the dialog was confirmed")
		}
		answers++
		w.Dialogs().Show(kit.Dialog{Title: "Really?"})
	}})
	w.Dialogs().Show(kit.Dialog{Title: "Later"})
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", fyne.NewMenuItem("one", nil)), canvas, fyne.NewPos(0, 0))
	for i, c := range w.commands {
		if c.ID == "emergency" && (c.Keys() != "Ctrl+Shift+E" && c.Keys() != "Cmd+Shift+E" || w.items[i].Disabled) {
			t.Errorf("%s, disabled: %v", c.Keys(), w.items[i].Disabled)
		}
	}
	if !w.Run("emergency") || w.asked != 1 || answers != 1 {
		t.Errorf("asked %d times, the dialog answered %d times", w.asked, answers)
	}
	if w.Dialogs().Open() || canvas.Overlays().Top() != nil {
		t.Error("something is still in the way")
	}
}

func TestTheEmergencyButtonNeverMoves(t *testing.T) {
	w := newWard(t, kit.Comfortable)
	at := func() int {
		for _, i := range kit.Outline(w.window.Canvas()) {
			if i.Role == "button" && i.Label == "Emergency change" {
				return i.X + i.W
			}
		}
		t.Fatal("no button")
		return 0
	}
	before := at()
	w.state, w.word, w.notice, w.signedIn = kit.Caution, "DEGRADED", "1 emergency review is overdue", true
	w.Refresh()
	if after := at(); after != before {
		t.Errorf("it ended at %d and ends at %d", before, after)
	}
	w.tap("DEGRADED")
	w.tap("Show")
	if !w.sees("1 emergency review is overdue") || w.opened != 2 {
		t.Errorf("opened %d times", w.opened)
	}
	w.word, w.notice = "", ""
	w.Refresh()
	if w.sees("DEGRADED") || w.sees("Show") {
		t.Error("what there is nothing to say of is still shown")
	}
}

func TestEverythingAtOnceStillFitsTheSmallestWindow(t *testing.T) {
	for _, density := range []kit.Density{kit.Compact, kit.Comfortable} {
		w := newWard(t, density)
		w.open, w.signedIn, w.state, w.word, w.notice = true, true, kit.Failed, "EMERGENCY ONLY", "An emergency was interrupted: continue?"
		w.Refresh()
		if size := w.window.Content().MinSize(); size.Width > 1280 || size.Height > 740 {
			t.Errorf("it needs %v", size)
		}
		if unnamed := kit.Unnamed(w.window.Canvas()); len(unnamed) > 0 {
			t.Errorf("%+v", unnamed)
		}
	}
}
