package people

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Ceremony is one statement about people or rules on its way: its text is fixed, so that what its signers see is what
// they sign, and nothing is recorded before all of them have signed.
type Ceremony struct {
	kind     string // of the record
	text     []byte
	body     leaf.Body    // of the record, besides the statement
	signers  []Person     // whose keys Complete wants, in the order in which the statement names them
	brings   *Signer      // a candidate, who signs with the key that was just made
	recorded func() error // what remains to be done once it is in the log; may be nil
	undo     func()       // takes back what was prepared outside the log; may be nil
	over     bool         // recorded or cancelled, or nobody knows; guarded by Roster.acting
	inLog    bool         // recorded, whatever came after
}

// Text is what will be signed, byte for byte.
func (c *Ceremony) Text() string { return string(c.text) }

// Signers are the persons whose keys Complete wants.
func (c *Ceremony) Signers() []Person { return slices.Clone(c.signers) }

// Cancel forgets the ceremony and a key that was made for it.
func (r *Roster) Cancel(c *Ceremony) {
	if c == nil {
		return
	}
	r.acting.Lock()
	defer r.acting.Unlock()
	c.cancel()
}

// cancel leaves a ceremony alone that is over: what was made for it may be what counts now.
func (c *Ceremony) cancel() {
	if c.over {
		return
	}
	c.over = true
	c.brings.Lock()
	if c.undo != nil {
		c.undo()
	}
}

// Candidate is a person who is to be enrolled.
type Candidate struct {
	Name       string
	Role       policy.Role
	Badge      string
	Passphrase string
}

// By begins a statement that these persons sign now, with a number of its own and the log as it is.
func (r *Roster) By(signers ...Person) (statement.By, error) {
	now, head := r.log.Now(), r.log.Head()
	id, err := statement.NewID(now.Wall, rand.Reader)
	by := statement.By{ID: id, Time: statement.TimeOf(now), Log: statement.LogHead{Origin: head.Origin, Size: head.Size, Root: head.Root}}
	for _, s := range signers {
		by.Signers = append(by.Signers, s.Stated())
	}
	return by, err
}

// prepare fixes a statement's text. Whether its signers may sign it is for Complete, by what is so then.
func (r *Roster) prepare(kind string, s statement.Statement, signers ...Person) (*Ceremony, error) {
	text, err := s.Text()
	if err != nil {
		return nil, err
	}
	return &Ceremony{kind: kind, text: text, signers: signers}, nil
}

// reason refuses what cannot stand in a statement.
func reason(text string) error {
	if err := statement.CheckText(text); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	return nil
}

// PrepareEnrol makes a key for the candidate and the statement that the candidate and two others sign. The key file is there
// before anything is recorded; Cancel takes it back.
func (r *Roster) PrepareEnrol(ctx context.Context, keys Keeper, c Candidate, vouchers [2]Person) (*Ceremony, error) {
	if err := r.checkCandidate(ctx, c, vouchers); err != nil {
		return nil, err
	}
	by, err := r.By(vouchers[:]...)
	if err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.New(fault.Internal, "", err)
	}
	person := Person{ID: statement.PersonID(public), Name: c.Name, Role: c.Role, Key: public, Badge: c.Badge}
	founder := statement.Founder{ID: person.ID, Key: [ed25519.PublicKeySize]byte(public), Role: string(c.Role), Name: c.Name}
	ceremony, err := r.prepare(kindEnrolled, statement.Enrol{By: by, Candidate: founder, Badge: c.Badge}, vouchers[:]...)
	if err != nil {
		return nil, err
	}
	if err := keys.Save(person.ID, private, c.Passphrase); err != nil {
		return nil, err
	}
	ceremony.brings = newSigner(person, by.Log.Origin, private)
	ceremony.undo = func() { keys.Remove(person.ID) }
	return ceremony, nil
}

