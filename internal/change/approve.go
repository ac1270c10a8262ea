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

// maxTries is how often the blind entry may differ before the request goes back to its proposer.
const maxTries = 2

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
	compose statement.Approval
}

// Text is what will be signed, byte for byte.
func (a Agreed) Text() string { return string(a.text) }

// Request is what was agreed to; nothing of it is hidden any more.
func (a Agreed) Request() Request { return a.request }

// Compare checks what the second person entered against the request. For a blind request the entries must name every
// setting once; for another they are not looked at. A difference is recorded and is fault.Mismatch, with the names of
// the settings that differ and nothing else; the second is fault.Returned, and the request is over.
func (d *Desk) Compare(ctx context.Context, person people.Person, id string, entries []Entry) (Agreed, error) {
	d.comparing.Lock()
	defer d.comparing.Unlock()
	request, err := d.decidable(ctx, person, id, policy.Approve)
	if err != nil {
		return Agreed{}, err
	}
	if request.Blind() {
		if differing := differences(request.Set, entries); len(differing) > 0 {
			return Agreed{}, d.mismatch(ctx, request, person, differing)
		}
	}
	approval := statement.Approval{
		ID: request.ID, Signer: person.Stated(), Time: statement.TimeOf(d.log.Now()), Request: request.digest,
		Set: request.Set, Nonce: request.ExecuteOn.Nonce, Log: d.head(),
	}
	text, err := approval.Text()
	return Agreed{request: request, person: person, text: text, compose: approval}, err
}

// decidable returns a waiting request that this person may decide on.
func (d *Desk) decidable(ctx context.Context, person people.Person, id string, act policy.Act) (Request, error) {
	request, err := d.Request(ctx, id)
	if err != nil {
		return request, err
	}
	now, err := d.roster.Person(ctx, person.ID)
	if err != nil {
		return request, fault.New(fault.NotAllowed, person.Name, err)
	}
	proposer, err := d.roster.Person(ctx, request.Signer.ID)
	if err != nil {
		return request, err
	}
	if err := policy.Decide(policy.Minimum(), policy.Ask{Act: act, Person: now.Policy(), Proposer: proposer.Policy(), Seat: policy.CoLocated}); err != nil {
		return request, err
	}
	if request.State != Waiting && (act != policy.Withdraw || request.State != Approved) {
		return request, stateFault(request)
	}
	return request, nil
}

func stateFault(r Request) error {
	kinds := map[State]fault.Kind{Expired: fault.Expired, Superseded: fault.Superseded, Returned: fault.Returned, Done: fault.Consumed, Applying: fault.Consumed}
	if kind, ok := kinds[r.State]; ok {
		return fault.New(kind, r.ID, nil)
	}
	return fault.New(fault.WrongState, string(r.State), nil)
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
	if r.Tries+1 >= maxTries {
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

// Approve signs and records an approval.
func (d *Desk) Approve(ctx context.Context, signer *people.Signer, agreed Agreed) error {
	if signer == nil || signer.ID != agreed.person.ID {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	if _, err := d.decidable(ctx, signer.Person, agreed.request.ID, policy.Approve); err != nil {
		return err
	}
	note, err := signer.Sign(agreed.text)
	if err != nil {
		return err
	}
	return d.record(ctx, kindApproved, signer.Actor(), agreed.request, note, "")
}

// Refuse signs and records the second person's no.
func (d *Desk) Refuse(ctx context.Context, signer *people.Signer, id, reason string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	request, err := d.decidable(ctx, signer.Person, id, policy.Approve)
	if err != nil {
		return err
	}
	if err := statement.CheckText(reason); err != nil {
		return fault.New(fault.NoReason, "", err)
	}
	return d.signAndRecord(ctx, kindRefused, signer, request, reason, statement.Refusal{
		ID: id, Signer: signer.Stated(), Time: statement.TimeOf(d.log.Now()), Request: request.digest, Reason: reason, Log: d.head(),
	})
}

// Withdraw takes a request back. It wins over everything until the intent to execute it is recorded.
func (d *Desk) Withdraw(ctx context.Context, signer *people.Signer, id string) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	request, err := d.decidable(ctx, signer.Person, id, policy.Withdraw)
	if err != nil {
		return err
	}
	return d.signAndRecord(ctx, kindWithdrawn, signer, request, "", statement.Withdrawal{
		ID: id, Signer: signer.Stated(), Time: statement.TimeOf(d.log.Now()), Request: request.digest, Log: d.head(),
	})
}

func (d *Desk) signAndRecord(ctx context.Context, kind string, signer *people.Signer, r Request, why string, s statement.Statement) error {
	text, err := s.Text()
	if err != nil {
		return err
	}
	note, err := signer.Sign(text)
	if err != nil {
		return err
	}
	return d.record(ctx, kind, signer.Actor(), r, note, why)
}

// record appends a decision. A request that moved on meanwhile refuses it.
func (d *Desk) record(ctx context.Context, kind string, actor leaf.Actor, r Request, note, why string) error {
	draft := d.draft(kind, actor, r.ID, "why", why)
	draft.Stmt = note
	_, err := d.log.Append(ctx, draft)
	return d.conflict(ctx, r.ID, err)
}
