package change

import (
	"context"
	"errors"
	"slices"
	"sync"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// State is where a request stands. A draft is on a screen and not here.
type State string

// The states of a request.
const (
	Waiting    State = "waiting"  // for the second person
	Approved   State = "approved" // may be applied once
	Applying   State = "applying" // the intent is recorded
	Done       State = "done"     // the outcome is recorded
	Returned   State = "returned" // the blind entry differed too often
	Refused    State = "refused"
	Withdrawn  State = "withdrawn"
	Expired    State = "expired"
	Superseded State = "superseded" // the device no longer holds what the proposer saw
)

// Open says whether something can still come of the request.
func (s State) Open() bool { return s == Waiting || s == Approved || s == Applying }

// Outcome is what became of a setting, or of a whole change.
type Outcome string

// The outcomes. Partial is for a change only: some settings verified, another one not.
const (
	NotSent  Outcome = "not sent"
	Verified Outcome = "verified" // read back as wanted
	Adjusted Outcome = "adjusted" // the device holds a third value
	Rejected Outcome = "rejected" // the device holds what it held
	Unknown  Outcome = "unknown"  // nobody could read what it holds
	Partial  Outcome = "partial"
)

// Step is one setting of a change with what came of it. Values are tokens as in statements; AsLeft is "" when it could
// not be read.
type Step struct {
	statement.SetLine
	AsLeft  string
	Outcome Outcome
	Fault   fault.Kind // why the outcome is not Verified, where there is a reason
}

// Request is one request with all that was recorded of it. What matters for safety comes from the signed statements.
type Request struct {
	statement.Request
	State    State
	Seq      int64
	Issued   clock.Reading
	Note     string // the signed statement
	Tries    int    // blind entries that differed
	Why      string // of a request that was refused, stopped or superseded
	Approval *statement.Approval
	Steps    []Step // when Done
	Outcome  Outcome
	digest   [32]byte
}

// Blind says whether the second person enters the values without seeing them.
func (r Request) Blind() bool {
	return slices.ContainsFunc(r.Set, func(l statement.SetLine) bool {
		return policy.Minimum().Blind(policy.Minimum().Class("", l.ID, l.Risk))
	})
}

// Hidden says whether the wanted values must not be shown to this person: the values of a blind request are its
// proposer's alone until another person has entered them. A request that ended before that keeps them hidden, or whoever
// let it end could read there what to enter the next time.
func (r Request) Hidden(person string) bool {
	return r.Approval == nil && r.Blind() && person != r.Signer.ID
}

// Desk is where requests are made, decided and carried out on one console. Its methods are safe for concurrent use;
// where two of them race for one request, the database lets one through.
type Desk struct {
	log         *audit.Log
	query       audit.Query
	roster      *people.Roster
	workstation string
	program     string // version, part of a driver's digest

	comparing sync.Mutex // one blind entry at a time, so that each try counts

	owing sync.Mutex
	owed  []audit.Draft // outcomes that the log refused when they were due
}

// NewDesk returns the desk of this workstation.
func NewDesk(log *audit.Log, query audit.Query, roster *people.Roster, workstation, program string) *Desk {
	return &Desk{log: log, query: query, roster: roster, workstation: workstation, program: program}
}

// Changed is closed when anything was recorded.
func (d *Desk) Changed() <-chan struct{} { return d.log.Changed() }

// Requests returns every request, the newest first. Those whose time is over are recorded as expired on the way.
func (d *Desk) Requests(ctx context.Context) ([]Request, error) {
	_ = d.Settle(ctx) // what is still owed shows as applying
	rows, err := d.rows(ctx, "")
	if err != nil {
		return nil, err
	}
	all := make([]Request, 0, len(rows))
	for _, row := range rows {
		r, err := d.load(ctx, row)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Request returns one request, or fault.NotFound.
func (d *Desk) Request(ctx context.Context, id string) (Request, error) {
	_ = d.Settle(ctx) // what is still owed shows as applying
	rows, err := d.rows(ctx, id)
	if err != nil {
		return Request{}, err
	}
	if len(rows) == 0 {
		return Request{}, fault.New(fault.NotFound, id, nil)
	}
	return d.load(ctx, rows[0])
}

// load reads the signed statements behind a row and expires the request when its time is over.
func (d *Desk) load(ctx context.Context, row row) (Request, error) {
	r := Request{State: State(row.state), Seq: row.seq, Tries: int(row.tries), Why: row.why, Outcome: Outcome(row.outcome)}
	record, err := d.log.Record(ctx, row.seq)
	if err != nil {
		return r, err
	}
	text, err := d.roster.Open(ctx, record.Stmt)
	if err != nil {
		return r, err
	}
	if r.Request, err = statement.ParseRequest(text); err != nil {
		return r, err
	}
	r.Issued, r.Note, r.digest = record.At, record.Stmt, statement.Digest(text)
	if row.approval >= 0 {
		if r.Approval, err = d.loadApproval(ctx, row.approval); err != nil {
			return r, err
		}
	}
	if r.Steps, err = parseSteps(row.steps); err != nil {
		return r, fault.New(fault.LogBroken, row.id, err)
	}
	if (r.State == Waiting || r.State == Approved) && expired(d.log.Now(), r.Issued, r) {
		return d.expire(ctx, r)
	}
	return r, nil
}

func (d *Desk) loadApproval(ctx context.Context, seq int64) (*statement.Approval, error) {
	record, err := d.log.Record(ctx, seq)
	if err != nil {
		return nil, err
	}
	text, err := d.roster.Open(ctx, record.Stmt)
	if err != nil {
		return nil, err
	}
	approval, err := statement.ParseApproval(text)
	return &approval, err
}

// expired counts on the boot clock, which nobody can set. After a restart only the wall clock is left, and a wall clock
// from before the request is not believed.
func expired(now, issued clock.Reading, r Request) bool {
	if now.Boot == issued.Boot {
		return now.BootMS-issued.BootMS > r.ValidFor.Milliseconds()
	}
	return now.Wall.Before(issued.Wall) || now.Wall.After(issued.Wall.Add(r.ValidFor))
}

// expire records that a request's time is over. Where that cannot be recorded now, a full disk say, it is over all the same,
// and the next look tries again: reading the list must always work.
func (d *Desk) expire(ctx context.Context, r Request) (Request, error) {
	_, err := d.log.Append(ctx, d.draft(kindExpired, console, r.ID))
	if errors.Is(err, audit.ErrConflict) { // somebody was first: another screen, or the person who withdrew it
		rows, readErr := d.rows(ctx, r.ID)
		if readErr == nil && len(rows) == 1 && State(rows[0].state) != r.State {
			return d.load(ctx, rows[0])
		}
	}
	r.State = Expired
	return r, nil
}

// wantedValue returns what a step shall write, in the kind that the device's description gives the setting.
func wantedValue(l statement.SetLine, description drivers.Description) (drivers.Change, drivers.Setting, error) {
	setting, ok := description.Setting(l.ID)
	if !ok {
		return drivers.Change{}, setting, fault.New(fault.Unsupported, string(l.ID), nil)
	}
	value, err := statement.ParseToken(setting.Kind, l.Wanted)
	if err != nil {
		return drivers.Change{}, setting, fault.New(fault.OutOfRange, string(l.ID), err)
	}
	return drivers.Change{Setting: l.ID, Wanted: value}, setting, nil
}
