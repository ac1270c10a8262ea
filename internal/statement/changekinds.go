package statement

import "fmt"

// What a signature about a change means, beyond request and approval.
const (
	TemplateMeaning   = "We approve these values on every device of this model until the end of this template"
	WaiverMeaning     = "A patient may be connected: we both accept to change this device all the same"
	AcceptanceMeaning = "I accept the values that the device took instead of those that were approved"
)

// Template is a standing approval: exact values for one model and firmware, approved once by two persons. Device has no
// serial number.
type Template struct {
	By
	Name   string
	Device Device
	Driver Driver
	Set    []ValueLine
	Reason string
	Until  Time // nothing is approved by it afterwards
}

// Return sends a request back to its proposer, to be edited.
type Return struct {
	By
	Request string // ID of the request
	Digest  [32]byte
	Reason  string
}

// Waiver lets one approved request be written although a patient may be on the device. Proposer and approver sign.
type Waiver struct {
	By
	Request string // ID of the request
	Digest  [32]byte
	Reason  string
}

// Acceptance accepts what a device took instead. Each line leads from what was wanted to what the device holds.
type Acceptance struct {
	By
	Request string // ID of the request
	Digest  [32]byte
	Set     []SetLine
	Reason  string
}

var templateKind = schema[Template]{"template", signedBy("template", TemplateMeaning, 2, 2, func(t *Template) *By { return &t.By },
	one("name", asText, func(t *Template) *string { return &t.Name }),
	one("device", asDevice, func(t *Template) *Device { return &t.Device }),
	one("driver", asDriver, func(t *Template) *Driver { return &t.Driver }),
	many("set", 1, MaxLines, asValue, func(t *Template) *[]ValueLine { return &t.Set }),
	one("reason", asText, func(t *Template) *string { return &t.Reason }),
	one("until", asTime, func(t *Template) *Time { return &t.Until }),
).fields, func(t *Template) error {
	if t.Device.Serial != "" {
		return fmt.Errorf("a template is for a model, and names serial number %q", t.Device.Serial)
	}
	lines := make([]SetLine, 0, len(t.Set))
	for _, l := range t.Set {
		lines = append(lines, SetLine{ID: l.ID})
	}
	if err := eachOnce(lines); err != nil {
		return err
	}
	return different(t.Signatories())
}}

var returnKind = signedBy("return", ReturnMeaning, 1, 1, func(r *Return) *By { return &r.By },
	one("of", asID, func(r *Return) *string { return &r.Request }),
	one("request", asDigest, func(r *Return) *[32]byte { return &r.Digest }),
	one("reason", asText, func(r *Return) *string { return &r.Reason }))

var waiverKind = signedBy("waiver", WaiverMeaning, 2, 2, func(w *Waiver) *By { return &w.By },
	one("of", asID, func(w *Waiver) *string { return &w.Request }),
	one("request", asDigest, func(w *Waiver) *[32]byte { return &w.Digest }),
	one("reason", asText, func(w *Waiver) *string { return &w.Reason }))

var acceptanceKind = schema[Acceptance]{"acceptance", signedBy("acceptance", AcceptanceMeaning, 1, 1, func(a *Acceptance) *By { return &a.By },
	one("of", asID, func(a *Acceptance) *string { return &a.Request }),
	one("request", asDigest, func(a *Acceptance) *[32]byte { return &a.Digest }),
	many("set", 1, MaxLines, asSetLine, func(a *Acceptance) *[]SetLine { return &a.Set }),
	one("reason", asText, func(a *Acceptance) *string { return &a.Reason }),
).fields, func(a *Acceptance) error { return eachOnce(a.Set) }}

// Kind implements Statement.
func (t Template) Kind() string { return templateKind.name }

// Text implements Statement.
func (t Template) Text() ([]byte, error) { return templateKind.text(&t) }

// Kind implements Statement.
func (r Return) Kind() string { return returnKind.name }

// Text implements Statement.
func (r Return) Text() ([]byte, error) { return returnKind.text(&r) }

// Kind implements Statement.
func (w Waiver) Kind() string { return waiverKind.name }

// Text implements Statement.
func (w Waiver) Text() ([]byte, error) { return waiverKind.text(&w) }

// Kind implements Statement.
func (a Acceptance) Kind() string { return acceptanceKind.name }

// Text implements Statement.
func (a Acceptance) Text() ([]byte, error) { return acceptanceKind.text(&a) }
