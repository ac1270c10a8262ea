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

// Account signs and records what the person who acted says of it. Others' is fault.NotAllowed; a second account, or one of a
// session that has not ended, WrongState; an empty one NoReason. Where the person was known by a name or a code only, any
// enrolled person of that name may tell it: the signature then says who they are.
func (g *Register) Account(ctx context.Context, signer *people.Signer, id, text string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	e, err := g.Emergency(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case e.Actor.ID != signer.ID && !(e.Identity != ByKey && e.Actor.Name == signer.Name):
		return fault.New(fault.NotAllowed, signer.Name, nil)
	case !e.Over() || e.Account != "" || e.Drill:
		return fault.New(fault.WrongState, string(e.State), nil)
	}
	if err := statement.CheckText(text); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	by := g.by(signer)
	return g.sign(ctx, kindAccount, id, []*people.Signer{signer}, statement.Closing{By: by, Session: id, Actions: int64(len(e.Actions)), Account: text})
}

// Review signs and records what one or two others find: that it was justified, or that it was not, with the number of the
// incident under which that is followed up. The faults are those of policy.Decide, WrongState and NoReason.
func (g *Register) Review(ctx context.Context, signers []*people.Signer, id, finding, reason, incident string) error {
	e, err := g.Emergency(ctx, id)
	if err != nil {
		return err
	}
	if err := g.mayReview(ctx, e, signers); err != nil {
		return err
	}
	switch {
	case !e.Over() || e.Drill || e.State == Reviewed || finding != Justified && finding != Unjustified:
		return fault.New(fault.WrongState, string(e.State), nil)
	case statement.CheckText(reason) != nil, finding == Unjustified && statement.CheckText(incident) != nil, incident != "" && statement.CheckText(incident) != nil:
		return fault.New(fault.NoReason, incident, statement.CheckText(reason))
	}
	for _, r := range e.Reviews {
		for _, p := range r.By {
			if slices.ContainsFunc(signers, func(s *people.Signer) bool { return s.ID == p.ID }) {
				return fault.New(fault.SamePerson, p.Name, nil)
			}
		}
	}
	return g.sign(ctx, kindReviewed, id, signers, statement.Review{By: g.by(signers...), Session: id, Finding: finding, Reason: reason, Incident: incident})
}

func (g *Register) mayReview(ctx context.Context, e Emergency, signers []*people.Signer) error {
	ask := policy.Ask{Act: policy.Review, Subject: policy.Person{ID: e.Actor.ID}}
	for _, s := range signers {
		if s == nil {
			return fault.New(fault.NotSignedIn, "", nil)
		}
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

// Paper signs and records what two persons enter from paper: what was done while no place took a record. The interval in which
// it was done is not attested by anything but them, and the record says so: it names the records before and after.
func (g *Register) Paper(ctx context.Context, signers [2]*people.Signer, about string, lines []string, from, to time.Time) error {
	if signers[0] == nil || signers[1] == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	for _, line := range append([]string{about}, lines...) {
		if err := statement.CheckText(line); err != nil {
			return fault.New(fault.NoReason, "", err)
		}
	}
	if len(lines) == 0 || to.Before(from) {
		return fault.New(fault.NoReason, "", nil)
	}
	before, after, err := g.neighbours(ctx, from, to)
	if err != nil {
		return err
	}
	return g.sign(ctx, kindPaper, "", signers[:], statement.Paper{By: g.by(signers[:]...), About: about, Lines: lines}, func(b *leaf.Body) {
		b.Set("unattested-from", from.UTC().Format(time.RFC3339))
		b.Set("unattested-to", to.UTC().Format(time.RFC3339))
		b.SetInt("record-before", before)
		b.SetInt("record-after", after)
	})
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

func (g *Register) by(signers ...*people.Signer) statement.By {
	now, head := g.log.Now(), g.log.Head()
	by := statement.By{ID: newID(now), Time: statement.TimeOf(now), Log: statement.LogHead{Origin: head.Origin, Size: head.Size, Root: head.Root}}
	for _, s := range signers {
		by.Signers = append(by.Signers, s.Stated())
	}
	return by
}

// sign has persons sign a statement and records it about a session.
func (g *Register) sign(ctx context.Context, kind, session string, signers []*people.Signer, s statement.Statement, more ...func(*leaf.Body)) error {
	text, err := s.Text()
	if err != nil {
		return err
	}
	note, err := people.Together(text, signers...)
	if err != nil {
		return err
	}
	if _, err := g.roster.Open(ctx, note); err != nil { // a key that was replaced while it was open
		return err
	}
	draft := audit.Draft{Kind: kind, Actor: signers[0].Actor(), Stmt: note}
	set(&draft.Body, "session", session)
	for _, add := range more {
		add(&draft.Body)
	}
	_, err = g.log.Append(ctx, draft)
	return err
}

// Due returns how many emergencies wait for a review, and how many of those have waited too long.
func (g *Register) Due(ctx context.Context) (due, overdue int, err error) {
	all, err := g.Emergencies(ctx)
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
	all, err := g.Emergencies(ctx)
	return slices.ContainsFunc(all, func(e Emergency) bool { return e.LongOverdue && e.Actor.ID == person }), err
}

// Codes returns the numbers of the sealed codes that emergencies were opened with.
func (g *Register) Codes(ctx context.Context) (spent []int, err error) {
	err = g.query.Query(ctx, func(into func(...any) error) error {
		var n int
		err := into(&n)
		spent = append(spent, n)
		return err
	}, "SELECT code FROM emergency WHERE code > 0 ORDER BY code")
	return spent, err
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
	}, "SELECT person, MAX(name), SUM(alone), SUM(1 - alone) FROM acted WHERE at >= ? GROUP BY person ORDER BY person", since)
	slices.SortStableFunc(r.Persons, func(a, b Share) int { return cmp.Compare(b.Tenths(), a.Tenths()) })
	return r, err
}
