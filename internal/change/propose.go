package change

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// ValidFor is how long a request may wait for its approval and its execution together.
const ValidFor = time.Hour

// MaxBlind is how many values the second person may be asked to enter blind.
const MaxBlind = 8

// Proposal is what a person wants to change on a device that has just been read.
type Proposal struct {
	Driver      drivers.Driver
	Identity    drivers.Identity
	Description drivers.Description
	Snapshot    drivers.Snapshot
	Changes     []drivers.Change
	Reason      string
}

// Propose signs and records a request. The faults are those of policy.Decide, and WeakIdentity, NoReason, NoChange,
// OutOfRange, Unsupported and WrongState (too many blind values); nothing is recorded then.
func (d *Desk) Propose(ctx context.Context, signer *people.Signer, p Proposal) (Request, error) {
	if signer == nil {
		return Request{}, fault.New(fault.NotSignedIn, "", nil)
	}
	lines, err := d.check(ctx, signer.Person, p)
	if err != nil {
		return Request{}, err
	}
	request, err := d.compose(signer.Person, p, lines)
	if err != nil {
		return Request{}, err
	}
	text, err := request.Text()
	if err != nil {
		return Request{}, err
	}
	note, err := signer.Sign(text)
	if err != nil {
		return Request{}, err
	}
	draft := d.draft(kindRequested, signer.Actor(), request.ID, "nonce", request.ExecuteOn.Nonce, "device", deviceName(request.Device), "settings", labels(p))
	draft.Stmt = note
	if _, err := d.log.Append(ctx, draft); err != nil {
		return Request{}, err
	}
	return d.Request(ctx, request.ID)
}

func deviceName(device statement.Device) string { return device.Model + " SN " + device.Serial }

// labels names the settings of a proposal as the device's own screen does, for people who read the record. What was agreed
// is in the statement, by ID.
func labels(p Proposal) string {
	var names []string
	for _, c := range p.Changes {
		setting, _ := p.Description.Setting(c.Setting)
		names = append(names, setting.Label)
	}
	return strings.Join(names, ", ")
}

// Check says whether a proposal could be signed by this person, without recording anything: for the screen.
func (d *Desk) Check(ctx context.Context, person people.Person, p Proposal) error {
	_, err := d.check(ctx, person, p)
	return err
}

func (d *Desk) check(ctx context.Context, person people.Person, p Proposal) ([]statement.SetLine, error) {
	now, err := d.roster.Person(ctx, person.ID)
	if err != nil {
		return nil, fault.New(fault.NotAllowed, person.Name, err)
	}
	reviewed, err := d.reviewed(ctx, p.Driver.About())
	if err != nil {
		return nil, err
	}
	if err := policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Propose, Person: now.Policy(), Reviewed: reviewed}); err != nil {
		return nil, err
	}
	if p.Identity.Weak() {
		return nil, fault.New(fault.WeakIdentity, p.Identity.Model, nil)
	}
	if err := statement.CheckText(p.Reason); err != nil {
		return nil, fault.New(fault.NoReason, "", err)
	}
	if len(p.Changes) == 0 {
		return nil, fault.New(fault.NoChange, "", nil)
	}
	if err := p.Description.CheckAll(p.Changes, p.Snapshot); err != nil {
		return nil, rangeFault(err)
	}
	return setLines(p)
}

// rangeFault keeps a description's complaint apart from the faults of a line.
func rangeFault(err error) error {
	kind := fault.OutOfRange
	if errors.Is(err, drivers.ErrUnsupported) {
		kind = fault.Unsupported
	}
	return fault.New(kind, "", err)
}

// reviewed says whether a driver may write: compiled drivers were reviewed with the program, files by two persons.
func (d *Desk) reviewed(ctx context.Context, about drivers.About) (bool, error) {
	if about.Digest == "" {
		return about.Reviewed, nil
	}
	digest, err := driverDigest(about, drivers.Description{}, d.program)
	if err != nil {
		return false, err
	}
	return d.roster.Reviewed(ctx, digest)
}

// Reviewed says whether the console may write with this driver, for screens.
func (d *Desk) Reviewed(ctx context.Context, driver drivers.Driver) (bool, error) {
	return d.reviewed(ctx, driver.About())
}

func setLines(p Proposal) ([]statement.SetLine, error) {
	var lines []statement.SetLine
	blind := 0
	for _, c := range p.Changes {
		setting, _ := p.Description.Setting(c.Setting)
		found, ok := p.Snapshot.Reading(c.Setting)
		if !ok {
			return nil, fault.Newf(fault.Unsupported, setting.Label, "it could not be read")
		}
		if found.Value == c.Wanted {
			return nil, fault.New(fault.NoChange, setting.Label, nil)
		}
		asFound, err := statement.Token(found.Value)
		if err != nil {
			return nil, fault.New(fault.Unsupported, setting.Label, err)
		}
		wanted, err := statement.Token(c.Wanted)
		if err != nil {
			return nil, fault.New(fault.OutOfRange, setting.Label, err)
		}
		unit := setting.Unit
		if unit == "" {
			unit = "1"
		}
		lines = append(lines, statement.SetLine{ID: c.Setting, AsFound: asFound, Wanted: wanted, Unit: unit, Risk: setting.Risk})
		if policy.Minimum().Blind(policy.Minimum().Class("", setting.ID, setting.Risk)) {
			blind++
		}
	}
	if blind > MaxBlind {
		return nil, fault.Newf(fault.WrongState, "", "%d values would have to be entered blind; at most %d may be", blind, MaxBlind)
	}
	return lines, nil
}

func (d *Desk) compose(person people.Person, p Proposal, lines []statement.SetLine) (statement.Request, error) {
	now := d.log.Now()
	id, err := statement.NewID(now.Wall, rand.Reader)
	if err != nil {
		return statement.Request{}, fault.New(fault.Internal, "", err)
	}
	nonce, err := statement.NewNonce(rand.Reader)
	if err != nil {
		return statement.Request{}, fault.New(fault.Internal, "", err)
	}
	driver, err := driverDigest(p.Driver.About(), p.Description, d.program)
	if err != nil {
		return statement.Request{}, err
	}
	var ids []drivers.SettingID
	for _, l := range lines {
		ids = append(ids, l.ID)
	}
	return statement.Request{
		ID: id, Signer: person.Stated(), Time: statement.TimeOf(now), Device: statement.DeviceOf(p.Identity),
		Driver: statement.Driver{ID: p.Driver.About().ID, Digest: driver}, State: stateDigest(p.Description, p.Snapshot, ids...),
		Set: lines, Reason: p.Reason, ExecuteOn: statement.Place{Workstation: d.workstation, Nonce: nonce}, ValidFor: ValidFor, Log: d.head(),
	}, nil
}

func (d *Desk) head() statement.LogHead {
	head := d.log.Head()
	return statement.LogHead{Origin: head.Origin, Size: head.Size, Root: head.Root}
}
