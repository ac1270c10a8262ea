package change

import (
	"context"
	"slices"
	"strings"

	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Refuse signs and records somebody else's no.
func (d *Desk) Refuse(ctx context.Context, signer *people.Signer, id, reason string) error {
	request, err := d.another(ctx, signer, id, reason)
	if err != nil {
		return err
	}
	return d.signAndRecord(ctx, kindRefused, signer, request, reason, statement.Refusal{
		ID: id, Signer: signer.Stated(), Time: statement.TimeOf(d.log.Now()), Request: request.digest, Reason: reason, Log: d.head(),
	})
}

// Return sends a request back to its proposer, to be edited: it can only be proposed again.
func (d *Desk) Return(ctx context.Context, signer *people.Signer, id, reason string) error {
	request, err := d.another(ctx, signer, id, reason)
	if err != nil {
		return err
	}
	by, err := d.by(signer)
	if err != nil {
		return err
	}
	return d.signAndRecord(ctx, kindReturned, signer, request, reason, statement.Return{By: by, Request: id, Digest: request.digest, Reason: reason})
}

// another returns a waiting request on which this signer, who is somebody else than its proposer, may decide.
func (d *Desk) another(ctx context.Context, signer *people.Signer, id, reason string) (Request, error) {
	if signer == nil {
		return Request{}, fault.New(fault.NotSignedIn, "", nil)
	}
	request, err := d.decidable(ctx, signer.Person, id, policy.Refuse)
	if err != nil {
		return request, err
	}
	if err := statement.CheckText(reason); err != nil {
		return request, fault.New(fault.NoReason, "", err)
	}
	return request, nil
}

// Withdraw takes a request back. It wins over everything until the intent to execute it is recorded.
func (d *Desk) Withdraw(ctx context.Context, signer *people.Signer, id string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	request, err := d.decidable(ctx, signer.Person, id, policy.Withdraw)
	if err != nil {
		return err
	}
	return d.signAndRecord(ctx, kindWithdrawn, signer, request, "", statement.Withdrawal{
		ID: id, Signer: signer.Stated(), Time: statement.TimeOf(d.log.Now()), Request: request.digest, Log: d.head(),
	})
}

// Comment records what a person says about a request. A value that others have yet to enter cannot be in it.
func (d *Desk) Comment(ctx context.Context, signer *people.Signer, id, text string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	request, err := d.Request(ctx, id)
	if err != nil {
		return err
	}
	person, err := d.roster.Person(ctx, signer.ID)
	if err != nil {
		return fault.New(fault.NotAllowed, signer.Name, err)
	}
	if err := policy.Decide(request.rules, policy.Ask{Act: policy.Comment, Person: person.Policy()}); err != nil {
		return err
	}
	if err := statement.CheckText(text); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	toldTag := request.AssetTag != "" && strings.Contains(text, request.AssetTag)
	if request.State == Waiting && (toldTag || request.Blind() && tells(request.Set, text)) {
		return fault.New(fault.Mismatch, "", nil)
	}
	_, err = d.log.Append(ctx, d.draft(kindComment, signer.Actor(), id, "text", text))
	return err
}

// tells says whether a text has a wanted value as a word of its own.
func tells(lines []statement.SetLine, text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !strings.ContainsRune(".-+", r) && !isWordRune(r) })
	return slices.ContainsFunc(lines, func(l statement.SetLine) bool {
		return slices.ContainsFunc(words, func(w string) bool { return sameToken(l, strings.Trim(w, ".-+")) || sameToken(l, w) })
	})
}

func isWordRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
}

// by begins a statement of this package that embeds statement.By.
func (d *Desk) by(signers ...*people.Signer) (statement.By, error) {
	persons := make([]people.Person, 0, len(signers))
	for _, s := range signers {
		persons = append(persons, s.Person)
	}
	return d.roster.By(persons...)
}

func (d *Desk) signAndRecord(ctx context.Context, kind string, signer *people.Signer, r Request, why string, s statement.Statement) error {
	text, err := s.Text()
	if err != nil {
		return err
	}
	note, err := signer.Sign(text)
	if err != nil {
		return err
	}
	return d.record(ctx, kind, signer.Actor(), r, note, why)
}

// record appends a decision, if its signature counts: a key may have been replaced while it was open. A request that moved
// on meanwhile refuses it.
func (d *Desk) record(ctx context.Context, kind string, actor leaf.Actor, r Request, note, why string) error {
	if _, err := d.roster.Open(ctx, note); err != nil {
		return err
	}
	draft := d.draft(kind, actor, r.ID, "why", why)
	draft.Stmt = note
	_, err := d.log.Append(ctx, draft)
	return d.conflict(ctx, r.ID, err)
}
