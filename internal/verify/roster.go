package verify

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"time"
	"unicode"

	"countersign/internal/statement"
)

// roster is who takes part, under which rules and with which keys, as the signed statements say it one after the other.
type roster struct {
	origin   string
	founding []byte // the text
	persons  map[string]*person
	keys     map[statement.Key]bool // every key that anybody ever had
	said     map[string]bool        // the numbers of the statements
	rules    siteRules
	codes    int64 // the highest number of a sealed code
	checked  int64 // signatures
}

// person is somebody who is or was enrolled, with every key that they had.
type person struct {
	id, name, role, badge string

	founder bool
	status  status
	since   time.Time
	terms   []term
}

type status string

const (
	active    status = "active"
	suspended status = "suspended"
	left      status = "left"
	revoked   status = "revoked"
)

// term is how long a key counts, in records: from the first to before the last; -1 while it does.
type term struct {
	verifier statement.Verifier
	from, to int64
}

const (
	auditor       = "auditor"
	maxCodeNumber = 99_999
)

// roles are those that there are.
var roles = []string{"technician", "nursing", "pharmacy", "clinical-lead", auditor}

func newRoster(origin string) *roster {
	return &roster{origin: origin, persons: map[string]*person{}, keys: map[statement.Key]bool{}, said: map[string]bool{}, rules: minimum()}
}

func (p *person) mayAct() bool { return p.status == active && p.role != auditor }

func (p *person) ended() bool { return p.status == left || p.status == revoked }

// probation says whether somebody was enrolled too recently at this time to sign for others.
func (r *roster) probation(p *person, at time.Time) bool {
	return !p.founder && r.rules.probation > 0 && at.Before(p.since.Add(r.rules.probation))
}

// textOf is the text of a note whose signatures nobody has checked yet: no statement has an empty line.
func textOf(note string) []byte {
	text, _, _ := strings.Cut(note, "\n\n")
	return []byte(text + "\n")
}

// open verifies the signatures of a note with the keys that counted at record seq, and with one that the statement itself brings.
// They must be those of exactly the persons whom it names.
func (r *roster) open(note string, s statement.Statement, seq int64, brings ...statement.Verifier) error {
	known := statement.Lookup(func(name string, hash uint32) (statement.Verifier, bool) {
		for _, v := range brings {
			if v.Name() == name && v.KeyHash() == hash {
				return v, true
			}
		}
		origin, id, err := statement.ParseKeyName(name)
		p := r.persons[id]
		if err != nil || origin != r.origin || p == nil {
			return nil, false
		}
		for _, t := range p.terms {
			if t.verifier.KeyHash() == hash && seq >= t.from && (t.to < 0 || seq < t.to) {
				return t.verifier, true
			}
		}
		return nil, false
	})
	_, signers, err := statement.Open([]byte(note), known)
	if err != nil {
		return err
	}
	r.checked += int64(len(signers))
	return statement.SignedBy(s, signers)
}

// rosterRecords says in which record each statement about people and rules stands.
var rosterRecords = map[string]string{
	"people.genesis": "genesis", "people.enrolled": "enrol", "people.role": "role", "people.suspended": "suspend", "people.restored": "restore",
	"people.revoked": "revocation", "people.key-rotated": "key-rotate", "people.sealed-codes": "sealed-codes", "policy.signed": "policy",
	"profile.approved": "profile",
}

// take takes in the statement of a record. Everything is checked that had to be true when it was signed.
func (r *roster) take(seq int64, kind, note string) (statement.Statement, error) {
	s, err := statement.Parse(textOf(note))
	switch {
	case err != nil && kind == "people.genesis":
		return nil, genesisForm.at(seq, err)
	case err != nil:
		return nil, rosterForm.at(seq, err)
	case s.Kind() != rosterRecords[kind]:
		return nil, rosterKind.at(seq, s.Kind(), kind)
	}
	number := numberOf(s)
	if r.said[number] {
		return nil, rosterTwice.at(seq, number)
	}
	r.said[number] = true
	return s, r.statement(s, seq, note)
}

