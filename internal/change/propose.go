package change

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
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
	Ticket      string              // of the work order; "" for none
	Edits       string              // ID of the returned request that this one edits; "" for none
	AssetTag    string              // as the proposer read it off a device that tells no serial number
	OnFailure   statement.OnFailure // what happens to what was verified when another setting fails
	Template    string              // ID of the template that approves it; "" for approvals by persons
}

// Propose signs and records a request. The faults are those of policy.Decide, and WeakIdentity, NoReason, NoChange,
// OutOfRange, Unsupported, NotFound (a template or a returned request) and WrongState (too many blind values, or a change of
// this device whose outcome must be dealt with first, which is then the subject); nothing is recorded then.
func (d *Desk) Propose(ctx context.Context, signer *people.Signer, p Proposal) (Request, error) {
	if signer == nil {
		return Request{}, fault.New(fault.NotSignedIn, "", nil)
	}
	lines, template, err := d.check(ctx, signer.Person, p)
	if err != nil {
		return Request{}, err
	}
	request, err := d.compose(signer.Person, p, lines)
	if err != nil {
		return Request{}, err
	}
	request.Template = template.Digest
	text, err := request.Text()
	if err != nil {
		return Request{}, err
	}
	note, err := signer.Sign(text)
	if err != nil {
		return Request{}, err
	}
	if _, err := d.roster.Open(ctx, note); err != nil { // a key that was replaced while it was open
		return Request{}, err
	}
	draft := d.draft(kindRequested, signer.Actor(), request.ID, "nonce", request.ExecuteOn.Nonce, "device", deviceName(request.Device), "settings", labels(p),
		"template", p.Template)
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
	_, _, err := d.check(ctx, person, p)
	return err
}

func (d *Desk) check(ctx context.Context, person people.Person, p Proposal) ([]statement.SetLine, Template, error) {
	rules, err := d.mayPropose(ctx, person, p)
	if err != nil {
		return nil, Template{}, err
	}
	if err := checkTexts(p); err != nil {
		return nil, Template{}, err
	}
	if len(p.Changes) == 0 {
		return nil, Template{}, fault.New(fault.NoChange, "", nil)
	}
	if err := p.Description.CheckAll(p.Changes, p.Snapshot); err != nil {
		return nil, Template{}, rangeFault(err)
	}
	lines, err := setLines(p)
	if err != nil {
		return nil, Template{}, err
	}
	if err := d.follows(ctx, person, p); err != nil {
		return nil, Template{}, err
	}
	if p.Template != "" {
		template, err := d.fits(ctx, p, lines)
		return lines, template, err
	}
	return lines, Template{}, fewBlind(rules, p.Driver.About().ID, lines)
}

// mayPropose asks the rules that are in force.
func (d *Desk) mayPropose(ctx context.Context, person people.Person, p Proposal) (policy.Policy, error) {
	rules, err := d.roster.Rules(ctx)
	if err != nil {
		return rules.Policy, err
	}
	now, err := d.roster.Person(ctx, person.ID)
	if err != nil {
		return rules.Policy, fault.New(fault.NotAllowed, person.Name, err)
	}
	if d.barred != nil {
		barred, err := d.barred(ctx, person.ID)
		if err != nil {
			return rules.Policy, err
		}
		if barred {
			return rules.Policy, fault.New(fault.ReviewDue, person.Name, nil)
		}
	}
	reviewed, err := d.reviewed(ctx, p.Driver.About())
	if err != nil {
		return rules.Policy, err
	}
	ask := policy.Ask{Act: policy.Propose, Person: now.Policy(), Reviewed: reviewed}
	for _, c := range p.Changes {
		setting, _ := p.Description.Setting(c.Setting)
		ask.Classes = append(ask.Classes, rules.Policy.Class(p.Driver.About().ID, c.Setting, setting.Risk))
	}
	return rules.Policy, policy.Decide(rules.Policy, ask)
}

// checkTexts checks what the proposer typed. Only a device without a serial number is known by its asset tag.
func checkTexts(p Proposal) error {
	if weak := p.Identity.Weak(); weak != (p.AssetTag != "") || weak && statement.CheckText(p.AssetTag) != nil {
		return fault.New(fault.WeakIdentity, p.Identity.Model, nil)
	}
	if err := statement.CheckText(p.Reason); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	if p.Ticket != "" {
		if err := statement.CheckText(p.Ticket); err != nil {
			return fault.New(fault.NoReason, p.Ticket, err)
		}
	}
	return nil
}

// follows says whether what this device's earlier changes came to allows another one, and whether the request that the
// proposal edits is one of the same person's that came back.
func (d *Desk) follows(ctx context.Context, person people.Person, p Proposal) error {
	if p.Edits != "" {
		r, err := d.Request(ctx, p.Edits)
		if err != nil || r.State != Returned || r.Signer.ID != person.ID {
			return fault.New(fault.NotFound, p.Edits, err)
		}
	}
	rows, err := d.rows(ctx, "")
	if err != nil || !slices.ContainsFunc(rows, row.loose) {
		return err // mostly: the requests need not be read
	}
	all, err := d.Requests(ctx)
	if err != nil {
		return err
	}
	if r, found := unsettled(all, statement.DeviceOf(p.Identity), p.AssetTag, p.Changes); found {
		return fault.New(fault.WrongState, r.ID, nil)
	}
	return nil
}

// loose says whether what a request came to may still have to be dealt with.
func (r row) loose() bool {
	switch Outcome(r.outcome) {
	case Unknown:
		return true
	case Adjusted, Partial:
		return r.accepted == 0
	}
	return false
}

// fewBlind bounds how much a second person is asked to enter: more needs a template.
func fewBlind(rules policy.Policy, driver string, lines []statement.SetLine) error {
	blind := 0
	for _, l := range lines {
		if rules.Blind(rules.Class(driver, l.ID, l.Risk)) {
			blind++
		}
	}
	if blind > MaxBlind {
		return fault.Newf(fault.WrongState, "", "%d values would have to be entered blind; at most %d may be", blind, MaxBlind)
	}
	return nil
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
		lines = append(lines, statement.SetLine{ID: c.Setting, AsFound: asFound, Wanted: wanted, Unit: unitOf(setting), Risk: setting.Risk})
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
		Set: lines, Reason: p.Reason, Ticket: p.Ticket, Edits: p.Edits, AssetTag: p.AssetTag, OnFailure: p.OnFailure, ExecuteOn: statement.Place{Workstation: d.workstation, Nonce: nonce}, ValidFor: ValidFor, Log: d.head(),
	}, nil
}

func (d *Desk) head() statement.LogHead {
	head := d.log.Head()
	return statement.LogHead{Origin: head.Origin, Size: head.Size, Root: head.Root}
}
