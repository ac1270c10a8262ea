package changes

import (
	"slices"

	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
)

// act is what somebody may do about a request.
type act string

const (
	approve  act = "approve"
	refuse   act = "refuse"
	giveBack act = "return" // to the proposer, to be edited
	withdraw act = "withdraw"
	apply    act = "apply"
	accept   act = "accept" // what the device took instead
	waive    act = "waive"  // the interlock, once
	hand     act = "hand"   // the request to another laptop
	take     act = "take"   // an approval from another laptop
	again    act = "again"  // edit and propose again
	resolve  act = "resolve"
	keep     act = "template" // the values, as a template
)

// reasoned says whether the act is signed by another person, in one step and with a reason.
func (a act) reasoned() bool { return a == refuse || a == giveBack || a == accept }

// possible lists what can be done about a request by whoever is at the console.
func (m *model) possible(r change.Request) []act {
	var acts []act
	own := r.Signer.ID == m.me.ID
	switch {
	case r.State == change.Waiting:
		if !m.elsewhere(r) {
			acts = append(acts, approve)
		}
		acts = append(acts, refuse, giveBack, hand, take)
	case r.State == change.Approved:
		acts = append(acts, apply)
		if !r.Waived && fault.Is(m.attempt(r), fault.InUse) {
			acts = append(acts, waive)
		}
	case r.State == change.Returned && own:
		acts = append(acts, again)
	case r.State == change.Done:
		acts = append(acts, m.afterwards(r)...)
	}
	if own && r.State.Open() && r.State != change.Applying && !m.writing(r.ID) {
		acts = append(acts, withdraw)
	}
	return acts
}

// afterwards lists what can be done about a change that has been carried out.
func (m *model) afterwards(r change.Request) []act {
	switch {
	case r.Outcome == change.Unknown:
		return []act{resolve}
	case r.Outcome == change.Verified:
		return []act{keep}
	case !r.Accepted && tookAnother(r):
		return []act{accept}
	}
	return nil
}

// tookAnother says whether the device holds a value that is neither the old nor the wanted one.
func tookAnother(r change.Request) bool {
	return r.Outcome == change.Adjusted || r.Outcome == change.Partial &&
		slices.ContainsFunc(r.Steps, func(s change.Step) bool { return s.Outcome == change.Adjusted })
}

func (m *model) can(a act) bool {
	r, ok := m.request()
	return ok && slices.Contains(m.possible(r), a)
}

// asks maps what can be done here to what the rules are asked.
var asks = map[act]policy.Act{approve: policy.Approve, refuse: policy.Refuse, giveBack: policy.Refuse, accept: policy.Accept, apply: policy.Execute}

// may asks the rules in force whether a person may do something about a request at this console.
func (m *model) may(a policy.Act, p people.Person, r change.Request) error {
	return policy.Decide(m.rules, policy.Ask{Act: a, Person: p.Policy(), Proposer: m.person(r.Signer.ID).Policy(), Approvers: m.approvers(r),
		Seat: policy.CoLocated, Classes: r.Classes, Reviewed: true})
}

// approvers are those who have approved a request, as the rules look at them.
func (m *model) approvers(r change.Request) []policy.Approver {
	var all []policy.Approver
	for _, g := range r.Approvals {
		all = append(all, policy.Approver{Person: m.person(g.Signer.ID).Policy(), Seat: g.Seat})
	}
	return all
}

// deciders lists who could do this at this console as another person than the proposer.
func (m *model) deciders(a act, r change.Request) []people.Person {
	var able []people.Person
	for _, p := range m.people {
		switch {
		case a == waive && slices.ContainsFunc(r.Approvals, func(g change.Given) bool { return g.Signer.ID == p.ID }):
			able = append(able, p)
		case asks[a] != "" && m.may(asks[a], p, r) == nil:
			able = append(able, p)
		}
	}
	return able
}

// elsewhere says whether the rules want the approval from another laptop, whoever gives it.
func (m *model) elsewhere(r change.Request) bool {
	return slices.ContainsFunc(r.Classes, func(c policy.Class) bool { return m.rules.Rule(c).OtherSeat })
}

// waitsFor says whether a request waits for this person; for nobody, whether it waits for anybody.
func (m *model) waitsFor(me people.Person, r change.Request) bool {
	own := r.Signer.ID == me.ID
	switch {
	case me.ID == "":
		return r.State == change.Waiting || r.State == change.Approved
	case r.State == change.Waiting:
		return m.may(policy.Approve, me, r) == nil
	case r.State == change.Approved:
		return own && m.may(policy.Execute, me, r) == nil
	case r.State == change.Returned:
		return own && !m.edited(r)
	case r.State == change.Done && !r.Accepted && tookAnother(r):
		return m.may(policy.Accept, me, r) == nil
	}
	return false
}

// edited says whether a returned request was proposed again.
func (m *model) edited(r change.Request) bool {
	return slices.ContainsFunc(m.requests, func(o change.Request) bool { return o.Edits == r.ID })
}