// numberOf is what makes a statement different from every other.
func numberOf(s statement.Statement) string {
	switch s := s.(type) {
	case statement.Genesis:
		return s.Nonce
	case statement.Profile:
		return s.ID
	}
	by, _ := byOf(s)
	return by.ID
}

func (r *roster) statement(s statement.Statement, seq int64, note string) error {
	if g, ok := s.(statement.Genesis); ok {
		return r.genesis(g, seq, note)
	}
	if len(r.persons) == 0 {
		return genesisMissing.at(seq)
	}
	by, _ := byOf(s)
	if by.Log.Origin != r.origin {
		return rosterLog.at(seq, by.Log.Origin)
	}
	switch s := s.(type) {
	case statement.Enrol:
		return r.enrolment(s, seq, note)
	case statement.Role:
		return r.role(s, seq, note)
	case statement.Suspend:
		return r.suspension(s, seq, note)
	case statement.Restore:
		return r.restoration(s, seq, note)
	case statement.Revocation:
		return r.revocation(s, seq, note)
	case statement.Rotate:
		return r.rotation(s, seq, note)
	case statement.Policy:
		if err := r.two(s, by, seq, note); err != nil {
			return err
		}
		r.rules = readRules(s.Rules)
		return nil
	case statement.SealedCodes:
		return r.sealed(s, seq, note)
	}
	return r.two(s, by, seq, note) // a profile
}

// genesis checks the founding with the keys that it names itself: it is where trust begins.
func (r *roster) genesis(g statement.Genesis, seq int64, note string) error {
	switch {
	case len(r.persons) > 0:
		return genesisTwice.at(seq)
	case g.Origin != r.origin:
		return genesisOrigin.at(seq, g.Origin)
	}
	for i, f := range g.Founders {
		badge := ""
		if i < len(g.Badges) {
			badge = g.Badges[i]
		}
		if f.Role == auditor || r.enrol(f, badge, true, g.Time.Wall, seq) != nil {
			return genesisFounder.at(seq, f.Name)
		}
	}
	if err := r.open(note, g, seq); err != nil {
		return genesisSigned.at(seq, err)
	}
	r.founding = textOf(note)
	return nil
}

// enrol adds a person whose key counts from record seq on.
func (r *roster) enrol(f statement.Founder, badge string, founder bool, since time.Time, seq int64) error {
	switch {
	case r.persons[f.ID] != nil || r.keys[f.Key]:
		return rosterThere.at(seq, f.Name)
	case badge == "" && !founder, badge != "" && !r.badgeFree(badge):
		return rosterBadge.at(seq, badge)
	case !slices.Contains(roles, f.Role):
		return rosterRole.at(seq, f.Role, f.Name)
	}
	v, err := statement.NewVerifier(r.origin, f.ID, f.Key[:])
	if err != nil {
		return rosterForm.at(seq, err)
	}
	r.persons[f.ID] = &person{id: f.ID, name: f.Name, role: f.Role, badge: badge, founder: founder, status: active, since: since, terms: []term{{v, seq, -1}}}
	r.keys[f.Key] = true
	return nil
}

// badgeFree says whether a badge is nobody's who still takes part: "b 1003" and "B-1003" are one.
func (r *roster) badgeFree(badge string) bool {
	wanted := spelled(badge)
	for _, p := range r.persons {
		if !p.ended() && spelled(p.badge) == wanted {
			return false
		}
	}
	return wanted != ""
}

func spelled(badge string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToUpper(c)
		}
		return -1
	}, badge)
}

func (r *roster) enrolment(e statement.Enrol, seq int64, note string) error {
	candidate, err := statement.NewVerifier(r.origin, e.Candidate.ID, e.Candidate.Key[:])
	if err != nil {
		return rosterForm.at(seq, err)
	}
	if err := r.two(e, e.By, seq, note, candidate); err != nil {
		return err
	}
	return r.enrol(e.Candidate, e.Badge, false, e.Time.Wall, seq)
}

