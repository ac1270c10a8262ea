package verify

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/statement"
)

// session is an emergency: one person who acted alone on one device.
type session struct {
	seq             int64
	actor, name     string
	byKey           bool // it was shown who acted
	drill, headless bool
	ended           time.Time
	intents         map[int64]int64 // actions without an outcome, and the number of their records
	proposers       []string        // of the requests that it put an end to
	accountant      string
	reviewers       []string
}

// reviewIn is how soon others review an emergency.
const reviewIn = 24 * time.Hour

// emergency judges a record about an emergency. Only reviews can be wrong: what was done in one is recorded, whatever it was.
func (j *judge) emergency(r *formats.Record, s statement.Statement) error {
	_, kind, _ := strings.Cut(r.Kind, ".")
	drill := strings.HasPrefix(r.Kind, "drill.")
	id, named := r.Body.Text("session")
	if !named {
		j.aside(r, kind)
		return nil
	}
	e := j.sessions[id]
	switch {
	case kind == "opened":
		return j.opened(r, id, drill, s)
	case e == nil && (kind == "account" || kind == "reviewed") && j.full:
		return reviewSession.at(r.Seq, id)
	case e == nil && !j.full:
		j.missing(6)
		return nil
	case e == nil:
		e = j.begin(r, id, drill)
		e.headless = true
	}
	switch s := s.(type) {
	case statement.Extension:
		if s.Session != id {
			return stmtBody.at(r.Seq, "emergency")
		}
	case statement.Closing:
		if s.Session != id {
			return stmtBody.at(r.Seq, "emergency")
		}
		e.accountant = s.Signers[0].ID
	case statement.Review:
		return j.review(r, id, e, s)
	}
	return j.acted(r, e, kind)
}

func (j *judge) begin(r *formats.Record, id string, drill bool) *session {
	e := &session{seq: r.Seq, actor: r.Actor.ID, name: r.Actor.Name, drill: drill, intents: map[int64]int64{}}
	j.sessions[id] = e
	if !drill {
		j.counts.Emergencies++
	}
	return e
}

// opened begins an emergency. It puts an end to the requests that wait for its device.
func (j *judge) opened(r *formats.Record, id string, drill bool, s statement.Statement) error {
	text := func(key string) string { t, _ := r.Body.Text(key); return t }
	if o, ok := s.(statement.Opening); ok {
		device := statement.Device{Manufacturer: text("manufacturer"), Model: text("model"), Serial: text("serial"), Firmware: text("firmware")}
		if o.Device != device || o.Tier != text("tier") || o.Category != text("category") {
			return stmtBody.at(r.Seq, "emergency")
		}
	}
	e := j.sessions[id]
	if e == nil {
		e = j.begin(r, id, drill)
	}
	e.headless, e.actor, e.name, e.byKey = false, r.Actor.ID, r.Actor.Name, text("identity") == "key"
	if drill {
		return nil
	}
	for other, q := range j.waiting {
		if q.open.device == text("device") {
			e.proposers = append(e.proposers, q.proposer)
			j.over(q, other, superseded)
		}
	}
	return nil
}

// acted takes in what was done in an emergency, and how it ended.
func (j *judge) acted(r *formats.Record, e *session, kind string) error {
	n, _ := r.Body.Int("action")
	switch kind {
	case "intent":
		e.intents[n] = r.Seq
		j.counts.Executions++
	case "outcome":
		delete(e.intents, n)
	case "closed", "interrupted":
		e.ended = made(r)
	case "continued":
		e.ended = time.Time{}
	case "drift":
		if drift, _ := r.Body.Text("drift"); drift == "different" {
			j.find(sawDrift.at(r.Seq))
		}
	}
	return nil
}

// made is when a record was made: one that came from an emergency journal says so.
func made(r *formats.Record) time.Time {
	text, _ := r.Body.Text("frame.at")
	if wall, err := clock.ParseWall(text); err == nil {
		return wall
	}
	return r.At.Wall
}

// review judges that the reviewers had no part in what they review.
func (j *judge) review(r *formats.Record, id string, e *session, s statement.Review) error {
	if s.Session != id {
		return stmtBody.at(r.Seq, "emergency")
	}
	if e.ended.IsZero() && j.full || e.drill {
		return reviewSession.at(r.Seq, id)
	}
	for _, by := range s.Signers {
		p := j.roster.persons[by.ID]
		switch {
		case by.ID == e.actor, by.ID == e.accountant, !e.byKey && !e.headless && p.name == e.name, slices.Contains(e.proposers, by.ID) && j.full:
			return reviewSelf.at(r.Seq, p.name)
		case slices.Contains(e.reviewers, by.ID):
			return reviewTwice.at(r.Seq, p.name)
		case slices.Contains(e.proposers, by.ID): // a withheld record may have ended the request before
			j.missing(6)
		}
	}
	for _, by := range s.Signers {
		e.reviewers = append(e.reviewers, by.ID)
	}
	if s.Finding == "unjustified" {
		j.find(sawReviewUnjustified.at(r.Seq, id, s.Incident))
	}
	return nil
}

// aside takes in what is about no one emergency.
func (j *judge) aside(r *formats.Record, kind string) {
	switch kind {
	case "strange":
		j.find(sawFrameStrange.at(r.Seq))
	case "imported":
		damaged, _ := r.Body.Int("damaged")
		missing, _ := r.Body.Text("missing")
		if damaged > 0 || missing != "" {
			j.find(sawFramesDamaged.at(r.Seq, damaged, cmp.Or(missing, "none")))
		}
	case "paper":
		from, _ := r.Body.Text("unattested-from")
		to, _ := r.Body.Text("unattested-to")
		j.find(sawUnattested.at(r.Seq, from, to))
	}
}

// unreviewed tells which emergencies are still open, or wait too long for their review.
func (j *judge) unreviewed(now time.Time) {
	byPlace := func(a, b string) int { return cmp.Compare(j.sessions[a].seq, j.sessions[b].seq) }
	for _, id := range slices.SortedFunc(maps.Keys(j.sessions), byPlace) {
		e := j.sessions[id]
		if e.headless {
			j.find(sawEmergencyHeadless.at(e.seq, id))
		}
		for _, n := range slices.Sorted(maps.Keys(e.intents)) {
			j.find(sawActionOpen.at(e.intents[n], n, id))
		}
		switch {
		case e.drill:
		case e.ended.IsZero():
			j.find(sawEmergencyOpen.at(e.seq, id))
		case len(e.reviewers) < 2 && now.After(e.ended.Add(reviewIn)):
			j.find(sawReviewOverdue.at(e.seq, id, now.Sub(e.ended).Round(time.Minute), len(e.reviewers)))
		}
	}
}
