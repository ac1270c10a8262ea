package change

import (
	"context"
	"encoding/base32"
	"errors"
	"slices"
	"sync"
	"time"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Outcome is what became of a setting, or of a whole change.
type Outcome string

// The outcomes. Partial and RolledBack are for a change only.
const (
	NotSent    Outcome = "not sent"
	Verified   Outcome = "verified"    // read back as wanted
	Adjusted   Outcome = "adjusted"    // the device holds a third value
	Rejected   Outcome = "rejected"    // the device holds what it held
	Unknown    Outcome = "unknown"     // nobody could read what it holds
	Partial    Outcome = "partial"     // some settings verified, another one not
	RolledBack Outcome = "rolled back" // one failed, and the device holds what it held before the change
)

// Step is one setting of a change with what came of it. Values are tokens as in statements; AsLeft is "" when it could
// not be read.
type Step struct {
	statement.SetLine
	AsLeft   string
	Outcome  Outcome
	Fault    fault.Kind // why the outcome is not Verified, where there is a reason
	Restored Outcome    // of setting it back to AsFound; "" where that was not tried
}

// Given is one approval.
type Given struct {
	statement.Approval
	Seat policy.Seat
	Seq  int64
}

// Comment is what somebody said about a request.
type Comment struct {
	By   leaf.Actor
	At   time.Time
	Text string
}

// Request is one request with all that was recorded of it. What matters for safety comes from the signed statements.
type Request struct {
	statement.Request
	State     State
	Seq       int64
	Issued    clock.Reading
	Note      string // the signed statement
	Code      string // by which people see that two screens show the same request
	Tries     int    // blind entries that differed
	Why       string // of a request that was refused, returned, stopped or superseded
	Classes   []policy.Class
	Approvals []Given
	Missing   error // what the rules still want of a request that waits; nil for nothing
	Comments  []Comment
	Waived    bool   // two persons accept that a patient may be connected
	Steps     []Step // when Done
	Outcome   Outcome
	Accepted  bool // somebody else accepted what the device took instead
	digest    [32]byte
	complete  bool // it had every approval that it needed
	rules     policy.Policy
}

// Blind says whether the second person enters the values without seeing them.
func (r Request) Blind() bool {
	return slices.ContainsFunc(r.Set, func(l statement.SetLine) bool {
		return r.rules.Blind(r.rules.Class(r.Driver.ID, l.ID, l.Risk))
	})
}

// Hidden says whether the wanted values must not be shown to this person: those of a blind request are its proposer's alone,
// and another's once that person has entered them. A request that ended before it was approved keeps them hidden, or
// whoever let it end could read there what to enter the next time.
func (r Request) Hidden(person string) bool {
	return r.Blind() && r.private(person)
}

// TagHidden says whether the asset tag must not be shown to this person, who is to read it off the device.
func (r Request) TagHidden(person string) bool { return r.AssetTag != "" && r.private(person) }

// private says whether this person has yet to enter what the request holds.
func (r Request) private(person string) bool {
	return !r.complete && person != r.Signer.ID && !r.approvedBy(person)
}

func (r Request) approvedBy(person string) bool {
	return slices.ContainsFunc(r.Approvals, func(g Given) bool { return g.Signer.ID == person })
}

// codeLen is how many digits of five bits a comparison code has.
const codeLen = 8

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ComparisonCode returns the first forty bits of a statement's digest as two groups of four: "7K3M-9QXT". It is against
// mix-ups only. Whoever wants to can find two requests with the same code; an approval binds the whole digest.
func ComparisonCode(digest [32]byte) string {
	code := crockford.EncodeToString(digest[:])[:codeLen]
	return code[:codeLen/2] + "-" + code[codeLen/2:]
}

// Desk is where requests are made, decided and carried out on one console. Its methods are safe for concurrent use;
// where two of them race for one request, the database lets one through.
type Desk struct {
	log         *audit.Log
	query       audit.Query
	roster      *people.Roster
	workstation string
	program     string // version, part of a driver's digest
	barred      func(ctx context.Context, person string) (bool, error)

	comparing sync.Mutex // one blind entry at a time, so that each try counts

	owing sync.Mutex
	owed  []audit.Draft // outcomes that the log refused when they were due
}

// NewDesk returns the desk of this workstation.
func NewDesk(log *audit.Log, query audit.Query, roster *people.Roster, workstation, program string) *Desk {
	return &Desk{log: log, query: query, roster: roster, workstation: workstation, program: program}
}

// Bar has the desk ask, before somebody proposes, whether a review of what they did alone is so long overdue that they begin
// nothing new. Emergencies never ask it.
func (d *Desk) Bar(barred func(ctx context.Context, person string) (bool, error)) { d.barred = barred }

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
	r := Request{State: State(row.state), Seq: row.seq, Tries: int(row.tries), Why: row.why, Outcome: Outcome(row.outcome),
		Accepted: row.accepted != 0, Waived: row.waived != 0, complete: row.complete != 0}
	record, err := d.log.Record(ctx, row.seq)
	if err != nil {
		return r, err
	}
	text, err := d.roster.OpenRecord(ctx, record)
	if err != nil {
		return r, err
	}
	if r.Request, err = statement.ParseRequest(text); err != nil {
		return r, err
	}
	r.Issued, r.Note, r.digest = record.At, record.Stmt, statement.Digest(text)
	r.Code = ComparisonCode(r.digest)
	if r.Steps, err = parseSteps(row.steps); err != nil {
		return r, fault.New(fault.LogBroken, row.id, err)
	}
	if err := d.loadOthers(ctx, &r); err != nil {
		return r, err
	}
	if (r.State == Waiting || r.State == Approved) && expired(d.log.Now(), r.Issued, r) {
		return d.expire(ctx, r)
	}
	return r, nil
}

