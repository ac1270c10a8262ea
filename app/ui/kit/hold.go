package kit

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

const (
	holdBeat = 25 * time.Millisecond // how often a held button fills
	// holdStep is how much of a hold one beat may count. A window that was busy for a second has not seen that the key was
	// held for that second: what is counted was looked at.
	holdStep = 100 * time.Millisecond
)

// Hold is a button that acts once it was held for a while, with the mouse, or with the space bar or Return. It is for what
// one person does alone and at once: a key that bounces and a click meant for something else do nothing. While it is held
// it fills from the left; let go of early it empties and says how it is used.
type Hold struct {
	widget.DisableableWidget
	// OnLetGo is called when the key that held the button to the end goes up. It may be nil.
	OnLetGo func()

	runner *Runner
	needs  time.Duration
	held   func()

	words    string
	icon     Icon
	by       fyne.KeyName // the key that holds it
	spent    fyne.KeyName // the key that held it to the end and is still down
	mouse    bool         // the mouse holds it
	count    time.Duration
	stop     context.CancelFunc // ends the beat; nil while nobody holds it
	early    bool               // it was let go of too early
	hovered  bool
	focused  bool
	pic      *canvas.Image
	ground   *canvas.Rectangle
	fill     *canvas.Rectangle
	frame    *canvas.Rectangle
	text     *canvas.Text
	hint     *canvas.Text
	hintIcon *canvas.Image
}

// NewHold returns a button that calls held once it was held for needs.
func NewHold(runner *Runner, needs time.Duration, words string, icon Icon, held func()) *Hold {
	h := &Hold{runner: runner, needs: needs, held: held, words: words, icon: icon,
		ground: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil), frame: canvas.NewRectangle(nil),
		text: canvas.NewText(words, nil), hint: canvas.NewText("", nil),
		pic: canvas.NewImageFromResource(nil), hintIcon: canvas.NewImageFromResource(nil)}
	h.text.TextStyle.Bold = true
	h.pic.FillMode, h.hintIcon.FillMode = canvas.ImageFillContain, canvas.ImageFillContain
	h.ExtendBaseWidget(h)
	h.paint()
	return h
}

// SetText changes what the button says. Whoever is holding it was holding something else: the hold ends.
func (h *Hold) SetText(words string) {
	if words == h.words {
		return
	}
	h.words = words
	h.cancel(false)
	h.Refresh()
}

// SetEnabled enables or disables the button. One that is disabled is held no more.
func (h *Hold) SetEnabled(on bool) {
	if on == !h.Disabled() {
		return
	}
	h.early = false
	if on {
		h.Enable()
		return
	}
	h.cancel(false)
	h.Disable()
}

// Hide implements fyne.CanvasObject. What is out of sight is not held.
func (h *Hold) Hide() {
	h.cancel(false)
	h.DisableableWidget.Hide()
}

// Held says whether somebody holds the button now.
func (h *Hold) Held() bool { return h.stop != nil }

// Down says whether the key that held the button to the end is still down. As long as it is, it must not come to anything
// else: it repeats, and would press whatever has the keyboard next.
func (h *Hold) Down() bool { return h.spent != "" }

// Share is how much of the hold is done, from 0 to 1.
func (h *Hold) Share() float32 {
	if h.Down() {
		return 1
	}
	return float32(h.count) / float32(h.needs)
}

// Release ends a hold as if nobody had begun it: what it was about is not so any more.
func (h *Hold) Release() { h.cancel(false) }

// begin starts the hold. A key on a button that the mouse holds changes nothing, and neither the other way round.
func (h *Hold) begin(by fyne.KeyName) {
	if h.Disabled() || h.stop != nil || h.Down() || !h.Visible() {
		return
	}
	h.by, h.mouse, h.count, h.early = by, by == "", 0, false
	ctx, cancel := context.WithCancel(context.Background())
	h.stop = cancel
	last := time.Now()
	h.runner.Every(ctx, holdBeat, func() {
		now := time.Now()
		passed := now.Sub(last)
		last = now
		h.Beat(passed)
	})
	h.Refresh()
}

// Beat counts some time to the hold. It is called while the button is held, and by tests, which have no clock of their own.
func (h *Hold) Beat(passed time.Duration) {
	if h.stop == nil {
		return
	}
	h.count += min(passed, holdStep)
	if h.count < h.needs {
		h.Refresh()
		return
	}
	by := h.by
	h.cancel(false)
	h.spent = by
	h.Refresh()
	h.held()
}

// letGo forgets the key that held the button to the end.
func (h *Hold) letGo() {
	if h.spent == "" {
		return
	}
	h.spent = ""
	h.Refresh()
	if h.OnLetGo != nil {
		h.OnLetGo()
	}
}

// cancel ends the hold; early says that the person let go of it.
func (h *Hold) cancel(early bool) {
	if h.stop == nil {
		return
	}
	h.stop()
	h.stop, h.by, h.mouse, h.count, h.early = nil, "", false, 0, early
	h.Refresh()
}

// MouseDown implements desktop.Mouseable.
func (h *Hold) MouseDown(ev *desktop.MouseEvent) {
	if ev.Button != desktop.MouseButtonPrimary || h.Disabled() {
		return
	}
	Focus(h) // a press takes the keyboard from what had it
	Pressed(h, &fyne.KeyEvent{})
	h.begin("")
}

// MouseUp implements desktop.Mouseable.
func (h *Hold) MouseUp(*desktop.MouseEvent) {
	if h.mouse {
		h.cancel(true)
	}
}

// Tapped implements fyne.Tappable. It does nothing, but a press that began here is then no tap on what may lie here when the
// mouse button goes up.
func (h *Hold) Tapped(*fyne.PointEvent) {}

// MouseIn implements desktop.Hoverable.
func (h *Hold) MouseIn(*desktop.MouseEvent) { h.hovered = true; h.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (h *Hold) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable. A mouse that has left does not hold the button.
func (h *Hold) MouseOut() {
	h.hovered = false
	if h.mouse {
		h.cancel(true)
	}
	h.Refresh()
}

// KeyDown implements desktop.Keyable. A key that repeats by itself does not come here: one that went down elsewhere never
// begins a hold.
func (h *Hold) KeyDown(ev *fyne.KeyEvent) {
	Pressed(h, ev)
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		h.begin(ev.Name)
	default:
		h.cancel(true) // Escape for one: the person wants something else
	}
}

// KeyUp implements desktop.Keyable.
func (h *Hold) KeyUp(ev *fyne.KeyEvent) {
	if h.by != "" && ev.Name == h.by {
		h.cancel(true)
	}
	if ev.Name == h.spent {
		h.letGo()
	}
}

// TypedKey implements fyne.Focusable.
func (h *Hold) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter: // KeyDown and KeyUp say how long
	default:
		PassOn(h, ev)
	}
}

// TypedRune implements fyne.Focusable.
func (h *Hold) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (h *Hold) FocusGained() {
	h.focused = true
	h.Refresh()
	reveal(h)
}

// FocusLost implements fyne.Focusable. The key goes up somewhere else now.
func (h *Hold) FocusLost() {
	h.focused = false
	h.cancel(false)
	h.letGo()
	h.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (h *Hold) AccessibilityLabel() string { return h.words }

// AccessibilityRole implements fyne.Accessible.
func (h *Hold) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Children are what Outline walks: how the button is used.
func (h *Hold) Children() []fyne.CanvasObject { return []fyne.CanvasObject{h.hint} }
