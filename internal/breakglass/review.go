package breakglass

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Account signs and records what the person who acted says of it; see PrepareAccount.
func (g *Register) Account(ctx context.Context, signer *people.Signer, id, text string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	p, err := g.PrepareAccount(ctx, signer.Person, id, text)
	if err != nil {
		return err
	}
	return g.Complete(ctx, p, signer)
}

// PrepareAccount fixes what the person who acted says of it. Others' is fault.NotAllowed; a second account, or one of a session
// that has not ended, WrongState; an empty one NoReason. Where the person was known by a name or a code only, any enrolled
// person of that name may tell it: the signature then says who they are.
func (g *Register) PrepareAccount(ctx context.Context, by people.Person, id, text string) (*Prepared, error) {
	if err := statement.CheckText(text); err != nil {
		return nil, fault.New(fault.NoReason, "", err)
	}
	p := &Prepared{kind: kindAccount, session: id, by: []people.Person{by}}
	var actions int64
	p.check = func(ctx context.Context) error {
		e, err := g.Emergency(ctx, id)
		if err != nil {
			return err
		}
		actions = int64(len(e.Actions))
		switch {
		case e.Actor.ID != by.ID && (e.Identity == ByKey || e.Actor.Name != by.Name):
			return fault.New(fault.NotAllowed, by.Name, nil)
		case !e.Over() || e.Account != "" || e.Drill:
			return fault.New(fault.WrongState, string(e.State), nil)
		}
		return nil
	}
	return g.prepare(ctx, p, func(b statement.By) statement.Statement {
		return statement.Closing{By: b, Session: id, Actions: actions, Account: text}
	})
}

// Review signs and records what one or two others find; see PrepareReview.
func (g *Register) Review(ctx context.Context, signers []*people.Signer, id, finding, reason, incident string) error {
	by, err := persons(signers)
	if err != nil {
		return err
	}
	p, err := g.PrepareReview(ctx, by, id, finding, reason, incident)
	if err != nil {
		return err
	}
	return g.Complete(ctx, p, signers...)
}

// PrepareReview fixes what one or two others find: that it was justified, or that it was not, with the number of the incident
// under which that is followed up. The faults are those of policy.Decide, WrongState and NoReason.
func (g *Register) PrepareReview(ctx context.Context, by []people.Person, id, finding, reason, incident string) (*Prepared, error) {
	if err := statement.CheckText(reason); err != nil {
		return nil, fault.New(fault.NoReason, "", err)
	}
	if incident != "" || finding == Unjustified {
		if err := statement.CheckText(incident); err != nil {
			return nil, fault.New(fault.NoReason, incident, err)
		}
	}
	p := &Prepared{kind: kindReviewed, session: id, by: by}
	p.check = func(ctx context.Context) error {
		e, err := g.Emergency(ctx, id)
		if err != nil {
			return err
		}
		if err := g.mayReview(ctx, e, by); err != nil {
			return err
		}
		if !e.Over() || e.Drill || e.State == Reviewed || finding != Justified && finding != Unjustified {
			return fault.New(fault.WrongState, string(e.State), nil)
		}
		for _, r := range e.Reviews {
			for _, before := range r.By {
				if slices.ContainsFunc(by, func(s people.Person) bool { return s.ID == before.ID }) {
					return fault.New(fault.SamePerson, before.Name, nil)
				}
			}
		}
		return nil
	}
	return g.prepare(ctx, p, func(b statement.By) statement.Statement {
		return statement.Review{By: b, Session: id, Finding: finding, Reason: reason, Incident: incident}
	})
}

