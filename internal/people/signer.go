package people

import (
	"crypto/ed25519"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

// Signer is a person whose key is unlocked.
type Signer struct {
	Person
	origin string
	key    ed25519.PrivateKey
}

// Sign signs a statement's text.
func (s *Signer) Sign(text []byte) (string, error) { return Together(text, s) }

// Together signs one text with the keys of several persons.
func Together(text []byte, signers ...*Signer) (string, error) {
	var keys []statement.Signer
	for _, s := range signers {
		if s == nil || s.key == nil {
			return "", fault.New(fault.NotSignedIn, "", nil)
		}
		key, err := statement.NewSigner(s.origin, s.ID, s.key)
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
	if s == nil {
		return
	}
	clear(s.key)
	s.key = nil
}
