package verify

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/statement"
)

// state is where a request stands.
type state string

const (
	waiting    state = "waiting"
	approved   state = "approved"
	applying   state = "applying"
	done       state = "done"
	returned   state = "returned"
	refused    state = "refused"
	withdrawn  state = "withdrawn"
	expired    state = "expired"
	superseded state = "superseded"
)

// moves says into which states a request may go from each. Where records are withheld it may have passed through others.
var moves = map[state][]state{
	waiting:  {approved, returned, refused, withdrawn, expired, superseded},
	approved: {applying, withdrawn, expired, superseded},
	applying: {done},
}

// leads are the records that take a request into a state.
var leads = map[string]state{
	"change.returned": returned, "change.refused": refused, "change.withdrawn": withdrawn, "change.expired": expired, "change.superseded": superseded,
	"change.intent": applying, "change.outcome": done,
}

// request is what must be remembered of one. What it asks for is forgotten when it is over.
type request struct {
	seq      int64
	state    state
	digest   [32]byte
	proposer string
	outcome  string
	accepted bool
	intent   int64 // number of the record; -1 for none
	open     *asked
}

// asked is what an open request asks for, and who has approved it.
type asked struct {
	statement.Request
	device    string
	issued    clock.Reading
	approvals []consent
	enough    bool // the rules were satisfied when the last approval was recorded
}

type consent struct {
	person    string
	elsewhere bool
}

// template is a standing approval.
type template struct {
	statement.Template
	ended bool
}

// change judges a record about a request.
func (j *judge) change(r *formats.Record, s statement.Statement) error {
	id, _ := r.Body.Text("request")
	if r.Kind == "change.requested" {
		return j.requested(r, id, s.(statement.Request))
	}
	if r.Kind == "change.comment" || r.Kind == "change.mismatch" || r.Kind == "change.stopped" {
		return nil
	}
	q := j.requests[id]
	switch {
	case q == nil && j.full:
		return requestUnknown.at(r.Seq, id)
	case q == nil:
		j.missing(6)
		return nil
	}
	if err := isAbout(r, id, q, s); err != nil {
		return err
	}
	switch s := s.(type) {
	case statement.Approval:
		return j.approval(r, id, q, s)
	case statement.Waiver:
		return j.waiver(r, id, q, s)
	case statement.Acceptance:
		return j.acceptance(r, id, q, s)
	case statement.Withdrawal:
		if s.Signer.ID != q.proposer {
			return stmtActor.at(r.Seq, s.Signer.Name)
		}
	case statement.Refusal:
		if s.Signer.ID == q.proposer {
			return approvalSelf.at(r.Seq, s.Signer.Name)
		}
	}
	switch r.Kind {
	case "change.intent":
		return j.intent(r, id, q)
	case "change.outcome", "change.resolved":
		return j.outcome(r, id, q)
	}
	to, known := leads[r.Kind]
	if !known {
		return nil
	}
	return j.move(r.Seq, q, id, to)
}

// isAbout says whether a statement is about the request that its record names: that text and no other.
func isAbout(r *formats.Record, id string, q *request, s statement.Statement) error {
	of, digest := id, q.digest
	switch s := s.(type) {
	case statement.Approval:
		of, digest = s.ID, s.Request
	case statement.Refusal:
		of, digest = s.ID, s.Request
	case statement.Withdrawal:
		of, digest = s.ID, s.Request
	case statement.Return:
		of, digest = s.Request, s.Digest
	case statement.Waiver:
		of, digest = s.Request, s.Digest
	case statement.Acceptance:
		of, digest = s.Request, s.Digest
	}
	switch {
	case of != id:
		return stmtBody.at(r.Seq, "request")
	case digest != q.digest:
		return stmtDigest.at(r.Seq, id)
	}
	return nil
}

// requested begins a request. A template has approved it already.
func (j *judge) requested(r *formats.Record, id string, s statement.Request) error {
	text := func(key string) string { t, _ := r.Body.Text(key); return t }
	device := s.Device.Model + " SN " + s.Device.Serial
	switch {
	case id != s.ID:
		return stmtBody.at(r.Seq, "request")
	case text("nonce") != s.ExecuteOn.Nonce:
		return stmtBody.at(r.Seq, "number used once")
	case text("device") != device:
		return stmtBody.at(r.Seq, "device")
	case j.requests[id] != nil || j.nonces[s.ExecuteOn.Nonce]:
		return requestTwice.at(r.Seq, id)
	}
	q := &request{seq: r.Seq, state: waiting, digest: statement.Digest(textOf(r.Stmt)), proposer: s.Signer.ID, intent: -1,
		open: &asked{Request: s, device: device, issued: r.At}}
	if s.Template != [32]byte{} || text("template") != "" {
		if err := j.stands(r, s, text("template")); err != nil {
			return err
		}
		q.state, q.open.enough = approved, true
	}
	j.requests[id], j.waiting[id], j.nonces[s.ExecuteOn.Nonce] = q, q, true
	j.counts.Requests++
	return nil
}

