package change

import (
	"context"
	"fmt"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// The kinds of record that this package writes.
const (
	kindRequested  = "change.requested"
	kindMismatch   = "change.mismatch" // a blind entry differed; which settings, never which values
	kindApproved   = "change.approved"
	kindReturned   = "change.returned"
	kindRefused    = "change.refused"
	kindWithdrawn  = "change.withdrawn"
	kindExpired    = "change.expired"
	kindSuperseded = "change.superseded"
	kindStopped    = "change.stopped" // an execution that ended before anything was sent
	kindIntent     = "change.intent"  // consumes the grant
	kindOutcome    = "change.outcome"
)

// console is the actor of what no person did.
var console = leaf.Actor{ID: "console", Name: "Countersign"}

// draft makes a record about a request. Pairs are keys and texts.
func (d *Desk) draft(kind string, actor leaf.Actor, request string, pairs ...string) audit.Draft {
	draft := audit.Draft{Kind: kind, Actor: actor}
	draft.Body.Set("request", request)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			draft.Body.Set(pairs[i], pairs[i+1])
		}
	}
	return draft
}

// The table says where each request stands. Its trigger is what makes a grant good for one use: of two records that
// both lead out of a state, the database takes the first and refuses the transaction of the second.
const schema = `CREATE TABLE request(
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  nonce TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK(state IN ('waiting','approved','applying','done','returned','refused','withdrawn','expired','superseded')),
  tries INTEGER NOT NULL DEFAULT 0,
  approval INTEGER NOT NULL DEFAULT -1,
  outcome TEXT NOT NULL DEFAULT '' CHECK(outcome IN ('','not sent','verified','adjusted','rejected','unknown','partial')),
  steps TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TRIGGER request_moves BEFORE UPDATE OF state ON request WHEN NOT (
     OLD.state = 'waiting' AND NEW.state IN ('approved','returned','refused','withdrawn','expired')
  OR OLD.state = 'approved' AND NEW.state IN ('applying','withdrawn','expired','superseded')
  OR OLD.state = 'applying' AND NEW.state = 'done')
  BEGIN SELECT RAISE(ABORT, 'the request is no longer where it was'); END;
`

// Projection keeps the table of requests.
func Projection() audit.Projection {
	return audit.Projection{Name: "change", Schema: schema, Tables: []string{"request"}, Rows: project}
}

// moves says into which state a record takes its request.
var moves = map[string]State{
	kindApproved: Approved, kindReturned: Returned, kindRefused: Refused, kindWithdrawn: Withdrawn,
	kindExpired: Expired, kindSuperseded: Superseded, kindIntent: Applying, kindOutcome: Done,
}

func project(l leaf.Leaf) ([]audit.Row, error) {
	if !strings.HasPrefix(l.Kind, "change.") {
		return nil, nil
	}
	id, _ := l.Body.Text("request")
	why, _ := l.Body.Text("why")
	switch l.Kind {
	case kindRequested:
		nonce, _ := l.Body.Text("nonce")
		return []audit.Row{{SQL: "INSERT INTO request(id, seq, nonce, state) VALUES(?, ?, ?, 'waiting')", Args: []any{id, l.Seq, nonce}}}, nil
	case kindMismatch:
		return []audit.Row{{SQL: "UPDATE request SET tries = tries + 1 WHERE id = ?", Args: []any{id}}}, nil
	case kindStopped:
		return []audit.Row{{SQL: "UPDATE request SET why = ? WHERE id = ? AND state = 'approved'", Args: []any{why, id}}}, nil
	}
	to, ok := moves[l.Kind]
	if !ok {
		return nil, fmt.Errorf("no kind of record is called %q", l.Kind)
	}
	approval := int64(-1)
	if l.Kind == kindApproved {
		approval = l.Seq
	}
	outcome, _ := l.Body.Text("outcome")
	steps, _ := l.Body.Text("steps")
	return []audit.Row{{
		SQL: `UPDATE request SET state = ?, why = ?, approval = max(approval, ?),
			outcome = CASE WHEN ? = '' THEN outcome ELSE ? END, steps = CASE WHEN ? = '' THEN steps ELSE ? END WHERE id = ?`,
		Args: []any{string(to), why, approval, outcome, outcome, steps, steps, id},
	}}, nil
}

// row is a line of the table.
type row struct {
	id, state, outcome, steps, why string
	seq, tries, approval           int64
}

// rows returns the row of one request, or all for "", the newest first.
func (d *Desk) rows(ctx context.Context, id string) ([]row, error) {
	var rows []row
	err := d.query.Query(ctx, func(into func(...any) error) error {
		var r row
		err := into(&r.id, &r.seq, &r.state, &r.tries, &r.approval, &r.outcome, &r.steps, &r.why)
		rows = append(rows, r)
		return err
	}, "SELECT id, seq, state, tries, approval, outcome, steps, why FROM request WHERE ? IN ('', id) ORDER BY seq DESC", id)
	return rows, err
}

// formatSteps writes one line a setting: its set line, a tab, the value as left, a tab, outcome and fault.
func formatSteps(steps []Step) string {
	var lines []string
	for _, s := range steps {
		lines = append(lines, strings.Join([]string{s.SetLine.String(), s.AsLeft, string(s.Outcome), string(s.Fault)}, "\t"))
	}
	return strings.Join(lines, "\n")
}

func parseSteps(text string) ([]Step, error) {
	var steps []Step
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 4 {
			return nil, fmt.Errorf("%d fields in a step", len(fields))
		}
		set, err := statement.ParseSetLine(fields[0])
		if err != nil {
			return nil, err
		}
		steps = append(steps, Step{SetLine: set, AsLeft: fields[1], Outcome: Outcome(fields[2]), Fault: fault.Kind(fields[3])})
	}
	return steps, nil
}
