package device

import (
	"strings"

	"countersign/app/ui/changes"
	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/statement"

	"golang.org/x/text/unicode/norm"
)

// sheet is the review of what is about to be asked of a second person.
type sheet struct {
	reason  string
	ticket  string
	tag     string // the asset tag, where the device tells no serial number
	fails   statement.OnFailure
	sending bool
	fault   error // why it could not be sent, or could not be if it were
	inUse   bool  // the device says that it is on a patient

	lacksTag bool // the asset tag was left out
}

// line is one setting on the sheet.
type line struct {
	label, found, wanted string
	risk                 drivers.Risk
	rule                 string // who must approve it
}

// openSheet opens the review. It says whether there is something to review.
func (m *model) openSheet() bool {
	if len(m.changes()) == 0 || m.sheet != nil {
		return false
	}
	m.sheet = &sheet{}
	return true
}

// closeSheet goes back to the configuration and says whether a sheet was open. A request that is being signed is not
// abandoned.
func (m *model) closeSheet() bool {
	if m.sheet == nil || m.sheet.sending {
		return m.sheet != nil
	}
	m.sheet = nil
	return true
}

func (m *model) lines() []line {
	var all []line
	_, standing := m.template()
	for _, c := range m.changes() {
		r, _ := m.rowOf(c.Setting)
		rule := changes.Rule(m.rules, m.class(r.setting))
		if standing {
			rule = kit.T("device.sheet.rule.template")
		}
		all = append(all, line{r.setting.Label, r.found, r.staged, r.setting.Risk, rule})
	}
	return all
}

// blind says whether the second person will enter the values without seeing them.
func (m *model) blind() bool {
	for _, c := range m.changes() {
		if r, ok := m.rowOf(c.Setting); ok && m.rules.Blind(m.class(r.setting)) {
			return true
		}
	}
	return false
}

// elsewhere says whether the rules want an approval from another laptop.
func (m *model) elsewhere() bool {
	for _, c := range m.changes() {
		if r, ok := m.rowOf(c.Setting); ok && m.rules.Rule(m.class(r.setting)).OtherSeat {
			return true
		}
	}
	return false
}

// next says what becomes of the request once it is signed.
func (m *model) next() string {
	if t, ok := m.template(); ok {
		var names []string
		for _, s := range t.Signers {
			names = append(names, s.Name)
		}
		return kit.T("device.sheet.next.template", kit.Data{"Name": t.Name, "Signers": strings.Join(names, ", "), "Until": t.Until.Wall.Local().Format("2006-01-02")})
	}
	key := "device.sheet.next"
	if m.blind() {
		key += ".blind"
	}
	text := kit.T(key)
	if m.elsewhere() {
		text += " " + kit.T("device.sheet.next.elsewhere")
	}
	return text
}

// asksTag says whether the device has to be named by the tag on it.
func (m *model) asksTag() bool { return m.device.Identity.Weak() }

func (m *model) proposal(reason string) change.Proposal {
	reading, _ := m.snapshot()
	p := change.Proposal{Driver: m.device.Driver, Identity: m.device.Identity, Description: reading.Description,
		Snapshot: reading.Snapshot, Changes: m.changes(), Reason: reason, Edits: m.draft().edits}
	if t, ok := m.template(); ok {
		p.Template = t.ID
	}
	if m.sheet != nil {
		p.Ticket, p.OnFailure = tidy(m.sheet.ticket), m.sheet.fails
		if m.asksTag() {
			p.AssetTag = tidy(m.sheet.tag)
		}
	}
	return p
}

// tidy writes what was typed as statements keep texts.
func tidy(text string) string { return norm.NFC.String(strings.Join(strings.Fields(text), " ")) }

// sendable says whether the button may be pressed. A missing reason is said when it is pressed.
func (m *model) sendable() bool {
	return m.sheet != nil && !m.sheet.sending && m.signer != "" && m.readable() && m.failed[m.key] == nil &&
		len(m.changes()) > 0 && m.blocked() == ""
}

// send claims the sheet for one attempt: a second click finds it claimed. It returns the proposal, or false.
func (m *model) send() (change.Proposal, bool) {
	if !m.sendable() {
		return change.Proposal{}, false
	}
	reason := tidy(m.sheet.reason)
	m.sheet.lacksTag = m.asksTag() && tidy(m.sheet.tag) == ""
	if reason == "" {
		m.sheet.fault = fault.New(fault.NoReason, "", nil)
	}
	if reason == "" || m.sheet.lacksTag {
		return change.Proposal{}, false
	}
	m.sheet.sending, m.sheet.fault = true, nil
	return m.proposal(reason), true
}

// sent takes the end of an attempt for a device. What was asked for is staged no more.
func (m *model) sent(of subject, err error) {
	if err == nil {
		delete(m.staged, of)
	}
	if m.sheet == nil || m.subject() != of {
		return
	}
	m.sheet.sending, m.sheet.fault = false, err
	if err == nil {
		m.sheet = nil
	}
}

// sendText is what the button does.
func (m *model) sendText() string {
	return kit.N("device.sheet.send", len(m.changes()), kit.Data{"Name": m.serial()})
}

// standIn stands for the reason while the desk is asked in advance whether the person may propose this at all.
const standIn = "reason to be written"
