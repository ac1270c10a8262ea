package change

import (
	"context"
	"slices"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// MaxTemplateDays is how long a template can be in force, in days.
const MaxTemplateDays = 366

// TemplateState is whether a template still approves anything.
type TemplateState string

// The states of a template.
const (
	InForce         TemplateState = "in force"
	Ended           TemplateState = "ended" // a person said so
	TemplateExpired TemplateState = "expired"
)

// Template is a standing approval that two persons signed: exact values for one model and firmware.
type Template struct {
	statement.Template
	State  TemplateState
	Seq    int64
	Digest [32]byte
}

// TemplateDraft is what two persons want to approve for every device of a model.
type TemplateDraft struct {
	Name        string
	Driver      drivers.Driver
	Identity    drivers.Identity // of a device of that model; its serial number is not looked at
	Description drivers.Description
	Values      []drivers.Change
	Reason      string
	Days        int // 1 to MaxTemplateDays
}

// PrepareTemplate returns the text that both sign, byte for byte. The faults are those of policy.Decide, and OutOfRange,
// Unsupported, NoReason and NoChange.
func (d *Desk) PrepareTemplate(ctx context.Context, t TemplateDraft, signers [2]people.Person) (string, error) {
	values, err := templateValues(t)
	if err != nil {
		return "", err
	}
	for _, text := range []string{t.Name, t.Reason} {
		if err := statement.CheckText(text); err != nil {
			return "", fault.New(fault.NoReason, text, err)
		}
	}
	if t.Days < 1 || t.Days > MaxTemplateDays {
		return "", fault.Newf(fault.OutOfRange, "", "%d days", t.Days)
	}
	digest, err := driverDigest(t.Driver.About(), t.Description, d.program)
	if err != nil {
		return "", err
	}
	by, err := d.roster.By(signers[:]...)
	if err != nil {
		return "", err
	}
	device := statement.DeviceOf(t.Identity)
	device.Serial = ""
	signed := statement.Template{By: by, Name: t.Name, Device: device, Driver: statement.Driver{ID: t.Driver.About().ID, Digest: digest}, Set: values,
		Reason: t.Reason, Until: statement.Time{Wall: by.Time.Wall.Add(time.Duration(t.Days) * 24 * time.Hour), Clock: by.Time.Clock}}
	if err := d.mayStand(ctx, signed, t.Driver.About()); err != nil {
		return "", err
	}
	text, err := signed.Text()
	return string(text), err
}

func templateValues(t TemplateDraft) ([]statement.ValueLine, error) {
	if len(t.Values) == 0 {
		return nil, fault.New(fault.NoChange, "", nil)
	}
	var lines []statement.ValueLine
	for _, c := range t.Values {
		setting, ok := t.Description.Setting(c.Setting)
		if !ok || !setting.Writable {
			return nil, fault.New(fault.Unsupported, string(c.Setting), nil)
		}
		if err := setting.Check(c.Wanted); err != nil {
			return nil, rangeFault(err)
		}
		value, err := statement.Token(c.Wanted)
		if err != nil {
			return nil, fault.New(fault.OutOfRange, setting.Label, err)
		}
		lines = append(lines, statement.ValueLine{ID: c.Setting, Value: value, Unit: unitOf(setting), Risk: setting.Risk})
	}
	return lines, nil
}

func unitOf(s drivers.Setting) string {
	if s.Unit == "" {
		return "1"
	}
	return s.Unit
}

// mayStand says whether a template's signers may approve its settings for each other, by the rules as they are now.
func (d *Desk) mayStand(ctx context.Context, t statement.Template, about drivers.About) error {
	rules, err := d.roster.Rules(ctx)
	if err != nil {
		return err
	}
	reviewed, err := d.reviewed(ctx, about)
	if err != nil {
		return err
	}
	ask := policy.Ask{Act: policy.Standing, Reviewed: reviewed}
	for _, l := range t.Set {
		ask.Classes = append(ask.Classes, rules.Policy.Class(t.Driver.ID, l.ID, l.Risk))
	}
	for _, s := range t.Signers {
		p, err := d.roster.Person(ctx, s.ID)
		if err != nil {
			return fault.New(fault.NotAllowed, s.Name, err)
		}
		ask.Signers = append(ask.Signers, p.Policy())
	}
	return policy.Decide(rules.Policy, ask)
}

// RecordTemplate signs the text that PrepareTemplate returned, with the keys of both persons whom it names, and records it.
func (d *Desk) RecordTemplate(ctx context.Context, text string, signers [2]*people.Signer) error {
	t, err := statement.As[statement.Template]([]byte(text))
	if err != nil {
		return err
	}
	if signers[0] == nil || signers[1] == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	if err := d.mayStand(ctx, t, drivers.About{ID: t.Driver.ID, Reviewed: true}); err != nil { // whether it is, each use asks again
		return err
	}
	return d.recordTogether(ctx, kindTemplate, t.ID, []byte(text), signers)
}

// EndTemplate ends a template at once. Any person who may act can do that alone, whatever the rules say of proposing: it only
// takes away.
func (d *Desk) EndTemplate(ctx context.Context, signer *people.Signer, id, reason string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	t, err := d.template(ctx, id)
	if err != nil {
		return err
	}
	person, err := d.roster.Person(ctx, signer.ID)
	if err != nil {
		return err
	}
	if err := policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Comment, Person: person.Policy()}); err != nil {
		return err
	}
	if t.State == Ended {
		return fault.New(fault.WrongState, string(t.State), nil)
	}
	if err := statement.CheckText(reason); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	_, err = d.log.Append(ctx, d.draft(kindTemplateEnded, signer.Actor(), id, "why", reason))
	return err
}

