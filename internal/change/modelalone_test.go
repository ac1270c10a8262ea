package change

import (
	"testing"

	"countersign/internal/policy"
)

// This model is every way in which two emergencies and the requests of two devices meet: with a person suspended or not, with
// sessions that end at any moment, two authorizations that are kept and tried on either device, reviews by anybody, and the
// record taken in when it is made or later. Requests move by the table of the database's trigger; who may
// review is asked of policy.Decide.

const asserted = modelPersons // the actor whom nobody knows

// kept is an authorization of an emergency that somebody holds on to.
type kept struct {
	made, used bool
	device     int8
	writes     [modelDevices]int8
	session    int8 // number of its session
}

// lone is one state of this model.
type lone struct {
	gone      bool               // the third person is suspended
	request   [modelDevices]int8 // place in the table of the request that person 0 or 1 made for it
	ended     [modelDevices]bool // the last session put an end to it
	sessions  int8               // opened so far
	device    int8               // of the last session
	actor     int8
	running   bool
	recorded  bool // the audit log has the opening
	offered   bool // the opening was offered to the places
	kept      [2]kept
	offers    int8 // intents offered to the places
	reviewers [modelPersons]bool
}

const modelSessions = 2

type aloneStep func(*lone) bool

// open never looks at persons, requests or the log.
func openAlone(d, actor int8) aloneStep {
	return func(n *lone) bool {
		n.running, n.device, n.actor, n.recorded, n.offered = true, d, actor, false, true
		n.sessions++
		n.reviewers, n.ended = [modelPersons]bool{}, [modelDevices]bool{}
		return true
	}
}

// record is the importer: at once or later.
func (n *lone) record() bool {
	if !n.offered || n.recorded {
		return false
	}
	n.recorded = true
	r := asked{state: n.request[n.device]}
	if r.is(Waiting) || r.is(Approved) {
		if !r.move(Superseded) {
			return false
		}
		n.request[n.device], n.ended[n.device] = r.state, true
	}
	return true
}

// take is BreakGlass: for the device of the session that runs.
func takeAlone(k int, d int8) aloneStep {
	return func(n *lone) bool {
		if n.kept[k].made || k == 1 && !n.kept[0].made || !n.running || d != n.device {
			return false
		}
		n.kept[k] = kept{made: true, device: d, session: n.sessions}
		return true
	}
}

// use is Execute on a device: the one that is connected, whichever it is.
func useAlone(k int, d int8) aloneStep {
	return func(n *lone) bool {
		a := &n.kept[k]
		if !a.made || d != a.device || a.used {
			return false
		}
		a.used = true
		if !n.running || a.session != n.sessions {
			return true // used up, and nothing is sent
		}
		n.offers++
		a.writes[d]++
		return true
	}
}

func reviewAlone(p int8) aloneStep {
	return func(n *lone) bool {
		if n.running || !n.recorded || n.reviewers[p] {
			return false
		}
		ask := policy.Ask{Act: policy.Review, Person: policy.Person{ID: string(rune('a' + p)), Role: modelRoles[p], Active: p < 2 || !n.gone}}
		if n.actor != asserted {
			ask.Subject.ID = string(rune('a' + n.actor))
		}
		for d, ended := range n.ended {
			if ended {
				ask.Barred = append(ask.Barred, string(rune('a'+d)))
			}
		}
		if policy.Decide(policy.Minimum(), ask) != nil {
			return false
		}
		n.reviewers[p] = true
		return true
	}
}

func aloneSteps() (all, opening []aloneStep) {
	for _, to := range []State{Approved, Applying, Done, Withdrawn} { // the second device's request only waits
		all = append(all, func(n *lone) bool {
			r := asked{state: n.request[0]}
			if !r.move(to) {
				return false
			}
			n.request[0] = r.state
			return true
		})
	}
	for d := range int8(modelDevices) {
		for actor := range int8(modelPersons + 1) {
			opening = append(opening, openAlone(d, actor))
		}
		for k := range 2 {
			all = append(all, takeAlone(k, d), useAlone(k, d))
		}
	}
	for p := range int8(modelPersons) {
		all = append(all, reviewAlone(p))
	}
	all = append(all, (*lone).record, func(n *lone) bool { n.gone = !n.gone; return true }, func(n *lone) bool { // its time, a person, a lock or a crash ends it
		ran := n.running
		n.running = false
		return ran
	})
	return all, opening
}

// wrong says which invariant of emergencies a state breaks.
func (n *lone) wrong() string {
	written := int8(0)
	for _, a := range n.kept {
		total := a.writes[0] + a.writes[1]
		written += total
		switch {
		case total > 1:
			return "an authorization was used twice"
		case total == 1 && a.writes[a.device] != 1:
			return "an authorization was used on another device"
		}
	}
	if written != n.offers {
		return "something was written that no place was offered" // I5
	}
	for p, did := range n.reviewers {
		if did && int8(p) == n.actor {
			return "somebody reviewed what they did" // I9
		}
		for d, ended := range n.ended {
			if did && ended && d == p {
				return "somebody reviewed what put an end to their request" // I9
			}
		}
	}
	return ""
}

func TestNoWayThroughTheModelKeepsAnEmergencyFromBeingOpenedOrUsesItTwice(t *testing.T) {
	all, opening := aloneSteps()
	start := lone{}
	seen := map[lone]bool{start: true}
	queue := []lone{start}
	moved, opened := 0, 0
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		visit := func(next lone) {
			moved++
			if what := next.wrong(); what != "" {
				t.Fatalf("%s:\n%+v\n%+v", what, n, next)
			}
			if n.running && next.running && n.sessions == next.sessions && n.device != next.device {
				t.Fatalf("a session changed its device: %+v", next)
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
		for _, open := range opening { // I4
			next := n
			if !open(&next) || !next.running {
				t.Fatalf("no emergency can be opened here: %+v", n)
			}
			opened++
			if next.sessions <= modelSessions {
				visit(next)
			}
			if late := next; late.request != n.request || !late.record() {
				t.Fatalf("a record cannot be taken in here: %+v", n)
			}
		}
		for _, happens := range all {
			if next := n; happens(&next) {
				visit(next)
			}
		}
	}
	t.Logf("%d states, %d steps, an emergency was opened in each of them: %d times", len(seen), moved, opened)
	if len(seen) < 10_000 {
		t.Errorf("the model has only %d states", len(seen))
	}
}
