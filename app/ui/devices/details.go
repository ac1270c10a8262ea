package devices

import (
	"strings"

	"countersign/app/ui/consent"
	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/inventory"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// most is how many candidates are explained; the consent page has them all.
const most = 3

// detail is what the strip below the table says about the selected device.
type detail struct {
	name     string
	state    kit.State
	place    string
	kinds    string
	trouble  string // what went wrong, as a sentence; "" for nothing
	next     string // why, and what to do about it
	identify string // what the button says; it names the place
	can      struct{ identify, remove bool }
}

func (m *model) detail(d inventory.Device) detail {
	key := d.Key()
	out := detail{name: d.Name(), state: m.state(key, d), kinds: m.kinds(d)}
	if err := m.trouble(d); err != nil {
		what, why, next := kit.FaultText(err)
		out.trouble, out.next = what, why+" "+next
		if fault.Is(err, fault.PortGone) && d.Present && d.State == inventory.Discovered { // plugged in again meanwhile
			out.trouble, out.next = kit.T("devices.back"), kit.T("devices.back.next")
		}
	}
	parts := []string{consent.Place(d.Endpoint)}
	for _, fact := range []string{"usb.product", "mdns.host"} {
		if text := d.Facts[fact]; text != "" && text != d.Label {
			parts = append(parts, text)
		}
	}
	out.place = strings.Join(parts, "  ·  ")
	out.identify = kit.T("devices.identify", kit.Data{"Label": short(d)})
	out.can.identify, out.can.remove = m.canIdentify(d), m.canRemove(d)
	return out
}

// short is the device's name as far as it fits on a button.
func short(d inventory.Device) string {
	label := []rune(d.Label)
	if len(label) == 0 {
		label = []rune(d.Address)
	}
	if len(label) > 30 {
		return string(label[:29]) + "…"
	}
	return string(label)
}

// kinds says what the device is or may be, why, and how far the drivers are proven.
func (m *model) kinds(d inventory.Device) string {
	if d.Driver != nil {
		about := d.Driver.About()
		return kit.T("devices.is", kit.Data{"Driver": about.Name}) + " " + consent.Maturity(about.Maturity)
	}
	if len(d.Candidates) == 0 {
		return kit.T("devices.hindrance.no_driver")
	}
	lines := make([]string, 0, most+1)
	for i, c := range d.Candidates {
		if i == most {
			lines = append(lines, kit.N("devices.more", len(d.Candidates)-most))
			break
		}
		about := c.Driver.About()
		lines = append(lines, kit.T("devices.may", kit.Data{"Driver": about.Name, "Confidence": consent.Confidence(c.Confidence),
			"Why": consent.Why(c.Confidence)})+" "+consent.Maturity(about.Maturity))
	}
	return strings.Join(lines, "\n")
}

// detailsView is the strip below the table.
type detailsView struct {
	box, body              fyne.CanvasObject
	hint                   *widget.Label
	name, place, kinds     *widget.Label
	badge                  *kit.Badge
	notice                 *kit.Notice
	identify, open, remove *kit.Button
	shown                  detail
}

func newDetailsView(identify, open, remove func()) *detailsView {
	v := &detailsView{hint: kit.Muted(""), name: kit.Heading(""), place: widget.NewLabel(""), kinds: kit.Body(""),
		badge: kit.NewBadge(kit.Discovered), notice: kit.NewNotice()}
	v.place.Importance, v.place.Truncation = widget.LowImportance, fyne.TextTruncateEllipsis
	v.name.Truncation = fyne.TextTruncateEllipsis
	v.identify = kit.NewPrimary("", kit.IconSearch, identify)
	v.open = kit.NewButton(kit.T("devices.open"), kit.IconForward, open)
	v.remove = kit.NewButton(kit.T("devices.remove"), "", remove)
	buttons := kit.Spread(nil, v.remove, v.open, v.identify)
	first := container.NewBorder(nil, nil, nil, container.NewHBox(kit.Middle(v.badge), buttons), v.name)
	v.body = container.NewVBox(kit.Tight(first, v.place, v.kinds), v.notice)
	v.box = container.NewVBox(widget.NewSeparator(), kit.Bar(kit.Room(container.NewStack(v.hint, v.body))))
	v.clear(false)
	return v
}

// clear shows no device, and what to do where there are any.
func (v *detailsView) clear(any bool) {
	v.shown = detail{}
	v.body.Hide()
	v.hint.SetText(kit.T("devices.select"))
	v.box.Hide()
	if any {
		v.hint.Show()
		v.box.Show()
	}
}

func (v *detailsView) show(d detail) {
	if d == v.shown {
		return
	}
	v.shown = d
	v.name.SetText(d.name)
	v.badge.Set(d.state, "")
	v.place.SetText(d.place)
	v.kinds.SetText(d.kinds)
	v.notice.Clear()
	if d.trouble != "" {
		v.notice.Say(kit.Failed, d.trouble, d.next)
	}
	v.identify.SetText(d.identify)
	v.identify.SetEnabled(d.can.identify)
	v.remove.Hidden = !d.can.remove
	v.hint.Hide()
	v.body.Show()
	v.box.Show()
	v.box.Refresh()
}