func (r *Roster) checkCandidate(ctx context.Context, c Candidate, vouchers [2]Person) error {
	if err := statement.CheckText(c.Name); err != nil {
		return fault.New(fault.NoReason, c.Name, err)
	}
	if !c.Role.Known() {
		return fault.New(fault.NotAllowed, c.Name, nil)
	}
	if err := statement.CheckText(c.Badge); err != nil {
		return fault.New(fault.Badge, c.Badge, err)
	}
	if err := CheckPassphrase(c.Passphrase); err != nil {
		return fault.New(fault.WeakSecret, c.Name, nil)
	}
	return r.look(ctx, func(m *Members) error {
		if !m.badgeFree(c.Badge) {
			return fault.New(fault.Badge, c.Badge, nil)
		}
		for _, p := range m.persons {
			if strings.EqualFold(p.Name, c.Name) && !p.ended() {
				return fault.New(fault.SamePerson, c.Name, nil)
			}
		}
		return policy.Decide(m.rules.Policy, policy.Ask{Act: policy.Enrol, Signers: r.asked(m, vouchers[:])})
	})
}

// asked is how the signers stand now.
func (r *Roster) asked(m *Members, signers []Person) []policy.Person {
	asked := make([]policy.Person, 0, len(signers))
	for _, s := range signers {
		p, err := m.Person(s.ID, r.log.Now().Wall)
		if err != nil {
			p = Person{ID: s.ID}
		}
		asked = append(asked, p.Policy())
	}
	return asked
}

// PrepareRole prepares giving a person another role.
func (r *Roster) PrepareRole(_ context.Context, subject Person, role policy.Role, why string, signers [2]Person) (*Ceremony, error) {
	by, err := r.By(signers[:]...)
	if err := errors.Join(err, reason(why)); err != nil {
		return nil, err
	}
	return r.prepare(kindRole, statement.Role{By: by, Person: subject.Stated(), Role: string(role), Reason: why}, signers[:]...)
}

// PrepareSuspend prepares taking a person's rights away until they are restored. One person can do that, at once.
func (r *Roster) PrepareSuspend(_ context.Context, subject Person, why string, signer Person) (*Ceremony, error) {
	by, err := r.By(signer)
	if err := errors.Join(err, reason(why)); err != nil {
		return nil, err
	}
	return r.prepare(kindSuspended, statement.Suspend{By: by, Person: subject.Stated(), Reason: why}, signer)
}

// PrepareRestore prepares giving a suspended person's rights back: by two others, or, where only one is left, by that one and
// the person.
func (r *Roster) PrepareRestore(_ context.Context, subject Person, why string, signers [2]Person) (*Ceremony, error) {
	by, err := r.By(signers[:]...)
	if err := errors.Join(err, reason(why)); err != nil {
		return nil, err
	}
	return r.prepare(kindRestored, statement.Restore{By: by, Person: subject.Stated(), Reason: why}, signers[:]...)
}

// PrepareRevocation prepares ending a person's part for good: Left or Revoked.
func (r *Roster) PrepareRevocation(_ context.Context, subject Person, to Status, why string, signers [2]Person) (*Ceremony, error) {
	by, err := r.By(signers[:]...)
	if err := errors.Join(err, reason(why)); err != nil {
		return nil, err
	}
	return r.prepare(kindRevoked, statement.Revocation{By: by, Person: subject.Stated(), Why: string(to), Reason: why}, signers[:]...)
}

// PreparePolicy prepares putting other rules in force.
func (r *Roster) PreparePolicy(_ context.Context, p policy.Policy, why string, signers [2]Person) (*Ceremony, error) {
	by, err := r.By(signers[:]...)
	if err := errors.Join(err, reason(why)); err != nil {
		return nil, err
	}
	if _, err := policy.Parse(p.Lines()); err != nil {
		return nil, fault.New(fault.OutOfRange, "", err)
	}
	return r.prepare(kindPolicy, statement.Policy{By: by, Rules: p.Lines(), Reason: why}, signers[:]...)
}

