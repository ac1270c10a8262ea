package change

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// MaxTries is how often the blind entry may differ before the request goes back to its proposer.
const MaxTries = 2

// AssetTag is the setting of an Entry that is the asset tag on a device without a serial number.
const AssetTag drivers.SettingID = "asset-tag"

// Entry is one value as the second person typed it.
type Entry struct {
	Setting drivers.SettingID
	Value   string // a number with a point, a word, or a text, as the setting's editor gives it
}

// Agreed is a request that the second person may sign: not blind, or entered equally. Only Compare makes one.
type Agreed struct {
	request Request
	person  people.Person
	text    []byte
}

// Text is what will be signed, byte for byte.
func (a Agreed) Text() string { return string(a.text) }

// Request is what was agreed to; nothing of it is hidden any more.
func (a Agreed) Request() Request { return a.request }

// Compare checks what the second person entered against the request. For a blind request the entries must name every
// setting once; for another they are not looked at, but for the asset tag where the request has one. A difference is
// recorded and is fault.Mismatch, with the names of the settings that differ and nothing else; the second is
// fault.Returned, and the request is over.
func (d *Desk) Compare(ctx context.Context, person people.Person, id string, entries []Entry) (Agreed, error) {
	d.comparing.Lock()
	defer d.comparing.Unlock()
	request, err := d.decidable(ctx, person, id, policy.Approve)
	if err != nil {
		return Agreed{}, err
	}
	if differing := Differing(request.Request, request.Blind(), entries); len(differing) > 0 {
		return Agreed{}, d.mismatch(ctx, request, person, differing)
	}
	approval := statement.Approval{
		ID: request.ID, Signer: person.Stated(), Time: statement.TimeOf(d.log.Now()), Request: request.digest,
		Set: request.Set, AssetTag: request.AssetTag, Nonce: request.ExecuteOn.Nonce, Log: d.head(),
	}
	text, err := approval.Text()
	return Agreed{request: request, person: person, text: text}, err
}

// decidable returns a request that this person may do this about now.
func (d *Desk) decidable(ctx context.Context, person people.Person, id string, act policy.Act) (Request, error) {
	request, err := d.Request(ctx, id)
	if err != nil {
		return request, err
	}
	return request, d.mayDecide(ctx, person, request, act, policy.CoLocated)
}

func (d *Desk) mayDecide(ctx context.Context, person people.Person, request Request, act policy.Act, seat policy.Seat) error {
	now, err := d.roster.Person(ctx, person.ID)
	if err != nil {
		return fault.New(fault.NotAllowed, person.Name, err)
	}
	proposer, approvers, err := d.parties(ctx, request)
	if err != nil {
		return err
	}
	ask := policy.Ask{Act: act, Person: now.Policy(), Proposer: proposer, Approvers: approvers, Seat: seat, Classes: request.Classes}
	if err := policy.Decide(request.rules, ask); err != nil {
		return err
	}
	if request.State != Waiting && (act != policy.Withdraw || request.State != Approved) {
		return stateFault(request)
	}
	return nil
}

func stateFault(r Request) error {
	kinds := map[State]fault.Kind{Expired: fault.Expired, Superseded: fault.Superseded, Returned: fault.Returned, Done: fault.Consumed, Applying: fault.Consumed}
	if kind, ok := kinds[r.State]; ok {
		return fault.New(kind, r.ID, nil)
	}
	return fault.New(fault.WrongState, string(r.State), nil)
}

// Differing returns the settings whose entry is not the request's, the asset tag among them; a setting that is missing or
// named twice differs. Values are compared where the request is blind.
func Differing(r statement.Request, blind bool, entries []Entry) []string {
	var differing []string
	tags, values := []Entry{}, []Entry{}
	for _, e := range entries {
		if e.Setting == AssetTag {
			tags = append(tags, e)
		} else {
			values = append(values, e)
		}
	}
	if r.AssetTag != "" && (len(tags) != 1 || strings.TrimSpace(tags[0].Value) != r.AssetTag) {
		differing = append(differing, string(AssetTag))
	}
	if blind {
		differing = append(differing, differences(r.Set, values)...)
	}
	return differing
}

