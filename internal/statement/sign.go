package statement

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"countersign/internal/fault"
)

// Signer, Verifier and Verifiers are those of signed notes; no other package needs to import note.
type (
	Signer    = note.Signer
	Verifier  = note.Verifier
	Verifiers = note.Verifiers
)

// maxSignatures bounds the signature lines of a note, and maxSignature the bytes of one.
const (
	maxSignatures = 16
	maxSignature  = 512
)

// MaxNote is the largest signed note in bytes.
const MaxNote = MaxSize + 1 + maxSignatures*maxSignature

// personMark stands between the origin and the person in a key's name.
const personMark = "/p/"

// KeyName returns the name of a person's key: "<origin>/p/<person ID>".
func KeyName(origin, personID string) string { return origin + personMark + personID }

// ParseKeyName returns the origin and the person of a key's name.
func ParseKeyName(name string) (origin, personID string, err error) {
	at := strings.LastIndex(name, personMark)
	if at < 0 || !isPath(name[:at]) || !isPersonID(name[at+len(personMark):]) {
		return "", "", broken(name, "not the name of a person's key")
	}
	return name[:at], name[at+len(personMark):], nil
}

// NewVerifier returns the verifier of a person's key. The person's ID need not be that of this key: keys are replaced,
// persons are not.
func NewVerifier(origin, personID string, pub ed25519.PublicKey) (Verifier, error) {
	name := KeyName(origin, personID)
	if _, _, err := ParseKeyName(name); err != nil {
		return nil, err
	}
	key, err := note.NewEd25519VerifierKey(name, pub)
	if err != nil {
		return nil, fault.New(fault.Signature, name, err)
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fault.New(fault.Signature, name, err)
	}
	return v, nil
}

// signer keeps the private key as it was given, so that its owner can still wipe it.
type signer struct {
	Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) {
	sig := ed25519.Sign(s.key, msg)
	if !s.Verify(msg, sig) {
		return nil, errors.New("the private key was wiped or is not of the public key")
	}
	return sig, nil
}

// NewSigner returns the signer of a person's key. It does not copy the key: wiping priv ends the signer.
func NewSigner(origin, personID string, priv ed25519.PrivateKey) (Signer, error) {
	if len(priv) != ed25519.PrivateKeySize {
		return nil, broken(KeyName(origin, personID), "private key of %d bytes", len(priv))
	}
	v, err := NewVerifier(origin, personID, priv.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	return signer{v, priv}, nil
}

// Known returns the set of these verifiers.
func Known(list ...Verifier) Verifiers { return note.VerifierList(list...) }

// lookup is a set of verifiers that a function finds.
type lookup func(name string, hash uint32) (Verifier, bool)

// Verifier implements note.Verifiers.
func (l lookup) Verifier(name string, hash uint32) (Verifier, error) {
	if v, ok := l(name, hash); ok {
		return v, nil
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// Lookup returns the set of verifiers that find knows: for rosters in which a key counts for a time.
func Lookup(find func(name string, hash uint32) (Verifier, bool)) Verifiers { return lookup(find) }

// Sign signs a statement's text with every signer, in this order. Only what Parse accepts is signed.
func Sign(text []byte, signers ...Signer) ([]byte, error) {
	if _, err := Parse(text); err != nil {
		return nil, err
	}
	if len(signers) == 0 || len(signers) > maxSignatures {
		return nil, broken("", "%d signers", len(signers))
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signers...)
	if err != nil {
		return nil, fault.New(fault.Signature, signers[0].Name(), err)
	}
	if _, err := signatures(signed, len(text)); err != nil {
		return nil, err
	}
	return signed, nil
}

// Open returns the text of a signed statement and the names of the keys that signed it, in the order of their lines.
// Every signature must be by a known key, true, and in its one spelling; no key may sign twice; the text must be what
// Parse accepts. Everything else is fault.Signature. Whether the right persons signed is for SignedBy.
func Open(noteText []byte, known Verifiers) (text []byte, signers []string, err error) {
	if len(noteText) > MaxNote {
		return nil, nil, broken("", "signed note of %d bytes", len(noteText))
	}
	n, err := note.Open(noteText, known)
	switch {
	case err != nil:
		return nil, nil, fault.New(fault.Signature, "", err)
	case len(n.UnverifiedSigs) > 0:
		return nil, nil, broken(n.UnverifiedSigs[0].Name, "signature by an unknown key")
	}
	if signers, err = signatures(noteText, len(n.Text)); err != nil {
		return nil, nil, err
	}
	text = []byte(n.Text)
	if _, err := Parse(text); err != nil {
		return nil, nil, err
	}
	return text, signers, nil
}

// signatures returns the names in the signature lines behind a text of n bytes. It is stricter than package note, which
// drops a second signature by the same key and does not look at the spare bits of base64.
func signatures(signed []byte, n int) (names []string, err error) {
	for line := range strings.Lines(string(signed[n+1:])) {
		name, sig, _ := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "— "), " ")
		_, err := strict64.DecodeString(sig)
		switch {
		case err != nil:
			return nil, broken(name, "signature in another spelling")
		case slices.Contains(names, name):
			return nil, broken(name, "two signatures by one name")
		case len(names) == maxSignatures || len(line) > maxSignature:
			return nil, broken(name, "too many or too long signatures")
		}
		names = append(names, name)
	}
	return names, nil
}

// SignedBy says whether the keys with these names, as Open returned them, are keys of one origin and belong to exactly
// the persons whom the statement names as its signatories.
func SignedBy(s Statement, keyNames []string) error {
	var site string
	persons := make([]string, 0, len(keyNames))
	for i, name := range keyNames {
		origin, person, err := ParseKeyName(name)
		if err != nil {
			return err
		}
		if i > 0 && origin != site {
			return fault.New(fault.Signature, name, errors.New("a key of another origin"))
		}
		site, persons = origin, append(persons, person)
	}
	named := s.Signatories()
	slices.Sort(persons)
	slices.Sort(named)
	if !slices.Equal(persons, named) {
		return broken(s.Kind(), "signed by %v, but names %v", persons, named)
	}
	return nil
}
