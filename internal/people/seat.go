package people

import (
	"context"
	"sync"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/notify"
)

// The kinds of record that a seat writes.
const (
	kindSignedIn  = "people.signed-in"
	kindSignedOut = "people.signed-out"
	kindWrong     = "people.wrong-passphrase"
	kindProved    = "people.proved"  // the right passphrase after wrong ones
	kindVouched   = "people.vouched" // a colleague was there when somebody signed in after many wrong passphrases
)

// IdleLimit is how long a key stays open while nobody touches the console.
const IdleLimit = 10 * time.Minute

// Seat is who sits at the console: nobody, or one person whose key is unlocked. It is safe for concurrent use.
type Seat struct {
	roster  *Roster
	keys    *Keys
	changed notify.Signal

	proving sync.Mutex

	mu      sync.Mutex
	current *Signer
	touched clock.Reading
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
// place. The caller locks the Signer afterwards. A wrong passphrase is recorded, and makes the next try wait: that is
// fault.Throttled with the seconds as its subject, and fault.Vouch when a colleague must be there. Break-glass must never ask
// for this count, nor for Wait: somebody who types wrong passphrases for a nurse must not keep that nurse from a patient.
func (s *Seat) Prove(ctx context.Context, id, passphrase string) (*Signer, error) {
	return s.prove(ctx, id, passphrase, nil)
}

// ProveVouched is Prove with a colleague who is there, too, after too many wrong passphrases.
func (s *Seat) ProveVouched(ctx context.Context, id, passphrase string, colleague *Signer) (*Signer, error) {
	if colleague == nil || colleague.ID == id {
		return nil, fault.New(fault.Vouch, "", nil)
	}
	now, err := s.roster.Person(ctx, colleague.ID)
	if err != nil || !now.Active || !colleague.holds(now.Key) {
		return nil, fault.New(fault.NotAllowed, colleague.Name, err)
	}
	return s.prove(ctx, id, passphrase, colleague)
}

func (s *Seat) prove(ctx context.Context, id, passphrase string, colleague *Signer) (*Signer, error) {
	s.proving.Lock() // several guesses at once would all be free
	defer s.proving.Unlock()
	person, err := s.roster.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	if !person.Active && person.Status != Suspended {
		return nil, fault.New(fault.NotAllowed, person.Name, nil)
	}
	before, err := s.roster.tried(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.roster.throttled(before, person, colleague != nil); err != nil {
		return nil, err
	}
	signer, err := s.keys.Unlock(person, s.roster.log.Head().Origin, passphrase)
	if fault.Is(err, fault.Passphrase) {
		if recorded := s.record(ctx, kindWrong, person.Actor()); recorded != nil {
			s.roster.missed(id)
			return nil, recorded
		}
	}
	if err != nil || before.n == 0 && colleague == nil {
		return signer, err
	}
	if err := s.proved(ctx, person, colleague); err != nil {
		signer.Lock()
		return nil, err
	}
	return signer, nil
}

// proved records the right passphrase after wrong ones, which ends their row.
func (s *Seat) proved(ctx context.Context, person Person, colleague *Signer) error {
	draft := audit.Draft{Kind: kindProved, Actor: person.Actor()}
	if colleague != nil {
		draft.Kind = kindVouched
		draft.Body.Set("colleague", colleague.ID)
	}
	_, err := s.roster.log.Append(ctx, draft)
	return err
}

// Wait returns how long a person must wait before the next try.
func (s *Seat) Wait(ctx context.Context, id string) (time.Duration, error) {
	t, err := s.roster.tried(ctx, id)
	return t.left(s.roster.log.Now()), err
}

// Touch says that somebody is there: a key was pressed, or the mouse.
func (s *Seat) Touch() {
	now := s.roster.log.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched = now
}

// LockIdle locks the console when nobody touched it for IdleLimit by the boot clock, which counts while the laptop sleeps, and
// at once when the person who sits there may not act any more.
func (s *Seat) LockIdle(ctx context.Context) (locked bool, err error) {
	now := s.roster.log.Now()
	s.mu.Lock()
	current := s.current
	idle := now.Boot != s.touched.Boot || now.BootMS-s.touched.BootMS >= IdleLimit.Milliseconds()
	s.mu.Unlock()
	if current == nil {
		return false, nil
	}
	if !idle {
		if p, err := s.roster.Person(ctx, current.ID); err != nil || p.Active {
			return false, err
		}
	}
	return true, s.Lock(ctx)
}

// SignIn puts a person in the seat. Whoever sat there before is signed out.
func (s *Seat) SignIn(ctx context.Context, id, passphrase string) error {
	return s.SignInVouched(ctx, id, passphrase, nil)
}

// SignInVouched is SignIn with a colleague who is there, too; see ProveVouched.
func (s *Seat) SignInVouched(ctx context.Context, id, passphrase string, colleague *Signer) error {
	prove := s.Prove
	if colleague != nil {
		prove = func(ctx context.Context, id, passphrase string) (*Signer, error) {
			return s.ProveVouched(ctx, id, passphrase, colleague)
		}
	}
	signer, err := prove(ctx, id, passphrase)
	if err != nil {
		return err
	}
	if !signer.Active { // a suspended person signs what restores them, and nothing else
		signer.Lock()
		return fault.New(fault.NotAllowed, signer.Name, nil)
	}
	if before := s.Current(); before != nil {
		if err := s.record(ctx, kindSignedOut, before.Actor()); err != nil {
			signer.Lock()
			return err
		}
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
	now := s.roster.log.Now()
	s.mu.Lock()
	old, s.current, s.touched = s.current, signer, now
	s.mu.Unlock()
	old.Lock()
	s.changed.Notify()
	return old
}

func (s *Seat) record(ctx context.Context, kind string, actor leaf.Actor) error {
	_, err := s.roster.log.Append(ctx, audit.Draft{Kind: kind, Actor: actor})
	return err
}
