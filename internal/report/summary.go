package report

import (
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/leaf"
)

// The most that a Summary keeps of each list. What is beyond is counted, and stands in the tables.
const (
	maxChanges     = 5000 // the last ones
	maxEmergencies = 1000 // the last ones
	maxOpen        = 500
	maxUnattested  = 500
	maxKinds       = 500
	maxPeople      = 5000
)

// Summary counts what the records of a bundle say, and keeps what reports show. It grows with the cases that are open, with
// approvals and with persons, not with records. Its fields are complete after Close.
type Summary struct {
	Heading     formats.Heading
	Records     int64
	First, Last cases.Place
	Starts      int64            // of the machine, as far as records show: how often the boot clock began anew
	Kinds       map[string]int64 // records by kind; "" for kinds beyond the most that are kept

	Founding []byte // the text that the founders signed; nil where it is not shown
	People   []Person
	Rules    []string // in force at the end
	RulesAt  cases.Place

	Requests  int            // shown
	ByState   map[string]int // changes by where they stand
	ByOutcome map[string]int // changes on which writing was begun, by outcome; "" where none is shown
	Settings  map[string]int // single settings by outcome, emergencies included
	Unknown   int            // changes and emergency actions of which nobody knows what they did
	Weak      int            // changes on devices without a serial number
	Lonely    int            // changes that were written and show no approval and no template
	Changes   []*cases.Change
	Open      []*cases.Change
	OpenCount int

	Approvals, Quick int // Quick: within cases.Quick of the request
	Pairs            []cases.Pair

	Emergencies, Drills int
	EmergencyActions    int
	OpenReviews         int
	Unaccounted         int // emergencies about which the person who acted has said nothing
	Drifted             int
	Sessions            []*cases.Emergency // without drills

	ClockSteps, ClockBack, Unsynced int64 // records
	Gaps                            int   // stretches of records that the bundle does not show
	Withheld                        int64 // records in them
	UnattestedCount                 int
	Unattested                      []Unattested
	Unlinked                        int // epochs of the machine's key that the key before did not sign

	Here, Elsewhere Signed // the last signatures

	reader  *cases.Reader
	pairs   cases.Pairs
	persons map[string]*Person
	boot    string
}

// Unattested is something for which the log cannot vouch.
type Unattested struct {
	cases.Place
	What, From, To, About string
	By                    []leaf.Actor
}

// Signed is a signature of a person: what was recorded before it cannot be changed without contradicting it.
type Signed struct {
	cases.Place
	By string
}

// Behind is how many records of the log came after the signature.
func (s Signed) Behind(h formats.Heading) int64 {
	if !s.There {
		return h.Head.Size
	}
	return max(0, h.Head.Size-1-s.Seq)
}

// NewSummary returns a summary of no records.
func NewSummary(h formats.Heading) *Summary {
	s := &Summary{
		Heading: h, Kinds: map[string]int64{}, ByState: map[string]int{}, ByOutcome: map[string]int{}, Settings: map[string]int{},
		persons: map[string]*Person{},
	}
	s.reader = cases.NewReader(cases.Told{Change: s.change, Approval: s.approval, Action: s.action, Emergency: s.emergency, Paper: s.paper})
	return s
}

// Record takes the next record. It does not fail: what a record does not say is not counted.
func (s *Summary) Record(r formats.Record) error {
	s.pass(&r)
	s.Records++
	kind := r.Kind
	if _, known := s.Kinds[kind]; !known {
		if len(s.Kinds) >= maxKinds {
			kind = ""
		}
		kind = strings.Clone(kind)
	}
	s.Kinds[kind]++
	if r.Stmt != "" {
		s.signed(&r)
	}
	s.person(&r)
	s.reader.Record(r)
	if what := cases.Missing(&r); what != "" {
		s.unattested(Unattested{Place: s.Last, What: what})
	}
	if link, _ := r.Body.Text("link"); r.Kind == "log.epoch" && link == "unlinked" {
		s.Unlinked++
	}
	return nil
}

// pass looks at a record's place and time.
func (s *Summary) pass(r *formats.Record) {
	if before := s.Last; before.There && r.Seq > before.Seq+1 {
		s.gap(r.Seq - before.Seq - 1)
	} else if !before.There && r.Seq > 0 {
		s.gap(r.Seq)
	}
	switch r.At.State {
	case clock.Stepped:
		s.ClockSteps++
	case clock.Unsynced:
		s.Unsynced++
	}
	if s.Last.There && r.At.Wall.Before(s.Last.At.Wall) {
		s.ClockBack++
	}
	if r.At.Boot != s.boot {
		s.boot = strings.Clone(r.At.Boot)
		s.Starts++
	}
	at := r.At
	at.Boot = s.boot
	s.Last = cases.Place{There: true, Seq: r.Seq, Hash: r.Hash, At: at}
	if !s.First.There {
		s.First = s.Last
	}
}

