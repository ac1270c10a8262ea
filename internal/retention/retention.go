// Package retention knows what has to be kept, and whether it is: legal holds, the last backup, the last export of
// everything and where it is archived, and how fast the log grows.
//
// It deletes nothing, and neither does anything else in the console: no record, no log that was set aside, no backup and no
// archive. A hold says to the people who look after folders and media that they may not either; it stands in every export.
// One person places it, two release it.
package retention

import (
	"context"
	"slices"
	"time"

	"countersign/internal/audit"
	"countersign/internal/backup"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// The records about what is kept.
const (
	KindHold     = "retention.hold"
	KindReleased = "retention.released"
	KindArchived = "retention.archived"

	kindExported = "export.made" // of package bundle
)

// Interval is how old a backup and an export of everything may be before the console reminds people.
const Interval = 30 * 24 * time.Hour

// Scope is what a hold is on.
type Scope string

// The scopes.
const (
	Everything Scope = "everything"
	Device     Scope = "device"
	Person     Scope = "person"
	Period     Scope = "period"
)

// Scopes returns them in the order in which they are offered.
func Scopes() []Scope { return []Scope{Everything, Device, Person, Period} }

// Hold is a legal hold.
type Hold struct {
	ID        string
	Scope     Scope
	Subject   string // which one; "" for everything
	Reason    string
	Reference string // number of the case; "" for none
	By        statement.Person
	At        time.Time
	Seq       int64 // of its record

	Released bool
	Ended    time.Time
	Enders   []statement.Person
	Why      string // it was released

	digest [32]byte // of its text
}

// Register answers from the log.
type Register struct {
	log    *audit.Log
	query  audit.Query
	roster *people.Roster
}

// NewRegister returns the register of this log.
func NewRegister(log *audit.Log, query audit.Query, roster *people.Roster) *Register {
	return &Register{log: log, query: query, roster: roster}
}

// Changed is closed at the next record.
func (r *Register) Changed() <-chan struct{} { return r.log.Changed() }

// Place places a hold in the name of who is signed in. The faults are NotSignedIn, NotAllowed for somebody who does not take
// part any more, NoReason for a text that cannot be recorded, OutOfRange for a hold on nothing, and those of the log.
func (r *Register) Place(ctx context.Context, who *people.Signer, scope Scope, subject, reason, reference string) error {
	if who == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	for _, text := range []string{subject, reason, reference} {
		if err := statement.CheckText(text); err != nil && (text != "" || text == reason) {
			return fault.New(fault.NoReason, "", err)
		}
	}
	if !slices.Contains(Scopes(), scope) || (subject == "") != (scope == Everything) {
		return fault.Newf(fault.OutOfRange, string(scope), "a hold on %q", subject)
	}
	person, err := r.roster.Person(ctx, who.ID)
	if err != nil {
		return err
	}
	if !person.Active {
		return fault.New(fault.NotAllowed, who.ID, nil)
	}
	by, err := r.roster.By(who.Person)
	if err != nil {
		return fault.New(fault.Internal, KindHold, err)
	}
	hold := statement.Hold{By: by, Scope: string(scope), Subject: subject, Reason: reason, Reference: reference}
	text, err := hold.Text()
	if err != nil {
		return err
	}
	note, err := people.Together(text, who)
	if err != nil {
		return err
	}
	if _, err := r.roster.Open(ctx, note); err != nil { // a key that was replaced while it was open
		return err
	}
	draft := audit.Draft{Kind: KindHold, Actor: who.Actor(), Stmt: note}
	draft.Body.Set("hold", by.ID)
	draft.Body.Set("scope", string(scope))
	for _, one := range []struct{ key, text string }{{"subject", subject}, {"reason", reason}, {"reference", reference}} {
		if one.text != "" {
			draft.Body.Set(one.key, one.text)
		}
	}
	_, err = r.log.Append(ctx, draft)
	return err
}

// Holds returns all holds, those that count first, each by what was signed.
func (r *Register) Holds(ctx context.Context) (holds []Hold, err error) {
	type row struct{ seq, released int64 }
	var rows []row
	err = r.query.Query(ctx, func(into func(...any) error) error {
		var one row
		rows = append(rows, one)
		return into(&rows[len(rows)-1].seq, &rows[len(rows)-1].released)
	}, "SELECT seq, released FROM hold ORDER BY released <> 0, seq DESC")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		hold, err := r.hold(ctx, row.seq, row.released)
		if err != nil {
			return nil, err
		}
		holds = append(holds, hold)
	}
	return holds, nil
}

// Active returns the holds that count.
func (r *Register) Active(ctx context.Context) ([]Hold, error) {
	all, err := r.Holds(ctx)
	return slices.DeleteFunc(all, func(h Hold) bool { return h.Released }), err
}

func (r *Register) hold(ctx context.Context, seq, released int64) (h Hold, err error) {
	placed, text, err := signed[statement.Hold](ctx, r, seq)
	if err != nil {
		return h, err
	}
	h = Hold{ID: placed.ID, Scope: Scope(placed.Scope), Subject: placed.Subject, Reason: placed.Reason, Reference: placed.Reference,
		By: placed.Signers[0], At: placed.Time.Wall, Seq: seq, digest: statement.Digest(text)}
	if released == 0 {
		return h, nil
	}
	ended, _, err := signed[statement.Release](ctx, r, released)
	if err != nil {
		return h, err
	}
	h.Released, h.Ended, h.Enders, h.Why = true, ended.Time.Wall, ended.Signers, ended.Reason
	return h, nil
}

