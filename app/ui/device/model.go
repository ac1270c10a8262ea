// Package device is the page of one device: who it is, what it reports, the ways into it and its configuration, where
// values are staged and from where they are sent to a second person.
//
// It writes nothing to a device. Staged values stay on this page until they are proposed; package change takes over then.
package device

import (
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/policy"
	"countersign/internal/session"
)

// phase is how much is known of what is at the endpoint.
type phase int

const (
	missing    phase = iota // no such endpoint in the list
	unasked                 // nobody has asked the device who it is
	identified              // it said who it is
)

// memory is what was read of a device last and before that, so that what changed on the device itself can be marked.
type memory struct{ last, before *inventory.Reading }

// model is the state of the page. It has no goroutines: whoever calls it is the window's.
type model struct {
	key    string
	device inventory.Device
	live   session.Live
	err    error // why there is no device

	staged   drafts
	read     map[subject]*memory
	reviewed map[string]bool  // drivers that may write, by what tells one from the other
	reading  map[string]bool  // endpoints that are being read
	failed   map[string]error // why the last reading of an endpoint failed

	signer string // who is signed in; "" for nobody
	sheet  *sheet // the open review sheet, or nil
	edit   *edit  // waits for its device

	rules     policy.Policy // in force
	templates []change.Template
}

func newModel() *model {
	return &model{staged: drafts{}, read: map[subject]*memory{}, reviewed: map[string]bool{}, reading: map[string]bool{}, failed: map[string]error{}, rules: policy.Minimum()}
}

// show turns to another endpoint. What was staged for the old one stays.
func (m *model) show(key string) {
	if key != m.key {
		m.key, m.sheet = key, nil
	}
}

// set takes the facts of now.
func (m *model) set(d inventory.Device, live session.Live, err error) {
	before := m.subject()
	m.device, m.live, m.err = d, live, err
	if m.subject() != before {
		m.sheet = nil // it was about another device
	}
	if m.phase() != identified || d.Read == nil {
		return
	}
	at := m.memory()
	if at.last != d.Read {
		at.last, at.before = d.Read, at.last
	}
	if d.Identity.Weak() {
		at.before = nil // it may have been another unit's
	}
}

func (m *model) subject() subject { return subjectOf(m.key, m.device.Identity) }

func (m *model) draft() *draft { return m.staged.of(m.subject()) }

func (m *model) memory() *memory {
	at := m.read[m.subject()]
	if at == nil {
		at = &memory{}
		m.read[m.subject()] = at
	}
	return at
}

func (m *model) phase() phase {
	switch {
	case m.err != nil:
		return missing
	case m.device.Driver == nil:
		return unasked
	}
	return identified
}

// connected says whether the device can be asked something.
func (m *model) connected() bool {
	switch session.State(m.device.State) {
	case session.Ready, session.Busy, session.Silent:
		return m.phase() == identified
	}
	return false
}

// readable says whether a reading may be started now.
func (m *model) readable() bool { return m.connected() && !m.reading[m.key] }

// snapshot is the last reading that the page may show: the device's own, also after the conversation has ended.
func (m *model) snapshot() (inventory.Reading, bool) {
	if m.phase() != identified || m.device.Read == nil {
		return inventory.Reading{}, false
	}
	return *m.device.Read, true
}

// driverKey tells drivers apart for the question whether they may write.
func driverKey(d drivers.Driver) string { return d.About().ID + " " + d.About().Digest }

func (m *model) mayWrite() bool {
	return m.device.Driver != nil && m.reviewed[driverKey(m.device.Driver)]
}

// serial names the device on buttons: "SN B355987654".
func (m *model) serial() string {
	if m.device.Identity.Serial == "" {
		return m.device.Name()
	}
	return kit.T("identity.serial", kit.Data{"Serial": m.device.Identity.Serial})
}

// state is the word for how the console stands with the device.
func (m *model) state() kit.State { return kit.State(m.device.State) }

// header is what the pinned strip says.
func (m *model) header(now time.Time) kit.Identity {
	d := m.device
	if m.phase() == missing {
		return kit.Identity{Model: m.key, Unasked: true, State: kit.Gone}
	}
	id := kit.Identity{Model: d.Name(), Unasked: true, Transport: kit.Transport(d.Endpoint), State: m.state(), LastSeen: m.lastSeen(now)}
	if m.phase() == identified {
		id.Model = strings.TrimSpace(d.Identity.Manufacturer + " " + d.Identity.Model)
		id.Serial, id.Firmware, id.Unasked = d.Identity.Serial, d.Identity.Firmware, false
	}
	return id
}

// lastSeen is when the device, or else its endpoint, was there last: live values are a sign of the device itself.
func (m *model) lastSeen(now time.Time) string {
	at := m.device.LastSeen
	for _, s := range m.live.Samples {
		if s.At.After(at) {
			at = s.At
		}
	}
	if m.device.Present && m.device.State != inventory.Gone && at.Before(now) && now.Sub(at) < time.Minute {
		at = now // a source looks every few seconds; a header that counts them would only distract
	}
	return kit.Age(at, now)
}

// returned says that the device was gone and is there again, not yet asked: to say that it is gone would be wrong.
func (m *model) returned() bool {
	return fault.Is(m.trouble(), fault.PortGone) && m.device.Present && m.device.State == inventory.Discovered
}

// trouble is what stands in the way now, or nil.
func (m *model) trouble() error {
	switch {
	case m.err != nil:
		return m.err
	case m.failed[m.key] != nil:
		return m.failed[m.key]
	case m.live.Fault != nil:
		return m.live.Fault
	}
	return m.device.Fault
}

// readDone takes the end of a reading of an endpoint. Being stopped is no failure.
func (m *model) readDone(key string, err error) {
	delete(m.reading, key)
	delete(m.failed, key)
	if err != nil && !fault.Is(err, fault.Cancelled) {
		m.failed[key] = err
	}
}

// readAge says when the configuration was read.
func (m *model) readAge(now time.Time) string {
	r, ok := m.snapshot()
	switch {
	case m.reading[m.key]:
		return kit.T("device.reading")
	case !ok:
		return kit.T("device.unread")
	}
	return kit.ReadAge(r.Snapshot.At, now)
}
