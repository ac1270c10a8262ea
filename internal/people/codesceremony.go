package people

import (
	"context"
	"fmt"

	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// kindSealed is the record of a set of sealed codes; its body has set, first and count.
const kindSealed = "people.sealed-codes"

// PrepareCodes makes a set of sealed codes and the statement that two persons sign once the paper is where it is kept. The codes
// count when that is recorded: Complete adopts them then. The faults are those of policy.Decide and of Codes.Prepare.
func (r *Roster) PrepareCodes(ctx context.Context, codes *Codes, signers [2]Person) (*Ceremony, Fresh, error) {
	after := 0
	err := r.look(ctx, func(m *Members) error {
		if m.sealed.Count > 0 { // also where the file is gone: a number never comes twice
			after = int(m.sealed.First + m.sealed.Count - 1)
		}
		return policy.Decide(m.rules.Policy, policy.Ask{Act: policy.SealCodes, Signers: r.asked(m, signers[:])})
	})
	if err != nil {
		return nil, Fresh{}, err
	}
	fresh, err := codes.prepare(after)
	if err != nil {
		return nil, Fresh{}, err
	}
	by, err := r.By(signers[:]...)
	if err != nil {
		return nil, Fresh{}, err
	}
	c, err := r.prepare(kindSealed, statement.SealedCodes{
		By: by, Set: fresh.Set, First: int64(fresh.First), Count: int64(len(fresh.Codes)), Digest: fresh.Digest,
	}, signers[:]...)
	if err != nil {
		return nil, Fresh{}, err
	}
	c.body.Set("set", fresh.Set)
	c.body.SetInt("first", int64(fresh.First))
	c.body.SetInt("count", int64(len(fresh.Codes)))
	c.recorded = func() error { return codes.Adopt(fresh) }
	return c, fresh, nil
}

// Recorded says whether the statement is in the log. Complete can fail after that: then its error says what was to be done
// outside the log and was not. It must not be asked while Complete runs.
func (c *Ceremony) Recorded() bool { return c.inLog }

// SealedCodes returns the last set that two persons signed, and false where there was none.
func (r *Roster) SealedCodes(ctx context.Context) (s statement.SealedCodes, ok bool, err error) {
	err = r.look(ctx, func(m *Members) error {
		s, ok = m.SealedCodes()
		return nil
	})
	return s, ok, err
}

// SealedCodes returns the last set that two persons signed, and false where there was none.
func (m *Members) SealedCodes() (statement.SealedCodes, bool) { return m.sealed, m.sealed.Count > 0 }

func (m *Members) takeSealed(s statement.SealedCodes, seq int64, note string) error {
	if err := m.signed(policy.Ask{Act: policy.SealCodes}, s.By, seq, note); err != nil {
		return err
	}
	switch {
	case s.First < m.sealed.First+m.sealed.Count:
		return fault.New(fault.WrongState, s.Set, fmt.Errorf("number %d was used before", s.First))
	case s.First > maxCodeNumber || s.Count > maxCodeNumber-s.First+1:
		return fault.New(fault.WrongState, s.Set, fmt.Errorf("numbers after %d", maxCodeNumber))
	}
	m.sealed = s
	return nil
}