// signed reads the statement of a record.
func signed[S statement.Statement](ctx context.Context, r *Register, seq int64) (s S, text []byte, err error) {
	record, err := r.log.Record(ctx, seq)
	if err != nil {
		return s, nil, err
	}
	if text, err = r.roster.OpenRecord(ctx, record); err != nil {
		return s, nil, err
	}
	s, err = statement.As[S](text)
	return s, text, err
}

// Prepared is the release of a hold on its way: its text is fixed, so that what its signers see is what they sign.
type Prepared struct {
	text []byte
	by   [2]people.Person
	of   string
}

// Text is what will be signed, byte for byte.
func (p *Prepared) Text() string { return string(p.text) }

// Signers are the persons whose keys Complete wants, in this order.
func (p *Prepared) Signers() []people.Person { return p.by[:] }

// PrepareRelease fixes what two persons sign who end a hold. Two sign who may put rules in force. The faults are those of
// policy.Decide, NoReason, NotFound, and WrongState for one that is released already.
func (r *Register) PrepareRelease(ctx context.Context, id string, by [2]people.Person, reason string) (*Prepared, error) {
	if err := statement.CheckText(reason); err != nil {
		return nil, fault.New(fault.NoReason, "", err)
	}
	hold, err := r.mayRelease(ctx, id, by)
	if err != nil {
		return nil, err
	}
	b, err := r.roster.By(by[:]...)
	if err != nil {
		return nil, fault.New(fault.Internal, KindReleased, err)
	}
	text, err := statement.Release{By: b, Of: id, Hold: hold.digest, Reason: reason}.Text()
	return &Prepared{text, by, id}, err
}

// mayRelease says whether these two may release this hold as things stand.
func (r *Register) mayRelease(ctx context.Context, id string, by [2]people.Person) (Hold, error) {
	all, err := r.Holds(ctx)
	if err != nil {
		return Hold{}, err
	}
	at := slices.IndexFunc(all, func(h Hold) bool { return h.ID == id })
	switch {
	case at < 0:
		return Hold{}, fault.New(fault.NotFound, id, nil)
	case all[at].Released:
		return Hold{}, fault.New(fault.WrongState, id, nil)
	}
	ask := policy.Ask{Act: policy.SetRules}
	for _, s := range by {
		p, err := r.roster.Person(ctx, s.ID)
		if err != nil {
			return Hold{}, err
		}
		ask.Signers = append(ask.Signers, p.Policy())
	}
	rules, err := r.roster.Rules(ctx)
	if err != nil {
		return Hold{}, err
	}
	return all[at], policy.Decide(rules.Policy, ask)
}

// Complete has both persons sign the release, and records it. It checks again what PrepareRelease checked. The faults are
// those of PrepareRelease, NotSignedIn, and Signature for other keys than those of its persons.
func (r *Register) Complete(ctx context.Context, p *Prepared, signers ...*people.Signer) error {
	if len(signers) != len(p.by) || slices.Contains(signers, nil) {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	for i, s := range signers {
		if s.ID != p.by[i].ID {
			return fault.New(fault.NotSignedIn, p.by[i].Name, nil)
		}
	}
	if _, err := r.mayRelease(ctx, p.of, p.by); err != nil {
		return err
	}
	note, err := people.Together(p.text, signers...)
	if err != nil {
		return err
	}
	if _, err := r.roster.Open(ctx, note); err != nil {
		return err
	}
	draft := audit.Draft{Kind: KindReleased, Actor: signers[0].Actor(), Stmt: note}
	draft.Body.Set("hold", p.of)
	_, err = r.log.Append(ctx, draft)
	return err
}

// Projection keeps the tables of holds, and of what was put where.
func Projection() audit.Projection {
	return audit.Projection{Name: "retention", Schema: schema, Tables: []string{"hold", "kept"}, Rows: project}
}

const schema = `CREATE TABLE hold(
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  released INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE kept(
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  file TEXT NOT NULL,
  place TEXT NOT NULL) STRICT;
CREATE INDEX kept_kind ON kept(kind, seq);
`

func project(l leaf.Leaf) ([]audit.Row, error) {
	text := func(key string) string { t, _ := l.Body.Text(key); return t }
	count := func(key string) int64 { n, _ := l.Body.Int(key); return n }
	row := func(sql string, args ...any) ([]audit.Row, error) { return []audit.Row{{SQL: sql, Args: args}}, nil }
	at := l.At.Wall.UnixMilli()
	const add = "INSERT INTO kept(seq, kind, at, upto, file, place) VALUES(?, ?, ?, ?, ?, ?)"
	switch l.Kind {
	case KindHold:
		return row("INSERT INTO hold(id, seq) VALUES(?, ?)", text("hold"), l.Seq)
	case KindReleased:
		return row("UPDATE hold SET released = ? WHERE id = ? AND released = 0", l.Seq, text("hold"))
	case backup.KindMade:
		return row(add, l.Seq, l.Kind, at, count("size"), text("file"), text("place"))
	case backup.KindRestored: // its time is when the backup was made
		return row(add, l.Seq, l.Kind, at, count("size"), text("sha256"), text("made"))
	case KindArchived:
		return row(add, l.Seq, l.Kind, at, count("size"), text("file"), text("place"))
	case kindExported:
		if text("scope") == "full" {
			return row(add, l.Seq, l.Kind, at, count("size"), text("file"), "")
		}
	}
	return nil, nil
}