// PrepareProfile prepares allowing to write with a profile or register map.
func (r *Roster) PrepareProfile(_ context.Context, name string, file []byte, signers [2]Person) (*Ceremony, error) {
	by, err := r.By(signers[:]...)
	if err != nil {
		return nil, err
	}
	profile := statement.Profile{ID: by.ID, Signers: by.Signers, Time: by.Time, Name: name, Digest: sha256.Sum256(file), Log: by.Log}
	return r.prepare(KindProfile, profile, signers[:]...)
}

// AllowProfile prepares and completes in one: for two persons who are both there with their keys open.
func (r *Roster) AllowProfile(ctx context.Context, name string, file []byte, signers [2]*Signer) error {
	for _, s := range signers {
		if s == nil {
			return fault.New(fault.NotSignedIn, "", nil)
		}
	}
	c, err := r.PrepareProfile(ctx, name, file, [2]Person{signers[0].Person, signers[1].Person})
	if err != nil {
		return err
	}
	return r.Complete(ctx, c, signers[0], signers[1])
}

// Complete signs a ceremony's text and records it. A statement that the roster would not take is refused before that, for a
// record that it cannot read would close the log for everybody. The faults are those of policy.Decide, NotSignedIn,
// Signature, and WrongState for a ceremony that is over or does not fit any more. Where something remains to be done outside the
// log and fails, the statement counts all the same, and Recorded says so.
func (r *Roster) Complete(ctx context.Context, c *Ceremony, signers ...*Signer) error {
	r.acting.Lock()
	defer r.acting.Unlock()
	if c.over {
		return fault.Newf(fault.WrongState, "", "this ceremony is over")
	}
	note, err := c.sign(signers)
	if err != nil {
		return err
	}
	err = r.look(ctx, func(m *Members) error { return m.clone().take(r.log.Head().Size, c.kind, note) })
	if fault.KindOf(err) == fault.Internal {
		return fault.New(fault.WrongState, "", err) // it no longer fits what is so now
	}
	if err != nil {
		return err
	}
	if _, err = r.log.Append(ctx, audit.Draft{Kind: c.kind, Actor: signers[0].Actor(), Body: c.body, Stmt: note}); err != nil {
		c.failed(r.absent(ctx, note))
		return err
	}
	c.over, c.inLog = true, true
	c.brings.Lock()
	var undone error
	if c.recorded != nil {
		undone = c.recorded()
	}
	return errors.Join(undone, r.refresh(context.WithoutCancel(ctx))) // it is recorded, whoever still waits for it
}

// failed takes back a key that was made for a statement, if the statement is in no record for sure. Where nobody knows, the
// key stays: it may be the only one that this person will ever have.
func (c *Ceremony) failed(absent bool) {
	switch {
	case !absent:
		c.over = true
		c.brings.Lock()
	case c.undo != nil:
		c.cancel()
	}
}

// absent says whether a note that could not be recorded is in no record for sure. A commit whose answer was lost may have
// happened, and a log that cannot be read may hold it.
func (r *Roster) absent(ctx context.Context, note string) bool {
	r.mu.Lock()
	from := r.read
	r.mu.Unlock()
	found := false
	err := r.log.Each(context.WithoutCancel(ctx), from, func(record audit.Record) error {
		found = found || record.Stmt == note
		return nil
	})
	return err == nil && !found
}

// sign wants exactly the persons whom the statement names.
func (c *Ceremony) sign(signers []*Signer) (string, error) {
	if len(signers) != len(c.signers) {
		return "", fault.Newf(fault.NotSignedIn, "", "%d of %d are there", len(signers), len(c.signers))
	}
	for i, s := range signers {
		if s == nil || s.ID != c.signers[i].ID {
			return "", fault.New(fault.NotSignedIn, c.signers[i].Name, nil)
		}
	}
	if c.brings != nil {
		signers = append([]*Signer{c.brings}, signers...)
	}
	return Together(c.text, signers...)
}
