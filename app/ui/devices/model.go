// Package devices is the screen that lists what was found: what each device is or may be, where it is and how the console
// stands with it. From here a person identifies a device, adds an address by hand and turns the search on the network on.
//
// It finds nothing itself and never decides to ask a device: that is a person's answer to package consent.
package devices

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"countersign/app/ui/consent"
	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/discovery/manual"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/session"
)

// row is one device as the table shows it. Rows are comparable, so that a list that did not change is not shown again.
type row struct {
	key, name, kind, where, source, seen string
	state                                kit.State
	serial                               bool   // reached over a serial line
	at                                   int64  // when it was last seen, for sorting; the later the greater
	more                                 string // what the filter finds besides
}

// model is what the screen knows. It is used on the window's goroutine alone.
type model struct {
	devices  map[string]inventory.Device
	rows     []row
	sources  []sourceLine
	selected string           // key of a device; "" for none
	asking   map[string]bool  // devices that are being identified from here
	failed   map[string]error // why the last attempt from here failed
	words    words
}

// words are the texts that every row needs, looked up once.
type words struct {
	source map[string]string
	kind   map[drivers.Confidence][2]string // what is written before and after the names of drivers
	now    string
	never  string
	none   string
}

func newModel() *model {
	m := &model{devices: map[string]inventory.Device{}, asking: map[string]bool{}, failed: map[string]error{}}
	m.words = words{
		kind: map[drivers.Confidence][2]string{},
		source: map[string]string{serialport.Name: kit.T("devices.by.serial"), mdns.Name: kit.T("devices.by.network"),
			manual.Name: kit.T("devices.by.hand")},
		now: kit.T("devices.seen.now"), never: kit.T("devices.seen.never"), none: kit.T("devices.kind.none"),
	}
	for c := drivers.Maybe; c <= drivers.Certain; c++ {
		before, after, _ := strings.Cut(kit.T("devices.kind."+c.String(), kit.Data{"Drivers": "\n"}), "\n")
		m.words.kind[c] = [2]string{before, after}
	}
	return m
}

// update takes the list as it is now and says whether the table has to show it.
func (m *model) update(list []inventory.Device, now time.Time) bool {
	rows := make([]row, 0, len(list))
	clear(m.devices)
	for _, d := range list {
		if removed(d) {
			continue
		}
		key := d.Key()
		m.devices[key] = d
		if d.State == inventory.Connecting || talks(d) {
			delete(m.failed, key) // a newer attempt, from wherever
		}
		rows = append(rows, m.row(key, d, now))
	}
	changed := m.rows == nil || !slices.Equal(rows, m.rows)
	m.rows = rows
	return changed
}

// removed says that a device is an address that was typed in and taken off the list again. Nobody has ever seen it, so
// that it cannot be gone.
func removed(d inventory.Device) bool {
	return !d.Present && typedOnly(d) && d.Identity.Model == "" && d.Session() == nil
}

func typedOnly(d inventory.Device) bool { return len(d.Sources) == 1 && d.Sources[0] == manual.Name }

func (m *model) row(key string, d inventory.Device, now time.Time) row {
	r := row{key: key, name: d.Name(), kind: m.kind(d), where: kit.ShortPath(d.Address), source: m.source(d), serial: d.Scheme == "serial"}
	r.state = m.state(key, d)
	r.seen, r.at = m.seen(d, now)
	facts := slices.Sorted(maps.Values(d.Facts))
	r.more = strings.Join(append(facts, d.Label, d.Identity.Manufacturer, d.Identity.Firmware), "\n")
	return r
}

// state is the inventory's; between a person's consent and the first answer of the inventory it is connecting already.
func (m *model) state(key string, d inventory.Device) kit.State {
	if m.asking[key] {
		return kit.Connecting
	}
	return kit.State(d.State)
}

// kind says what a device is, or what it may be with the drivers that tie for the first place.
func (m *model) kind(d inventory.Device) string {
	if d.Driver != nil {
		return d.Driver.About().Name
	}
	if len(d.Candidates) == 0 {
		return m.words.none
	}
	best := d.Candidates[0].Confidence
	var names strings.Builder
	for i, c := range d.Candidates {
		if c.Confidence < best {
			break
		}
		if i > 0 {
			names.WriteString(", ")
		}
		names.WriteString(c.Driver.About().Name)
	}
	around := m.words.kind[best]
	return around[0] + names.String() + around[1]
}

func (m *model) source(d inventory.Device) string {
	names := make([]string, len(d.Sources))
	for i, s := range d.Sources {
		names[i] = cmp.Or(m.words.source[s], s)
	}
	return strings.Join(names, ", ")
}

// seen says when there was last a sign of the device. A typed address is none.
func (m *model) seen(d inventory.Device, now time.Time) (string, int64) {
	switch {
	case talks(d) || d.Present && !typedOnly(d):
		return m.words.now, math.MaxInt64
	case typedOnly(d):
		return m.words.never, 0
	}
	return kit.Age(d.LastSeen, now), d.LastSeen.Unix()
}

// current returns the selected device.
func (m *model) current() (inventory.Device, bool) {
	d, ok := m.devices[m.selected]
	return d, ok
}

// canIdentify says whether the device may be asked: nobody is asking it, nobody talks with it, it is there, and there is
// a driver for it.
func (m *model) canIdentify(d inventory.Device) bool { return m.hindrance(d) == "" }

// hindrance is the key of the sentence that says why a device cannot be identified now, or "".
func (m *model) hindrance(d inventory.Device) string {
	switch {
	case m.state(d.Key(), d) == kit.Connecting:
		return "devices.hindrance.asking"
	case talks(d):
		return "devices.hindrance.talking"
	case !d.Present:
		return "devices.hindrance.gone"
	case len(consent.Candidates(d)) == 0:
		return "devices.hindrance.no_driver"
	}
	return ""
}

// canRemove says whether the device is an address that was typed in and is not in use.
func (m *model) canRemove(d inventory.Device) bool {
	talking := d.Session() != nil && d.State != inventory.Gone
	return d.Present && slices.Contains(d.Sources, manual.Name) && !talking && m.state(d.Key(), d) != kit.Connecting
}

// begin notes that a device is being identified. It is false where that is so already, as after a second click.
func (m *model) begin(key string) bool {
	if m.asking[key] {
		return false
	}
	m.asking[key] = true
	delete(m.failed, key)
	return true
}

// finish notes how it ended.
func (m *model) finish(key string, err error) {
	delete(m.asking, key)
	if err != nil {
		m.failed[key] = err
	}
}

// trouble returns why the device was not identified or is no longer connected. That a person stopped it is none.
func (m *model) trouble(d inventory.Device) error {
	err := cmp.Or(m.failed[d.Key()], d.Fault)
	if m.asking[d.Key()] || d.State == inventory.Connecting || talks(d) || fault.Is(err, fault.Cancelled) {
		return nil
	}
	return err
}

// talks says whether the conversation with a device is going well.
func talks(d inventory.Device) bool {
	return d.State == inventory.State(session.Ready) || d.State == inventory.State(session.Busy)
}
