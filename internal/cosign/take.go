package cosign

import (
	"context"

	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Take reads an approval that was signed on another laptop - a file, what a scanner typed, or a picture of a code -, remembers
// that laptop's log, and hands the approval to the desk, which decides whether it counts. The faults are Incoming for what
// cannot be read, does not verify or is for another console, Forked for a laptop whose log is not the one that was seen
// before, Consumed for one that was brought already, and those of the desk.
func (s *Station) Take(ctx context.Context, actor leaf.Actor, data []byte) (change.Request, error) {
	p, err := unwrap(data, kindApproval)
	if err != nil {
		return change.Request{}, err
	}
	approval, err := s.readApproval(ctx, p.note)
	if err != nil {
		return change.Request{}, err
	}
	elsewhere := approval.Elsewhere
	now := memory{head: head{elsewhere.Size, elsewhere.Root}}
	remembered, err := s.remembered(ctx, elsewhere.Origin)
	if err != nil {
		return change.Request{}, err
	}
	continuity := judge(now, remembered, p.links, false)
	if continuity.Refused() {
		if err := s.recordRefused(ctx, elsewhere.Origin, continuity, now); err != nil {
			return change.Request{}, err
		}
		return change.Request{}, fault.Newf(fault.Forked, elsewhere.Origin, "its log is %s", continuity)
	}
	// Remembered before the desk decides: the head is signed, whatever becomes of the approval.
	_, err = s.log.Append(ctx, draft(kindTaken, actor, elsewhere.Origin, "request", approval.ID, "approver", approval.Signer.ID,
		"continuity", string(continuity), "heads", headLines(newer(proven(now, p.links), remembered))))
	if err != nil {
		return change.Request{}, err
	}
	return s.hand(ctx, actor, approval, p.note)
}

// hand gives an approval to the desk. One that counts already was brought twice, which is no attempt of one person to
// approve alone.
func (s *Station) hand(ctx context.Context, actor leaf.Actor, approval statement.Approval, note string) (change.Request, error) {
	request, err := s.desk.Request(ctx, approval.ID)
	if err != nil {
		return request, err
	}
	for _, given := range request.Approvals {
		if given.Signer.ID == approval.Signer.ID {
			return request, fault.New(fault.Consumed, approval.ID, nil)
		}
	}
	return s.desk.TakeApproval(ctx, actor, note)
}

// readApproval checks the signature with this console's roster, and that the approval was made elsewhere for this console.
func (s *Station) readApproval(ctx context.Context, note string) (statement.Approval, error) {
	text := textOf(note)
	approval, err := statement.As[statement.Approval](text)
	if err != nil {
		return approval, fault.New(fault.Incoming, "approval", err)
	}
	own := s.log.Head().Origin
	if approval.Log.Origin != own {
		return approval, fault.Newf(fault.Incoming, approval.Log.Origin, "an approval for another console")
	}
	if _, err := s.roster.Open(ctx, note); err != nil {
		return approval, fault.New(fault.Incoming, "approval", err)
	}
	if approval.Elsewhere.Origin == "" || approval.Elsewhere.Origin == own || approval.Elsewhere.Size < 1 {
		return approval, fault.Newf(fault.Incoming, "approval", "it does not say on which other console it was signed")
	}
	return approval, nil
}