// Templates returns every template, the newest first.
func (d *Desk) Templates(ctx context.Context) ([]Template, error) { return d.templates(ctx, "") }

func (d *Desk) template(ctx context.Context, id string) (Template, error) {
	found, err := d.templates(ctx, id)
	if err == nil && (id == "" || len(found) == 0) {
		err = fault.New(fault.NotFound, id, nil)
	}
	if err != nil {
		return Template{}, err
	}
	return found[0], nil
}

func (d *Desk) templates(ctx context.Context, id string) ([]Template, error) {
	type place struct{ seq, ended int64 }
	var places []place
	err := d.query.Query(ctx, func(into func(...any) error) error {
		var p place
		err := into(&p.seq, &p.ended)
		places = append(places, p)
		return err
	}, "SELECT seq, ended FROM template WHERE ? IN ('', id) ORDER BY seq DESC", id)
	if err != nil {
		return nil, err
	}
	var all []Template
	for _, p := range places {
		record, err := d.log.Record(ctx, p.seq)
		if err != nil {
			return nil, err
		}
		text, err := d.roster.OpenRecord(ctx, record)
		if err != nil {
			return nil, err
		}
		t := Template{State: InForce, Seq: p.seq, Digest: statement.Digest(text)}
		if t.Template, err = statement.As[statement.Template](text); err != nil {
			return nil, err
		}
		switch now := d.log.Now().Wall; {
		case p.ended != 0:
			t.State = Ended
		case now.After(t.Until.Wall) || now.Before(t.Time.Wall): // a clock from before the template is not believed
			t.State = TemplateExpired
		}
		all = append(all, t)
	}
	return all, nil
}

// fits returns the template that a proposal cites, if it is in force and approves exactly this.
func (d *Desk) fits(ctx context.Context, p Proposal, lines []statement.SetLine) (Template, error) {
	t, err := d.template(ctx, p.Template)
	if err != nil {
		return t, err
	}
	digest, err := driverDigest(p.Driver.About(), p.Description, d.program)
	if err != nil {
		return t, err
	}
	if err := t.approves(statement.DeviceOf(p.Identity), statement.Driver{ID: p.Driver.About().ID, Digest: digest}, lines); err != nil {
		return t, err
	}
	return t, d.mayStand(ctx, t.Template, p.Driver.About())
}

// approves says whether the template is in force and its values are those of the lines, on this model and firmware, with
// this driver.
func (t Template) approves(device statement.Device, driver statement.Driver, lines []statement.SetLine) error {
	device.Serial = ""
	switch {
	case t.State == TemplateExpired:
		return fault.New(fault.Expired, t.Name, nil)
	case t.State != InForce:
		return fault.New(fault.WrongState, string(t.State), nil)
	case t.Device != device:
		return fault.Newf(fault.OtherDevice, device.Model, "the template is for %s %s, firmware %s", t.Device.Manufacturer, t.Device.Model, t.Device.Firmware)
	case t.Driver != driver:
		return fault.Newf(fault.Superseded, device.Model, "the driver is another than the one that was signed")
	}
	for _, l := range lines {
		value := statement.ValueLine{ID: l.ID, Value: l.Wanted, Unit: l.Unit, Risk: l.Risk}
		if !slices.Contains(t.Set, value) {
			return fault.New(fault.Mismatch, string(l.ID), nil)
		}
	}
	return nil
}

// standing says whether the template that a request cites still stands for two persons, by everything as it is now.
func (d *Desk) standing(ctx context.Context, r Request, ask policy.Ask) error {
	all, err := d.templates(ctx, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t Template) bool { return t.Digest == r.Template })
	if i < 0 {
		return fault.New(fault.Signature, r.ID, nil)
	}
	t := all[i]
	if err := t.approves(r.Device, r.Driver, r.Set); err != nil {
		return err
	}
	proposer, err := d.roster.Person(ctx, r.Signer.ID)
	if err != nil {
		return err
	}
	if err := policy.Decide(r.rules, policy.Ask{Act: policy.Propose, Person: proposer.Policy(), Classes: ask.Classes, Reviewed: ask.Reviewed}); err != nil {
		return err
	}
	// Whoever lets it be written is somebody who may act.
	if err := policy.Decide(r.rules, policy.Ask{Act: policy.Comment, Person: ask.Person}); err != nil {
		return err
	}
	return d.mayStand(ctx, t.Template, drivers.About{ID: r.Driver.ID, Reviewed: ask.Reviewed})
}
