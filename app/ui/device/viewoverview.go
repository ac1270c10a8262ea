package device

import (
	"slices"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// stranger is the page of an endpoint that nobody has asked who it is.
type stranger struct {
	page     fyne.CanvasObject
	notice   *strip
	pairs    *kit.Pairs
	identify *kit.Button
}

func newStranger(s *Screen) *stranger {
	p := &stranger{notice: newStrip(), pairs: kit.NewPairs()}
	p.identify = kit.NewPrimary(kit.T("device.identify"), kit.IconPlay, func() { s.deps.Identify(s.model.key) })
	body := container.NewVBox(kit.Heading(kit.T("device.unasked.title")), kit.Body(kit.T("device.unasked.text")), p.notice.box,
		kit.Panel(p.pairs), container.NewHBox(p.identify))
	p.notice.page = body
	p.page = kit.Page(nil, kit.Narrow(100, body))
	return p
}

func (p *stranger) render(m *model, now time.Time) {
	d := m.device
	var claims []string
	for _, key := range slices.Sorted(keysOf(d.Facts)) {
		claims = append(claims, claim(key)+": "+d.Facts[key])
	}
	var candidates []string
	for _, c := range d.Candidates {
		candidates = append(candidates, c.Driver.About().Name+" ("+kit.T("device.confidence."+c.Confidence.String())+")")
	}
	p.pairs.Set(
		kit.Pair{Key: "device.fact.connection", Value: kit.Transport(d.Endpoint)},
		kit.Pair{Key: "device.fact.sources", Value: sources(d.Sources)},
		kit.Pair{Key: "device.fact.first", Value: kit.Age(d.FirstSeen, now)},
		kit.Pair{Key: "device.fact.claims", Value: strings.Join(claims, "\n")},
		kit.Pair{Key: "device.fact.candidates", Value: strings.Join(candidates, "\n")},
	)
	switch {
	case m.state() == kit.Connecting:
		p.notice.say(kit.Connecting, kit.T("device.connecting"), "")
	case d.Fault != nil:
		p.notice.fault(d.Fault)
	default:
		p.notice.quiet()
	}
	enable(p.identify, m.state() != kit.Connecting && len(d.Candidates) > 0 && d.Present)
}

// claim names what an endpoint says of itself.
func claim(fact string) string {
	key := "device.claim." + fact
	if name := kit.T(key); name != key {
		return name
	}
	return fact
}

func keysOf(facts map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range facts {
			if !yield(key) {
				return
			}
		}
	}
}

// overviewTab shows what the device reports, and what is known of it.
type overviewTab struct {
	page   fyne.CanvasObject
	body   *fyne.Container // all of it
	grid   *fyne.Container
	ids    []drivers.SettingID // of the cards, in order
	cards  []*card
	empty  *widget.Label
	facts  *kit.Pairs
	clock  *kit.Pairs
	off    *kit.Notice
	driver *kit.Pairs
}

// columns is how many live values stand side by side.
const columns = 5

func newOverviewTab() *overviewTab {
	o := &overviewTab{grid: container.NewGridWithColumns(columns), empty: kit.Muted(kit.T("device.values.empty")),
		facts: kit.NewPairs(), clock: kit.NewPairs(), off: kit.NewNotice(), driver: kit.NewPairs()}
	note := widget.NewIcon(kit.IconInfo.Resource(kit.ColorMuted))
	remark := kit.Muted(kit.T("device.values.note"))
	head := kit.Tight(kit.Heading(kit.T("device.values.title")), container.NewBorder(nil, nil, kit.Middle(note), nil, remark), o.empty)
	panel := func(title string, o ...fyne.CanvasObject) fyne.CanvasObject {
		return kit.Panel(kit.Tight(append([]fyne.CanvasObject{kit.Heading(kit.T(title))}, o...)...))
	}
	left := container.NewVBox(panel("device.facts.title", o.facts), panel("device.clock.title", o.clock, o.off))
	right := container.NewVBox(panel("device.driver.title", o.driver))
	o.body = container.NewVBox(head, o.grid, container.NewGridWithColumns(2, left, right))
	o.page = kit.Page(nil, o.body)
	return o
}

func (o *overviewTab) render(m *model, now time.Time) {
	values := m.values(now)
	ids := make([]drivers.SettingID, len(values))
	for i, v := range values {
		ids[i] = v.id
	}
	others := !slices.Equal(ids, o.ids)
	if others {
		o.ids, o.cards = ids, nil
		o.grid.RemoveAll()
		for range ids {
			c := newCard()
			o.cards = append(o.cards, c)
			o.grid.Add(c.box)
		}
	}
	for i, v := range values {
		o.cards[i].set(v)
	}
	show(o.empty, len(values) == 0)
	if others {
		o.body.Refresh() // the cards of another device need another height
	}
	o.facts.Set(m.facts()...)
	o.driver.Set(m.driverFacts()...)
	c, ok := m.clock()
	if !ok {
		o.clock.Set(kit.Pair{Key: "device.clock.at", Value: kit.T("device.clock.none")})
		o.off.Clear()
		return
	}
	o.clock.Set(kit.Pair{Key: "device.clock.at", Value: c.at}, kit.Pair{Key: "device.clock.offset", Value: c.offset})
	if c.off && !o.off.Visible() {
		o.off.Say(kit.Caution, kit.T("device.clock.off"), "")
	} else if !c.off {
		o.off.Clear()
	}
}

// card is one live value.
type card struct {
	shown reported
	label *widget.Label
	value *widget.Label
	word  *widget.Label
	alarm *kit.Alarm
	box   fyne.CanvasObject
}

func newCard() *card {
	c := &card{label: kit.Muted(""), value: kit.Title(""), word: kit.Muted(""), alarm: kit.NewAlarm()}
	c.alarm.Hide()
	c.word.Truncation = fyne.TextTruncateEllipsis
	c.word.Wrapping = fyne.TextWrapOff
	pad := theme.Size(theme.SizeNameInnerPadding)
	mark := container.New(layout.NewCustomPaddedLayout(0, 0, pad, 0), container.NewHBox(c.alarm)) // in line with the labels
	c.box = kit.Panel(container.New(layout.NewCustomPaddedVBoxLayout(-theme.Size(theme.SizeNamePadding)), c.label, c.value, c.word, mark))
	return c
}

func (c *card) set(v reported) {
	if v == c.shown {
		return
	}
	c.shown = v
	c.label.SetText(v.label)
	c.value.SetText(v.text)
	c.word.Importance = widget.LowImportance
	if v.stale {
		c.word.Importance = widget.WarningImportance
	}
	c.word.SetText(v.word)
	show(c.alarm, v.alarm)
}