func (g *Register) mayReview(ctx context.Context, e Emergency, by []people.Person) error {
	ask := policy.Ask{Act: policy.Review, Subject: policy.Person{ID: e.Actor.ID}}
	for _, s := range by {
		now, err := g.roster.Person(ctx, s.ID)
		if err != nil {
			return fault.New(fault.NotAllowed, s.Name, err)
		}
		ask.Signers = append(ask.Signers, now.Policy())
		ask.Barred = append(ask.Barred, e.barred(now)...)
	}
	if len(ask.Signers) == 0 {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	ask.Person = ask.Signers[0]
	rules, err := g.roster.Rules(ctx)
	if err != nil {
		return err
	}
	return policy.Decide(rules.Policy, ask)
}

// Paper signs and records what two persons enter from paper; see PreparePaper.
func (g *Register) Paper(ctx context.Context, signers [2]*people.Signer, about string, lines []string, from, to time.Time) error {
	by, err := persons(signers[:])
	if err != nil {
		return err
	}
	p, err := g.PreparePaper(ctx, [2]people.Person(by), about, lines, from, to)
	if err != nil {
		return err
	}
	return g.Complete(ctx, p, signers[:]...)
}

// PreparePaper fixes what two persons enter from paper: what was done while no place took a record. The interval in which it was
// done is not attested by anything but them, and the record says so: it names the records before and after.
func (g *Register) PreparePaper(ctx context.Context, by [2]people.Person, about string, lines []string, from, to time.Time) (*Prepared, error) {
	for _, line := range append([]string{about}, lines...) {
		if err := statement.CheckText(line); err != nil {
			return nil, fault.New(fault.NoReason, "", err)
		}
	}
	if len(lines) == 0 || to.Before(from) {
		return nil, fault.New(fault.NoReason, "", nil)
	}
	before, after, err := g.neighbours(ctx, from, to)
	if err != nil {
		return nil, err
	}
	p := &Prepared{kind: kindPaper, by: by[:]}
	p.body.Set("unattested-from", from.UTC().Format(time.RFC3339))
	p.body.Set("unattested-to", to.UTC().Format(time.RFC3339))
	p.body.SetInt("record-before", before)
	p.body.SetInt("record-after", after)
	return g.prepare(ctx, p, func(b statement.By) statement.Statement { return statement.Paper{By: b, About: about, Lines: lines} })
}

// neighbours are the numbers of the last record before a time and of the first after another; -1 for none.
func (g *Register) neighbours(ctx context.Context, from, to time.Time) (before, after int64, err error) {
	before, after = -1, -1
	err = g.log.Each(ctx, 0, func(r audit.Record) error {
		if r.At.Wall.Before(from) {
			before = r.Seq
		}
		if after < 0 && r.At.Wall.After(to) {
			after = r.Seq
		}
		return nil
	})
	return before, after, err
}

// Checked records what the device held when somebody looked afterwards.
func (g *Register) Checked(ctx context.Context, actor leaf.Actor, id string, differ []string) error {
	draft := audit.Draft{Kind: kindDrift, Actor: actor}
	draft.Body.Set("session", id)
	draft.Body.Set("drift", "same")
	if len(differ) > 0 {
		draft.Body.Set("drift", "different")
		slices.Sort(differ)
		set(&draft.Body, "settings", strings.Join(differ, ", "))
	}
	_, err := g.log.Append(ctx, draft)
	return err
}

// Orphans records as interrupted what another process left open and no journal of which says how it ended. It is called when
// everything that the journals hold was taken in.
func (g *Register) Orphans(ctx context.Context) error {
	left, err := column[string](ctx, g.query, "SELECT session FROM emergency WHERE how = '' AND ended = 0 AND chain <> ? ORDER BY opened", g.own)
	if err != nil {
		return err
	}
	for _, id := range left {
		e, err := g.Emergency(ctx, id)
		if err != nil {
			return err
		}
		draft := audit.Draft{Kind: kindOf(kindInterrupted, e.Drill), Actor: console}
		set(&draft.Body, "session", id, "device", e.Device)
		if _, err := g.log.Append(ctx, draft); err != nil {
			return err
		}
	}
	return nil
}

// Due returns how many emergencies wait for a review, and how many of those have waited too long. It reads those only that two
// have not reviewed.
func (g *Register) Due(ctx context.Context) (due, overdue int, err error) {
	all, err := g.open(ctx, "")
	for _, e := range all {
		switch e.State {
		case AccountDue, ReviewDue, Interruptedly:
			due++
		}
		if e.Overdue {
			overdue++
		}
	}
	return due, overdue, err
}

// Barred says whether a review of what this person did is so long overdue that they begin nothing new but emergencies.
func (g *Register) Barred(ctx context.Context, person string) (bool, error) {
	all, err := g.open(ctx, person)
	return slices.ContainsFunc(all, func(e Emergency) bool { return e.LongOverdue }), err
}

// open returns the emergencies, of one person or of all, that two have not reviewed.
func (g *Register) open(ctx context.Context, person string) (all []Emergency, err error) {
	ids, err := column[string](ctx, g.query, "SELECT session FROM emergency WHERE drill = 0 AND reviewers < 2 AND ? IN ('', actor) ORDER BY opened", person)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		e, err := g.Emergency(ctx, id)
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
	return all, nil
}

// Codes returns the numbers of the sealed codes that emergencies were opened with.
func (g *Register) Codes(ctx context.Context) (spent []int, err error) {
	return column[int](ctx, g.query, "SELECT code FROM emergency WHERE code > 0 ORDER BY code")
}

// LastDrill returns when a drill was last carried out to its end with something written.
func (g *Register) LastDrill(ctx context.Context) (at time.Time, found bool, err error) {
	err = g.query.Query(ctx, func(into func(...any) error) error {
		var ms int64
		err := into(&ms)
		at, found = milli(ms), ms != 0
		return err
	}, "SELECT COALESCE(MAX(a.at), 0) FROM emergency_action a JOIN emergency e ON e.session = a.session WHERE e.drill <> 0 AND a.outcome <> ''")
	return at, found, err
}

// LastDrillSeconds returns how long the last drill took that was carried out to its end.
func (g *Register) LastDrillSeconds(ctx context.Context) (seconds int64, found bool, err error) {
	err = g.query.Query(ctx, func(into func(...any) error) error {
		found = true
		return into(&seconds)
	}, "SELECT seconds FROM emergency WHERE drill <> 0 AND seconds > 0 ORDER BY opened DESC LIMIT 1")
	return seconds, found, err
}

// AlarmShare is the share of writes without a second person from which on the console warns, in tenths of a percent; RatioDays is
// over how many days it counts.
const (
	AlarmShare = 50
	RatioDays  = 30
)

// Share is how often a person, or the whole site, wrote without a second person and with one.
type Share struct {
	Person        leaf.Actor // the zero Actor for the site
	Alone, Normal int
}

// Tenths is the share of writes without a second person, in tenths of a percent.
func (s Share) Tenths() int {
	if s.Alone == 0 {
		return 0
	}
	return 1000 * s.Alone / (s.Alone + s.Normal)
}

// Alarm says whether that is more than a site should let pass.
func (s Share) Alarm() bool { return 1000*s.Alone > AlarmShare*(s.Alone+s.Normal) }

// Ratio is how the last RatioDays were.
type Ratio struct {
	Site    Share
	Persons []Share // those who wrote alone at least once, the largest share first
}

// Ratio counts the writes of the last RatioDays. Drills do not count.
func (g *Register) Ratio(ctx context.Context) (Ratio, error) {
	var r Ratio
	since := g.log.Now().Wall.Add(-RatioDays * 24 * time.Hour).UnixMilli()
	err := g.query.Query(ctx, func(into func(...any) error) error {
		var s Share
		err := into(&s.Person.ID, &s.Person.Name, &s.Alone, &s.Normal)
		r.Site.Alone, r.Site.Normal = r.Site.Alone+s.Alone, r.Site.Normal+s.Normal
		if s.Alone > 0 {
			r.Persons = append(r.Persons, s)
		}
		return err
	}, "SELECT person, name, SUM(alone), SUM(1 - alone) FROM acted WHERE at >= ? GROUP BY person, name ORDER BY person, name", since)
	slices.SortStableFunc(r.Persons, func(a, b Share) int { return cmp.Compare(b.Tenths(), a.Tenths()) })
	return r, err
}
