package policy

import (
	"slices"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

// Class is which rule a setting falls under: its risk, or HighAlert where the rules name it.
type Class string

// The classes, in the order in which screens and statements list them.
const (
	Cosmetic    Class = "cosmetic"
	Operational Class = "operational"
	Clinical    Class = "clinical"
	HighAlert   Class = "high-alert"
)

// Classes returns every class.
func Classes() []Class { return []Class{Cosmetic, Operational, Clinical, HighAlert} }

// Rule says who may propose a change of a setting and who must approve it.
type Rule struct {
	Propose   []Role   // any of these; none means every role but Auditor
	Approve   [][]Role // any one of these groups; of a group, one person for each role. An empty group is any one person
	OtherSeat bool     // approved on another laptop or with a hardware key
	Blind     bool     // the approver enters the value without seeing it
}

// Setting names one setting of one driver.
type Setting struct {
	Driver  string
	Setting drivers.SettingID
}

// Policy is the rules of a site. It is a value that nobody changes.
type Policy struct {
	rules     map[Class]Rule
	highAlert []Setting
	excluded  []Setting
	Probation time.Duration // whole days for which a new person cannot approve alone; 0 for none
}

// Minimum is what is in force before a site has signed rules of its own, and when those that it signed cannot be read: two
// persons, blind entry of clinical values, a week of probation.
func Minimum() Policy {
	anybody := [][]Role{{}}
	return Policy{
		rules: map[Class]Rule{
			Cosmetic: {Approve: anybody}, Operational: {Approve: anybody}, Clinical: {Approve: anybody, Blind: true},
			HighAlert: {Approve: anybody, OtherSeat: true, Blind: true},
		},
		Probation: 7 * day,
	}
}

const day = 24 * time.Hour

// Rule returns the rule of a class. A class that does not exist has the strictest one.
func (p Policy) Rule(c Class) Rule {
	if p.rules == nil {
		p = Minimum()
	}
	if r, ok := p.rules[c]; ok {
		return r
	}
	return p.rules[HighAlert]
}

// HighAlert returns the settings that the rules name.
func (p Policy) HighAlert() []Setting { return slices.Clone(p.highAlert) }

// Exclusions returns the settings that no emergency may change.
func (p Policy) Exclusions() []Setting { return slices.Clone(p.excluded) }

// Excluded says whether the rules keep this setting out of every emergency.
func (p Policy) Excluded(driver string, id drivers.SettingID) bool {
	return slices.Contains(p.excluded, Setting{driver, id})
}

// Class returns the class of a setting.
func (p Policy) Class(driver string, id drivers.SettingID, risk drivers.Risk) Class {
	switch {
	case slices.Contains(p.highAlert, Setting{driver, id}):
		return HighAlert
	case risk == drivers.Cosmetic:
		return Cosmetic
	case risk == drivers.Operational:
		return Operational
	}
	return Clinical
}

// Blind says whether the second person must enter values of this class without seeing them. Clinical ones always.
func (p Policy) Blind(c Class) bool { return c == Clinical || c == HighAlert || p.Rule(c).Blind }

// Enough says whether these approvals are all that the settings need: for each class one whole group of different persons,
// none of them the proposer, and at least one of them past probation. The faults are those of Decide.
func (p Policy) Enough(proposer Person, approvers []Approver, classes []Class) error {
	for i, a := range approvers {
		switch {
		case !mayAct(a.Person):
			return fault.New(fault.NotAllowed, a.ID, nil)
		case a.ID == proposer.ID, slices.ContainsFunc(approvers[:i], func(b Approver) bool { return b.ID == a.ID }):
			return fault.New(fault.SamePerson, a.ID, nil)
		}
	}
	for _, c := range classes {
		if err := p.enough(p.Rule(c), approvers); err != nil {
			return err
		}
	}
	return nil
}

func (p Policy) enough(r Rule, approvers []Approver) error {
	if r.OtherSeat {
		seated := slices.DeleteFunc(slices.Clone(approvers), func(a Approver) bool { return a.Seat != OtherDevice && a.Seat != HardwareKey })
		if len(seated) == 0 && len(approvers) > 0 {
			return fault.New(fault.OtherSeat, approvers[0].ID, nil)
		}
		approvers = seated
	}
	for _, group := range r.Approve {
		if covers(group, approvers) {
			if !slices.ContainsFunc(approvers, func(a Approver) bool { return !a.Probation }) {
				return fault.New(fault.Probation, approvers[0].ID, nil)
			}
			return nil
		}
	}
	return fault.New(fault.NotAllowed, "", nil)
}

// covers says whether each role of the group has a person of its own. Nobody has two roles, so counting is enough.
func covers(group []Role, approvers []Approver) bool {
	if len(group) == 0 {
		return len(approvers) > 0
	}
	for _, role := range group {
		if !slices.ContainsFunc(approvers, func(a Approver) bool { return a.Role == role }) {
			return false
		}
	}
	return true
}

// admits says whether a list of roles lets this one in.
func admits(roles []Role, role Role) bool { return len(roles) == 0 || slices.Contains(roles, role) }
