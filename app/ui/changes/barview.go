package changes

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"

	"fyne.io/fyne/v2"
)

func (v *pageView) toQueue() *kit.Button {
	return kit.NewButton(kit.T("changes.queue"), kit.IconBack, func() { v.s.deps.Open(shell.Route{Screen: "changes"}) })
}

func (v *pageView) toDevice(r change.Request) *kit.Button {
	if d, ok := v.s.model.connected(r); ok {
		open := func() { v.s.deps.Open(shell.Route{Screen: "device", ID: d.Key()}) }
		if r.Outcome == change.Unknown {
			return kit.NewPrimary(kit.T("changes.device.read"), kit.IconDevices, open)
		}
		return kit.NewButton(kit.T("changes.device"), kit.IconDevices, open)
	}
	return kit.NewButton(kit.T("changes.devices"), kit.IconDevices, func() { v.s.deps.Open(shell.Route{Screen: "devices"}) })
}

// setBar shows other buttons. The same ones stay, with the keyboard where it is.
func (v *pageView) setBar(key string, buttons ...*kit.Button) {
	if key == v.barKey {
		return
	}
	v.barKey = key
	had := v.barFocused()
	v.bar.Objects = nil
	v.safe = nil
	for _, b := range buttons {
		v.bar.Add(b)
	}
	if len(buttons) > 0 {
		v.safe = buttons[0]
	}
	v.bar.Refresh()
	v.focusSafe(had)
}

// barFocused says whether a button of the bar has the keyboard.
func (v *pageView) barFocused() bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(v.bar)
	if c == nil {
		return false
	}
	focused, _ := c.Focused().(fyne.CanvasObject)
	return focused != nil && slices.Contains(v.bar.Objects, focused)
}

// focusSafe puts the keyboard onto the button without an effect.
func (v *pageView) focusSafe(on bool) {
	if on && v.safe != nil {
		kit.Focus(v.safe)
	}
}

// setMore shows other buttons for what is done more seldom.
func (v *pageView) setMore(key string, buttons ...*kit.Button) {
	if key == v.morKey {
		return
	}
	v.morKey = key
	v.more.Objects = nil
	for _, b := range buttons {
		v.more.Add(b)
	}
	v.more.Refresh()
}
