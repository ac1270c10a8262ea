package breakglass

import (
	"context"
	"slices"
	"time"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// ReviewState is where an emergency stands afterwards.
type ReviewState string

// The states.
const (
	Running       ReviewState = "running"
	Interruptedly ReviewState = "interrupted" // its console ended without having ended it
	AccountDue    ReviewState = "account-due" // the person who acted has not told what happened
	ReviewDue     ReviewState = "review-due"
	ReviewedByOne ReviewState = "reviewed-by-one" // nobody else could have
	Reviewed      ReviewState = "reviewed"
	NoReview      ReviewState = "drill"
)

// The findings of a review.
const (
	Justified   = "justified"
	Unjustified = "unjustified"
)

// Action is one write of an emergency, as its records say it. Steps are in the form that package change reads.
type Action struct {
	N       int
	At      time.Time
	Steps   string
	Outcome string // "" where the console ended before it was known
}

// Given is one review.
type Given struct {
	By                        []statement.Person
	Finding, Reason, Incident string
	At                        time.Time
}

// Emergency is one session with all that was recorded of it.
type Emergency struct {
	ID, Receipt   string
	Device        string // "Capnostream 20 SN B355987654"
	Stated        statement.Device
	Endpoint      string
	Workstation   string
	Actor         leaf.Actor
	Category      Category
	Tier          Tier
	Identity      Identity
	Code          int  // of the sealed code; 0 for none
	Drill         bool //
	Signed        bool // the opening was signed with the person's key
	Unreadable    bool // the label could not be read
	ClockStepped  bool // the wall clock had been set: the times are bounded by their neighbours only
	Opened, Ended time.Time
	How           How
	Extended      int
	Sinks         string // the places that took every record when it was made
	Actions       []Action
	Account       string
	Accounted     time.Time
	Reviews       []Given
	Finding       string // "unjustified" as soon as one review says so
	State         ReviewState
	Due           time.Time
	Overdue       bool
	LongOverdue   bool     // more than LongOver: its actor begins nothing new but emergencies
	Superseded    []string // requests that it put an end to
	Proposers     []string // of those
	Drift         string   // "same", "different", or "" while nobody looked
	Record        int64    // number of the record with which it began
	chain         string
	accountRecord int64
	accountant    string // who told what happened
}

// Over says whether the session has ended, one way or another.
func (e Emergency) Over() bool { return !e.Ended.IsZero() }

// Register is what the audit log knows of emergencies. It is safe for concurrent use.
type Register struct {
	log    *audit.Log
	query  audit.Query
	roster *people.Roster
	own    string // this process's chain
	// superseded are the requests that a session put an end to, and their proposers: package change knows them.
	superseded func(ctx context.Context, session string) (requests, proposers []string, err error)
}

// NewRegister returns the register of this log. Own is this process's chain.
func NewRegister(log *audit.Log, query audit.Query, roster *people.Roster, own string,
	superseded func(ctx context.Context, session string) (requests, proposers []string, err error)) *Register {
	return &Register{log: log, query: query, roster: roster, own: own, superseded: superseded}
}

// Changed is closed when anything was recorded.
func (g *Register) Changed() <-chan struct{} { return g.log.Changed() }

// Emergencies returns all, the newest first, drills among them.
func (g *Register) Emergencies(ctx context.Context) ([]Emergency, error) { return g.load(ctx, "") }

// Emergency returns one, or fault.NotFound.
func (g *Register) Emergency(ctx context.Context, id string) (Emergency, error) {
	if id == "" {
		return Emergency{}, fault.New(fault.NotFound, id, nil)
	}
	all, err := g.load(ctx, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, id, nil)
	}
	if err != nil {
		return Emergency{}, err
	}
	return all[0], nil
}

