// Package people knows who works with this console: persons with a role and an Ed25519 key of their own, enrolled by
// statements in the audit log. The key's file is wrapped with the person's passphrase; nobody else can open it, and
// nobody can read a passphrase back.
//
// Unlocking a key is not presence: an approval always asks for the passphrase again. The package decides nothing about
// what a person may do; package policy does. The present form knows the founding by two persons; later enrolments,
// suspension and rotation add statements, not another mechanism.
package people

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"sync"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// KindGenesis is the kind of the record that enrols the first two persons.
const KindGenesis = "people.genesis"

// KindProfile is the kind of the record by which two persons allow writing with a profile or register map.
const KindProfile = "profile.approved"

// Person is somebody who is or was enrolled.
type Person struct {
	ID     string
	Name   string
	Role   policy.Role
	Active bool
	Key    ed25519.PublicKey
}

// Policy returns what a decision needs to know of the person.
func (p Person) Policy() policy.Person {
	return policy.Person{ID: p.ID, Role: p.Role, Active: p.Active}
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
	log      *audit.Log
	founding sync.Mutex

	mu       sync.Mutex
	read     int64 // records before this one are in
	origin   string
	persons  []Person
	profiles map[[32]byte]bool
}

// Load reads the roster from the log.
func Load(ctx context.Context, log *audit.Log) (*Roster, error) {
	r := &Roster{log: log, origin: log.Head().Origin, profiles: map[[32]byte]bool{}}
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
		if err := r.take(record); err != nil {
			return fault.New(fault.LogBroken, record.Kind, err)
		}
		r.read = record.Seq + 1
		return nil
	})
}

func (r *Roster) take(record audit.Record) error {
	switch record.Kind {
	case KindGenesis:
		return r.takeGenesis(record)
	case KindProfile:
		text, err := r.open(record.Stmt)
		if err != nil {
			return err
		}
		profile, err := statement.ParseProfile(text)
		if err != nil {
			return err
		}
		r.profiles[profile.Digest] = true
	}
	return nil
}

// takeGenesis checks the founding statement with the keys that it names itself: it is where trust begins, and what the
// founders' printed fingerprint is for.
func (r *Roster) takeGenesis(record audit.Record) error {
	if len(r.persons) > 0 {
		return errors.New("a second founding")
	}
	genesis, err := openGenesis(record.Stmt)
	if err != nil {
		return err
	}
	if genesis.Origin != r.origin {
		return errors.New("the founding of another log")
	}
	for _, f := range genesis.Founders {
		r.persons = append(r.persons, Person{ID: f.ID, Name: f.Name, Role: policy.Role(f.Role), Active: true, Key: f.Key[:]})
	}
	return nil
}

func openGenesis(note string) (statement.Genesis, error) {
	text, _, _ := strings.Cut(note, "\n\n") // no statement has an empty line
	genesis, err := statement.ParseGenesis([]byte(text + "\n"))
	if err != nil {
		return genesis, err
	}
	var keys []Person
	for _, f := range genesis.Founders {
		keys = append(keys, Person{ID: f.ID, Key: f.Key[:]})
	}
	known, err := verifiers(genesis.Origin, keys)
	if err != nil {
		return genesis, err
	}
	_, signers, err := statement.Open([]byte(note), known)
	if err != nil {
		return genesis, err
	}
	return genesis, statement.SignedBy(genesis, signers)
}

func verifiers(origin string, persons []Person) (statement.Verifiers, error) {
	var all []statement.Verifier
	for _, p := range persons {
		v, err := statement.NewVerifier(origin, p.ID, p.Key)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return statement.Known(all...), nil
}

// open verifies a note with the roster's keys and parses its text. r.mu is held.
func (r *Roster) open(note string) ([]byte, error) {
	known, err := verifiers(r.origin, r.persons)
	if err != nil {
		return nil, err
	}
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

// Open returns the text of a signed statement whose signatures are those of the persons that it names, all of them
// enrolled. Everything else is fault.Signature.
func (r *Roster) Open(ctx context.Context, note string) ([]byte, error) {
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open(note)
}

// Check is an audit.CheckStatement: it verifies the statement of a record that is in the log.
func (r *Roster) Check(record audit.Record) (*audit.Head, error) {
	if record.Kind == KindGenesis {
		_, err := openGenesis(record.Stmt)
		return nil, err // the founders saw an empty log
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := r.open(record.Stmt)
	if err != nil {
		return nil, err
	}
	s, err := statement.Parse(text)
	if err != nil {
		return nil, err
	}
	saw, ok := s.Witnessed()
	if !ok {
		return nil, nil
	}
	return &audit.Head{Origin: saw.Origin, Size: saw.Size, Root: saw.Root}, nil
}

// People returns everybody who is or was enrolled.
func (r *Roster) People(ctx context.Context) ([]Person, error) {
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.persons), nil
}

// Person returns one of them, or fault.NotFound.
func (r *Roster) Person(ctx context.Context, id string) (Person, error) {
	all, err := r.People(ctx)
	if err != nil {
		return Person{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return Person{}, fault.New(fault.NotFound, id, nil)
}

// Reviewed says whether two persons allowed writing with the profile or map of this digest.
func (r *Roster) Reviewed(ctx context.Context, digest [32]byte) (bool, error) {
	if err := r.refresh(ctx); err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.profiles[digest], nil
}
