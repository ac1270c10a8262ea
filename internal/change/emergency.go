package change

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Emergency is what a person wants to write in an open emergency session.
type Emergency struct {
	Session  *breakglass.Session
	Proposal Proposal // of which Reason, Ticket, Edits and Template are not used
	Rules    policy.Policy
	Reviewed bool // the driver may write: it is part of the console, or two persons signed its profile or map
	// Approved returns the value that two persons last had written to a setting, where that is known; nil for nothing.
	Approved func(drivers.SettingID) (token string, ok bool)
	Program  string // version, part of a driver's digest
	InUse    bool   // a person says that it is on a patient: recorded, as when the device says so, and no reason to stop
}

// emergency is the authorization that a live emergency session is.
type emergency struct {
	Emergency
	request Request
	used    atomic.Bool
	patient atomic.Bool // the device says that it is on one
}

// BreakGlass returns the authorization that an emergency session gives for these settings. The second person is all that it
// spares: Execute does everything else as for a grant. The faults are Expired for a session that has ended, OtherDevice where
// it is not this device's, ReadOnly, NotAllowed for a setting that the rules keep out of emergencies, Unproved for one that
// somebody who has not shown who they are moves neither in its safe direction nor back to the last approved value, WeakIdentity,
// NoChange, OutOfRange and Unsupported.
func BreakGlass(e Emergency) (Authorization, error) {
	if e.Session == nil || e.Session.Left() == 0 {
		return nil, fault.New(fault.Expired, e.Proposal.Identity.Serial, nil)
	}
	ask := e.Session.Ask()
	if ask.Device != statement.DeviceOf(e.Proposal.Identity) {
		return nil, fault.New(fault.OtherDevice, ask.Device.Serial, nil)
	}
	e.Proposal.AssetTag = ask.Tag
	lines, err := CheckEmergency(e, e.Session.Tier())
	if err != nil {
		return nil, err
	}
	driver, err := driverDigest(e.Proposal.Driver.About(), e.Proposal.Description, e.Program)
	if err != nil {
		return nil, err
	}
	var ids []drivers.SettingID
	for _, l := range lines {
		ids = append(ids, l.ID)
	}
	request := Request{Waived: true}
	request.Request = statement.Request{
		ID: e.Session.ID(), Device: ask.Device, Driver: statement.Driver{ID: e.Proposal.Driver.About().ID, Digest: driver},
		State: stateDigest(e.Proposal.Description, e.Proposal.Snapshot, ids...), Set: lines,
		AssetTag: ask.Tag, OnFailure: e.Proposal.OnFailure,
	}
	return &emergency{Emergency: e, request: request}, nil
}

// CheckEmergency says whether these settings could be written in an emergency of this tier, and returns the lines that would
// be: for the screen, before there is a session.
func CheckEmergency(e Emergency, tier breakglass.Tier) ([]statement.SetLine, error) {
	p := e.Proposal
	switch {
	case !e.Reviewed:
		return nil, fault.New(fault.ReadOnly, p.Driver.About().Name, nil)
	case p.Identity.Weak() != (p.AssetTag != ""):
		return nil, fault.New(fault.WeakIdentity, p.Identity.Model, nil)
	case len(p.Changes) == 0:
		return nil, fault.New(fault.NoChange, "", nil)
	}
	if err := p.Description.CheckAll(p.Changes, p.Snapshot); err != nil {
		return nil, rangeFault(err)
	}
	lines, err := setLines(p)
	if err != nil {
		return nil, err
	}
	for i, l := range lines {
		setting, _ := p.Description.Setting(l.ID)
		if e.Rules.Excluded(p.Driver.About().ID, l.ID) {
			return nil, fault.Newf(fault.NotAllowed, setting.Label, "the rules keep it out of emergencies")
		}
		if tier == breakglass.T0 && !e.safe(setting, p.Changes[i], l) {
			return nil, fault.Newf(fault.Unproved, setting.Label, "neither its safe direction nor its last approved value")
		}
	}
	return lines, nil
}

