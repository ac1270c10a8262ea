package change

import (
	"slices"
	"testing"

	"countersign/internal/policy"
)

// The model is every way in which three persons can treat one request on each of two devices, on the laptop that made it and
// on another one, with suspensions, crashes and a database that is put back. It takes the moves from the table that the
// database's trigger is made of, and asks policy.Decide like the desk does; what it leaves out is time, values and bytes.

const (
	modelPersons = 3
	modelDevices = 2
)

// where somebody approved.
const (
	notYet = iota
	atHome
	elsewhere
)

// asked is one request. The zero value is none.
type asked struct {
	made     bool
	proposer int8
	state    int8 // index in states
	seat     [modelPersons]int8
	intents  int8
	writes   int8
	gone     bool // its intent was in a part of the log that is missing now
}

// node is one state of the model.
type node struct {
	active   [modelPersons]bool
	requests [modelDevices]asked
}

// modelRules are the rules of the second device: two roles. The first one's are the minimum.
func modelRules(t *testing.T) [modelDevices]policy.Policy {
	t.Helper()
	lines := policy.Minimum().Lines()
	lines[2] = "clinical propose any approve nursing+pharmacy,nursing+technician,pharmacy+technician seat any entry blind"
	two, err := policy.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	return [modelDevices]policy.Policy{policy.Minimum(), two}
}

var modelRoles = [modelPersons]policy.Role{policy.Technician, policy.Nursing, policy.Pharmacy}

func (n *node) person(i int8) policy.Person {
	return policy.Person{ID: string(rune('a' + i)), Role: modelRoles[i], Active: n.active[i]}
}

func (n *node) ask(act policy.Act, r *asked, by int8) policy.Ask {
	a := policy.Ask{Act: act, Person: n.person(by), Proposer: n.person(r.proposer), Seat: policy.CoLocated, Reviewed: true}
	for i, seat := range r.seat {
		switch seat {
		case atHome:
			a.Approvers = append(a.Approvers, policy.Approver{Person: n.person(int8(i)), Seat: policy.CoLocated})
		case elsewhere:
			a.Approvers = append(a.Approvers, policy.Approver{Person: n.person(int8(i)), Seat: policy.OtherDevice})
		}
	}
	return a
}

func stateIndex(s State) int8 {
	for i, one := range states {
		if one.from == s {
			return int8(i)
		}
	}
	return -1
}

// move takes a request to another state if the table lets it.
func (r *asked) move(to State) bool {
	if !slices.Contains(states[r.state].to, to) {
		return false
	}
	r.state = stateIndex(to)
	return true
}

func (r *asked) is(s State) bool { return states[r.state].from == s }

// step is something that may happen; it says whether it did.
type step func(*node) bool

// steps lists everything that can happen.
func steps(rules [modelDevices]policy.Policy) []step {
	all := []step{}
	for p := range int8(modelPersons) {
		all = append(all, suspendStep(p), restoreStep(p))
		for d := range modelDevices {
			all = append(all, proposeStep(rules[d], d, p), approveStep(rules[d], d, p, atHome), approveStep(rules[d], d, p, elsewhere),
				decideStep(rules[d], d, p, policy.Refuse, Refused), decideStep(rules[d], d, p, policy.Refuse, Returned),
				decideStep(rules[d], d, p, policy.Withdraw, Withdrawn), executeStep(rules[d], d, p))
		}
	}
	for d := range modelDevices {
		all = append(all,
			func(n *node) bool { return n.requests[d].made && n.requests[d].move(Expired) },
			func(n *node) bool { return n.requests[d].made && n.requests[d].move(Superseded) }, // the device drifted
			func(n *node) bool { return n.requests[d].made && n.requests[d].move(Done) },       // an outcome, or Recover after a crash
			putBackStep(d))
	}
	return all
}

func proposeStep(rules policy.Policy, d int, p int8) step {
	return func(n *node) bool {
		r := &n.requests[d]
		if r.made || policy.Decide(rules, n.ask(policy.Propose, r, p)) != nil {
			return false
		}
		*r = asked{made: true, proposer: p, state: stateIndex(Waiting)}
		return true
	}
}

func approveStep(rules policy.Policy, d int, p int8, seat int8) step {
	return func(n *node) bool {
		r := &n.requests[d]
		if !r.made || !r.is(Waiting) || policy.Decide(rules, n.ask(policy.Approve, r, p)) != nil {
			return false
		}
		r.seat[p] = seat
		a := n.ask(policy.Approve, r, p)
		if rules.Enough(a.Proposer, a.Approvers, []policy.Class{policy.Clinical}) == nil {
			return r.move(Approved)
		}
		return true
	}
}

