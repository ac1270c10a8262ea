package emergency

import (
	"slices"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/policy"

	"golang.org/x/text/unicode/norm"
)

// phase is what the page is there for now.
type phase int

const (
	missing phase = iota // there is no such device, or nobody has asked it who it is
	arming               // no emergency is open here
	within               // one is
	running              // something is being opened or written
	told                 // what came of it
)

// model is the state of the page. It has no goroutines: whoever calls it is the window's.
type model struct {
	key     string
	at      time.Time
	device  inventory.Device
	devices []inventory.Device
	err     error // why there is no device
	staged  []drivers.Change
	rules   policy.Policy
	last    func(key string, id drivers.SettingID) (token string, ok bool)

	signer  string // who is signed in; "" for nobody
	persons []Person
	session Session
	open    bool
	inUse   bool // the device says that it is on a patient

	category   string
	person     string // ID of who was chosen
	name       string // as typed, where nobody is known
	secret     bool   // something was typed as passphrase or code
	unreadable bool   // the label cannot be read
	serials    [2]string
	tag        string

	runs map[string]*run // the last of each endpoint
}

func newModel(last func(string, drivers.SettingID) (string, bool)) *model {
	return &model{runs: map[string]*run{}, last: last, rules: policy.Minimum()}
}

// show turns to an endpoint, with nothing chosen.
func (m *model) show(key string) {
	m.key, m.device, m.err, m.staged, m.inUse = key, inventory.Device{}, nil, nil, false
	m.reset()
}

func (m *model) reset() {
	m.category, m.person, m.name, m.tag = "", "", "", ""
	m.secret, m.unreadable, m.serials = false, false, [2]string{}
}

// leave forgets what was typed, and what came of the last act unless nobody else has it.
func (m *model) leave() {
	m.reset()
	if r := m.runs[m.key]; r != nil && !r.running && !r.result.Lost {
		delete(m.runs, m.key)
	}
}

func (m *model) forget(key string) { delete(m.runs, key) }

// set takes the facts of now. What was typed about another device is not about this one.
func (m *model) set(d inventory.Device, err error, staged []drivers.Change) {
	if was, is := m.device.Identity, d.Identity; was.Model != "" && (was.Serial != is.Serial || was.Model != is.Model || was.Manufacturer != is.Manufacturer) {
		m.unreadable, m.serials, m.tag = false, [2]string{}, ""
	}
	m.device, m.err, m.staged = d, err, staged
}

// know takes who there is. The only one there is needs no choice.
func (m *model) know(persons []Person) {
	m.persons = persons
	if len(persons) == 1 && m.person == "" {
		m.person = persons[0].ID
	}
}

// answered takes what the device says of a patient.
func (m *model) answered(key string, err error) {
	if key == m.key {
		m.inUse = fault.Is(err, fault.InUse)
	}
}

func (m *model) phase() phase {
	r := m.runs[m.key]
	switch {
	case r != nil && r.running:
		return running
	case r != nil && r.tells():
		return told
	case m.err != nil || m.device.Driver == nil:
		return missing
	case m.here():
		return within
	}
	return arming
}

// here says whether an emergency is open on this device.
func (m *model) here() bool { return m.open && m.session.Key == m.key }

// elsewhere says whether one is open on another device.
func (m *model) elsewhere() bool { return m.open && m.session.Key != m.key }

// fault is why the last attempt came to nothing, or nil.
func (m *model) fault() error {
	if r := m.runs[m.key]; r != nil && !r.running {
		return r.err
	}
	return nil
}

// named is the device as buttons name it: "SN B355987654".
func (m *model) named() string {
	switch id := m.device.Identity; {
	case id.Serial != "":
		return kit.T("identity.serial", kit.Data{"Serial": id.Serial})
	case tidy(m.tag) != "":
		return kit.T("changes.asset", kit.Data{"Tag": tidy(m.tag)})
	}
	return m.device.Name()
}

// header is what the pinned strip says.
func (m *model) header() kit.Identity {
	d := m.device
	if m.err != nil {
		return kit.Identity{Model: m.key, Unasked: true, State: kit.Gone}
	}
	id := kit.Identity{Model: d.Name(), Unasked: true, Transport: kit.Transport(d.Endpoint), State: kit.State(d.State)}
	seen := d.LastSeen
	if d.Present && seen.Before(m.at) && m.at.Sub(seen) < time.Minute {
		seen = m.at // a source looks every few seconds; a header that counts them would only distract
	}
	id.LastSeen = kit.Age(seen, m.at)
	if d.Driver != nil {
		id.Model = strings.TrimSpace(d.Identity.Manufacturer + " " + d.Identity.Model)
		id.Serial, id.Firmware, id.Unasked = d.Identity.Serial, d.Identity.Firmware, false
	}
	return id
}

// asksTag says whether the device has to be named by the tag on it.
func (m *model) asksTag() bool { return m.device.Identity.Weak() }

// who says whether it is clear who acts.
func (m *model) who() bool {
	switch {
	case m.signer != "":
		return true
	case len(m.persons) == 0:
		return tidy(m.name) != ""
	}
	return slices.ContainsFunc(m.persons, func(p Person) bool { return p.ID == m.person })
}

// lacks says in a sentence what is missing before the button may be held; "" for nothing.
func (m *model) lacks() string {
	switch {
	case m.category == "":
		return kit.T("emergency.lacks.category")
	case !m.who():
		return kit.T("emergency.lacks.who")
	case m.asksTag() && tidy(m.tag) == "":
		return kit.T("emergency.lacks.tag")
	case !m.unreadable:
		return ""
	case tidy(m.serials[0]) == "" || tidy(m.serials[1]) == "":
		return kit.T("emergency.lacks.serial")
	case !strings.EqualFold(tidy(m.serials[0]), tidy(m.serials[1])):
		return kit.T("emergency.lacks.same")
	case m.device.Identity.Serial != "" && !strings.EqualFold(tidy(m.serials[0]), m.device.Identity.Serial):
		return kit.T("emergency.lacks.other", kit.Data{"Serial": m.device.Identity.Serial})
	}
	return ""
}

// arm claims what the person asked for, once: a second call finds it running.
func (m *model) arm(secret string) (Arm, *run, bool) {
	if m.phase() != arming || m.lacks() != "" {
		return Arm{}, nil, false
	}
	a := Arm{Key: m.key, Category: m.category, Unreadable: m.unreadable, Changes: slices.Clone(m.staged)}
	if m.asksTag() {
		a.Tag = tidy(m.tag)
	}
	switch {
	case m.signer != "":
	case len(m.persons) == 0:
		a.Name, a.Secret = tidy(m.name), secret
	default:
		a.Person, a.Secret = m.person, secret
	}
	m.secret = false
	return a, m.begin(a.Changes), true
}

// write claims what is staged, to be written in the emergency that is open.
func (m *model) write() (*run, bool) {
	if m.phase() != within || len(m.staged) == 0 {
		return nil, false
	}
	return m.begin(slices.Clone(m.staged)), true
}

// again claims what did not arrive, or may not have.
func (m *model) again() (*run, bool) {
	left := m.unsent()
	if m.phase() != told || !m.here() || len(left) == 0 {
		return nil, false
	}
	return m.begin(left), true
}

// unsent is what the last act sent in vain, or may have.
func (m *model) unsent() []drivers.Change {
	r := m.runs[m.key]
	if r == nil || r.running {
		return nil
	}
	return r.unsent()
}

// tidy writes what was typed as statements keep texts.
func tidy(text string) string { return norm.NFC.String(strings.Join(strings.Fields(text), " ")) }
