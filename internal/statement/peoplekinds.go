package statement

import (
	"crypto/ed25519"
)

// What a signature about people means.
const (
	EnrolMeaning      = "We met in person: this name, badge and key belong together"
	RoleMeaning       = "We give this person this role"
	SuspendMeaning    = "I suspend this person at once"
	RestoreMeaning    = "We let this person act again"
	RevocationMeaning = "We end this person's part in this log for good"
	RotateMeaning     = "I replace my key by this one"
	PolicyMeaning     = "We reviewed these rules and put them in force"
)

// Enrol adds a person. The candidate signs with the new key, and two others, who are Signers, vouch.
type Enrol struct {
	By
	Candidate Founder
	Badge     string // number of the person's badge, one for each human
}

// Role gives a person another role.
type Role struct {
	By
	Person Person // with the role until now
	Role   string
	Reason string
}

// Suspend takes a person's rights away until Restore. One person signs: it must not have to wait.
type Suspend struct {
	By
	Person Person
	Reason string
}

// Restore gives a suspended person's rights back.
type Restore struct {
	By
	Person Person
	Reason string
}

// Revocation ends a person's part in a log. Why is "left" or "revoked".
type Revocation struct {
	By
	Person Person
	Why    string
	Reason string
}

// Rotate replaces a person's key. The old key signs the statement; Proof is the new key's signature over RotateProof.
type Rotate struct {
	By
	Key   Key
	Proof Proof
	Nonce string
}

// Policy puts rules in force, which package policy reads. It replaces every policy before it.
type Policy struct {
	By
	Rules  []string
	Reason string
}

var enrolKind = signedBy("enrol", EnrolMeaning, 2, 2, func(e *Enrol) *By { return &e.By },
	one("candidate", asFounder, func(e *Enrol) *Founder { return &e.Candidate }),
	one("badge", asText, func(e *Enrol) *string { return &e.Badge }))

var roleKind = signedBy("role", RoleMeaning, 2, 2, func(r *Role) *By { return &r.By },
	one("person", asPerson, func(r *Role) *Person { return &r.Person }),
	one("role", asWord, func(r *Role) *string { return &r.Role }),
	one("reason", asText, func(r *Role) *string { return &r.Reason }))

var suspendKind = signedBy("suspend", SuspendMeaning, 1, 1, func(s *Suspend) *By { return &s.By },
	one("person", asPerson, func(s *Suspend) *Person { return &s.Person }),
	one("reason", asText, func(s *Suspend) *string { return &s.Reason }))

var restoreKind = signedBy("restore", RestoreMeaning, 2, 2, func(r *Restore) *By { return &r.By },
	one("person", asPerson, func(r *Restore) *Person { return &r.Person }),
	one("reason", asText, func(r *Restore) *string { return &r.Reason }))

var revocationKind = signedBy("revocation", RevocationMeaning, 2, 2, func(r *Revocation) *By { return &r.By },
	one("person", asPerson, func(r *Revocation) *Person { return &r.Person }),
	one("why", asWord, func(r *Revocation) *string { return &r.Why }),
	one("reason", asText, func(r *Revocation) *string { return &r.Reason }))

var rotateKind = signedBy("key-rotate", RotateMeaning, 1, 1, func(r *Rotate) *By { return &r.By },
	one("key", asKey, func(r *Rotate) *Key { return &r.Key }),
	one("proof", asProof, func(r *Rotate) *Proof { return &r.Proof }),
	one("nonce", asID, func(r *Rotate) *string { return &r.Nonce }))

var policyKind = signedBy("policy", PolicyMeaning, 2, 2, func(p *Policy) *By { return &p.By },
	many("rule", 1, 200, asText, func(p *Policy) *[]string { return &p.Rules }),
	one("reason", asText, func(p *Policy) *string { return &p.Reason }))

// RotateProof is what a new key signs to show that somebody holds it: bound to the person and to a number used once.
func RotateProof(personID, nonce string, key ed25519.PublicKey) []byte {
	return []byte("countersign/key-proof/v1\n" + personID + "\n" + nonce + "\n" + strict64.EncodeToString(key) + "\n")
}

// Signatories implements Statement: the candidate signs too.
func (e Enrol) Signatories() []string { return append([]string{e.Candidate.ID}, e.By.Signatories()...) }

// Kind implements Statement.
func (e Enrol) Kind() string { return enrolKind.name }

// Text implements Statement.
func (e Enrol) Text() ([]byte, error) { return enrolKind.text(&e) }

// Kind implements Statement.
func (r Role) Kind() string { return roleKind.name }

// Text implements Statement.
func (r Role) Text() ([]byte, error) { return roleKind.text(&r) }

// Kind implements Statement.
func (s Suspend) Kind() string { return suspendKind.name }

// Text implements Statement.
func (s Suspend) Text() ([]byte, error) { return suspendKind.text(&s) }

// Kind implements Statement.
func (r Restore) Kind() string { return restoreKind.name }

// Text implements Statement.
func (r Restore) Text() ([]byte, error) { return restoreKind.text(&r) }

// Kind implements Statement.
func (r Revocation) Kind() string { return revocationKind.name }

// Text implements Statement.
func (r Revocation) Text() ([]byte, error) { return revocationKind.text(&r) }

// Kind implements Statement.
func (r Rotate) Kind() string { return rotateKind.name }

// Text implements Statement.
func (r Rotate) Text() ([]byte, error) { return rotateKind.text(&r) }

// Kind implements Statement.
func (p Policy) Kind() string { return policyKind.name }

// Text implements Statement.
func (p Policy) Text() ([]byte, error) { return policyKind.text(&p) }
