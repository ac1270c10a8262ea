package statement

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/drivers"
)

// What a signature under each kind means, as the text says it to the signer.
const (
	GenesisMeaning    = "We found this log and vouch for each other"
	ProfileMeaning    = "We reviewed this profile and allow writing with it"
	RequestMeaning    = "I request this change and take responsibility for its content"
	ApprovalMeaning   = "I entered these values myself and approve this change" // where one is clinical
	ReadMeaning       = "I read these values and approve this change"           // of an approval where none is
	RefusalMeaning    = "I refuse this change"
	ReturnMeaning     = "I return this request to be edited"
	WithdrawalMeaning = "I withdraw my request"
)

// Genesis founds a log with its first two persons; both sign.
type Genesis struct {
	Origin   string
	Time     Time
	Founders []Founder // exactly two
	Badges   []string  // of the founders, in their order; none in a log founded before badges were asked for
	Nonce    string
}

// Profile allows writing with a driver that is a file; both signers sign the same text.
type Profile struct {
	ID      string
	Signers []Person // exactly two
	Time    Time
	Name    string
	Digest  [32]byte // of the file
	Log     LogHead
}

// Request asks for a change of settings on one device.
type Request struct {
	ID        string
	Signer    Person
	Time      Time
	Device    Device
	Driver    Driver
	State     [32]byte  // digest of the settings as found
	Set       []SetLine // at least one; each setting once
	Reason    string
	Ticket    string    // number of the work order; "" for none
	Edits     string    // the request that was returned to be edited; "" for none
	Template  [32]byte  // digest of the template that approves it; zero for none
	AssetTag  string    // as its proposer typed it at a device without a serial number; "" elsewhere
	OnFailure OnFailure // what happens to the settings that were verified before another one failed
	ExecuteOn Place
	ValidFor  time.Duration // whole seconds
	Log       LogHead
}

// Approval is the second person's consent to a request, with the settings as that person entered them.
type Approval struct {
	ID        string // the request's
	Signer    Person
	Time      Time
	Request   [32]byte // Digest of the request's text
	Set       []SetLine
	AssetTag  string  // as this person typed it, where the request has one
	Nonce     string  // the request's
	Elsewhere LogHead // of the console on which this person signed; zero where that was the request's own
	Log       LogHead // the request's, as this person saw it
}

// Refusal is the second person's refusal of a request.
type Refusal struct {
	ID      string // the request's
	Signer  Person
	Time    Time
	Request [32]byte // Digest of the request's text
	Reason  string
	Log     LogHead
}

// Withdrawal takes a request back.
type Withdrawal struct {
	ID      string // the request's
	Signer  Person
	Time    Time
	Request [32]byte // Digest of the request's text
	Log     LogHead
}

// kinds lists every table, for Parse. A new kind is a struct that embeds By, its table, its two methods and its entry here.
var kinds = []interface {
	title() string
	parseAny([]byte) (Statement, error)
}{
	genesisKind, profileKind, requestKind, approvalKind, refusalKind, withdrawalKind,
	enrolKind, roleKind, suspendKind, restoreKind, revocationKind, rotateKind, policyKind,
	templateKind, returnKind, waiverKind, acceptanceKind,
	openingKind, extensionKind, closingKind, reviewKind, paperKind, forkKind, sealedCodesKind,
	exportKind, mergeKind, baselineKind, commissioningKind, holdKind, releaseKind,
}

var genesisKind = schema[Genesis]{"genesis", []field[Genesis]{
	fixed[Genesis]("meaning", GenesisMeaning),
	one("origin", asOrigin, func(g *Genesis) *string { return &g.Origin }),
	one("time", asTime, func(g *Genesis) *Time { return &g.Time }),
	many("person", 2, 2, asFounder, func(g *Genesis) *[]Founder { return &g.Founders }),
	many("badge", 0, 2, asText, func(g *Genesis) *[]string { return &g.Badges }),
	one("nonce", asID, func(g *Genesis) *string { return &g.Nonce }),
}, func(g *Genesis) error {
	if len(g.Badges) == 1 || len(g.Badges) == 2 && g.Badges[0] == g.Badges[1] {
		return errors.New("two founders have two badges")
	}
	return different(g.Signatories())
}}

var profileKind = schema[Profile]{"profile", []field[Profile]{
	one("id", asID, func(p *Profile) *string { return &p.ID }),
	fixed[Profile]("meaning", ProfileMeaning),
	many("signer", 2, 2, asPerson, func(p *Profile) *[]Person { return &p.Signers }),
	one("time", asTime, func(p *Profile) *Time { return &p.Time }),
	one("profile", asText, func(p *Profile) *string { return &p.Name }),
	one("digest", asDigest, func(p *Profile) *[32]byte { return &p.Digest }),
	one("log", asLogHead, func(p *Profile) *LogHead { return &p.Log }),
}, func(p *Profile) error { return different(p.Signatories()) }}

