package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Pair is one line of a key-value grid.
type Pair struct {
	Key   string // key of the text that names the value
	Value string // "" is shown as not known
}

// Pairs is a grid of named values. Values can be selected and copied.
type Pairs struct {
	widget.BaseWidget
	box *fyne.Container
}

// NewPairs returns a grid of named values.
func NewPairs(pairs ...Pair) *Pairs {
	p := &Pairs{box: container.New(pairsLayout{})}
	p.ExtendBaseWidget(p)
	p.Set(pairs...)
	return p
}

// Set shows these values instead.
func (p *Pairs) Set(pairs ...Pair) {
	if len(p.box.Objects) != 2*len(pairs) {
		p.box.RemoveAll()
		for range pairs {
			key := widget.NewLabel("")
			key.Importance = widget.LowImportance
			value := widget.NewLabel("")
			value.Wrapping = fyne.TextWrapWord
			value.Selectable = true
			p.box.Add(key)
			p.box.Add(value)
		}
	}
	for i, pair := range pairs {
		if pair.Value == "" {
			pair.Value = T("pairs.unknown")
		}
		setLabel(p.box.Objects[2*i], T(pair.Key))
		setLabel(p.box.Objects[2*i+1], pair.Value)
	}
}

func setLabel(o fyne.CanvasObject, text string) {
	if l := o.(*widget.Label); l.Text != text {
		l.SetText(text)
	}
}

// pairsLayout puts names left and values right, closer together than labels stand by themselves.
type pairsLayout struct{}

func (pairsLayout) each(o []fyne.CanvasObject, width float32, f func(i int, x, y, w, h float32)) (height float32) {
	var names float32
	for i := 0; i < len(o); i += 2 {
		names = max(names, o[i].MinSize().Width)
	}
	tight := theme.Size(theme.SizeNameInnerPadding)
	for i := 0; i+1 < len(o); i += 2 {
		rest := max(width-names, 1)
		f(i, 0, height, names, o[i].MinSize().Height)
		f(i+1, names, height, rest, o[i+1].MinSize().Height)
		height += max(o[i].MinSize().Height, o[i+1].MinSize().Height) - tight
	}
	return height + tight
}

func (l pairsLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	height := l.each(o, 0, func(int, float32, float32, float32, float32) {})
	return fyne.NewSize(20*theme.Size(theme.SizeNameText), height)
}

func (l pairsLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.each(o, size.Width, func(i int, x, y, w, h float32) {
		o[i].Move(fyne.NewPos(x, y))
		o[i].Resize(fyne.NewSize(w, h)) // a wrapped value may become higher by this; the rows below follow
		if grown := o[i].MinSize().Height; grown != h {
			o[i].Resize(fyne.NewSize(w, grown))
		}
	})
}

// CreateRenderer implements fyne.Widget.
func (p *Pairs) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.box) }

// Children are what Outline walks.
func (p *Pairs) Children() []fyne.CanvasObject { return p.box.Objects }

// Identity is what the pinned header of a device's pages says.
type Identity struct {
	Model     string // with its maker
	Serial    string // "" is shown as a weak identity
	Unasked   bool   // nobody has asked it who it is: Model is what its connection is called
	Firmware  string
	Asset     string
	Location  string
	Transport string // "serial, /dev/ttyUSB0"
	LastSeen  string // as Age writes it
	State     State
	Note      string // addition to the state
}

// IdentityHeader is the strip that names the device. It stays in sight on every page and sheet that can write.
type IdentityHeader struct {
	widget.BaseWidget
	model  *widget.Label
	serial *widget.Label
	more   *widget.Label
	badge  *Badge
	box    fyne.CanvasObject
}

