package people

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Members is who takes part and under which rules, as signed statements say it one after the other. It keeps no log: Roster
// feeds it from this console's own, Replay from what another console hands over. A Members that is not changed any more is
// safe for concurrent use.
type Members struct {
	origin   string
	founding []byte // the text
	persons  []*member
	keys     map[[ed25519.PublicKeySize]byte]bool // every key that anybody ever had
	profiles map[[32]byte]bool
	said     map[string]bool // the numbers of the statements
	rules    Rules
	sealed   statement.SealedCodes // the last set of codes
	notes    []string              // every statement, as it was signed
}

// member is a person with every key that the person had.
type member struct {
	Person
	terms []term
}

// term is how long a key counts, in records: from the first to before the last; -1 while it does.
type term struct {
	verifier statement.Verifier
	from, to int64
}

// Rules are what is in force, and since when.
type Rules struct {
	Policy  policy.Policy
	Seq     int64              // of the record; -1 for the minimum, which nobody signed
	Signers []statement.Person // two, or none
	At      statement.Time
	Problem error // why the minimum is in force although rules were signed
}

func newMembers(origin string) *Members {
	return &Members{origin: origin, keys: map[[ed25519.PublicKeySize]byte]bool{}, profiles: map[[32]byte]bool{}, said: map[string]bool{},
		rules: Rules{Policy: policy.Minimum(), Seq: -1}}
}

// Replay reads what another console's roster says of its people: the notes that Roster.Notes returned there. Every rule is
// checked as it was there. Anything else is fault.Signature.
func Replay(origin string, notes []string) (*Members, error) {
	m := newMembers(origin)
	for i, note := range notes {
		if err := m.take(int64(i), "", note); err != nil {
			return nil, fault.New(fault.Signature, origin, fmt.Errorf("statement %d: %w", i, err))
		}
	}
	if len(m.persons) == 0 {
		return nil, fault.Newf(fault.Signature, origin, "no founding")
	}
	return m, nil
}

// clone is a copy that can be changed by itself, to see whether a statement would be taken.
func (m *Members) clone() *Members {
	c := *m
	c.persons = nil
	for _, p := range m.persons {
		one := *p
		one.terms = slices.Clone(p.terms)
		c.persons = append(c.persons, &one)
	}
	c.keys, c.profiles, c.said, c.notes = maps.Clone(m.keys), maps.Clone(m.profiles), maps.Clone(m.said), slices.Clip(m.notes)
	return &c
}

// Origin returns the name of the log whose people these are.
func (m *Members) Origin() string { return m.origin }

// Rules returns what is in force.
func (m *Members) Rules() Rules { return m.rules }

// Persons returns everybody who is or was enrolled, as they stand at this time.
func (m *Members) Persons(now time.Time) []Person {
	all := make([]Person, 0, len(m.persons))
	for _, p := range m.persons {
		all = append(all, m.at(p, now))
	}
	return all
}

// Person returns one of them as of now, or fault.NotFound.
func (m *Members) Person(id string, now time.Time) (Person, error) {
	if p := m.find(id); p != nil {
		return m.at(p, now), nil
	}
	return Person{}, fault.New(fault.NotFound, id, nil)
}

func (m *Members) find(id string) *member {
	i := slices.IndexFunc(m.persons, func(p *member) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return m.persons[i]
}

// at says whether a person is on probation. A clock from before the enrolment does not end it.
func (m *Members) at(p *member, now time.Time) Person {
	person := p.Person
	person.Key = slices.Clone(p.Key) // nobody outside changes what is so here
	person.Probation = !p.Founder && m.rules.Policy.Probation > 0 && now.Before(p.Since.Wall.Add(m.rules.Policy.Probation))
	return person
}

// Open returns the text of a signed statement whose signatures are those of the persons whom it names, with the keys that
// count now. Everything else is fault.Signature.
func (m *Members) Open(note string) ([]byte, error) { return m.open(note, now) }

// now is a place in the log after every record.
const now = int64(-1)

// open verifies a note with the keys that counted at record seq, and extra ones that the statement itself brings.
func (m *Members) open(note string, seq int64, extra ...statement.Verifier) ([]byte, error) {
	known := statement.Lookup(func(name string, hash uint32) (statement.Verifier, bool) {
		for _, v := range extra {
			if v.Name() == name && v.KeyHash() == hash {
				return v, true
			}
		}
		origin, id, err := statement.ParseKeyName(name)
		p := m.find(id)
		if err != nil || origin != m.origin || p == nil {
			return nil, false
		}
		return p.verifier(hash, seq)
	})
	text, signers, err := statement.Open([]byte(note), known)
	if err != nil {
		return nil, err
	}
	s, err := statement.Parse(text)
	if err != nil {
		return nil, err
	}
	return text, statement.SignedBy(s, signers)
}

func (p *member) verifier(hash uint32, seq int64) (statement.Verifier, bool) {
	for _, t := range p.terms {
		if t.verifier.KeyHash() != hash {
			continue
		}
		if seq == now && t.to < 0 || seq != now && seq >= t.from && (t.to < 0 || seq < t.to) {
			return t.verifier, true
		}
	}
	return nil, false
}

// textOf is the text of a note whose signatures nobody has checked yet.
func textOf(note string) []byte {
	text, _, _ := strings.Cut(note, "\n\n") // no statement has an empty line
	return []byte(text + "\n")
}

// enrol adds a person whose key counts from record seq on.
func (m *Members) enrol(f statement.Founder, badge string, founder bool, at statement.Time, seq int64) error {
	role := policy.Role(f.Role)
	switch {
	case m.find(f.ID) != nil || m.keys[f.Key]:
		return errors.New("the person, or the key, is there already")
	case badge == "" && !founder, badge != "" && !m.badgeFree(badge):
		return fault.New(fault.Badge, badge, nil)
	case !role.Known():
		return fmt.Errorf("no role is called %q", f.Role)
	}
	v, err := statement.NewVerifier(m.origin, f.ID, f.Key[:])
	if err != nil {
		return err
	}
	m.persons = append(m.persons, &member{
		Person: Person{ID: f.ID, Name: f.Name, Role: role, Active: true, Key: slices.Clone(f.Key[:]), Badge: badge, Status: Active, Founder: founder,
			Since: clock.Reading{Wall: at.Wall, State: at.Clock}},
		terms: []term{{v, seq, -1}},
	})
	m.keys[f.Key] = true
	return nil
}

// badgeFree says whether a badge is nobody's who still takes part. One human has one badge: whoever lost their key comes
// back with it, once the person who they were has been revoked.
func (m *Members) badgeFree(badge string) bool {
	wanted := spelled(badge)
	return wanted != "" && !slices.ContainsFunc(m.persons, func(p *member) bool { return !p.ended() && spelled(p.Badge) == wanted })
}

// spelled is a badge's number as it is compared: "b 1003" and "B-1003" are one badge.
func spelled(badge string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, badge)
}
