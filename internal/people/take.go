package people

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// take takes in the statement of record seq, with everything checked that had to be true when it was signed. The record must
// be of the statement's own kind ("" for a note that is in no record), and no statement comes twice: what two persons signed
// once must not be put into the log again when it is no longer wanted.
func (m *Members) take(seq int64, kind, note string) error {
	s, err := statement.Parse(textOf(note))
	if err != nil {
		return err
	}
	own, number := about(s)
	switch {
	case own == "" || kind != "" && kind != own:
		return fault.Newf(fault.Signature, s.Kind(), "in a record of the kind %q", kind)
	case m.said[number]:
		return fault.Newf(fault.Consumed, number, "recorded before")
	}
	if err := m.takeStatement(s, seq, note); err != nil {
		return err
	}
	m.said[number] = true
	m.notes = append(m.notes, note)
	return nil
}

// about returns the kind of record in which a statement about people or rules stands, and its number. The kind is "" for any
// other statement.
func about(s statement.Statement) (kind, number string) {
	switch s := s.(type) {
	case statement.Genesis:
		return KindGenesis, s.Nonce
	case statement.Enrol:
		return kindEnrolled, s.ID
	case statement.Role:
		return kindRole, s.ID
	case statement.Suspend:
		return kindSuspended, s.ID
	case statement.Restore:
		return kindRestored, s.ID
	case statement.Revocation:
		return kindRevoked, s.ID
	case statement.Rotate:
		return kindRotated, s.ID
	case statement.Policy:
		return kindPolicy, s.ID
	case statement.Profile:
		return KindProfile, s.ID
	case statement.SealedCodes:
		return kindSealed, s.ID
	}
	return "", ""
}

func (m *Members) takeStatement(s statement.Statement, seq int64, note string) error {
	switch s := s.(type) {
	case statement.Genesis:
		return m.takeGenesis(s, seq, note)
	case statement.Enrol:
		return m.takeEnrol(s, seq, note)
	case statement.Role:
		return m.takeRole(s, seq, note)
	case statement.Suspend:
		return m.takeSuspend(s, seq, note)
	case statement.Restore:
		return m.takeRestore(s, seq, note)
	case statement.Revocation:
		return m.takeRevocation(s, seq, note)
	case statement.Rotate:
		return m.takeRotate(s, seq, note)
	case statement.Policy:
		return m.takePolicy(s, seq, note)
	case statement.Profile:
		return m.takeProfile(s, seq, note)
	case statement.SealedCodes:
		return m.takeSealed(s, seq, note)
	}
	return nil
}

func (m *Members) takeProfile(p statement.Profile, seq int64, note string) error {
	by := statement.By{Signers: p.Signers, Time: p.Time, Log: p.Log}
	if err := m.signed(policy.Ask{Act: policy.Allow}, by, seq, note); err != nil {
		return err
	}
	m.profiles[p.Digest] = true
	return nil
}

// takeGenesis checks the founding with the keys that it names itself: it is where trust begins, and what the founders'
// printed sheet is for.
func (m *Members) takeGenesis(g statement.Genesis, seq int64, note string) error {
	switch {
	case len(m.persons) > 0:
		return errors.New("a second founding")
	case g.Origin != m.origin:
		return errors.New("the founding of another log")
	}
	for i, f := range g.Founders {
		badge := ""
		if i < len(g.Badges) {
			badge = g.Badges[i]
		}
		if err := m.enrol(f, badge, true, g.Time, seq); err != nil {
			return err
		}
	}
	text, err := m.open(note, seq)
	m.founding = text
	return err
}

func (m *Members) takeEnrol(e statement.Enrol, seq int64, note string) error {
	candidate, err := statement.NewVerifier(m.origin, e.Candidate.ID, e.Candidate.Key[:])
	if err != nil {
		return err
	}
	if err := m.signed(policy.Ask{Act: policy.Enrol}, e.By, seq, note, candidate); err != nil {
		return err
	}
	return m.enrol(e.Candidate, e.Badge, false, e.Time, seq)
}

func (m *Members) takeRole(r statement.Role, seq int64, note string) error {
	subject, err := m.subject(r.Person)
	if err != nil {
		return err
	}
	if role := policy.Role(r.Role); !role.Known() || role == subject.Role || subject.ended() {
		return fmt.Errorf("%s cannot become %q", subject.Name, r.Role)
	}
	if err := m.signed(policy.Ask{Act: policy.SetRole, Subject: subject.Policy()}, r.By, seq, note); err != nil {
		return err
	}
	if policy.Role(r.Role) == policy.Auditor && m.remaining(subject, Active, Suspended) < 2 {
		return fault.Newf(fault.WrongState, subject.Name, "fewer than two would be left who may act")
	}
	subject.Role = policy.Role(r.Role)
	return nil
}

