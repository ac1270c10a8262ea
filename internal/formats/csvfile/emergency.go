package csvfile

import (
	"strings"
	"time"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/leaf"
)

func emergencyColumns() []column[cases.Emergency] {
	type e = cases.Emergency
	return append(place(func(e *e) cases.Place {
		if e.Opened.There {
			return e.Opened
		}
		return e.Last
	}),
		text("session", func(e *e) string { return e.ID }),
		text("drill", func(e *e) string { return map[bool]string{true: "yes", false: "no"}[e.Drill] }),
		text("person_id", func(e *e) string { return e.Person.ID }),
		text("person", func(e *e) string { return e.Person.Name }),
		text("known_by", func(e *e) string { return e.Identity }),
		text("device", func(e *e) string { return e.Name }),
		text("serial", func(e *e) string { return e.Device.Serial }),
		text("tier", func(e *e) string { return e.Tier }),
		text("category", func(e *e) string { return e.Category }),
		at("opened", func(e *e) cases.Place { return e.Opened }),
		at("closed", func(e *e) cases.Place { return e.Ended }),
		text("how", func(e *e) string { return e.How }),
		seconds("lasted_seconds", (*e).Lasted),
		number("actions", func(e *e) (int64, bool) { return int64(e.Actions), true }),
		number("actions_of_unknown_outcome", func(e *e) (int64, bool) { return int64(e.Unknown), true }),
		text("drift", func(e *e) string { return e.Drift }),
		text("account", func(e *e) string { return e.Account }),
		seconds("account_after_seconds", func(e *e) (time.Duration, bool) { return cases.Between(e.Ended, e.Told) }),
		number("reviewers", func(e *e) (int64, bool) { return int64(e.Reviewers()), true }),
		text("reviewed_by", func(e *e) string { return reviews(e, reviewedBy) }),
		text("findings", func(e *e) string { return reviews(e, func(r cases.Review) string { return r.Finding }) }),
		text("review_reasons", func(e *e) string { return reviews(e, func(r cases.Review) string { return r.Reason }) }),
		text("incidents", func(e *e) string { return reviews(e, func(r cases.Review) string { return r.Incident }) }),
		seconds("reviewed_after_seconds", func(e *e) (time.Duration, bool) {
			if len(e.Reviews) == 0 {
				return 0, false
			}
			return cases.Between(e.Ended, e.Reviews[len(e.Reviews)-1].Place)
		}),
		text("remark", emergencyRemark),
	)
}

func reviews(e *cases.Emergency, what func(cases.Review) string) string {
	var all []string
	for _, r := range e.Reviews {
		if s := what(r); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, "; ")
}

func reviewedBy(r cases.Review) string { return names(r.By) }

func names(persons []leaf.Actor) string {
	var all []string
	for _, p := range persons {
		all = append(all, p.Name)
	}
	return strings.Join(all, "; ")
}

func emergencyRemark(e *cases.Emergency) string {
	var all []string
	if !e.Opened.There {
		all = append(all, "the bundle does not show how it was opened")
	}
	if e.Opened.There && !e.Ended.There {
		all = append(all, "the bundle does not show how it ended")
	}
	if e.Opened.There && !e.Signed && !e.Drill {
		all = append(all, "not signed when it was opened")
	}
	if e.Unreviewed() {
		all = append(all, "a review is due")
	}
	return strings.Join(all, "; ")
}

// unattestedRow is a time, or a stretch of the log, for which something else than the log must vouch.
type unattestedRow struct {
	cases.Place
	what, from, to    string
	before, after     int64
	by, about, detail string
}

var unattestedColumns = append(place(func(r *unattestedRow) cases.Place { return r.Place }),
	at("recorded", func(r *unattestedRow) cases.Place { return r.Place }),
	text("what", func(r *unattestedRow) string { return r.what }),
	text("from", func(r *unattestedRow) string { return r.from }),
	text("to", func(r *unattestedRow) string { return r.to }),
	number("record_before", func(r *unattestedRow) (int64, bool) { return r.before, r.before >= 0 }),
	number("record_after", func(r *unattestedRow) (int64, bool) { return r.after, r.after >= 0 }),
	text("entered_by", func(r *unattestedRow) string { return r.by }),
	text("about", func(r *unattestedRow) string { return r.about }),
	text("lines", func(r *unattestedRow) string { return r.detail }),
)

func (v *view) paper(p *cases.Paper) {
	v.unattested.row(&unattestedRow{p.Place, "entered from paper", p.From, p.To, p.Before, p.After, names(p.By), p.About, strings.Join(p.Lines, " | ")})
}

// aside writes what the log itself says is missing from it.
func (v *view) aside(r *formats.Record) {
	what := cases.Missing(r)
	if what == "" {
		return
	}
	row := unattestedRow{Place: cases.Place{There: true, Seq: r.Seq, Hash: r.Hash, At: r.At}, what: what, before: r.Seq - 1, after: -1}
	if r.Seq == 0 {
		row.before = -1
	}
	row.detail = formats.EventOf(*r).Text
	v.unattested.row(&row)
}
