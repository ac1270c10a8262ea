// Package changes is the screen of requests: the queue of all of them, and one request with what can be done about it:
// approve or refuse it as the second person, take it back, or write it to its device.
//
// The screen decides nothing: package change checks every step again. It holds a second person's key for as long as
// that person needs to sign, and no longer, and never shows a value that the second person has yet to enter.
package changes

import (
	"cmp"
	"slices"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// model is what the screen shows, without any widget. It is used on the window's goroutine only.
type model struct {
	requests []change.Request // the newest first
	people   []people.Person
	devices  []inventory.Device
	settings map[string]map[drivers.SettingID]drivers.Setting // by driver, as its devices described them
	me       people.Person                                    // who is signed in; the zero Person for nobody
	rules    policy.Policy                                    // in force
	now      time.Time
	loaded   bool
	err      error // why the requests could not be read

	id     string                                  // the request on the page; "" while the queue is shown
	shown  bool                                    // its proposer asked to see the values that are hidden
	labels map[string]map[drivers.SettingID]string // of drivers none of whose devices was read here
	flow   flow
	notice notice
	writes map[string]*write // by request
	handed *handover         // what another laptop is given or has given; nil while nothing is

	reached map[string]bool // requests with an unknown outcome, and whether their device was there at the last look
}

func newModel(labels map[string]map[drivers.SettingID]string) *model {
	return &model{labels: labels, settings: map[string]map[drivers.SettingID]drivers.Setting{}, writes: map[string]*write{}, reached: map[string]bool{}, rules: policy.Minimum()}
}

// took takes in the requests and people as the log has them now.
func (m *model) took(l loaded, err error) {
	m.loaded, m.err = true, err
	if err != nil {
		return
	}
	m.requests, m.people, m.rules = l.requests, l.people, l.rules
	m.recheck()
}

// tookDevices takes in what is connected. How a driver calls its settings is remembered when its devices are gone.
func (m *model) tookDevices(all []inventory.Device) {
	m.devices = all
	for _, d := range all {
		if d.Driver == nil || d.Read == nil {
			continue
		}
		known := map[drivers.SettingID]drivers.Setting{}
		for _, s := range d.Read.Description.Settings {
			known[s.ID] = s
		}
		m.settings[d.Driver.About().ID] = known
	}
}

// seated notes who is signed in. When somebody else sits down, or nobody, what was under way is over.
func (m *model) seated(person people.Person) {
	if person.ID == m.me.ID {
		return
	}
	m.me, m.shown = person, false
	if m.flow.stage != resting {
		m.leave()
		m.notice = notice{state: kit.Caution, what: kit.T("changes.seat"), more: kit.T("changes.seat.more")}
	}
}

// open shows a request, or the queue for "".
func (m *model) open(id string) {
	m.leave()
	m.id, m.shown, m.notice = id, false, notice{}
}

// request returns the request on the page.
func (m *model) request() (change.Request, bool) {
	i := slices.IndexFunc(m.requests, func(r change.Request) bool { return r.ID == m.id && m.id != "" })
	if i < 0 {
		return change.Request{}, false
	}
	return m.requests[i], true
}

// unentered says whether nobody but its proposer has shown to know the values of a request.
func unentered(r change.Request) bool {
	agreed := r.State == change.Approved || r.State == change.Applying || r.State == change.Done // by persons, or by a template
	return r.Blind() && (r.State == change.Waiting || len(r.Approvals) == 0 && !agreed)
}

// hidden says whether the page must keep the wanted values to itself: from everybody but the proposer, and from the
// proposer too until asked for, because the second person is about to stand before the same screen. What ended before the
// values were entered stays hidden: whoever let it end could read there what to enter the next time.
func (m *model) hidden(r change.Request) bool {
	return r.Hidden(m.me.ID) || unentered(r) && (m.flow.blind() || !m.shown || r.Signer.ID != m.me.ID)
}

// tagHidden says whether the page must keep the asset tag to itself: everybody who approves reads it off the device.
func (m *model) tagHidden(r change.Request) bool {
	if m.flow.act == approve && (m.flow.stage == reading || m.flow.stage == signing) {
		return false // it was entered, and stands in the text that is signed
	}
	return r.TagHidden(m.me.ID) || r.AssetTag != "" && r.State == change.Waiting
}

// serial is what the device of a request is called on buttons.
func (m *model) serial(r change.Request) string {
	if m.tagHidden(r) {
		return serialOf(r.Device, "…")
	}
	return serialOf(r.Device, r.AssetTag)
}

// canShow says whether the person who is signed in may see the hidden values of a request.
func (m *model) canShow(r change.Request) bool {
	return m.flow.stage == resting && unentered(r) && m.me.ID != "" && r.Signer.ID == m.me.ID
}

func (m *model) person(id string) people.Person {
	for _, p := range m.people {
		if p.ID == id {
			return p
		}
	}
	return people.Person{}
}

// connected returns the device that the request names, where the console talks to it.
func (m *model) connected(r change.Request) (inventory.Device, bool) {
	i := slices.IndexFunc(m.devices, func(d inventory.Device) bool {
		return talking(d) && d.Identity.Serial == r.Device.Serial && d.Identity.Model == r.Device.Model && d.Identity.Manufacturer == r.Device.Manufacturer
	})
	if i < 0 {
		return inventory.Device{}, false
	}
	return m.devices[i], true
}

// talking says whether a conversation with the device is open.
func talking(d inventory.Device) bool {
	return d.Driver != nil && d.State != inventory.Discovered && d.State != inventory.Connecting && d.State != inventory.Gone
}

// expires returns when nothing can come of the request any more.
func expires(r change.Request) time.Time { return r.Issued.Wall.Add(r.ValidFor) }

// order puts what waits for somebody first, then what is under way, then the rest; the newest first within each.
func order(a, b change.Request) int {
	return cmp.Or(cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(b.Seq, a.Seq))
}

func rank(s change.State) int {
	i := slices.Index([]change.State{change.Waiting, change.Approved, change.Applying}, s)
	if i < 0 {
		return 3
	}
	return i
}

// sorted returns the settings of a request, those that matter most to a patient first.
func (m *model) sorted(r change.Request) []statement.SetLine {
	all := slices.Clone(r.Set)
	slices.SortStableFunc(all, func(a, b statement.SetLine) int { return m.weight(r, b) - m.weight(r, a) })
	return all
}

func (m *model) weight(r change.Request, l statement.SetLine) int {
	return slices.Index(policy.Classes(), m.class(r, l))
}

func (m *model) class(r change.Request, l statement.SetLine) policy.Class {
	return m.rules.Class(r.Driver.ID, l.ID, l.Risk)
}
