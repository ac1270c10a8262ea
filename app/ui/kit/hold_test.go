package kit

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

type holding struct {
	*Hold
	t     *testing.T
	fired int
	w     fyne.Window
}

func newHolding(t *testing.T) *holding {
	t.Helper()
	themed(t)
	b := &holding{t: t}
	b.Hold = NewHold(Inline(), time.Second, "Write to SN 1", IconEmergency, func() { b.fired++ })
	b.w = window(t, container.NewVBox(b.Hold, widget.NewLabel("page"), NewButton("Other", "", nil)))
	return b
}

func (b *holding) beats(n int) {
	for range n {
		b.Beat(100 * time.Millisecond)
	}
}

func (b *holding) key(name fyne.KeyName, down bool) {
	if down {
		b.KeyDown(&fyne.KeyEvent{Name: name})
		b.TypedKey(&fyne.KeyEvent{Name: name})
	} else {
		b.KeyUp(&fyne.KeyEvent{Name: name})
	}
}

func left() *desktop.MouseEvent { return &desktop.MouseEvent{Button: desktop.MouseButtonPrimary} }

func TestAButtonThatIsHeldLongEnoughActsOnce(t *testing.T) {
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn} {
		b := newHolding(t)
		b.w.Canvas().Focus(b.Hold)
		b.key(key, true)
		b.beats(9)
		if b.fired != 0 || b.Share() < 0.85 || b.Share() > 0.95 {
			t.Fatalf("after 0.9 s it fired %d times, full to %v", b.fired, b.Share())
		}
		b.beats(20)
		b.key(key, false)
		if b.fired != 1 || b.Held() {
			t.Errorf("%s: fired %d times", key, b.fired)
		}
	}
	b := newHolding(t)
	b.MouseDown(left())
	b.beats(20)
	b.MouseUp(left())
	if b.fired != 1 {
		t.Errorf("by mouse it fired %d times", b.fired)
	}
}

func TestAHoldThatEndsEarlyEmptiesAndSaysHow(t *testing.T) {
	ends := map[string]func(b *holding){
		"the key goes up":          func(b *holding) { b.key(fyne.KeySpace, false) },
		"the focus goes":           func(b *holding) { b.w.Canvas().Unfocus() },
		"another key is pressed":   func(b *holding) { b.key(fyne.KeyEscape, true) },
		"the words change":         func(b *holding) { b.SetText("Write to SN 2") },
		"it is disabled":           func(b *holding) { b.SetEnabled(false) },
		"it is hidden":             func(b *holding) { b.Hide() },
		"the window goes to sleep": func(b *holding) { b.Beat(5 * time.Second) },
	}
	for name, end := range ends {
		b := newHolding(t)
		b.w.Canvas().Focus(b.Hold)
		b.key(fyne.KeySpace, true)
		b.beats(8)
		end(b)
		if name == "the window goes to sleep" {
			b.key(fyne.KeySpace, false)
		}
		b.beats(20)
		if b.fired != 0 || b.Share() != 0 {
			t.Errorf("%s: fired %d times, full to %v", name, b.fired, b.Share())
		}
	}
	b := newHolding(t)
	b.MouseDown(left())
	b.beats(3)
	b.MouseOut()
	b.beats(20)
	b.MouseUp(left())
	if b.fired != 0 {
		t.Error("a mouse that left went on holding")
	}
	find(t, b.w.Canvas(), "text", "Let go too early: hold for 1 second")
}

func TestADisabledHoldNeverActsAndAKeyFromElsewhereBeginsNothing(t *testing.T) {
	b := newHolding(t)
	b.w.Canvas().Focus(b.Hold)
	b.SetEnabled(false)
	if got := find(t, b.w.Canvas(), "button", "Write to SN 1"); got.State != "disabled" {
		t.Errorf("it is %q", got.State)
	}
	b.key(fyne.KeySpace, true)
	b.MouseDown(left())
	b.beats(20)
	b.SetEnabled(true)
	b.beats(20)
	for range 50 {
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace}) // a key held since before the focus came repeats
	}
	b.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonSecondary})
	b.beats(20)
	if b.fired != 0 {
		t.Errorf("fired %d times", b.fired)
	}
	b.w.Canvas().Focus(b.Hold)
	if got := find(t, b.w.Canvas(), "button", "Write to SN 1"); got.State != "focused" || got.H < 20 {
		t.Errorf("%+v", got)
	}
	find(t, b.w.Canvas(), "text", "Hold for 1 second, with the mouse or the space bar")
}

func TestTheWordsOfAHoldFitItsPlace(t *testing.T) {
	b := newHolding(t)
	b.SetText("Hold 1 s: Write the upper limit of end-tidal carbon dioxide with a very long name 45.5 mmHg → 60.5 mmHg to SN B355987654321")
	b.Resize(fyne.NewSize(500, 60))
	if b.text.Size().Width > 500 || b.text.Position().X < 0 {
		t.Errorf("the words are %v wide at %v", b.text.Size().Width, b.text.Position().X)
	}
}

func TestAKeyThatIsStillDownIsNotLetLooseOnAnythingElse(t *testing.T) {
	b := newHolding(t)
	gone := 0
	b.OnLetGo = func() { gone++ }
	b.w.Canvas().Focus(b.Hold)
	b.key(fyne.KeySpace, true)
	b.beats(10)
	if !b.Down() || b.Share() != 1 || b.fired != 1 {
		t.Errorf("down %v, full to %v, fired %d times", b.Down(), b.Share(), b.fired)
	}
	b.KeyDown(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.beats(20)
	b.key(fyne.KeySpace, false)
	if b.Down() || b.Share() != 0 || b.fired != 1 || gone != 1 {
		t.Errorf("down %v, full to %v, fired %d times, let go %d times", b.Down(), b.Share(), b.fired, gone)
	}
}