// loadOthers adds what other people said of a request, and what the rules that are in force now make of it.
func (d *Desk) loadOthers(ctx context.Context, r *Request) error {
	rules, err := d.roster.Rules(ctx)
	if err != nil {
		return err
	}
	r.rules = rules.Policy
	for _, l := range r.Set {
		if c := r.rules.Class(r.Driver.ID, l.ID, l.Risk); !slices.Contains(r.Classes, c) {
			r.Classes = append(r.Classes, c)
		}
	}
	if err := d.loadApprovals(ctx, r); err != nil {
		return err
	}
	seqs, _, err := d.places(ctx, "SELECT seq, '' FROM remark WHERE request = ? ORDER BY seq", r.ID)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		record, err := d.log.Record(ctx, seq)
		if err != nil {
			return err
		}
		text, _ := record.Body.Text("text")
		r.Comments = append(r.Comments, Comment{record.Actor, record.At.Wall, text})
	}
	return nil
}

func (d *Desk) loadApprovals(ctx context.Context, r *Request) error {
	seqs, seats, err := d.places(ctx, "SELECT seq, seat FROM approval WHERE request = ? ORDER BY seq", r.ID)
	if err != nil {
		return err
	}
	for i, seq := range seqs {
		record, err := d.log.Record(ctx, seq)
		if err != nil {
			return err
		}
		text, err := d.roster.OpenRecord(ctx, record)
		if err != nil {
			return err
		}
		approval, err := statement.ParseApproval(text)
		if err != nil {
			return err
		}
		r.Approvals = append(r.Approvals, Given{approval, policy.Seat(seats[i]), seq})
	}
	if r.State != Waiting {
		return nil
	}
	proposer, approvers, err := d.parties(ctx, *r)
	if err != nil {
		return err
	}
	r.Missing = r.rules.Enough(proposer, approvers, r.Classes)
	return nil
}

// parties are the proposer and the approvers of a request as they stand now.
func (d *Desk) parties(ctx context.Context, r Request) (proposer policy.Person, approvers []policy.Approver, err error) {
	p, err := d.roster.Person(ctx, r.Signer.ID)
	if err != nil {
		return proposer, nil, err
	}
	for _, g := range r.Approvals {
		a, err := d.roster.Person(ctx, g.Signer.ID)
		if err != nil {
			return proposer, nil, err
		}
		approvers = append(approvers, policy.Approver{Person: a.Policy(), Seat: g.Seat})
	}
	return p.Policy(), approvers, nil
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
	return valueOf(l.ID, l.Wanted, description)
}

func valueOf(id drivers.SettingID, token string, description drivers.Description) (drivers.Change, drivers.Setting, error) {
	setting, ok := description.Setting(id)
	if !ok {
		return drivers.Change{}, setting, fault.New(fault.Unsupported, string(id), nil)
	}
	value, err := statement.ParseToken(setting.Kind, token)
	if err != nil {
		return drivers.Change{}, setting, fault.New(fault.OutOfRange, string(id), err)
	}
	return drivers.Change{Setting: id, Wanted: value}, setting, nil
}
