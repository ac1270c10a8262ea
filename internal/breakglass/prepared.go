package breakglass

import (
	"context"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// Prepared is a statement about an emergency on its way: its text is fixed, so that what its signers see is what they sign.
type Prepared struct {
	kind, session string
	text          []byte
	by            []people.Person
	body          leaf.Body                       // of the record, besides the session
	check         func(ctx context.Context) error // whether it may be signed as things stand; nil for always
}

// Text is what will be signed, byte for byte.
func (p *Prepared) Text() string { return string(p.text) }

// Signers are the persons whose keys Complete wants, in this order.
func (p *Prepared) Signers() []people.Person { return p.by }

// prepare checks that it may be signed now, and fixes the text.
func (g *Register) prepare(ctx context.Context, p *Prepared, compose func(statement.By) statement.Statement) (*Prepared, error) {
	if p.check != nil {
		if err := p.check(ctx); err != nil {
			return nil, err
		}
	}
	by, err := g.roster.By(p.by...)
	if err != nil {
		return nil, fault.New(fault.Internal, p.kind, err)
	}
	if p.text, err = compose(by).Text(); err != nil {
		return nil, err
	}
	return p, nil
}

// Complete has the persons sign what was prepared, and records it. It checks again what Prepare checked: things may have moved
// on. The faults are those of Prepare, NotSignedIn, and Signature for other keys than those of its persons.
func (g *Register) Complete(ctx context.Context, p *Prepared, signers ...*people.Signer) error {
	if _, err := persons(signers); err != nil {
		return err
	}
	if p.check != nil {
		if err := p.check(ctx); err != nil {
			return err
		}
	}
	note, err := people.Together(p.text, signers...)
	if err != nil {
		return err
	}
	if _, err := g.roster.Open(ctx, note); err != nil { // a key that was replaced while it was open, or another person's
		return err
	}
	draft := audit.Draft{Kind: p.kind, Actor: signers[0].Actor(), Body: p.body, Stmt: note}
	set(&draft.Body, "session", p.session)
	_, err = g.log.Append(ctx, draft)
	return err
}

// persons are those whose keys these are.
func persons(signers []*people.Signer) (by []people.Person, err error) {
	if len(signers) == 0 {
		return nil, fault.New(fault.NotSignedIn, "", nil)
	}
	for _, s := range signers {
		if s == nil {
			return nil, fault.New(fault.NotSignedIn, "", nil)
		}
		by = append(by, s.Person)
	}
	return by, nil
}