func (m *Members) takeSuspend(s statement.Suspend, seq int64, note string) error {
	subject, err := m.subject(s.Person)
	if err != nil {
		return err
	}
	if subject.Status != Active {
		return fmt.Errorf("%s is %s", subject.Name, subject.Status)
	}
	if err := m.signed(policy.Ask{Act: policy.Suspend, Subject: subject.Policy()}, s.By, seq, note); err != nil {
		return err
	}
	if subject.Role != policy.Auditor && m.remaining(subject, Active) == 0 {
		return fault.Newf(fault.WrongState, subject.Name, "nobody would be left to restore anybody")
	}
	subject.Active, subject.Status = false, Suspended
	return nil
}

func (m *Members) takeRestore(r statement.Restore, seq int64, note string) error {
	subject, err := m.subject(r.Person)
	if err != nil {
		return err
	}
	if subject.Status != Suspended {
		return fmt.Errorf("%s is %s", subject.Name, subject.Status)
	}
	others := 0 // who could sign it; somebody on probation could not
	for _, p := range m.persons {
		if p.ID != subject.ID && p.Active && p.Role != policy.Auditor && !m.at(p, r.Time.Wall).Probation {
			others++
		}
	}
	if err := m.signed(policy.Ask{Act: policy.Restore, Subject: subject.Policy(), Others: others}, r.By, seq, note); err != nil {
		return err
	}
	subject.Active, subject.Status = true, Active
	return nil
}

func (m *Members) takeRevocation(r statement.Revocation, seq int64, note string) error {
	subject, err := m.subject(r.Person)
	if err != nil {
		return err
	}
	to := Status(r.Why)
	if to != Left && to != Revoked || subject.ended() {
		return fmt.Errorf("%s cannot become %q", subject.Name, r.Why)
	}
	if err := m.signed(policy.Ask{Act: policy.Revoke, Subject: subject.Policy()}, r.By, seq, note); err != nil {
		return err
	}
	subject.Active, subject.Status = false, to
	return nil
}

// takeRotate replaces a key: the old one counts up to this record, the new one after it.
func (m *Members) takeRotate(r statement.Rotate, seq int64, note string) error {
	if err := m.signed(policy.Ask{Act: policy.Comment}, r.By, seq, note); err != nil {
		return err
	}
	p := m.find(r.Signers[0].ID)
	switch {
	case m.keys[r.Key]:
		return errors.New("the key was in use before")
	case !ed25519.Verify(r.Key[:], statement.RotateProof(p.ID, r.Nonce, r.Key[:]), r.Proof[:]):
		return errors.New("nobody shows that they hold the new key")
	}
	v, err := statement.NewVerifier(m.origin, p.ID, r.Key[:])
	if err != nil {
		return err
	}
	p.terms[len(p.terms)-1].to = seq + 1
	p.terms = append(p.terms, term{v, seq + 1, -1})
	p.Key, m.keys[r.Key] = slices.Clone(r.Key[:]), true
	return nil
}

// takePolicy puts rules in force. Rules of a later version, which this one cannot read, leave the minimum in force.
func (m *Members) takePolicy(p statement.Policy, seq int64, note string) error {
	if err := m.signed(policy.Ask{Act: policy.SetRules}, p.By, seq, note); err != nil {
		return err
	}
	m.rules = Rules{Seq: seq, Signers: p.Signers, At: p.Time}
	if m.rules.Policy, m.rules.Problem = policy.Parse(p.Rules); m.rules.Problem != nil {
		m.rules.Policy = policy.Minimum()
	}
	return nil
}

// subject returns the person whom a statement is about, if the statement says of them what is so.
func (m *Members) subject(stated statement.Person) (*member, error) {
	p := m.find(stated.ID)
	if p == nil || p.Stated() != stated {
		return nil, fault.Newf(fault.Signature, stated.Name, "no %s of this name is here", stated.Role)
	}
	return p, nil
}

// signed says whether a statement about people or rules was signed by the persons whom it names, in this log, and whether
// they may, by the rules in force.
func (m *Members) signed(ask policy.Ask, by statement.By, seq int64, note string, extra ...statement.Verifier) error {
	if by.Log.Origin != m.origin {
		return errors.New("of another log")
	}
	for _, s := range by.Signers {
		p, err := m.subject(s)
		if err != nil {
			return err
		}
		ask.Signers = append(ask.Signers, m.at(p, by.Time.Wall).Policy())
	}
	ask.Person = ask.Signers[0]
	if err := policy.Decide(m.rules.Policy, ask); err != nil {
		return err
	}
	_, err := m.open(note, seq, extra...)
	return err
}

// ended says whether the person's part is over for good.
func (p *member) ended() bool { return p.Status == Left || p.Status == Revoked }

// remaining counts the others who may act and stand in one of these ways.
func (m *Members) remaining(without *member, as ...Status) int {
	n := 0
	for _, p := range m.persons {
		if p != without && p.Role != policy.Auditor && slices.Contains(as, p.Status) {
			n++
		}
	}
	return n
}
