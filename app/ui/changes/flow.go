package changes

import (
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
)

// stage is how far an act is.
type stage string

const (
	resting    stage = ""           // nothing is being done
	naming     stage = "naming"     // the second person picks a name and types the passphrase
	proving    stage = "proving"    // the key is being opened
	entering   stage = "entering"   // the values are being entered
	comparing  stage = "comparing"  //
	reading    stage = "reading"    // the statement is on the page
	signing    stage = "signing"    // the signature is being recorded
	confirming stage = "confirming" // a sheet asks once more
	open       stage = "open"       // something is handed over or taken
)

// patience is how long a key stays open while nothing is signed with it.
const patience = 5 * time.Minute

// flow is one act under way. It holds the second person's key from the passphrase to the signature; wherever it ends, the
// key is locked. Work is known by its number, so that what returns after its flow has ended is not taken for another's.
type flow struct {
	act    act
	stage  stage
	number int
	person people.Person
	signer *people.Signer
	until  time.Time // when the key is locked again
	agreed change.Agreed
	differ []drivers.SettingID // the settings whose entry differed
}

// notice is what the person at the console must be told.
type notice struct {
	state      kit.State
	what, more string
	err        error // instead of a sentence
}

// blind says whether a second person is at the console who has not entered the values yet.
func (f *flow) blind() bool {
	return (f.act == approve || f.act == refuse || f.act == giveBack) && f.stage != resting && f.stage != reading && !(f.act == approve && f.stage == signing)
}

// busy says whether work is under way whose end must be waited for.
func (f *flow) busy() bool { return f.stage == proving || f.stage == comparing || f.stage == signing }

// end locks the key and forgets everything but the number.
func (f *flow) end() {
	f.signer.Lock()
	*f = flow{number: f.number + 1}
}

// begin starts an act on the request of the page, if that is possible.
func (m *model) begin(a act) bool {
	if !m.can(a) || m.flow.busy() || m.writing(m.id) {
		return false
	}
	m.leave()
	m.notice = notice{}
	m.flow.act, m.flow.stage, m.shown = a, naming, false
	switch a {
	case apply, withdraw:
		m.flow.stage = confirming
	case hand, take:
		m.flow.stage = open
	}
	return true
}

// leave ends what is being done. Work that is under way is not undone by it: its result finds nobody.
func (m *model) leave() {
	m.flow.end()
	m.handed = nil
}

// prove notes that a key is being opened and returns the number of that work.
func (m *model) prove(personID string) (number int, person people.Person, ok bool) {
	r, found := m.request()
	if !found || m.flow.act != approve || m.flow.stage != naming {
		return 0, person, false
	}
	for _, p := range m.deciders(approve, r) {
		if p.ID == personID {
			m.flow.stage, m.flow.person, m.notice = proving, p, notice{}
			return m.flow.number, p, true
		}
	}
	m.notice = notice{state: kit.Caution, what: kit.T("changes.naming.nobody")}
	return 0, person, false
}

// proved takes the opened key, or locks it at once where nobody waits for it any more. It says whether the request is
// not blind, so that there is nothing to enter.
func (m *model) proved(number int, signer *people.Signer, err error) (compareNow bool) {
	if number != m.flow.number || m.flow.stage != proving {
		signer.Lock()
		return false
	}
	if err != nil {
		m.flow.stage, m.notice = naming, notice{err: err}
		return false
	}
	r, ok := m.request()
	m.flow.signer, m.flow.until, m.flow.stage = signer, m.now.Add(patience), entering
	m.recheck()
	return ok && m.flow.stage == entering && !r.Blind() && r.AssetTag == ""
}

// compare notes that the entries are being compared.
func (m *model) compare() (number int, person people.Person, ok bool) {
	if m.flow.stage != entering {
		return 0, person, false
	}
	m.flow.stage, m.flow.differ, m.notice = comparing, nil, notice{}
	return m.flow.number, m.flow.person, true
}

// compared takes what came of the comparison.
func (m *model) compared(number int, agreed change.Agreed, err error) {
	if number != m.flow.number || m.flow.stage != comparing {
		return
	}
	switch {
	case err == nil:
		m.flow.agreed, m.flow.stage, m.flow.until = agreed, reading, m.now.Add(patience)
		m.recheck()
	case fault.Is(err, fault.Mismatch):
		for id := range strings.SplitSeq(fault.SubjectOf(err), ", ") {
			m.flow.differ = append(m.flow.differ, drivers.SettingID(id))
		}
		m.flow.stage = entering
		m.notice = notice{err: fault.New(fault.Mismatch, m.names(m.flow.differ), nil)}
	default:
		m.leave()
		m.notice = notice{err: err}
	}
}

// sign hands out the key and what it shall sign. From here on the key is the caller's to lock.
func (m *model) sign() (number int, signer *people.Signer, agreed change.Agreed, ok bool) {
	if m.flow.act != approve || m.flow.stage != reading {
		return 0, nil, agreed, false
	}
	signer, m.flow.signer, m.flow.stage, m.notice = m.flow.signer, nil, signing, notice{}
	return m.flow.number, signer, m.flow.agreed, true
}

// decide notes that a refusal or a withdrawal is being signed.
func (m *model) decide(a act, at stage, personID string) (number int, person people.Person, ok bool) {
	r, found := m.request()
	if !found || m.flow.act != a || m.flow.stage != at {
		return 0, person, false
	}
	if a.reasoned() || a == waive {
		for _, p := range m.deciders(a, r) {
			if p.ID == personID {
				person = p
			}
		}
		if person.ID == "" {
			m.notice = notice{state: kit.Caution, what: kit.T("changes.naming.nobody")}
			return 0, person, false
		}
	}
	m.flow.stage, m.notice, m.flow.person = signing, notice{}, person
	return m.flow.number, person, true
}

// signed takes what came of a signature. A wrong passphrase or a missing reason lets the person try again.
func (m *model) signed(number int, err error) {
	if number != m.flow.number || m.flow.stage != signing {
		return
	}
	retry := fault.Is(err, fault.Passphrase) || fault.Is(err, fault.NoReason) || fault.Is(err, fault.Throttled)
	if retry && (m.flow.act.reasoned() || m.flow.act == waive) {
		m.flow.stage = naming
	} else {
		m.leave()
	}
	m.notice = notice{err: err}
}

// recheck ends an act that is no longer possible, because somebody else was faster or the time is over. Work that is
// under way finds out by itself.
func (m *model) recheck() {
	if m.flow.stage == resting || m.flow.busy() || m.can(m.flow.act) {
		return
	}
	m.leave()
	m.notice = notice{state: kit.Caution, what: kit.T("changes.moved"), more: kit.T("changes.moved.more")}
}

// tick looks at the clock and says whether the request's time has just run out, so that it should be read again.
func (m *model) tick(now time.Time) (over bool) {
	m.now = now
	if m.flow.signer != nil && now.After(m.flow.until) {
		m.leave()
		m.notice = notice{state: kit.Caution, what: kit.T("changes.timeout"), more: kit.T("changes.timeout.more", kit.Data{"Minutes": int(patience.Minutes())})}
	}
	for _, r := range m.requests {
		if (r.State != change.Waiting && r.State != change.Approved) || !now.After(expires(r)) {
			continue
		}
		over = true
		if r.ID == m.id && m.flow.stage != resting && !m.flow.busy() {
			m.leave()
			m.notice = notice{err: fault.New(fault.Expired, "", nil)}
		}
	}
	return over
}
