package people

import (
	"context"
	"sync"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/notify"
)

// The kinds of record that a seat writes.
const (
	kindSignedIn  = "people.signed-in"
	kindSignedOut = "people.signed-out"
	kindWrong     = "people.wrong-passphrase"
)

// Seat is who sits at the console: nobody, or one person whose key is unlocked. It is safe for concurrent use.
type Seat struct {
	roster  *Roster
	keys    *Keys
	changed notify.Signal

	mu      sync.Mutex
	current *Signer
}

// NewSeat returns an empty seat.
func NewSeat(roster *Roster, keys *Keys) *Seat { return &Seat{roster: roster, keys: keys} }

// Changed is closed when somebody else sits down, or nobody.
func (s *Seat) Changed() <-chan struct{} { return s.changed.Changed() }

// Current returns the person who is signed in, or nil.
func (s *Seat) Current() *Signer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// Actor returns the person who is signed in as records name them, or nobody.
func (s *Seat) Actor() leaf.Actor {
	if current := s.Current(); current != nil {
		return current.Actor()
	}
	return leaf.Actor{ID: "nobody", Name: "nobody signed in"}
}

// Prove unlocks a person's key for one act and leaves the seat as it is: a second person never takes the first one's
// place. The caller locks the Signer afterwards. A wrong passphrase is recorded.
func (s *Seat) Prove(ctx context.Context, id, passphrase string) (*Signer, error) {
	person, err := s.roster.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	if !person.Active {
		return nil, fault.New(fault.NotAllowed, person.Name, nil)
	}
	signer, err := s.keys.Unlock(person, s.roster.origin, passphrase)
	if fault.Is(err, fault.Passphrase) {
		if recorded := s.record(ctx, kindWrong, person.Actor()); recorded != nil {
			return nil, recorded
		}
	}
	return signer, err
}

// SignIn puts a person in the seat.
func (s *Seat) SignIn(ctx context.Context, id, passphrase string) error {
	signer, err := s.Prove(ctx, id, passphrase)
	if err != nil {
		return err
	}
	if err := s.record(ctx, kindSignedIn, signer.Actor()); err != nil {
		signer.Lock()
		return err
	}
	s.sit(signer)
	return nil
}

// Lock empties the seat and wipes the key. It empties it even when that cannot be recorded.
func (s *Seat) Lock(ctx context.Context) error {
	old := s.sit(nil)
	if old == nil {
		return nil
	}
	return s.record(ctx, kindSignedOut, old.Actor())
}

func (s *Seat) sit(signer *Signer) (old *Signer) {
	s.mu.Lock()
	old, s.current = s.current, signer
	s.mu.Unlock()
	old.Lock()
	s.changed.Notify()
	return old
}

func (s *Seat) record(ctx context.Context, kind string, actor leaf.Actor) error {
	_, err := s.roster.log.Append(ctx, audit.Draft{Kind: kind, Actor: actor})
	return err
}
