package people

import (
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/people"
	"countersign/internal/policy"
)

// Member is a person as the screen shows them.
type Member struct {
	people.Person
	KeyHere bool      // the key's file is on this computer
	Until   time.Time // the end of the probation; zero where there is none
}

// members puts together what is known of each person.
func members(all []people.Person, rules policy.Policy, has func(string) bool) []Member {
	list := make([]Member, 0, len(all))
	for _, p := range all {
		m := Member{Person: p, KeyHere: has == nil || has(p.ID)}
		if p.Probation {
			m.Until = p.Since.Wall.Add(rules.Probation)
		}
		list = append(list, m)
	}
	return list
}

// Stands says how the person stands, in words.
func (m Member) Stands() string {
	switch {
	case m.Status == people.Suspended, m.Status == people.Left, m.Status == people.Revoked:
		return kit.T("people.status." + string(m.Status))
	case !m.Active:
		return kit.T("people.inactive")
	case m.Probation:
		return kit.T("people.status.probation", kit.Data{"Day": m.Until.Local().Format(time.DateOnly)})
	}
	return kit.T("people.active")
}

// Shape is the icon that goes with Stands.
func (m Member) Shape() kit.Icon {
	switch {
	case m.Status == people.Suspended:
		return kit.IconLock
	case m.Status == people.Left:
		return kit.IconDash
	case !m.Active:
		return kit.IconCross
	case m.Probation:
		return kit.IconHourglass
	}
	return kit.IconCheck
}

// KeyWord says whether the person can sign at this computer.
func (m Member) KeyWord() string {
	switch {
	case m.Gone():
		return kit.T("people.key.ended")
	case m.KeyHere:
		return kit.T("people.key.here")
	}
	return kit.T("people.key.elsewhere")
}

// Signs says whether the person may be one of several who sign, at this computer and now.
func (m Member) Signs() bool {
	return m.Active && m.KeyHere && !m.Probation && m.Role != policy.Auditor
}

// Gone says whether the person's part in the log is over for good.
func (m Member) Gone() bool { return m.Status == people.Left || m.Status == people.Revoked }
