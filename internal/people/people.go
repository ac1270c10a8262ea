// Package people knows who works with this console: persons with a role and an Ed25519 key of their own, enrolled by
// statements in the audit log. The key's file is wrapped with the person's passphrase; nobody else can open it, and
// nobody can read a passphrase back.
//
// Unlocking a key is not presence: an approval always asks for the passphrase again. The package decides nothing about
// what a person may do; package policy does. Members holds the rules by which statements make and end persons; Roster reads
// them from this console's log, Replay from what another console hands over.
package people

import (
	"context"
	"crypto/ed25519"
	"slices"
	"sync"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// The kinds of the records that statements about people and rules are kept in.
const (
	KindGenesis = "people.genesis"
	KindProfile = "profile.approved" // two persons allow writing with a profile or register map

	kindEnrolled  = "people.enrolled"
	kindRole      = "people.role"
	kindSuspended = "people.suspended"
	kindRestored  = "people.restored"
	kindRevoked   = "people.revoked"
	kindRotated   = "people.key-rotated"
	kindPolicy    = "policy.signed"
)

// rosterKinds are the records from which the roster is read.
var rosterKinds = []string{KindGenesis, KindProfile, kindEnrolled, kindRole, kindSuspended, kindRestored, kindRevoked, kindRotated, kindPolicy, kindSealed}

// Status is what became of a person.
type Status string

// The statuses. Left and Revoked are for good.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Left      Status = "left"
	Revoked   Status = "revoked"
)

// Person is somebody who is or was enrolled.
type Person struct {
	ID        string
	Name      string
	Role      policy.Role
	Active    bool
	Key       ed25519.PublicKey
	Badge     string // "" for founders of a log that is older than badges
	Status    Status
	Founder   bool
	Since     clock.Reading // of the enrolment, as the statement says it
	Probation bool          // cannot approve alone yet
}

// Policy returns what a decision needs to know of the person.
func (p Person) Policy() policy.Person {
	return policy.Person{ID: p.ID, Role: p.Role, Active: p.Active, Probation: p.Probation}
}

// Actor returns the person as records name them.
func (p Person) Actor() leaf.Actor {
	return leaf.Actor{ID: p.ID, Name: p.Name, Role: string(p.Role)}
}

// Stated returns the person as statements name them.
func (p Person) Stated() statement.Person {
	return statement.Person{ID: p.ID, Name: p.Name, Role: string(p.Role)}
}

// Roster is who is enrolled, as the audit log says it. It reads the signed statements, never a table beside them.
type Roster struct {
	log    *audit.Log
	acting sync.Mutex // one ceremony at a time: each is checked against what the one before it left

	mu      sync.Mutex
	read    int64 // records before this one are in
	members *Members
	wrong   map[string]tries // passphrases that did not fit, by person
}

// Load reads the roster from the log.
func Load(ctx context.Context, log *audit.Log) (*Roster, error) {
	r := &Roster{log: log, members: newMembers(log.Head().Origin), wrong: map[string]tries{}}
	return r, r.refresh(ctx)
}

// refresh takes in what was recorded since. It is called with or without a change, so that no caller can forget it.
func (r *Roster) refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.read == r.log.Head().Size {
		return nil
	}
	return r.log.Each(ctx, r.read, func(record audit.Record) error {
		r.count(record)
		if slices.Contains(rosterKinds, record.Kind) {
			if err := r.members.take(record.Seq, record.Kind, record.Stmt); err != nil {
				return fault.New(fault.LogBroken, record.Kind, err)
			}
		}
		r.read = record.Seq + 1
		return nil
	})
}

// look calls use with everything that was recorded taken in. Use keeps nothing of the Members.
func (r *Roster) look(ctx context.Context, use func(*Members) error) error {
	if err := r.refresh(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return use(r.members)
}

// Open returns the text of a signed statement whose signatures are those of the persons that it names, all of them
// enrolled, with the keys that count now. Everything else is fault.Signature.
func (r *Roster) Open(ctx context.Context, note string) (text []byte, err error) {
	err = r.look(ctx, func(m *Members) error {
		text, err = m.Open(note)
		return err
	})
	return text, err
}

// OpenRecord is Open for the statement of a record that is in the log: with the keys that counted there.
func (r *Roster) OpenRecord(ctx context.Context, record audit.Record) (text []byte, err error) {
	err = r.look(ctx, func(m *Members) error {
		text, err = m.open(record.Stmt, record.Seq)
		return err
	})
	return text, err
}

// Check is an audit.CheckStatement: it verifies the statement of a record that is in the log.
func (r *Roster) Check(record audit.Record) (*audit.Head, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := r.members.open(record.Stmt, record.Seq)
	if err != nil {
		return nil, err
	}
	s, err := statement.Parse(text)
	if err != nil {
		return nil, err
	}
	saw, ok := s.Witnessed()
	if !ok {
		return nil, nil // the founders saw an empty log
	}
	return &audit.Head{Origin: saw.Origin, Size: saw.Size, Root: saw.Root}, nil
}

// People returns everybody who is or was enrolled.
func (r *Roster) People(ctx context.Context) (all []Person, err error) {
	err = r.look(ctx, func(m *Members) error {
		all = m.Persons(r.log.Now().Wall)
		return nil
	})
	return all, err
}

// Person returns one of them, or fault.NotFound.
func (r *Roster) Person(ctx context.Context, id string) (p Person, err error) {
	err = r.look(ctx, func(m *Members) error {
		p, err = m.Person(id, r.log.Now().Wall)
		return err
	})
	return p, err
}

// Rules returns what is in force.
func (r *Roster) Rules(ctx context.Context) (rules Rules, err error) {
	err = r.look(ctx, func(m *Members) error {
		rules = m.Rules()
		return nil
	})
	return rules, err
}

// Reviewed says whether two persons allowed writing with the profile or map of this digest.
func (r *Roster) Reviewed(ctx context.Context, digest [32]byte) (reviewed bool, err error) {
	err = r.look(ctx, func(m *Members) error {
		reviewed = m.Reviewed(digest)
		return nil
	})
	return reviewed, err
}

// Notes returns every signed statement about people and rules, in order: with them another console knows whose signatures
// count here, and Replay checks them there. Places in the log are not kept, so a key that was replaced counts for what was
// signed before it in these notes alone.
func (r *Roster) Notes(ctx context.Context) (notes []string, err error) {
	err = r.look(ctx, func(m *Members) error {
		notes = slices.Clone(m.notes)
		return nil
	})
	return notes, err
}
