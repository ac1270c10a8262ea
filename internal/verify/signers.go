package verify

import (
	"slices"

	"countersign/internal/statement"
)

// subject returns the person whom a statement names, if it says of them what is so.
func (r *roster) subject(stated statement.Person, seq int64) (*person, error) {
	p := r.persons[stated.ID]
	if p == nil || p.name != stated.Name || p.role != stated.Role {
		return nil, rosterPerson.at(seq, stated.Role, stated.Name, stated.ID)
	}
	return p, nil
}

// one says whether the person who signs may act, and signed.
func (r *roster) one(s statement.Statement, by statement.By, seq int64, note string) error {
	p, err := r.subject(by.Signers[0], seq)
	if err != nil {
		return err
	}
	if !p.mayAct() {
		return rosterActive.at(seq, p.name)
	}
	if err := r.open(note, s, seq); err != nil {
		return rosterSigned.at(seq, err)
	}
	return nil
}

// two says whether those who sign are two different persons who may act and are past probation, and signed.
func (r *roster) two(s statement.Statement, by statement.By, seq int64, note string, brings ...statement.Verifier) error {
	if len(by.Signers) != 2 || by.Signers[0].ID == by.Signers[1].ID {
		return rosterTwo.at(seq, s.Kind())
	}
	for _, stated := range by.Signers {
		p, err := r.subject(stated, seq)
		switch {
		case err != nil:
			return err
		case !p.mayAct():
			return rosterActive.at(seq, p.name)
		case r.probation(p, by.Time.Wall):
			return rosterProbate.at(seq, p.name)
		}
	}
	if err := r.open(note, s, seq, brings...); err != nil {
		return rosterSigned.at(seq, err)
	}
	return nil
}

// others counts who else may act and stands in one of these ways.
func (r *roster) others(but *person, as ...status) (n int) {
	for _, p := range r.persons {
		if p != but && p.role != auditor && slices.Contains(as, p.status) {
			n++
		}
	}
	return n
}

func named(signers []statement.Person, id string) bool {
	return slices.ContainsFunc(signers, func(s statement.Person) bool { return s.ID == id })
}
