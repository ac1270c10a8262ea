package change

import (
	"fmt"
	"strings"
)

// State is where a request stands. A draft is on a screen and not here.
type State string

// The states of a request.
const (
	Waiting    State = "waiting"  // for somebody else's approval, or for more than one
	Approved   State = "approved" // may be applied once
	Applying   State = "applying" // the intent is recorded
	Done       State = "done"     // the outcome is recorded
	Returned   State = "returned" // to be edited: a person said so, or the blind entry differed too often
	Refused    State = "refused"
	Withdrawn  State = "withdrawn"
	Expired    State = "expired"
	Superseded State = "superseded" // the device no longer holds what the proposer saw, or the log is older than the request
)

// Open says whether something can still come of the request.
func (s State) Open() bool { return s == Waiting || s == Approved || s == Applying }

// states lists every state with those to which it may move. It is the one table: the database's trigger is made from it.
var states = []struct {
	from State
	to   []State
}{
	{Waiting, []State{Approved, Returned, Refused, Withdrawn, Expired, Superseded}},
	{Approved, []State{Applying, Withdrawn, Expired, Superseded}},
	{Applying, []State{Done}},
	{Done, nil}, {Returned, nil}, {Refused, nil}, {Withdrawn, nil}, {Expired, nil}, {Superseded, nil},
}

// stateList is every state in SQL.
func stateList() string {
	names := make([]string, 0, len(states))
	for _, s := range states {
		names = append(names, "'"+string(s.from)+"'")
	}
	return strings.Join(names, ",")
}

// moveGuard is the condition under which the trigger refuses a move.
func moveGuard() string {
	var allowed []string
	for _, s := range states {
		if len(s.to) == 0 {
			continue
		}
		to := make([]string, 0, len(s.to))
		for _, t := range s.to {
			to = append(to, "'"+string(t)+"'")
		}
		allowed = append(allowed, fmt.Sprintf("OLD.state = '%s' AND NEW.state IN (%s)", s.from, strings.Join(to, ",")))
	}
	return "NOT (" + strings.Join(allowed, "\n  OR ") + ")"
}