func decideStep(rules policy.Policy, d int, p int8, act policy.Act, to State) step {
	return func(n *node) bool {
		r := &n.requests[d]
		if !r.made || act == policy.Refuse && !r.is(Waiting) || policy.Decide(rules, n.ask(act, r, p)) != nil {
			return false
		}
		return r.move(to)
	}
}

// executeStep is Grant and the intent, and the write that follows it. On another laptop the grant names the wrong
// workstation, which is tested where that is checked.
func executeStep(rules policy.Policy, d int, p int8) step {
	return func(n *node) bool {
		r := &n.requests[d]
		if !r.made || !r.is(Approved) || policy.Decide(rules, n.ask(policy.Execute, r, p)) != nil || !r.move(Applying) {
			return false
		}
		r.intents++
		r.writes++
		return true
	}
}

// putBackStep is a database from before the intent in its place: the copy of the checkpoint says so, and what was open ends.
func putBackStep(d int) step {
	return func(n *node) bool {
		r := &n.requests[d]
		if !r.made || r.intents == 0 || r.gone {
			return false
		}
		r.gone, r.intents, r.state = true, 0, stateIndex(Approved)
		return r.move(Superseded)
	}
}

func suspendStep(p int8) step {
	return func(n *node) bool {
		for q := range int8(modelPersons) {
			if q != p && n.active[p] && policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Suspend, Person: n.person(q)}) == nil {
				n.active[p] = false
				return true
			}
		}
		return false
	}
}

func restoreStep(p int8) step {
	return func(n *node) bool {
		var others []policy.Person
		for q := range int8(modelPersons) {
			if q != p && n.active[q] {
				others = append(others, n.person(q))
			}
		}
		if n.active[p] || len(others) != 2 {
			return false
		}
		if policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Restore, Signers: others, Subject: n.person(p), Others: 2}) != nil {
			return false
		}
		n.active[p] = true
		return true
	}
}

// wrong says which invariant a state breaks that was reached by one more step.
func (n *node) wrong(before *node, rules [modelDevices]policy.Policy) string {
	for d := range n.requests {
		r, was := n.requests[d], before.requests[d]
		switch {
		case r.intents > 1 || r.writes > 1:
			return "a grant was used twice"
		case r.writes > was.writes && !allowed(before, d, rules[d]):
			return "something was written without two active persons"
		case r.made && was.made && r.proposer != was.proposer:
			return "a request changed its proposer"
		case r.made && states[r.state].from.Open() && len(states[r.state].to) == 0:
			return "a request waits without an exit"
		case r.seat[r.proposer] != notYet && r.made:
			return "somebody approved their own request"
		}
	}
	return ""
}

// allowed counts by itself, without the rules' own code, who stood behind a request.
func allowed(n *node, d int, _ policy.Policy) bool {
	r, others := n.requests[d], 0
	for i, seat := range r.seat {
		if seat != notYet && int8(i) != r.proposer && n.active[i] {
			others++
		}
	}
	return n.active[r.proposer] && others > d // the second device wants two
}

func TestNoWayThroughTheModelWritesWithoutTwoPersonsOrTwice(t *testing.T) {
	rules := modelRules(t)
	everything := steps(rules)
	start := node{active: [modelPersons]bool{true, true, true}}
	seen := map[node]bool{start: true}
	queue := []node{start}
	moved, reached := 0, map[State]bool{}
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, happens := range everything {
			next := n
			if !happens(&next) {
				continue
			}
			moved++
			if what := next.wrong(&n, rules); what != "" {
				t.Fatalf("%s:\n%+v\n%+v", what, n, next)
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
				reached[states[next.requests[0].state].from] = true
			}
		}
	}
	t.Logf("%d states, %d steps", len(seen), moved)
	if len(reached) != len(states) || len(seen) < 1000 {
		t.Errorf("the model reaches %d of %d states of a request, %d of its own", len(reached), len(states), len(seen))
	}
}

func TestTheDatabaseKnowsExactlyTheMovesOfTheTable(t *testing.T) {
	for _, s := range states {
		for _, to := range s.to {
			if stateIndex(to) < 0 {
				t.Errorf("%s leads to %q, which is no state", s.from, to)
			}
		}
	}
	for _, to := range moves {
		if stateIndex(to) < 0 {
			t.Errorf("a record leads to %q, which is no state", to)
		}
	}
}
