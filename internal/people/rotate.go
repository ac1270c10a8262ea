package people

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

// Replacer keeps keys and can put one in the place of another. Keys does.
type Replacer interface {
	Stage(personID string, key ed25519.PrivateKey, passphrase string) error
	Adopt(personID string, key ed25519.PublicKey) error
	Unstage(personID string, key ed25519.PublicKey)
}

// PrepareRotate makes a new key for a person and the statement by which the old one hands over to it. The new file is there
// before anything is recorded, and takes the old one's place afterwards; whichever the power goes between, the key that
// counts can be opened.
func (r *Roster) PrepareRotate(_ context.Context, keys Replacer, signer *Signer, passphrase string) (*Ceremony, error) {
	if signer.locked() {
		return nil, fault.New(fault.NotSignedIn, "", nil)
	}
	if err := CheckPassphrase(passphrase); err != nil {
		return nil, fault.New(fault.WeakSecret, signer.Name, nil)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.New(fault.Internal, "", err)
	}
	defer clear(private)
	by, err := r.By(signer.Person)
	if err != nil {
		return nil, err
	}
	nonce, err := statement.NewNonce(rand.Reader)
	if err != nil {
		return nil, err
	}
	c, err := r.prepare(kindRotated, statement.Rotate{
		By: by, Key: statement.Key(public), Proof: statement.Proof(ed25519.Sign(private, statement.RotateProof(signer.ID, nonce, public))), Nonce: nonce,
	}, signer.Person)
	if err != nil {
		return nil, err
	}
	if err := keys.Stage(signer.ID, private, passphrase); err != nil {
		return nil, err
	}
	c.undo = func() { keys.Unstage(signer.ID, public) }
	c.recorded = func() error {
		signer.Lock()                     // what it signs does not count any more
		_ = keys.Adopt(signer.ID, public) // Unlock does it where this fails
		return nil
	}
	return c, nil
}
