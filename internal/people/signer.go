package people

import (
	"crypto/ed25519"
	"sync"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

// Signer is a person whose key is unlocked. Its methods are safe for concurrent use: a key is never wiped while it signs.
type Signer struct {
	Person
	origin string
	key    *unlocked
}

// unlocked is a private key until it is wiped.
type unlocked struct {
	mu  sync.Mutex
	key ed25519.PrivateKey
}

func newSigner(p Person, origin string, key ed25519.PrivateKey) *Signer {
	return &Signer{Person: p, origin: origin, key: &unlocked{key: key}}
}

// Sign signs a statement's text. After Lock it is fault.NotSignedIn.
func (s *Signer) Sign(text []byte) (string, error) { return Together(text, s) }

// Together signs one text with the keys of several persons, each of whom is named once.
func Together(text []byte, signers ...*Signer) (string, error) {
	var keys []statement.Signer
	for _, s := range signers {
		if s == nil || s.key == nil {
			return "", fault.New(fault.NotSignedIn, "", nil)
		}
		s.key.mu.Lock()
		defer s.key.mu.Unlock()
		if s.key.key == nil {
			return "", fault.New(fault.NotSignedIn, s.Name, nil)
		}
		key, err := statement.NewSigner(s.origin, s.ID, s.key.key)
		if err != nil {
			return "", err
		}
		keys = append(keys, key)
	}
	note, err := statement.Sign(text, keys...)
	return string(note), err
}

// Lock wipes the key. The Signer cannot sign any more.
func (s *Signer) Lock() {
	if s == nil || s.key == nil {
		return
	}
	s.key.mu.Lock()
	defer s.key.mu.Unlock()
	clear(s.key.key)
	s.key.key = nil
}

// locked says whether the key was wiped.
func (s *Signer) locked() bool {
	if s == nil || s.key == nil {
		return true
	}
	s.key.mu.Lock()
	defer s.key.mu.Unlock()
	return s.key.key == nil
}

// holds says whether the key is open and the private half of this one.
func (s *Signer) holds(public ed25519.PublicKey) bool {
	if s.locked() {
		return false
	}
	s.key.mu.Lock()
	defer s.key.mu.Unlock()
	return s.key.key != nil && public.Equal(s.key.key.Public())
}