// stands says whether a request is what the template that it cites approves.
func (j *judge) stands(r *formats.Record, s statement.Request, cited string) error {
	t := j.templates[s.Template]
	device := s.Device
	device.Serial = ""
	switch {
	case t == nil && !j.full && cited != "":
		j.missing(6)
		return nil
	case t == nil || t.ID != cited || t.ended || s.Time.Wall.After(t.Until.Wall) || s.Time.Wall.Before(t.Time.Wall):
		return templateUnsaid.at(r.Seq, s.ID)
	case t.Device != device || t.Driver != s.Driver:
		return templateValues.at(r.Seq, s.ID)
	}
	for _, l := range s.Set {
		if !slices.Contains(t.Set, statement.ValueLine{ID: l.ID, Value: l.Wanted, Unit: l.Unit, Risk: l.Risk}) {
			return templateValues.at(r.Seq, s.ID)
		}
	}
	return nil
}

// template judges a record about a template.
func (j *judge) template(r *formats.Record, s statement.Statement) error {
	id, _ := r.Body.Text("request")
	t, signed := s.(statement.Template)
	if !signed {
		for _, t := range j.templates {
			t.ended = t.ended || t.ID == id
		}
		return nil
	}
	if t.ID != id {
		return stmtBody.at(r.Seq, "template")
	}
	why := ""
	for i := range t.Signers { // the first stands for the proposer, whichever of the two that is
		proposer, other := j.roster.persons[t.Signers[i].ID], t.Signers[1-i]
		why = ""
		for _, l := range t.Set {
			class := j.roster.rules.class(t.Driver.ID, l.ID, l.Risk)
			why = cmp.Or(why, class.enough(proposer.id, proposer.role, j.approvers([]consent{{other.ID, false}}, t.Time.Wall)))
		}
		if why == "" {
			break
		}
	}
	if why != "" {
		return intentRules.at(r.Seq, why)
	}
	j.templates[statement.Digest(textOf(r.Stmt))] = &template{Template: t}
	return nil
}

// approval judges one approval: by somebody else, over the same text, with the same settings.
func (j *judge) approval(r *formats.Record, id string, q *request, a statement.Approval) error {
	switch {
	case a.Signer.ID == q.proposer:
		return approvalSelf.at(r.Seq, a.Signer.Name)
	case q.state != waiting:
		return requestState.at(r.Seq, id, q.state, approved)
	case slices.ContainsFunc(q.open.approvals, func(g consent) bool { return g.person == a.Signer.ID }):
		return approvalTwice.at(r.Seq, a.Signer.Name)
	case a.Nonce != q.open.ExecuteOn.Nonce:
		return stmtNonce.at(r.Seq, id)
	case !slices.Equal(a.Set, q.open.Set):
		return approvalSet.at(r.Seq)
	case a.AssetTag != q.open.AssetTag:
		return approvalTag.at(r.Seq)
	}
	channel, said := r.Body.Text("channel")
	elsewhere := a.Elsewhere.Origin != ""
	if said && (channel == "other-device") != elsewhere || elsewhere && a.Elsewhere.Origin == j.origin {
		return stmtBody.at(r.Seq, "place where it was approved")
	}
	q.open.approvals = append(q.open.approvals, consent{a.Signer.ID, elsewhere || channel == "hardware-key"})
	if enough, _ := r.Body.Text("enough"); enough == "no" {
		return nil
	}
	q.open.enough = j.unsatisfied(q, r.At.Wall) == ""
	return j.move(r.Seq, q, id, approved)
}

// approvers are those who approved, as they stand now.
func (j *judge) approvers(all []consent, at time.Time) (list []approver) {
	for _, g := range all {
		p := j.roster.persons[g.person]
		list = append(list, approver{p.id, p.role, p.mayAct(), j.roster.probation(p, at), g.elsewhere})
	}
	return list
}

// unsatisfied says what the rules still want of a request, as everything stands now.
func (j *judge) unsatisfied(q *request, at time.Time) string {
	proposer := j.roster.persons[q.proposer]
	if !proposer.mayAct() {
		return "the proposer may not act any more"
	}
	approvers := j.approvers(q.open.approvals, at)
	for _, l := range q.open.Set {
		if why := j.roster.rules.class(q.open.Driver.ID, l.ID, l.Risk).enough(q.proposer, proposer.role, approvers); why != "" {
			return fmt.Sprintf("%s: %s", l.ID, why)
		}
	}
	return ""
}

// move takes a request into another state.
func (j *judge) move(seq int64, q *request, id string, to state) error {
	switch {
	case slices.Contains(moves[q.state], to):
	case !j.full && reaches(q.state, to):
		j.missing(6)
	default:
		return requestState.at(seq, id, q.state, to)
	}
	switch to {
	case approved, applying:
		q.state = to
		if to == applying {
			delete(j.waiting, id)
		}
		return nil
	}
	j.over(q, id, to)
	return nil
}

// reaches says whether a request can come from one state to another by some way.
func reaches(from, to state) bool {
	return slices.ContainsFunc(moves[from], func(next state) bool { return next == to || reaches(next, to) })
}

// over ends a request, of which little is remembered then.
func (j *judge) over(q *request, id string, to state) {
	q.state, q.open = to, nil
	delete(j.waiting, id)
}
