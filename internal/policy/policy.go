// Package policy decides who may do what. Decide is the one function that says so, over persons and not over accounts
// or keys, and every entry asks it: screens to grey out a button, package change before it records or writes.
//
// It is pure: no clock, no database, no device. It does not verify signatures; its callers hand it persons whose
// signatures they have verified.
package policy

import (
	"countersign/drivers"
	"countersign/internal/fault"
)

// Role is what a person is to the site.
type Role string

// The roles. Every role but Auditor may approve what another person proposed.
const (
	Technician   Role = "technician"
	Nursing      Role = "nursing"
	Pharmacy     Role = "pharmacy"
	ClinicalLead Role = "clinical-lead"
	Auditor      Role = "auditor"
)

// Roles returns every role, in the order in which screens list them.
func Roles() []Role { return []Role{Technician, Nursing, Pharmacy, ClinicalLead, Auditor} }

// Known says whether r is one of the roles.
func (r Role) Known() bool {
	for _, known := range Roles() {
		if r == known {
			return true
		}
	}
	return false
}

// Person is what a decision needs to know of somebody.
type Person struct {
	ID     string // "" for nobody
	Role   Role
	Active bool
}

// Act is what somebody wants to do.
type Act string

// The acts.
const (
	Propose  Act = "propose"  // sign a request
	Approve  Act = "approve"  // sign the same content as the second person
	Withdraw Act = "withdraw" // take one's own request back
	Execute  Act = "execute"  // let an approved request be written
)

// Ask is one question.
type Ask struct {
	Act      Act
	Person   Person // who wants to
	Proposer Person // of the request; the zero Person when there is none yet
	Approver Person // of the request; only Execute looks at it
	Reviewed bool   // the driver, profile or map was signed by two persons or is part of the console
}

// Decide returns nil, or the fault that says why not: SamePerson, NotAllowed, NotSignedIn or ReadOnly. The role of the
// proposer and of the approver is judged as it is now, not as it was when they signed.
func Decide(a Ask) error {
	switch {
	case a.Person.ID == "":
		return fault.New(fault.NotSignedIn, "", nil)
	case !mayAct(a.Person):
		return fault.New(fault.NotAllowed, a.Person.ID, nil)
	}
	switch a.Act {
	case Propose:
		if !a.Reviewed {
			return fault.New(fault.ReadOnly, "", nil)
		}
		return nil
	case Approve:
		return pair(a.Proposer, a.Person)
	case Withdraw:
		if a.Person.ID != a.Proposer.ID {
			return fault.New(fault.NotAllowed, a.Person.ID, nil)
		}
		return nil
	case Execute:
		if !a.Reviewed {
			return fault.New(fault.ReadOnly, "", nil)
		}
		return pair(a.Proposer, a.Approver)
	}
	return fault.Newf(fault.Internal, string(a.Act), "no such act")
}

// Blind says whether the second person must enter the values without seeing them.
func Blind(risk drivers.Risk) bool { return risk == drivers.Clinical }

func mayAct(p Person) bool { return p.Active && p.Role.Known() && p.Role != Auditor }

// pair says whether these two make two persons.
func pair(proposer, approver Person) error {
	switch {
	case proposer.ID == "" || approver.ID == "" || !mayAct(proposer) || !mayAct(approver):
		return fault.New(fault.NotAllowed, approver.ID, nil)
	case proposer.ID == approver.ID:
		return fault.New(fault.SamePerson, approver.ID, nil)
	}
	return nil
}
