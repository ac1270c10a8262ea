package csvfile

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/leaf"
)

var eventColumns = append(place(func(e *formats.Event) cases.Place { return cases.Place{There: true, Seq: e.Seq, Hash: e.Hash} }),
	column[formats.Event]{"time", false, func(b []byte, e *formats.Event) []byte { return clock.AppendWall(b, e.At.Wall) }},
	column[formats.Event]{"happened", false, func(b []byte, e *formats.Event) []byte { return clock.AppendWall(b, e.When.Wall) }},
	number("boot_ms", func(e *formats.Event) (int64, bool) { return e.At.BootMS, true }),
	text("clock", func(e *formats.Event) string { return string(e.At.State) }),
	text("kind", func(e *formats.Event) string { return e.Kind }),
	text("actor_id", func(e *formats.Event) string { return e.Actor.ID }),
	text("actor", func(e *formats.Event) string { return e.Actor.Name }),
	text("role", func(e *formats.Event) string { return e.Actor.Role }),
	text("device", func(e *formats.Event) string { return e.Device }),
	text("serial", func(e *formats.Event) string { return e.Serial }),
	text("subject", func(e *formats.Event) string { return e.Subject }),
	number("outcome", func(e *formats.Event) (int64, bool) { return int64(e.Outcome), true }),
	text("text", func(e *formats.Event) string { return e.Text }),
)

// changeRow is one setting of a change, or of an action in an emergency.
type changeRow struct {
	*cases.Change
	*cases.Setting
	way     string
	session string
}

func wayOf(c *cases.Change) string {
	if c.Template {
		return "template"
	}
	return "two persons"
}

// from is the record of the request; of a change whose request is not shown, the last record about it.
func (r *changeRow) from() cases.Place {
	if r.Request.There {
		return r.Request
	}
	return r.Last
}

// approver is a person who approved, by what.
func (r *changeRow) approvers(what func(leaf.Actor) string) string {
	var all []string
	for _, a := range r.Approvals {
		all = append(all, what(a.By))
	}
	return strings.Join(all, "; ")
}

// remark says what a reader must know of the row.
func (r *changeRow) remark() string {
	var all []string
	add := func(when bool, what string) {
		if when {
			all = append(all, what)
		}
	}
	add(!r.Request.There, "the bundle shows no open request of this number")
	add(r.way == "two persons" && r.Attempted() && len(r.Approvals) == 0, "no approval is shown")
	add(r.Begun.There && !r.Ended.There, "no outcome is shown")
	add(r.Request.There && r.session == "" && r.Change.Device.Serial == "", "weak identity")
	add(r.Waived, "a patient may have been connected, two persons accepted that")
	add(r.Accepted, "the value that the device took was accepted")
	add(r.Resolved, "the outcome was read later")
	return strings.Join(all, "; ")
}