// NewIdentityHeader returns the header of a device.
func NewIdentityHeader(id Identity) *IdentityHeader {
	h := &IdentityHeader{model: Heading(""), serial: widget.NewLabel(""), more: widget.NewLabel(""), badge: NewBadge(Normal)}
	h.serial.TextStyle.Bold = true
	h.serial.Selectable = true
	h.more.Importance = widget.LowImportance
	h.more.Truncation = fyne.TextTruncateEllipsis
	icon := widget.NewIcon(IconDevices.Resource(ColorMuted))
	first := container.NewHBox(icon, h.model, Middle(h.serial), layout.NewSpacer(), h.badge)
	h.box = container.New(layout.NewCustomPaddedVBoxLayout(0), Bar(Room(Tight(first, h.more))), widget.NewSeparator())
	h.ExtendBaseWidget(h)
	h.Set(id)
	return h
}

// Set shows another device, or other facts of the same.
func (h *IdentityHeader) Set(id Identity) {
	serial := T("identity.serial", Data{"Serial": id.Serial})
	switch {
	case id.Unasked:
		serial = T("identity.unasked")
	case id.Serial == "":
		serial = T("identity.weak")
	}
	more := ""
	for _, p := range []struct{ key, value string }{{"identity.firmware", id.Firmware}, {"identity.asset", id.Asset}, {"identity.location", id.Location},
		{"identity.transport", id.Transport}, {"identity.seen", id.LastSeen}} {
		if p.value == "" {
			continue
		}
		if more != "" {
			more += "  ·  "
		}
		more += T(p.key, Data{"Value": p.value})
	}
	setLabel(h.model, id.Model)
	setLabel(h.serial, serial)
	setLabel(h.more, more)
	h.badge.Set(id.State, id.Note)
}

// CreateRenderer implements fyne.Widget.
func (h *IdentityHeader) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(h.box) }

// Children are what Outline walks.
func (h *IdentityHeader) Children() []fyne.CanvasObject { return []fyne.CanvasObject{h.box} }

// Page lays out a screen: header pinned at the top, actions pinned at the bottom, and body scrolling between. Header and
// actions may be nil. A review sheet is a page too: the console stacks no dialogs.
func Page(header, body fyne.CanvasObject, actions ...fyne.CanvasObject) fyne.CanvasObject {
	scroll := container.NewVScroll(Room(body))
	return Frame(header, scroll, actions...)
}

// Frame is Page for a body that scrolls by itself, such as a Table.
func Frame(header, body fyne.CanvasObject, actions ...fyne.CanvasObject) fyne.CanvasObject {
	var bottom fyne.CanvasObject
	if len(actions) > 0 {
		row := container.NewHBox(append([]fyne.CanvasObject{layout.NewSpacer()}, actions...)...)
		bottom = container.NewVBox(widget.NewSeparator(), container.NewPadded(row))
	}
	return container.NewBorder(header, bottom, nil, nil, body)
}

// Row names what is typed or chosen in o, above it.
func Row(name string, o fyne.CanvasObject) fyne.CanvasObject {
	label := widget.NewLabel(name)
	return Tight(label, o)
}

// Tight stacks what belongs together, without the room that labels keep around themselves.
func Tight(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.Size(theme.SizeNamePadding)), objects...)
}

// Room keeps some room around o.
func Room(o fyne.CanvasObject) fyne.CanvasObject {
	pad := theme.Size(theme.SizeNameInnerPadding)
	return container.New(layout.NewCustomPaddedLayout(pad, pad, pad, pad), o)
}

// Middle keeps o at its least height, in the middle of a row.
func Middle(o fyne.CanvasObject) fyne.CanvasObject { return container.NewCenter(o) }

// Narrow keeps a form from becoming as wide as the window; it takes as many letters of width as given.
func Narrow(letters int, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(narrow(letters), o)
}

type narrow int

func (n narrow) width() float32 { return float32(n) * theme.Size(theme.SizeNameText) * 0.55 }

func (n narrow) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (n narrow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Resize(fyne.NewSize(min(size.Width, max(n.width(), o[0].MinSize().Width)), size.Height))
}
