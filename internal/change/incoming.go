package change

import (
	"context"
	"errors"

	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// TakeApproval takes in an approval that was signed on another laptop, and returns the request as it then stands. Actor is
// who brought it. It must be an approval of a request of this console that still waits, over the same content, by the
// key of a person who may approve it, and it must say that it was signed elsewhere: fault.Incoming, Signature, or those of
// policy.Decide and of a request that has moved on.
func (d *Desk) TakeApproval(ctx context.Context, actor leaf.Actor, note string) (Request, error) {
	text, err := d.roster.Open(ctx, note)
	if err != nil {
		return Request{}, err
	}
	a, err := statement.ParseApproval(text)
	if err != nil {
		return Request{}, fault.New(fault.Incoming, "", err)
	}
	r, err := d.Request(ctx, a.ID)
	if err != nil {
		return r, err
	}
	if err := d.elsewhere(ctx, r, a); err != nil {
		return r, fault.New(fault.Incoming, a.ID, err)
	}
	person, err := d.roster.Person(ctx, a.Signer.ID)
	if err != nil {
		return r, err
	}
	if err := d.mayDecide(ctx, person, r, policy.Approve, policy.OtherDevice); err != nil {
		return r, err
	}
	// The approval is this person's, whoever brings it.
	if err := d.recordApproval(ctx, person.Actor(), r, note, policy.OtherDevice, "brought-by", actor.ID, "elsewhere", a.Elsewhere.Origin); err != nil {
		return r, err
	}
	return d.Request(ctx, a.ID)
}

// elsewhere says why an approval is none of this request from another laptop.
func (d *Desk) elsewhere(ctx context.Context, r Request, a statement.Approval) error {
	if err := bound(r, a); err != nil {
		return err
	}
	switch {
	case r.ExecuteOn.Workstation != d.workstation:
		return errors.New("the request names another workstation")
	case a.Elsewhere.Origin == "" || a.Elsewhere.Origin == d.log.Head().Origin:
		return errors.New("it does not say that it was signed on another console")
	case a.Log == r.Log:
		return nil
	}
	return d.witnessed(ctx, a.Log)
}

// witnessed says whether a head is one that this log had. What a signer saw becomes part of the record, so it must be true.
func (d *Desk) witnessed(ctx context.Context, saw statement.LogHead) error {
	hashes, err := d.log.Hashes(ctx, saw.Size)
	if err != nil {
		return err
	}
	var r leaf.Range
	for _, h := range hashes {
		r.Append(h)
	}
	if saw.Origin != d.log.Head().Origin || r.Root() != saw.Root {
		return errors.New("its signer saw another log than this one")
	}
	return nil
}
