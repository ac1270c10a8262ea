package device

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/policy"

	"golang.org/x/text/unicode/norm"
)

// sheet is the review of what is about to be asked of a second person.
type sheet struct {
	reason  string
	sending bool
	fault   error // why it could not be sent, or could not be if it were
	inUse   bool  // the device says that it is on a patient
}

// line is one setting on the sheet.
type line struct {
	label, found, wanted string
	risk                 drivers.Risk
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
	for _, c := range m.changes() {
		r, _ := m.rowOf(c.Setting)
		all = append(all, line{r.setting.Label, r.found, r.staged, r.setting.Risk})
	}
	return all
}

// blind says whether the second person will enter the values without seeing them.
func (m *model) blind() bool {
	for _, l := range m.lines() {
		if policy.Minimum().Blind(policy.Minimum().Class("", "", l.risk)) {
			return true
		}
	}
	return false
}

func (m *model) proposal(reason string) change.Proposal {
	reading, _ := m.snapshot()
	return change.Proposal{Driver: m.device.Driver, Identity: m.device.Identity, Description: reading.Description,
		Snapshot: reading.Snapshot, Changes: m.changes(), Reason: reason}
}

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
	reason := norm.NFC.String(strings.Join(strings.Fields(m.sheet.reason), " ")) // as statements keep texts
	if reason == "" {
		m.sheet.fault = fault.New(fault.NoReason, "", nil)
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
