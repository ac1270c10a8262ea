package change

import (
	"context"
	"errors"
	"slices"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// ErrConsumed is in the chain of the fault that the second use of a grant gets.
var ErrConsumed = errors.New("this approval was used before")

// Authorization allows one execution. It is made only in this package, from what the log proves; there is no other way
// to reach a device's write.
type Authorization interface {
	// plan is what may be written.
	plan() Request
	// digest is that of a driver in this program, to be compared with the one in the plan.
	digest(about drivers.About, d drivers.Description) ([32]byte, error)
	// onPatient is told that the device is on a patient, where that is no reason to stop.
	onPatient()
	// intend makes the intent durable and consumes the authorization; after it, and only after it, bytes may be sent.
	intend(ctx context.Context, steps []Step) error
	// conclude records what came of it.
	conclude(ctx context.Context, outcome Outcome, steps []Step) error
	// stop records why nothing was sent.
	stop(ctx context.Context, why error) error
}

// grant is the authorization that two persons gave.
type grant struct {
	desk    *Desk
	request Request
	actor   leaf.Actor // who lets it be carried out
}

// Grant returns the authorization that an approved request is, after checking again everything that two or more persons
// signed for: their signatures, that they are different persons who may, by the rules and roles of now, over the same
// content, or that a template in force stands for them; and that the driver may write. The faults are those of
// policy.Decide, Consumed, Expired, WrongState and Signature.
func (d *Desk) Grant(ctx context.Context, actor leaf.Actor, id string, driver drivers.Driver) (Authorization, error) {
	r, err := d.Request(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.State != Approved {
		return nil, stateFault(r)
	}
	reviewed, err := d.reviewed(ctx, driver.About())
	if err != nil {
		return nil, err
	}
	person, err := d.roster.Person(ctx, actor.ID)
	if err != nil {
		return nil, fault.New(fault.NotSignedIn, "", err)
	}
	ask := policy.Ask{Act: policy.Execute, Person: person.Policy(), Classes: r.Classes, Reviewed: reviewed}
	if r.Template != ([32]byte{}) {
		err = d.standing(ctx, r, ask)
	} else {
		err = d.consented(ctx, r, ask)
	}
	if err != nil {
		return nil, err
	}
	if r.ExecuteOn.Workstation != d.workstation {
		return nil, fault.Newf(fault.WrongState, r.ExecuteOn.Workstation, "the request names another workstation")
	}
	if driver.About().ID != r.Driver.ID {
		return nil, fault.New(fault.OtherDevice, r.Driver.ID, nil)
	}
	return &grant{desk: d, request: r, actor: actor}, nil
}

// consented says whether the approvals are of this request and all that the rules of now want.
func (d *Desk) consented(ctx context.Context, r Request, ask policy.Ask) error {
	if err := consent(r); err != nil {
		return fault.New(fault.Signature, r.ID, err)
	}
	var err error
	if ask.Proposer, ask.Approvers, err = d.parties(ctx, r); err != nil {
		return err
	}
	return policy.Decide(r.rules, ask)
}

// consent says whether each approval is one of this request, given where the record says.
func consent(r Request) error {
	if len(r.Approvals) == 0 {
		return errors.New("there is no approval")
	}
	for _, g := range r.Approvals {
		if err := bound(r, g.Approval); err != nil {
			return err
		}
		if here := g.Elsewhere.Origin == "" || g.Elsewhere.Origin == r.Log.Origin; here != (g.Seat == policy.CoLocated) {
			return errors.New("the approval was given at another seat than recorded")
		}
	}
	return nil
}

// bound says whether an approval is one of this request: the same text, number and values.
func bound(r Request, a statement.Approval) error {
	switch {
	case a.ID != r.ID || a.Request != r.digest || a.Nonce != r.ExecuteOn.Nonce:
		return errors.New("the approval is of another request")
	case !slices.Equal(a.Set, r.Set) || a.AssetTag != r.AssetTag:
		return errors.New("the approval is of other values")
	}
	return nil
}

func (g *grant) plan() Request { return g.request }

func (g *grant) digest(about drivers.About, d drivers.Description) ([32]byte, error) {
	return driverDigest(about, d, g.desk.program)
}

// onPatient has nothing to add: the waiver that two persons signed is recorded.
func (g *grant) onPatient() {}

// intend looks at the request once more: asking the device took time, in which it may have expired.
func (g *grant) intend(ctx context.Context, steps []Step) error {
	r, err := g.desk.Request(ctx, g.request.ID)
	if err != nil {
		return err
	}
	if r.State != Approved {
		return moved(r)
	}
	_, err = g.desk.log.Append(ctx, g.desk.draft(kindIntent, g.actor, g.request.ID, "steps", formatSteps(steps)))
	return g.desk.conflict(ctx, g.request.ID, err)
}

func (g *grant) conclude(ctx context.Context, outcome Outcome, steps []Step) error {
	draft := g.desk.draft(kindOutcome, g.actor, g.request.ID, "outcome", string(outcome), "steps", formatSteps(steps))
	_, err := g.desk.log.Append(ctx, draft)
	if err != nil {
		g.desk.owing.Lock()
		defer g.desk.owing.Unlock()
		g.desk.owed = append(g.desk.owed, draft)
	}
	return err
}

// Settle records the outcomes that the log refused when they were due, once there is room on the disk again or another
// process let the database go. What is owed when the console ends is what Recover calls unknown.
func (d *Desk) Settle(ctx context.Context) error {
	d.owing.Lock()
	defer d.owing.Unlock()
	for len(d.owed) > 0 {
		// A conflict says that it is in the log: only the answer was lost.
		if _, err := d.log.Append(ctx, d.owed[0]); err != nil && !errors.Is(err, audit.ErrConflict) {
			return err
		}
		d.owed = d.owed[1:]
	}
	return nil
}

func (g *grant) stop(ctx context.Context, why error) error {
	kind := kindStopped
	if fault.Is(why, fault.Superseded) {
		kind = kindSuperseded
	}
	_, err := g.desk.log.Append(ctx, g.desk.draft(kind, g.actor, g.request.ID, "why", string(fault.KindOf(why))))
	return err
}

// conflict explains a refused transaction by where the request stands now.
func (d *Desk) conflict(ctx context.Context, id string, err error) error {
	if !errors.Is(err, audit.ErrConflict) {
		return err
	}
	r, readErr := d.Request(context.WithoutCancel(ctx), id)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return moved(r)
}

// moved says what became of a request that could not be taken further.
func moved(r Request) error {
	err := stateFault(r)
	if fault.Is(err, fault.Consumed) {
		return fault.New(fault.Consumed, r.ID, ErrConsumed)
	}
	return err
}