// load reads the rows of one session or of all, and what they lead to.
func (g *Register) load(ctx context.Context, id string) ([]Emergency, error) {
	var all []Emergency
	err := g.query.Query(ctx, func(into func(...any) error) error {
		var e Emergency
		var opened, ended int64
		var how string
		err := into(&e.ID, &e.Record, &e.chain, &e.Drill, &opened, &ended, &how, &e.Extended, &e.Sinks, &e.accountRecord, &e.Drift)
		e.Opened, e.Ended, e.How = milli(opened), milli(ended), How(how)
		all = append(all, e)
		return err
	}, `SELECT session, seq, chain, drill, opened, ended, how, extended, sinks, account, drift FROM emergency
		WHERE ? IN ('', session) ORDER BY opened DESC, seq DESC`, id)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := g.fill(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fill reads an emergency's records.
func (g *Register) fill(ctx context.Context, e *Emergency) error {
	record, err := g.log.Record(ctx, e.Record)
	if err != nil {
		return err
	}
	e.describe(record)
	if err := g.actions(ctx, e); err != nil {
		return err
	}
	if e.accountRecord > 0 {
		record, err := g.log.Record(ctx, e.accountRecord)
		if err != nil {
			return err
		}
		closing, err := opened[statement.Closing](ctx, g.roster, record)
		if err != nil {
			return err
		}
		e.Account, e.Accounted, e.accountant = closing.Account, closing.Time.Wall, record.Actor.ID
	}
	if e.Superseded, e.Proposers, err = g.superseded(ctx, e.ID); err != nil {
		return err
	}
	if err := g.reviews(ctx, e); err != nil {
		return err
	}
	eligible, err := g.eligible(ctx, *e)
	if err != nil {
		return err
	}
	if e.reviewers() == 1 { // whoever was enrolled since does not undo what was enough then
		eligible = slices.DeleteFunc(eligible, func(p people.Person) bool { return p.Since.Wall.After(e.Reviews[0].At) })
	}
	e.judge(g.log.Now().Wall, len(eligible), e.chain == g.own)
	return nil
}

// describe takes in the opening's record.
func (e *Emergency) describe(record audit.Record) {
	text := func(key string) string { t, _ := record.Body.Text(key); return t }
	e.Actor, e.Device, e.Workstation, e.Endpoint = record.Actor, text("device"), text("workstation"), text("endpoint")
	e.Stated = statement.Device{Manufacturer: text("manufacturer"), Model: text("model"), Serial: text("serial"), Firmware: text("firmware")}
	e.Category, e.Tier, e.Identity = Category(text("category")), Tier(text("tier")), Identity(text("identity"))
	code, _ := record.Body.Int("code")
	e.Code, e.Signed, e.Unreadable, e.ClockStepped = int(code), record.Stmt != "", text("label") != "", text(frameClock) == "stepped"
	if _, hash, _, ok := frameOf(record.Leaf); ok {
		e.Receipt = ReceiptCode(hash)
	}
}

func (g *Register) actions(ctx context.Context, e *Emergency) error {
	return g.query.Query(ctx, func(into func(...any) error) error {
		var a Action
		var at int64
		err := into(&a.N, &at, &a.Steps, &a.Outcome)
		a.At = milli(at)
		e.Actions = append(e.Actions, a)
		return err
	}, "SELECT n, at, steps, outcome FROM emergency_action WHERE session = ? ORDER BY n", e.ID)
}

// column returns what a query of one column finds.
func column[T any](ctx context.Context, query audit.Query, sql string, args ...any) (all []T, err error) {
	err = query.Query(ctx, func(into func(...any) error) error {
		var one T
		err := into(&one)
		all = append(all, one)
		return err
	}, sql, args...)
	return all, err
}

func (g *Register) reviews(ctx context.Context, e *Emergency) error {
	seqs, err := column[int64](ctx, g.query, "SELECT seq FROM emergency_review WHERE session = ? ORDER BY seq", e.ID)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		record, err := g.log.Record(ctx, seq)
		if err != nil {
			return err
		}
		review, err := opened[statement.Review](ctx, g.roster, record)
		if err != nil {
			return err
		}
		e.Reviews = append(e.Reviews, Given{review.Signers, review.Finding, review.Reason, review.Incident, review.Time.Wall})
		if e.Finding != Unjustified {
			e.Finding = review.Finding
		}
	}
	return nil
}

// opened reads the signed statement of a record, of the kind S.
func opened[S statement.Statement](ctx context.Context, roster *people.Roster, record audit.Record) (s S, err error) {
	text, err := roster.OpenRecord(ctx, record)
	if err != nil {
		return s, err
	}
	return statement.As[S](text)
}

// reviewers are how many persons have reviewed it.
func (e Emergency) reviewers() int {
	persons := map[string]bool{}
	for _, r := range e.Reviews {
		for _, p := range r.By {
			persons[p.ID] = true
		}
	}
	return len(persons)
}

// judge says where it stands at this time, where so many persons could review it.
func (e *Emergency) judge(now time.Time, eligible int, ours bool) {
	done := e.reviewers()
	over := e.Ended
	if over.IsZero() && !ours { // another process's, and not yet called interrupted
		over = e.Opened.Add(TTL)
	}
	switch {
	case e.Drill:
		e.State = NoReview
		return
	case over.IsZero():
		e.State = Running
		return
	case done >= 2:
		e.State = Reviewed
	case done == 1 && eligible < 2:
		e.State = ReviewedByOne
	case e.Ended.IsZero():
		e.State = Interruptedly
	case e.Account == "":
		e.State = AccountDue
	default:
		e.State = ReviewDue
	}
	e.Due = over.Add(ReviewIn)
	if e.State != Reviewed && e.State != ReviewedByOne {
		e.Overdue = now.After(e.Due)
		e.LongOverdue = now.After(over.Add(LongOver)) && eligible > 0
	}
}

// barred are those among persons who may not review it besides the one whom its records name: whose requests it put an end to,
// who told what they did in it, and, where nobody showed who they were, whoever has the name that was said.
func (e Emergency) barred(persons ...people.Person) []string {
	barred := slices.Clone(e.Proposers)
	for _, p := range persons {
		if p.ID == e.accountant || e.Identity != ByKey && p.Name == e.Actor.Name {
			barred = append(barred, p.ID)
		}
	}
	return barred
}

// Eligible returns who may review an emergency: everybody who takes part but the person who acted and those whose requests it
// put an end to.
func (g *Register) Eligible(ctx context.Context, id string) ([]people.Person, error) {
	e, err := g.Emergency(ctx, id)
	if err != nil {
		return nil, err
	}
	return g.eligible(ctx, e)
}

func (g *Register) eligible(ctx context.Context, e Emergency) ([]people.Person, error) {
	all, err := g.roster.People(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := g.roster.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var may []people.Person
	for _, p := range all {
		ask := policy.Ask{Act: policy.Review, Person: p.Policy(), Signers: []policy.Person{p.Policy()}, Subject: policy.Person{ID: e.Actor.ID}, Barred: e.barred(p)}
		if policy.Decide(rules.Policy, ask) == nil {
			may = append(may, p)
		}
	}
	return may, nil
}
