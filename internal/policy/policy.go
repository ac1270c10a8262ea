// Package policy decides who may do what. Decide is the one function that says so, over persons and not over accounts
// or keys, and every entry asks it: screens to grey out a button, files that come from another laptop, and the packages
// people, change and cosign before they record or write.
//
// It is pure: no clock, no database, no device. It does not verify signatures; its callers hand it persons whose
// signatures they have verified, and the rules that are in force.
package policy

import (
	"slices"

	"countersign/internal/fault"
)

// Role is what a person is to the site.
type Role string

// The roles. Every role but Auditor may take part in changes, as far as the rules let it.
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
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// Person is what a decision needs to know of somebody.
type Person struct {
	ID        string // "" for nobody
	Role      Role
	Active    bool
	Probation bool // enrolled so recently that this person cannot approve alone
}

// Seat is where an approver signed.
type Seat string

// The seats.
const (
	CoLocated   Seat = "co-located"   // on the console on which the request was made
	OtherDevice Seat = "other-device" // on another laptop, which showed the request from its signed bytes
	HardwareKey Seat = "hardware-key" // with a key that no program can use unseen
)

// Approver is somebody who has signed an approval, and where.
type Approver struct {
	Person
	Seat Seat
}

// Act is what somebody wants to do.
type Act string

// The acts. Those of people and rules are signed by several; Ask.Signers names all of them.
const (
	Propose  Act = "propose"  // sign a request
	Approve  Act = "approve"  // sign the same content as another person
	Refuse   Act = "refuse"   // end a request, or return it to be edited
	Comment  Act = "comment"  // say something about a request
	Withdraw Act = "withdraw" // take one's own request back
	Execute  Act = "execute"  // let an approved request be written
	Accept   Act = "accept"   // accept what a device took instead of what was approved
	Waive    Act = "waive"    // write although a patient may be connected

	Enrol    Act = "enrol"   // vouch for a new person
	SetRole  Act = "role"    // give a person another role
	Suspend  Act = "suspend" // take a person's rights away at once
	Restore  Act = "restore"
	Revoke   Act = "revoke"
	SetRules Act = "policy"   // put other rules in force
	Allow    Act = "profile"  // allow writing with a profile or register map
	Standing Act = "template" // approve exact values on every device of a model

	SealCodes Act = "sealed-codes" // put sealed codes for emergencies where they are kept
	Review    Act = "review"       // judge an emergency afterwards; by Person, or by one or two Signers. An auditor may
	Export    Act = "export"       // hand records out under one's own name. An auditor may
)

// Ask is one question.
type Ask struct {
	Act       Act
	Person    Person     // who wants to
	Proposer  Person     // of the request; the zero Person when there is none yet
	Approvers []Approver // who has approved the request so far
	Seat      Seat       // Approve: where Person sits
	Classes   []Class    // of the settings in the request or template; none is asked as Clinical
	Signers   []Person   // of an act that several sign, Person among them or not
	Subject   Person     // of an act about a person; Review: who broke the glass
	Barred    []string   // Review: IDs of others who may not, as they are part of what is judged
	Others    int        // Restore: how many active persons there are besides Subject
	Reviewed  bool       // the driver, profile or map was signed by two persons or is part of the console
}

// Decide returns nil, or the fault that says why not: SamePerson, NotAllowed, NotSignedIn, ReadOnly, OtherSeat or
// Probation. Everybody's role is judged as it is now, not as it was when they signed.
func Decide(p Policy, a Ask) error {
	if len(a.Classes) == 0 {
		a.Classes = []Class{Clinical}
	}
	switch a.Act {
	case Enrol, SetRole, Restore, Revoke, SetRules, Allow, Standing, SealCodes:
		return together(p, a)
	case Review:
		return review(a)
	case Export:
		return export(a.Person)
	}
	switch {
	case a.Person.ID == "":
		return fault.New(fault.NotSignedIn, "", nil)
	case !mayAct(a.Person):
		return fault.New(fault.NotAllowed, a.Person.ID, nil)
	}
	switch a.Act {
	case Suspend, Comment:
		return nil
	case Propose:
		return p.propose(a)
	case Approve:
		return p.approve(a)
	case Refuse, Accept:
		return another(a)
	case Withdraw:
		if a.Person.ID != a.Proposer.ID {
			return fault.New(fault.NotAllowed, a.Person.ID, nil)
		}
		return nil
	case Execute:
		return p.execute(a)
	case Waive:
		if err := p.execute(a); err != nil {
			return err
		}
		return pair(a.Signers)
	}
	return fault.Newf(fault.Internal, string(a.Act), "no such act")
}

