package report

import (
	"cmp"
	"slices"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Person is somebody of whom the records say that they take part, and what they did as far as the bundle shows it.
type Person struct {
	leaf.Actor
	State                               string // "active", "suspended", "left", "revoked"; "not enrolled" for a name that nobody vouched for
	Since                               cases.Place
	Keys                                int // that the person had
	Proposed, Approved, Alone, Reviewed int // changes, approvals, emergencies, reviews
	founder                             bool
}

const notEnrolled = "not enrolled"

// did returns the person for counting. The roster says later who they are, or never.
func (s *Summary) did(a leaf.Actor) *Person {
	key := a.ID
	if key == "" {
		key = "name " + a.Name
	}
	p := s.persons[key]
	if p == nil {
		if len(s.persons) >= maxPeople {
			return &Person{}
		}
		p = &Person{Actor: a, State: notEnrolled}
		s.persons[key] = p
	}
	return p
}

// person takes in what a record of the roster says. Whether it counts is for the verifier.
func (s *Summary) person(r *formats.Record) {
	if !strings.HasPrefix(r.Kind, "people.") && r.Kind != "policy.signed" {
		return
	}
	switch n := cases.Signed(r.Stmt).(type) {
	case statement.Genesis:
		if r.Kind != "people.genesis" || s.Founding != nil {
			return
		}
		s.Founding, _ = n.Text()
		for _, f := range n.Founders {
			s.enrol(f, "founder")
		}
	case statement.Enrol:
		s.enrol(n.Candidate, "")
	case statement.Role:
		s.known(n.Person).Role = strings.Clone(n.Role)
	case statement.Suspend:
		s.known(n.Person).State = "suspended"
	case statement.Restore:
		s.known(n.Person).State = "active"
	case statement.Revocation:
		s.known(n.Person).State = strings.Clone(n.Why)
	case statement.Rotate:
		for _, by := range n.Signers {
			s.known(by).Keys++
		}
	case statement.Policy:
		s.Rules, s.RulesAt = nil, s.Last
		for _, rule := range n.Rules {
			s.Rules = append(s.Rules, strings.Clone(rule))
		}
	}
}

func (s *Summary) enrol(f statement.Founder, how string) {
	p := s.known(statement.Person{ID: f.ID, Name: f.Name, Role: f.Role})
	p.State, p.Keys, p.Since, p.founder = "active", 1, s.Last, how != ""
}

// known returns the person of a statement.
func (s *Summary) known(of statement.Person) *Person {
	a := leaf.Actor{ID: strings.Clone(of.ID), Name: strings.Clone(of.Name), Role: strings.Clone(of.Role)}
	p := s.did(a)
	if p.Name == "" {
		p.Actor = a
	}
	return p
}

// list sorts the persons: those of the roster by the time they came, then names that nobody vouched for.
func (s *Summary) list() {
	for key, p := range s.persons {
		if key == "console" || *p == (Person{}) || p.State == notEnrolled && p.Proposed+p.Approved+p.Alone+p.Reviewed == 0 || p.Name == "" && p.ID == "" {
			continue
		}
		s.People = append(s.People, *p)
	}
	slices.SortFunc(s.People, func(a, b Person) int {
		outside := func(p Person) int { return map[bool]int{true: 1}[p.State == notEnrolled] }
		return cmp.Or(outside(a)-outside(b), cmp.Compare(a.Since.Seq, b.Since.Seq), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}
