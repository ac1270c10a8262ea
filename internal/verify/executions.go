package verify

import (
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/internal/formats"
	"countersign/internal/statement"
)

// lateBy is how much later than its time a request may be written: the console looks before it asks the device.
const lateBy = time.Minute

// intent judges the record behind which the first byte is sent: once, approved, and just what was approved.
func (j *judge) intent(r *formats.Record, id string, q *request) error {
	if q.state == waiting && j.full || q.open == nil {
		return requestState.at(r.Seq, id, q.state, applying)
	}
	if q.state == approved && q.open.Template == [32]byte{} {
		if why := j.unsatisfied(q, r.At.Wall); why != "" && !q.open.enough {
			return intentRules.at(r.Seq, why)
		}
	}
	if t := j.templates[q.open.Template]; t != nil && t.ended {
		return templateUnsaid.at(r.Seq, id)
	}
	if b := q.open.issued; b.Boot == r.At.Boot && time.Duration(r.At.BootMS-b.BootMS)*time.Millisecond > q.open.ValidFor+lateBy {
		return requestState.at(r.Seq, id, expired, applying)
	}
	if err := sameSet(r, q); err != nil {
		return err
	}
	q.intent = r.Seq
	j.counts.Executions++
	return j.move(r.Seq, q, id, applying)
}

// sameSet says whether a record's steps are the settings that were asked for, in whatever order.
func sameSet(r *formats.Record, q *request) error {
	steps, _ := r.Body.Text("steps")
	if q.open == nil {
		return nil
	}
	left := map[string]bool{}
	for _, l := range q.open.Set {
		left[l.String()] = true
	}
	for line := range strings.SplitSeq(steps, "\n") {
		set, _, _ := strings.Cut(line, "\t")
		if !left[set] {
			return intentSet.at(r.Seq)
		}
		delete(left, set)
	}
	if len(left) > 0 {
		return intentSet.at(r.Seq)
	}
	return nil
}

// outcome judges what came of an execution, at once or when what was unknown had been read.
func (j *judge) outcome(r *formats.Record, id string, q *request) error {
	outcome, _ := r.Body.Text("outcome")
	if r.Kind == "change.resolved" {
		if q.state != done && j.full || q.outcome != "" && q.outcome != "unknown" && q.outcome != outcome {
			return resolvedState.at(r.Seq, id)
		}
		q.outcome = outcome
		return nil
	}
	if q.state != applying && (j.full || q.open == nil) {
		return outcomeBefore.at(r.Seq, id)
	}
	if err := sameSet(r, q); err != nil {
		return err
	}
	q.outcome = outcome
	return j.move(r.Seq, q, id, done)
}

// waiver judges that the proposer and an approver let it be written although a patient may be connected.
func (j *judge) waiver(r *formats.Record, id string, q *request, s statement.Waiver) error {
	if q.state != approved && (j.full || q.state != waiting) {
		return requestState.at(r.Seq, id, q.state, "waived")
	}
	other := func(person string) bool {
		return slices.ContainsFunc(q.open.approvals, func(g consent) bool { return g.person == person })
	}
	ids := s.Signatories()
	for i, proposer := range ids {
		if proposer == q.proposer && (other(ids[1-i]) || !j.full && len(q.open.approvals) == 0) {
			return nil
		}
	}
	return waiverParties.at(r.Seq, id)
}

// acceptance judges that somebody else than the proposer accepts what the device took.
func (j *judge) acceptance(r *formats.Record, id string, q *request, s statement.Acceptance) error {
	switch {
	case s.Signers[0].ID == q.proposer:
		return acceptedSelf.at(r.Seq, id)
	case q.accepted || q.state != done && (j.full || q.open == nil):
		return acceptedTwice.at(r.Seq, id)
	}
	q.accepted = true
	return nil
}

// unfinished tells what is still open at the end of the log.
func (j *judge) unfinished() {
	byPlace := func(a, b string) int { return int(j.requests[a].seq - j.requests[b].seq) }
	for _, id := range slices.SortedFunc(maps.Keys(j.requests), byPlace) {
		q := j.requests[id]
		switch {
		case q.state == applying:
			j.find(sawExecutionOpen.at(q.intent, id))
		case q.outcome == "unknown":
			j.find(sawOutcomeUnknown.at(q.seq, id))
		case (q.outcome == "adjusted" || q.outcome == "partial") && !q.accepted:
			j.find(sawOutcomeOpen.at(q.seq, id, q.outcome))
		}
	}
}
