package change

import (
	"context"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Recover closes the executions that a crash left open: the intent was recorded and no outcome, so what the device holds
// is unknown until somebody reads it. It returns how many there were.
func (d *Desk) Recover(ctx context.Context) (int, error) {
	_ = d.Settle(ctx) // what is owed is not lost
	rows, err := d.rows(ctx, "")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, row := range rows {
		if State(row.state) != Applying {
			continue // not looked at: a damaged old request must not keep the console from opening
		}
		r, err := d.load(ctx, row)
		if err != nil {
			return n, err
		}
		var steps []Step
		for _, l := range r.Set {
			steps = append(steps, Step{SetLine: l, Outcome: Unknown})
		}
		draft := d.draft(kindOutcome, console, r.ID, "outcome", string(Unknown), "steps", formatSteps(steps), "why", "interrupted")
		if _, err := d.log.Append(ctx, draft); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// unsure says whether nobody knows what the device holds of this setting.
func (s Step) unsure() bool { return s.Outcome == Unknown || s.Restored == Unknown }

// Resolve reads the settings whose outcome is unknown, once the device can be talked to again, and records what it holds.
// Nothing is written: a write that was tried is never tried again without two persons. It may be called by the console
// itself. The faults are WrongState where nothing is unknown, those of the line, and those of another device.
func (d *Desk) Resolve(ctx context.Context, dev Device, id string) (Result, error) {
	r, err := d.Request(ctx, id)
	if err != nil {
		return Result{}, err
	}
	result := Result{Outcome: r.Outcome, Steps: append([]Step(nil), r.Steps...)}
	if r.Outcome != Unknown || r.State != Done {
		return result, fault.New(fault.WrongState, string(r.Outcome), nil)
	}
	if err := sameDevice(r.Request, dev.Identity()); err != nil {
		return result, err
	}
	if err := dev.Reidentify(ctx); err != nil {
		return result, err
	}
	err = dev.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
		description, err := s.Describe(ctx)
		if err != nil {
			return lineFault(err, r)
		}
		read := &run{session: s, description: description}
		for i := range result.Steps {
			if err := read.resolve(ctx, &result.Steps[i]); err != nil {
				return lineFault(err, r)
			}
		}
		return nil
	})
	if err != nil {
		return result, err
	}
	result.Outcome = conclude(result.Steps)
	_, err = d.log.Append(ctx, d.draft(kindResolved, console, r.ID, "outcome", string(result.Outcome), "steps", formatSteps(result.Steps)))
	return result, d.conflict(ctx, r.ID, err)
}

// resolve reads one setting that is unknown.
func (r *run) resolve(ctx context.Context, s *Step) error {
	if !s.unsure() {
		return nil
	}
	change, setting, err := wantedValue(s.SetLine, r.description)
	if err != nil {
		return err
	}
	left, err := r.readBack(ctx, setting)
	if err != nil {
		return err
	}
	s.AsLeft, s.Fault = token(left), ""
	if s.Restored == Unknown {
		s.Restored = judgeBack(s.SetLine, left, nil)
		return nil
	}
	s.Outcome = judge(setting, s.SetLine, change.Wanted, left, nil)
	return nil
}

// Accept signs and records that somebody other than the proposer accepts what the device took instead of what was approved.
func (d *Desk) Accept(ctx context.Context, signer *people.Signer, id, reason string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	r, err := d.Request(ctx, id)
	if err != nil {
		return err
	}
	person, err := d.roster.Person(ctx, signer.ID)
	if err != nil {
		return fault.New(fault.NotAllowed, signer.Name, err)
	}
	proposer, err := d.roster.Person(ctx, r.Signer.ID)
	if err != nil {
		return err
	}
	if err := policy.Decide(r.rules, policy.Ask{Act: policy.Accept, Person: person.Policy(), Proposer: proposer.Policy()}); err != nil {
		return err
	}
	lines := r.adjusted()
	if len(lines) == 0 || r.Accepted {
		return fault.New(fault.WrongState, string(r.Outcome), nil)
	}
	if err := statement.CheckText(reason); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	by, err := d.by(signer)
	if err != nil {
		return err
	}
	return d.signAndRecord(ctx, kindAccepted, signer, r, reason, statement.Acceptance{By: by, Request: id, Digest: r.digest, Set: lines, Reason: reason})
}

// adjusted are the settings that the device holds at a third value, from what was wanted to what it took.
func (r Request) adjusted() []statement.SetLine {
	var lines []statement.SetLine
	for _, s := range r.Steps {
		if s.Outcome == Adjusted && s.Restored != Verified && s.AsLeft != "" {
			l := s.SetLine
			l.AsFound, l.Wanted = s.Wanted, s.AsLeft
			lines = append(lines, l)
		}
	}
	return lines
}

// unsettled returns the request on the same device that must be dealt with before this proposal: one whose outcome is still
// unknown, or one in which the device took another value that nobody accepted, unless the proposal, or a change since, sets
// that very setting.
func unsettled(all []Request, device statement.Device, tag string, changes []drivers.Change) (Request, bool) {
	settled := map[drivers.SettingID]bool{}
	for _, c := range changes {
		settled[c.Setting] = true
	}
	unknown := map[drivers.SettingID]bool{}
	for _, r := range all { // the newest first
		if r.State != Done || r.Device.Manufacturer != device.Manufacturer || r.Device.Model != device.Model || r.Device.Serial != device.Serial || r.AssetTag != tag {
			continue
		}
		for _, s := range r.Steps {
			if s.unsure() && !unknown[s.ID] {
				return r, true
			}
			if s.Outcome == Adjusted && s.Restored != Verified && !r.Accepted && !settled[s.ID] {
				return r, true
			}
			if s.Outcome == Verified && s.Restored == "" {
				settled[s.ID], unknown[s.ID] = true, true
			}
		}
	}
	return Request{}, false
}

// Waive signs and records that the proposer and an approver accept that a patient may be connected. It is for one approved
// request and says nothing about another.
func (d *Desk) Waive(ctx context.Context, signers [2]*people.Signer, id, reason string) error {
	if signers[0] == nil || signers[1] == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	r, err := d.Request(ctx, id)
	if err != nil {
		return err
	}
	if r.State != Approved {
		return stateFault(r)
	}
	if signers[0].ID != r.Signer.ID {
		signers[0], signers[1] = signers[1], signers[0]
	}
	if signers[0].ID != r.Signer.ID || !r.approvedBy(signers[1].ID) {
		return fault.Newf(fault.NotAllowed, signers[1].Name, "not the proposer and an approver")
	}
	ask := policy.Ask{Act: policy.Waive, Classes: r.Classes, Reviewed: true}
	if ask.Proposer, ask.Approvers, err = d.parties(ctx, r); err != nil {
		return err
	}
	ask.Person = ask.Proposer
	for _, s := range signers {
		p, err := d.roster.Person(ctx, s.ID)
		if err != nil {
			return err
		}
		ask.Signers = append(ask.Signers, p.Policy())
	}
	if err := policy.Decide(r.rules, ask); err != nil {
		return err
	}
	if err := statement.CheckText(reason); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	return d.signTogether(ctx, kindWaived, id, signers, func(by statement.By) statement.Statement {
		return statement.Waiver{By: by, Request: id, Digest: r.digest, Reason: reason}
	})
}

// signTogether has two persons sign one text and records it.
func (d *Desk) signTogether(ctx context.Context, kind, id string, signers [2]*people.Signer, compose func(statement.By) statement.Statement) error {
	by, err := d.by(signers[0], signers[1])
	if err != nil {
		return err
	}
	text, err := compose(by).Text()
	if err != nil {
		return err
	}
	return d.recordTogether(ctx, kind, id, text, signers)
}

func (d *Desk) recordTogether(ctx context.Context, kind, id string, text []byte, signers [2]*people.Signer) error {
	note, err := people.Together(text, signers[0], signers[1])
	if err != nil {
		return err
	}
	if _, err := d.roster.Open(ctx, note); err != nil {
		return err
	}
	draft := d.draft(kind, signers[0].Actor(), id)
	draft.Stmt = note
	_, err = d.log.Append(ctx, draft)
	return d.conflict(ctx, id, err)
}