var requestKind = schema[Request]{"change-request", []field[Request]{
	one("id", asID, func(r *Request) *string { return &r.ID }),
	fixed[Request]("meaning", RequestMeaning),
	one("signer", asPerson, func(r *Request) *Person { return &r.Signer }),
	one("time", asTime, func(r *Request) *Time { return &r.Time }),
	one("device", asDevice, func(r *Request) *Device { return &r.Device }),
	one("driver", asDriver, func(r *Request) *Driver { return &r.Driver }),
	one("state", asDigest, func(r *Request) *[32]byte { return &r.State }),
	many("set", 1, MaxLines, asSetLine, func(r *Request) *[]SetLine { return &r.Set }),
	one("reason", asText, func(r *Request) *string { return &r.Reason }),
	maybe("ticket", asText, func(r *Request) *string { return &r.Ticket }),
	maybe("edits", asID, func(r *Request) *string { return &r.Edits }),
	maybe("template", asDigest, func(r *Request) *[32]byte { return &r.Template }),
	maybe("asset-tag", asText, func(r *Request) *string { return &r.AssetTag }),
	maybe("on-failure", asOnFailure, func(r *Request) *OnFailure { return &r.OnFailure }),
	one("execute-on", asPlace, func(r *Request) *Place { return &r.ExecuteOn }),
	one("valid-for", asSeconds, func(r *Request) *time.Duration { return &r.ValidFor }),
	one("log", asLogHead, func(r *Request) *LogHead { return &r.Log }),
}, func(r *Request) error { return eachOnce(r.Set) }}

// approvalMeaning is what the second person did: clinical values are entered blind, others are read. Parsing accepts the
// sentence that the settings ask for and no other, because it writes the statement again and compares.
var approvalMeaning = field[Approval]{"meaning", 1, 1,
	func(_ *Approval, text string) error {
		if text != ApprovalMeaning && text != ReadMeaning {
			return errSpelling
		}
		return nil
	},
	func(a *Approval) ([]string, error) {
		if slices.ContainsFunc(a.Set, func(l SetLine) bool { return l.Risk == drivers.Clinical }) {
			return []string{ApprovalMeaning}, nil
		}
		return []string{ReadMeaning}, nil
	}}

var approvalKind = schema[Approval]{"approval", []field[Approval]{
	one("id", asID, func(a *Approval) *string { return &a.ID }),
	approvalMeaning,
	one("signer", asPerson, func(a *Approval) *Person { return &a.Signer }),
	one("time", asTime, func(a *Approval) *Time { return &a.Time }),
	one("request", asDigest, func(a *Approval) *[32]byte { return &a.Request }),
	many("set", 1, MaxLines, asSetLine, func(a *Approval) *[]SetLine { return &a.Set }),
	maybe("asset-tag", asText, func(a *Approval) *string { return &a.AssetTag }),
	one("nonce", asID, func(a *Approval) *string { return &a.Nonce }),
	maybe("elsewhere", asLogHead, func(a *Approval) *LogHead { return &a.Elsewhere }),
	one("log", asLogHead, func(a *Approval) *LogHead { return &a.Log }),
}, func(a *Approval) error { return eachOnce(a.Set) }}

var refusalKind = schema[Refusal]{"refusal", []field[Refusal]{
	one("id", asID, func(r *Refusal) *string { return &r.ID }),
	fixed[Refusal]("meaning", RefusalMeaning),
	one("signer", asPerson, func(r *Refusal) *Person { return &r.Signer }),
	one("time", asTime, func(r *Refusal) *Time { return &r.Time }),
	one("request", asDigest, func(r *Refusal) *[32]byte { return &r.Request }),
	one("reason", asText, func(r *Refusal) *string { return &r.Reason }),
	one("log", asLogHead, func(r *Refusal) *LogHead { return &r.Log }),
}, nil}

var withdrawalKind = schema[Withdrawal]{"withdrawal", []field[Withdrawal]{
	one("id", asID, func(w *Withdrawal) *string { return &w.ID }),
	fixed[Withdrawal]("meaning", WithdrawalMeaning),
	one("signer", asPerson, func(w *Withdrawal) *Person { return &w.Signer }),
	one("time", asTime, func(w *Withdrawal) *Time { return &w.Time }),
	one("request", asDigest, func(w *Withdrawal) *[32]byte { return &w.Request }),
	one("log", asLogHead, func(w *Withdrawal) *LogHead { return &w.Log }),
}, nil}

// different is the rule that each signer is another person.
func different(ids []string) error {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return errors.New("one person twice")
		}
	}
	return nil
}

// eachOnce is the rule that a setting has one wanted value.
func eachOnce(lines []SetLine) error {
	seen := make(map[drivers.SettingID]bool, len(lines))
	for _, l := range lines {
		if seen[l.ID] {
			return fmt.Errorf("setting %s twice", l.ID)
		}
		seen[l.ID] = true
	}
	return nil
}