func (r *roster) role(s statement.Role, seq int64, note string) error {
	subject, err := r.subject(s.Person, seq)
	if err != nil {
		return err
	}
	if !slices.Contains(roles, s.Role) || s.Role == subject.role || subject.ended() {
		return rosterRole.at(seq, s.Role, subject.name)
	}
	if err := r.two(s, s.By, seq, note); err != nil {
		return err
	}
	if s.Role == auditor && r.others(subject, active, suspended) < 2 {
		return rosterLeft.at(seq, subject.name)
	}
	subject.role = s.Role
	return nil
}

func (r *roster) suspension(s statement.Suspend, seq int64, note string) error {
	subject, err := r.subject(s.Person, seq)
	if err != nil {
		return err
	}
	if subject.status != active {
		return rosterState.at(seq, subject.name, subject.status, suspended)
	}
	if err := r.one(s, s.By, seq, note); err != nil {
		return err
	}
	if subject.role != auditor && r.others(subject, active) == 0 {
		return rosterLeft.at(seq, subject.name)
	}
	subject.status = suspended
	return nil
}

// restoration takes two others or, where only one is left who could, that one and the suspended person.
func (r *roster) restoration(s statement.Restore, seq int64, note string) error {
	subject, err := r.subject(s.Person, seq)
	if err != nil {
		return err
	}
	if subject.status != suspended {
		return rosterState.at(seq, subject.name, subject.status, active)
	}
	others := 0
	for _, p := range r.persons {
		if p != subject && p.mayAct() && !r.probation(p, s.Time.Wall) {
			others++
		}
	}
	if named(s.Signers, subject.id) {
		if others >= 2 {
			return rosterSelf.at(seq, subject.name)
		}
		subject.status = active // for this one look at who signs
		defer func() {
			if err != nil {
				subject.status = suspended
			}
		}()
	}
	if err = r.two(s, s.By, seq, note); err != nil {
		return err
	}
	subject.status = active
	return nil
}

func (r *roster) revocation(s statement.Revocation, seq int64, note string) error {
	subject, err := r.subject(s.Person, seq)
	if err != nil {
		return err
	}
	to := status(s.Why)
	if to != left && to != revoked || subject.ended() {
		return rosterState.at(seq, subject.name, subject.status, to)
	}
	if named(s.Signers, subject.id) {
		return rosterSelf.at(seq, subject.name)
	}
	if err := r.two(s, s.By, seq, note); err != nil {
		return err
	}
	subject.status = to
	return nil
}

// rotation replaces a key: the old one counts up to this record, the new one after it.
func (r *roster) rotation(s statement.Rotate, seq int64, note string) error {
	if err := r.one(s, s.By, seq, note); err != nil {
		return err
	}
	p := r.persons[s.Signers[0].ID]
	switch {
	case r.keys[s.Key]:
		return rosterKey.at(seq, p.name)
	case !ed25519.Verify(s.Key[:], statement.RotateProof(p.id, s.Nonce, s.Key[:]), s.Proof[:]):
		return rosterProof.at(seq, p.name)
	}
	v, err := statement.NewVerifier(r.origin, p.id, s.Key[:])
	if err != nil {
		return rosterForm.at(seq, err)
	}
	p.terms[len(p.terms)-1].to = seq + 1
	p.terms = append(p.terms, term{v, seq + 1, -1})
	r.keys[s.Key] = true
	return nil
}

func (r *roster) sealed(s statement.SealedCodes, seq int64, note string) error {
	if err := r.two(s, s.By, seq, note); err != nil {
		return err
	}
	if s.First <= r.codes || s.First > maxCodeNumber || s.Count > maxCodeNumber-s.First+1 {
		return rosterCodes.at(seq, s.First, r.codes)
	}
	r.codes = s.First + s.Count - 1
	return nil
}