// safe says whether somebody who has not shown who they are may write this: towards what the driver declares as safe, or back
// to what two persons had written.
func (e Emergency) safe(setting drivers.Setting, c drivers.Change, l statement.SetLine) bool {
	if found, ok := e.Proposal.Snapshot.Reading(c.Setting); ok && setting.Safer(found.Value, c.Wanted) {
		return true
	}
	if e.Approved == nil {
		return false
	}
	approved, ok := e.Approved(c.Setting)
	return ok && approved == l.Wanted
}

func (e *emergency) plan() Request { return e.request }

func (e *emergency) digest(about drivers.About, d drivers.Description) ([32]byte, error) {
	return driverDigest(about, d, e.Program)
}

func (e *emergency) onPatient() { e.patient.Store(true) }

// intend offers the intent to every place. It never waits for one that hangs, and an emergency goes on without any.
func (e *emergency) intend(_ context.Context, steps []Step) error {
	if e.used.Swap(true) {
		return fault.New(fault.Consumed, e.request.ID, ErrConsumed)
	}
	pairs := []string{"steps", formatSteps(steps), "driver", e.request.Driver.ID, "settings", labels(e.Proposal)}
	if e.InUse || e.patient.Load() {
		pairs = append(pairs, "in-use", "yes")
	}
	_, err := e.Session.Intend(pairs...)
	return err
}

// conclude cannot fail: what no place takes is on the receipt.
func (e *emergency) conclude(_ context.Context, outcome Outcome, steps []Step) error {
	e.Session.Conclude("outcome", string(outcome), "steps", formatSteps(steps))
	return nil
}

func (e *emergency) stop(_ context.Context, why error) error {
	e.Session.Stop("why", string(fault.KindOf(why)), "settings", labels(e.Proposal))
	return nil
}

// ParseSteps reads the steps of an emergency's record.
func ParseSteps(text string) ([]Step, error) { return parseSteps(text) }

// DeviceName is how records name a device: as requests do, so that an emergency finds those of its device.
func DeviceName(id drivers.Identity) string { return deviceName(statement.DeviceOf(id)) }

// Emergency is the emergency session that put an end to the request, or "".
func (r Request) Emergency() string {
	session, is := strings.CutPrefix(r.Why, emergencyWhy)
	if !is || r.State != Superseded {
		return ""
	}
	return session
}

// SupersededBy returns the requests that an emergency session put an end to, and the persons who had proposed them.
func (d *Desk) SupersededBy(ctx context.Context, session string) (requests, proposers []string, err error) {
	var seqs []int64
	err = d.query.Query(ctx, func(into func(...any) error) error {
		var id string
		var seq int64
		err := into(&id, &seq)
		requests, seqs = append(requests, id), append(seqs, seq)
		return err
	}, "SELECT id, seq FROM request WHERE why = ? ORDER BY seq", emergencyWhy+session)
	if err != nil {
		return nil, nil, err
	}
	for _, seq := range seqs {
		record, err := d.log.Record(ctx, seq)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(proposers, record.Actor.ID) {
			proposers = append(proposers, record.Actor.ID)
		}
	}
	return requests, proposers, nil
}

// LastApproved returns the values that this device was last left at by changes that two persons approved, as tokens. Of a device
// that tells no serial number nothing is known: it could have been another one.
func (d *Desk) LastApproved(ctx context.Context, device statement.Device) (map[drivers.SettingID]string, error) {
	all, err := d.Requests(ctx)
	if err != nil || device.Serial == "" {
		return nil, err
	}
	last := map[drivers.SettingID]string{}
	for _, r := range all { // the newest first
		if r.State != Done || r.Device != device {
			continue
		}
		for _, s := range r.Steps {
			if _, known := last[s.ID]; !known && s.Outcome == Verified && s.Restored == "" {
				last[s.ID] = s.Wanted
			}
		}
	}
	return last, nil
}
