package change

import (
	"context"
	"fmt"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// The kinds of record that this package writes.
const (
	kindRequested  = "change.requested"
	kindMismatch   = "change.mismatch" // a blind entry differed; which settings, never which values
	kindApproved   = "change.approved" // one approval; "enough" says whether it is the last that is needed
	kindReturned   = "change.returned"
	kindRefused    = "change.refused"
	kindWithdrawn  = "change.withdrawn"
	kindExpired    = "change.expired"
	kindSuperseded = "change.superseded"
	kindComment    = "change.comment"
	kindWaived     = "change.waived"  // it may be written although a patient may be connected
	kindStopped    = "change.stopped" // an execution that ended before anything was sent
	kindIntent     = "change.intent"  // consumes the grant
	kindOutcome    = "change.outcome"
	kindResolved   = "change.resolved" // what was unknown was read
	kindAccepted   = "change.accepted" // somebody accepts what the device took instead

	kindTemplate      = "template.signed"
	kindTemplateEnded = "template.ended"
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

// schema says where each request stands, who approved it, and which templates there are. Its trigger is what makes a grant
// good for one use: of two records that both lead out of a state, the database takes the first and refuses the transaction
// of the second. Nobody approves twice, and nothing that no longer waits.
func schema() string {
	return `CREATE TABLE request(
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  nonce TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK(state IN (` + stateList() + `)),
  tries INTEGER NOT NULL DEFAULT 0,
  complete INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '' CHECK(outcome IN ('','not sent','verified','adjusted','rejected','unknown','partial','rolled back')),
  steps TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  accepted INTEGER NOT NULL DEFAULT 0,
  waived INTEGER NOT NULL DEFAULT 0,
  device TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TRIGGER request_moves BEFORE UPDATE OF state ON request WHEN ` + moveGuard() + `
  BEGIN SELECT RAISE(ABORT, 'the request is no longer where it was'); END;
CREATE TRIGGER outcome_stays BEFORE UPDATE OF outcome ON request WHEN NEW.outcome IS NOT OLD.outcome AND OLD.outcome NOT IN ('', 'unknown')
  BEGIN SELECT RAISE(ABORT, 'what came of it is known'); END;
CREATE TRIGGER waived_in_time BEFORE UPDATE OF waived ON request WHEN OLD.state IS NOT 'approved'
  BEGIN SELECT RAISE(ABORT, 'the request does not wait to be written'); END;
CREATE TRIGGER accepted_once BEFORE UPDATE OF accepted ON request WHEN OLD.state IS NOT 'done' OR OLD.accepted <> 0
  BEGIN SELECT RAISE(ABORT, 'there is nothing to accept, or it was accepted'); END;
CREATE TABLE approval(
  request TEXT NOT NULL REFERENCES request,
  person TEXT NOT NULL,
  seq INTEGER NOT NULL UNIQUE,
  seat TEXT NOT NULL CHECK(seat IN ('co-located','other-device','hardware-key')),
  PRIMARY KEY(request, person)) STRICT, WITHOUT ROWID;
CREATE TRIGGER approval_waits BEFORE INSERT ON approval WHEN (SELECT state FROM request WHERE id = NEW.request) IS NOT 'waiting'
  BEGIN SELECT RAISE(ABORT, 'the request does not wait for an approval'); END;
CREATE TABLE remark(
  request TEXT NOT NULL REFERENCES request,
  seq INTEGER NOT NULL UNIQUE,
  PRIMARY KEY(request, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE template(
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  ended INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
`
}

// Projection keeps the tables of requests, approvals and templates.
func Projection() audit.Projection {
	return audit.Projection{Name: "change", Schema: schema(), Tables: []string{"request", "approval", "remark", "template"}, Rows: project}
}

// emergencyWhy begins why a request was superseded, before the number of the emergency session.
const emergencyWhy = "emergency "

// moves says into which state a record takes its request.
var moves = map[string]State{
	kindReturned: Returned, kindRefused: Refused, kindWithdrawn: Withdrawn, kindExpired: Expired, kindSuperseded: Superseded,
	kindIntent: Applying, kindOutcome: Done,
}

func project(l leaf.Leaf) ([]audit.Row, error) {
	id, _ := l.Body.Text("request")
	why, _ := l.Body.Text("why")
	row := func(sql string, args ...any) ([]audit.Row, error) { return []audit.Row{{SQL: sql, Args: args}}, nil }
	switch l.Kind {
	case audit.KindRolledBack, audit.KindRestored: // an approval that was used in what is missing now must not be used again
		return row("UPDATE request SET state = 'superseded', why = ? WHERE state IN ('waiting', 'approved')", l.Kind)
	case breakglass.KindOpened: // they were made for a device that somebody is changing now
		session, _ := l.Body.Text("session")
		device, _ := l.Body.Text("device")
		return row("UPDATE request SET state = 'superseded', why = ? WHERE state IN ('waiting', 'approved') AND device = ?", emergencyWhy+session, device)
	case kindTemplate:
		return row("INSERT INTO template(id, seq) VALUES(?, ?)", id, l.Seq)
	case kindTemplateEnded:
		return row("UPDATE template SET ended = 1 WHERE id = ?", id)
	case kindRequested:
		return projectRequest(l, id)
	case kindApproved:
		return projectApproval(l, id)
	case kindMismatch:
		return row("UPDATE request SET tries = tries + 1 WHERE id = ?", id)
	case kindComment:
		return row("INSERT INTO remark(request, seq) VALUES(?, ?)", id, l.Seq)
	case kindStopped:
		return row("UPDATE request SET why = ? WHERE id = ? AND state = 'approved'", why, id)
	case kindWaived:
		return row("UPDATE request SET waived = 1 WHERE id = ?", id)
	case kindAccepted:
		return row("UPDATE request SET accepted = 1 WHERE id = ?", id)
	}
	if !strings.HasPrefix(l.Kind, "change.") {
		return nil, nil
	}
	outcome, _ := l.Body.Text("outcome")
	steps, _ := l.Body.Text("steps")
	if l.Kind == kindResolved {
		return row("UPDATE request SET outcome = ?, steps = ?, why = '' WHERE id = ?", outcome, steps, id)
	}
	to, ok := moves[l.Kind]
	if !ok {
		return nil, fmt.Errorf("no kind of record is called %q", l.Kind)
	}
	return row(`UPDATE request SET state = ?, why = ?,
		outcome = CASE WHEN ? = '' THEN outcome ELSE ? END, steps = CASE WHEN ? = '' THEN steps ELSE ? END WHERE id = ?`,
		string(to), why, outcome, outcome, steps, steps, id)
}

// projectRequest begins a request. A template has approved it already.
func projectRequest(l leaf.Leaf, id string) ([]audit.Row, error) {
	nonce, _ := l.Body.Text("nonce")
	state, complete := Waiting, 0
	if template, _ := l.Body.Text("template"); template != "" {
		state, complete = Approved, 1
	}
	device, _ := l.Body.Text("device")
	return []audit.Row{{SQL: "INSERT INTO request(id, seq, nonce, state, complete, device) VALUES(?, ?, ?, ?, ?, ?)",
		Args: []any{id, l.Seq, nonce, string(state), complete, device}}}, nil
}

// projectApproval adds an approval, and moves the request on when it was the last that was needed. Before there could be
// several, each was.
func projectApproval(l leaf.Leaf, id string) ([]audit.Row, error) {
	seat, ok := l.Body.Text("channel")
	if !ok {
		seat = "co-located"
	}
	rows := []audit.Row{{SQL: "INSERT INTO approval(request, person, seq, seat) VALUES(?, ?, ?, ?)", Args: []any{id, l.Actor.ID, l.Seq, seat}}}
	if enough, _ := l.Body.Text("enough"); enough != "no" {
		rows = append(rows, audit.Row{SQL: "UPDATE request SET state = 'approved', complete = 1, why = '' WHERE id = ?", Args: []any{id}})
	}
	return rows, nil
}

// row is a line of the table of requests.
type row struct {
	id, state, outcome, steps, why         string
	seq, tries, complete, accepted, waived int64
}

// rows returns the row of one request, or all for "", the newest first.
func (d *Desk) rows(ctx context.Context, id string) ([]row, error) {
	var rows []row
	err := d.query.Query(ctx, func(into func(...any) error) error {
		var r row
		err := into(&r.id, &r.seq, &r.state, &r.tries, &r.complete, &r.outcome, &r.steps, &r.why, &r.accepted, &r.waived)
		rows = append(rows, r)
		return err
	}, `SELECT id, seq, state, tries, complete, outcome, steps, why, accepted, waived FROM request
		WHERE ? IN ('', id) ORDER BY seq DESC`, id)
	return rows, err
}

// places returns what stands in a table beside a request: numbers of records, and the seat of an approval.
func (d *Desk) places(ctx context.Context, sql, request string) (seqs []int64, seats []string, err error) {
	err = d.query.Query(ctx, func(into func(...any) error) error {
		var seq int64
		var seat string
		err := into(&seq, &seat)
		seqs, seats = append(seqs, seq), append(seats, seat)
		return err
	}, sql, request)
	return seqs, seats, err
}

// formatSteps writes one line a setting: its set line, a tab, the value as left, a tab, outcome and fault, and, where it was
// set back, what came of that.
func formatSteps(steps []Step) string {
	var lines []string
	for _, s := range steps {
		fields := []string{s.SetLine.String(), s.AsLeft, string(s.Outcome), string(s.Fault)}
		if s.Restored != "" {
			fields = append(fields, string(s.Restored))
		}
		lines = append(lines, strings.Join(fields, "\t"))
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
		if len(fields) != 4 && len(fields) != 5 {
			return nil, fmt.Errorf("%d fields in a step", len(fields))
		}
		set, err := statement.ParseSetLine(fields[0])
		if err != nil {
			return nil, err
		}
		s := Step{SetLine: set, AsLeft: fields[1], Outcome: Outcome(fields[2]), Fault: fault.Kind(fields[3])}
		if len(fields) == 5 {
			s.Restored = Outcome(fields[4])
		}
		steps = append(steps, s)
	}
	return steps, nil
}