func (s *Summary) gap(records int64) {
	s.Gaps++
	s.Withheld += records
}

// signed notes the last signature, here and on another machine. The record that tells of an export comes after it.
func (s *Summary) signed(r *formats.Record) {
	by := Signed{s.Last, strings.Clone(r.Actor.Name)}
	s.Here = by
	if channel, _ := r.Body.Text("channel"); channel == "other-device" {
		s.Elsewhere = by
	}
}

func (s *Summary) change(c *cases.Change) {
	if c.Request.There {
		s.Requests++
	}
	state := c.State
	if state == "" {
		state = "not shown"
	}
	s.ByState[state]++
	if c.Attempted() {
		s.ByOutcome[c.Outcome]++
		if !c.Template && len(c.Approvals) == 0 {
			s.Lonely++
		}
	}
	if c.Outcome == "unknown" || c.Begun.There && !c.Ended.There {
		s.Unknown++
	}
	if c.Request.There && c.Device.Serial == "" {
		s.Weak++
	}
	s.settings(c.Settings)
	if c.Open() {
		if s.OpenCount++; len(s.Open) < maxOpen {
			s.Open = append(s.Open, c)
		}
	}
	s.did(c.Proposer).Proposed++
	c.Settings, c.More = first(c.Settings, maxLines), c.More+max(0, len(c.Settings)-maxLines)
	c.Approvals = first(c.Approvals, maxLines)
	s.Changes = keepLast(s.Changes, c, maxChanges)
}

func (s *Summary) settings(all []cases.Setting) {
	for _, one := range all {
		if one.Outcome != "" {
			s.Settings[one.Outcome]++
		}
	}
}

// keepLast appends to a list of at most most things, of which the oldest give way.
func keepLast[T any](list []T, one T, most int) []T {
	if list = append(list, one); len(list) >= 2*most {
		list = append(list[:0:0], list[len(list)-most:]...)
	}
	return list
}

// first is a list of at most so many things that does not keep the others.
func first[T any](list []T, most int) []T {
	if len(list) > most {
		return append([]T(nil), list[:most]...)
	}
	return list
}

func last[T any](list []T, most int) []T { return list[max(0, len(list)-most):] }

func (s *Summary) approval(c *cases.Change, a *cases.Approval) {
	s.Approvals++
	if a.Timed && a.After < cases.Quick {
		s.Quick++
	}
	s.pairs.Add(c, a)
	s.did(a.By).Approved++
}

func (s *Summary) action(e *cases.Emergency, a *cases.Action) {
	if e.Drill {
		return
	}
	s.EmergencyActions++
	if a.Outcome == "" || a.Outcome == "unknown" {
		s.Unknown++
	}
	s.settings(a.Settings)
}

func (s *Summary) emergency(e *cases.Emergency) {
	if e.Drill {
		s.Drills++
		return
	}
	s.Emergencies++
	s.did(e.Person).Alone++
	if e.Unreviewed() {
		s.OpenReviews++
	}
	if !e.Told.There {
		s.Unaccounted++
	}
	if e.Drift == "different" {
		s.Drifted++
	}
	for _, r := range e.Reviews {
		for _, by := range r.By {
			s.did(by).Reviewed++
		}
	}
	e.Reviews = first(e.Reviews, maxLines)
	s.Sessions = keepLast(s.Sessions, e, maxEmergencies)
}

func (s *Summary) paper(p *cases.Paper) {
	s.unattested(Unattested{p.Place, "entered from paper by two persons", p.From, p.To, p.About, p.By})
}

func (s *Summary) unattested(u Unattested) {
	if s.UnattestedCount++; len(s.Unattested) < maxUnattested {
		s.Unattested = append(s.Unattested, u)
	}
}

// Close completes the fields.
func (s *Summary) Close() error {
	s.reader.End()
	s.Changes, s.Sessions = last(s.Changes, maxChanges), last(s.Sessions, maxEmergencies)
	s.Pairs = s.pairs.List()
	s.list()
	if next := s.Last.Seq + 1; s.Last.There && next < s.Heading.Head.Size {
		s.gap(s.Heading.Head.Size - next)
	} else if !s.Last.There && s.Heading.Head.Size > 0 {
		s.gap(s.Heading.Head.Size)
	}
	return nil
}

// age is how long ago something was recorded when the bundle was made, by the wall clock; false where that makes no sense.
func (s *Summary) age(p cases.Place) (time.Duration, bool) {
	d := s.Heading.Made.Sub(p.At.Wall)
	return d, p.There && d >= 0
}