var changeColumns = append(place((*changeRow).from),
	text("way", func(r *changeRow) string { return r.way }),
	text("request", func(r *changeRow) string { return r.Change.ID }),
	text("session", func(r *changeRow) string { return r.session }),
	text("device", func(r *changeRow) string { return cmp.Or(r.Name, r.Change.Device.Model) }),
	text("manufacturer", func(r *changeRow) string { return r.Change.Device.Manufacturer }),
	text("serial", func(r *changeRow) string { return r.Change.Device.Serial }),
	text("asset_tag", func(r *changeRow) string { return r.AssetTag }),
	text("setting", func(r *changeRow) string { return r.Setting.ID }),
	text("as_found", func(r *changeRow) string { return r.AsFound }),
	text("wanted", func(r *changeRow) string { return r.Shown(r.Setting) }),
	text("read_back", func(r *changeRow) string { return r.ReadBack }),
	text("unit", func(r *changeRow) string { return r.Unit }),
	text("risk", func(r *changeRow) string { return r.Risk }),
	text("outcome", func(r *changeRow) string { return r.Setting.Outcome }),
	text("set_back", func(r *changeRow) string { return r.Restored }),
	text("fault", func(r *changeRow) string { return r.Fault }),
	text("state", func(r *changeRow) string { return r.State }),
	text("change_outcome", func(r *changeRow) string { return r.Change.Outcome }),
	text("why", func(r *changeRow) string { return r.Why }),
	text("proposer_id", func(r *changeRow) string { return r.Proposer.ID }),
	text("proposer", func(r *changeRow) string { return r.Proposer.Name }),
	text("approver_ids", func(r *changeRow) string { return r.approvers(func(a leaf.Actor) string { return a.ID }) }),
	text("approvers", func(r *changeRow) string { return r.approvers(func(a leaf.Actor) string { return a.Name }) }),
	number("entries_that_differed", func(r *changeRow) (int64, bool) { return int64(r.Differed), true }),
	text("reason", func(r *changeRow) string { return r.Reason }),
	text("ticket", func(r *changeRow) string { return r.Ticket }),
	at("requested", func(r *changeRow) cases.Place {
		if r.session != "" {
			return cases.Place{}
		}
		return r.Request
	}),
	at("approved", func(r *changeRow) cases.Place {
		if n := len(r.Approvals); n > 0 {
			return r.Approvals[n-1].Place
		}
		return cases.Place{}
	}),
	at("begun", func(r *changeRow) cases.Place { return r.Begun }),
	at("ended", func(r *changeRow) cases.Place { return r.Ended }),
	text("remark", (*changeRow).remark),
)

type approvalRow struct {
	*cases.Change
	*cases.Approval
}

var approvalColumns = append(place(func(r *approvalRow) cases.Place { return r.Place }),
	at("time", func(r *approvalRow) cases.Place { return r.Place }),
	text("request", func(r *approvalRow) string { return r.ID }),
	text("device", func(r *approvalRow) string { return r.Name }),
	text("proposer_id", func(r *approvalRow) string { return r.Proposer.ID }),
	text("proposer", func(r *approvalRow) string { return r.Proposer.Name }),
	text("approver_id", func(r *approvalRow) string { return r.By.ID }),
	text("approver", func(r *approvalRow) string { return r.By.Name }),
	text("approver_role", func(r *approvalRow) string { return r.By.Role }),
	text("channel", func(r *approvalRow) string { return r.Channel }),
	seconds("seconds_after_request", func(r *approvalRow) (time.Duration, bool) { return r.After, r.Timed }),
	text("entry", func(r *approvalRow) string {
		switch {
		case !r.Stated:
			return ""
		case r.Blind:
			return "blind"
		}
		return "read"
	}),
	text("remark", func(r *approvalRow) string {
		if !r.Request.There {
			return "the bundle shows no open request of this number"
		}
		return ""
	}),
)

var pairColumns = append(place(func(p *cases.Pair) cases.Place { return p.Last }),
	text("proposer_id", func(p *cases.Pair) string { return p.Proposer.ID }),
	text("proposer", func(p *cases.Pair) string { return p.Proposer.Name }),
	text("approver_id", func(p *cases.Pair) string { return p.Approver.ID }),
	text("approver", func(p *cases.Pair) string { return p.Approver.Name }),
	number("approvals", func(p *cases.Pair) (int64, bool) { return int64(p.Count), true }),
	seconds("median_seconds", func(p *cases.Pair) (time.Duration, bool) { return p.Median, p.Timed > 0 }),
	number("within_3_seconds", func(p *cases.Pair) (int64, bool) { return int64(p.Quick), true }),
	number("entered_blind", func(p *cases.Pair) (int64, bool) { return int64(p.Blind), true }),
	number("the_other_way_round", func(p *cases.Pair) (int64, bool) { return int64(p.Reciprocal), true }),
	column[cases.Pair]{"share_of_proposer_percent", true, func(b []byte, p *cases.Pair) []byte {
		return fmt.Appendf(b, "%d.%d", p.Share/10, p.Share%10)
	}},
)