// review says whether one or two persons may judge an emergency. An auditor may, who may not act: to judge what others did is
// what the role is for, and where a console has few people it is often the only one who had no part in it. A newcomer may,
// too: a review allows nothing.
func review(a Ask) error {
	signers := a.Signers
	if len(signers) == 0 && a.Person.ID != "" {
		signers = []Person{a.Person}
	}
	switch {
	case len(signers) == 0:
		return fault.New(fault.NotSignedIn, "", nil)
	case len(signers) > 2:
		return fault.Newf(fault.NotAllowed, "", "%d signers", len(signers))
	}
	for i, s := range signers {
		switch {
		case s.ID == "" || !s.Active || !s.Role.Known():
			return fault.New(fault.NotAllowed, s.ID, nil)
		case s.ID == a.Subject.ID, slices.ContainsFunc(signers[:i], func(o Person) bool { return o.ID == s.ID }):
			return fault.New(fault.SamePerson, s.ID, nil)
		case slices.Contains(a.Barred, s.ID):
			return fault.Newf(fault.NotAllowed, s.ID, "part of what is judged")
		}
	}
	return nil
}

// export says whether a person may sign an export. It changes nothing, so whoever is enrolled may: an auditor most of all.
func export(p Person) error {
	switch {
	case p.ID == "":
		return fault.New(fault.NotSignedIn, "", nil)
	case !p.Active || !p.Role.Known():
		return fault.New(fault.NotAllowed, p.ID, nil)
	}
	return nil
}

func mayAct(p Person) bool { return p.ID != "" && p.Active && p.Role.Known() && p.Role != Auditor }

func (p Policy) propose(a Ask) error {
	if !a.Reviewed {
		return fault.New(fault.ReadOnly, "", nil)
	}
	for _, c := range a.Classes {
		if !admits(p.Rule(c).Propose, a.Person.Role) {
			return fault.New(fault.NotAllowed, a.Person.ID, nil)
		}
	}
	return nil
}

// another says whether this person is somebody else than the proposer.
func another(a Ask) error {
	switch {
	case !mayAct(a.Proposer):
		return fault.New(fault.NotAllowed, a.Proposer.ID, nil)
	case a.Person.ID == a.Proposer.ID:
		return fault.New(fault.SamePerson, a.Person.ID, nil)
	}
	return nil
}

// approve says whether this person's approval would count for each setting of the request.
func (p Policy) approve(a Ask) error {
	if err := another(a); err != nil {
		return err
	}
	for _, approver := range a.Approvers {
		if approver.ID == a.Person.ID {
			return fault.New(fault.SamePerson, a.Person.ID, nil)
		}
	}
	counts := false
	for _, c := range a.Classes {
		rule := p.Rule(c)
		if rule.OtherSeat && a.Seat == CoLocated {
			return fault.New(fault.OtherSeat, a.Person.ID, nil)
		}
		counts = counts || slices.ContainsFunc(rule.Approve, func(group []Role) bool { return admits(group, a.Person.Role) })
	}
	if !counts {
		return fault.New(fault.NotAllowed, a.Person.ID, nil)
	}
	return nil
}

// execute says whether the request has every approval that its settings need.
func (p Policy) execute(a Ask) error {
	if !a.Reviewed {
		return fault.New(fault.ReadOnly, "", nil)
	}
	if err := p.propose(Ask{Person: a.Proposer, Classes: a.Classes, Reviewed: true}); err != nil || !mayAct(a.Proposer) {
		return fault.New(fault.NotAllowed, a.Proposer.ID, err)
	}
	return p.Enough(a.Proposer, a.Approvers, a.Classes)
}

// together says whether those who sign an act about people or rules are two persons who may.
func together(p Policy, a Ask) error {
	signers := a.Signers
	if a.Act == Restore && len(signers) == 2 && a.Others < 2 {
		// Where only one other person is left, the suspended person's own consent is the second.
		for i, s := range signers {
			if s.ID == a.Subject.ID {
				signers = slices.Clone(signers)
				signers[i].Active = true
			}
		}
	} else if a.Act == Restore && slices.ContainsFunc(signers, func(s Person) bool { return s.ID == a.Subject.ID }) {
		return fault.New(fault.SamePerson, a.Subject.ID, nil)
	}
	if a.Act == Revoke && slices.ContainsFunc(signers, func(s Person) bool { return s.ID == a.Subject.ID }) {
		return fault.New(fault.SamePerson, a.Subject.ID, nil) // two others, so that two are left
	}
	if err := pair(signers); err != nil {
		return err
	}
	for _, s := range signers {
		if s.Probation {
			return fault.New(fault.Probation, s.ID, nil)
		}
	}
	if a.Act == Standing { // the first stands for the proposer, whichever of the two that is
		first := p.standing(signers[0], signers[1], a)
		if first != nil && p.standing(signers[1], signers[0], a) == nil {
			return nil
		}
		return first
	}
	return nil
}

func (p Policy) standing(proposer, approver Person, a Ask) error {
	if err := p.propose(Ask{Person: proposer, Classes: a.Classes, Reviewed: a.Reviewed}); err != nil {
		return err
	}
	return p.Enough(proposer, []Approver{{approver, CoLocated}}, a.Classes)
}

// pair says whether these are two different persons who may act.
func pair(signers []Person) error {
	if len(signers) != 2 {
		return fault.Newf(fault.NotAllowed, "", "%d signers", len(signers))
	}
	for _, s := range signers {
		if !mayAct(s) {
			return fault.New(fault.NotAllowed, s.ID, nil)
		}
	}
	if signers[0].ID == signers[1].ID {
		return fault.New(fault.SamePerson, signers[0].ID, nil)
	}
	return nil
}