// differences returns the settings whose entry is not the wanted value; a setting that is missing or named twice differs.
func differences(lines []statement.SetLine, entries []Entry) []string {
	var differing []string
	for _, l := range lines {
		n := 0
		equal := false
		for _, e := range entries {
			if e.Setting == l.ID {
				n, equal = n+1, sameToken(l, e.Value)
			}
		}
		if n != 1 || !equal {
			differing = append(differing, string(l.ID))
		}
	}
	for _, e := range entries {
		if !slices.ContainsFunc(lines, func(l statement.SetLine) bool { return l.ID == e.Setting }) {
			differing = append(differing, string(e.Setting))
		}
	}
	return differing
}

// sameToken compares a typed value with a token. A number may be typed with zeros that do not change it.
func sameToken(l statement.SetLine, typed string) bool {
	typed = strings.TrimSpace(typed)
	if wanted, err := drivers.ParseDecimal(l.Wanted); err == nil {
		got, err := drivers.ParseDecimal(typed)
		return err == nil && got == wanted
	}
	for _, kind := range []drivers.Kind{drivers.Choice, drivers.Text} {
		if wanted, err := statement.ParseToken(kind, l.Wanted); err == nil {
			return typed == wanted.String()
		}
	}
	return typed == l.Wanted
}

func (d *Desk) mismatch(ctx context.Context, r Request, person people.Person, differing []string) error {
	names := strings.Join(differing, ", ")
	kind := fault.Mismatch
	records := []string{kindMismatch}
	if r.Tries+1 >= MaxTries {
		kind, records = fault.Returned, append(records, kindReturned)
	}
	var drafts []audit.Draft
	for _, record := range records {
		drafts = append(drafts, d.draft(record, person.Actor(), r.ID, "settings", names, "try", strconv.Itoa(r.Tries+1)))
	}
	if _, err := d.log.Append(ctx, drafts...); err != nil { // together: a crash between the two would leave a third try
		return d.conflict(ctx, r.ID, err)
	}
	return fault.New(kind, names, nil)
}

// Approve signs and records an approval. Where the rules want more than one the request goes on waiting for the others.
func (d *Desk) Approve(ctx context.Context, signer *people.Signer, agreed Agreed) error {
	if signer == nil || signer.ID != agreed.person.ID {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	request, err := d.decidable(ctx, signer.Person, agreed.request.ID, policy.Approve)
	if err != nil {
		return err
	}
	note, err := signer.Sign(agreed.text)
	if err != nil {
		return err
	}
	if _, err := d.roster.Open(ctx, note); err != nil { // a key that was replaced while it was open
		return err
	}
	return d.recordApproval(ctx, signer.Actor(), request, note, policy.CoLocated)
}

// recordApproval says with the approval whether it is the last that is needed: that is judged by the rules as they are now,
// and once more when the request is written.
func (d *Desk) recordApproval(ctx context.Context, actor leaf.Actor, r Request, note string, seat policy.Seat, more ...string) error {
	person, err := d.roster.Person(ctx, actor.ID)
	if err != nil {
		return err
	}
	proposer, approvers, err := d.parties(ctx, r)
	if err != nil {
		return err
	}
	enough := "yes"
	if r.rules.Enough(proposer, append(approvers, policy.Approver{Person: person.Policy(), Seat: seat}), r.Classes) != nil {
		enough = "no"
	}
	draft := d.draft(kindApproved, actor, r.ID, append([]string{"channel", string(seat), "enough", enough}, more...)...)
	draft.Stmt = note
	_, err = d.log.Append(ctx, draft)
	return d.conflict(ctx, r.ID, err)
}
