package report

import (
	"cmp"
	"fmt"
	"strings"

	"countersign/internal/formats/cases"
)

func approvers(c *cases.Change) string {
	var lines []string
	for _, a := range c.Approvals {
		line := who(a.By)
		if a.Timed {
			line += ", after " + lasting(a.After)
		}
		if a.Channel != "" && a.Channel != "co-located" {
			line += " (" + a.Channel + ")"
		}
		lines = append(lines, line)
	}
	switch {
	case len(lines) > 0:
		return strings.Join(lines, "\n")
	case c.Template:
		return "a template, signed by two"
	case c.Attempted():
		return "not shown"
	}
	return "-"
}

func became(c *cases.Change) string {
	text := cmp.Or(c.Outcome, c.State, "not shown")
	if c.Outcome != "" && c.State != "done" {
		text = c.Outcome + ", " + c.State
	}
	if c.Why != "" {
		text += "\n" + c.Why
	}
	for _, flag := range []struct {
		on   bool
		text string
	}{{c.Accepted, "accepted"}, {c.Resolved, "read later"}, {c.Waived, "waiver: patient may have been connected"}, {c.Differed > 0, fmt.Sprintf("%s differed", count(c.Differed, "blind entry", "blind entries"))}} {
		if flag.on {
			text += "\n" + flag.text
		}
	}
	return text
}

func changeTable(s *Summary, most int) []part {
	t := table{columns: []col{{"Record", 1, true}, {"Time", 1.7, false}, {"Device", 2.2, false}, {"Settings", 5, false}, {"Outcome", 2, false}, {"Asked by", 2, false}, {"Approved by", 2.4, false}, {"Reason", 3, false}}}
	shown := last(s.Changes, most)
	for _, c := range shown {
		from := c.Request
		if !from.There {
			from = c.Last
		}
		reason := cmp.Or(c.Reason, "-")
		if c.Ticket != "" {
			reason += "\n" + c.Ticket
		}
		asked := who(c.Proposer)
		if !c.Request.There {
			asked = "request not shown"
		}
		t.rows = append(t.rows, []string{seq(from), when(from), device(c.Name, c.Device.Serial), settingLines(c), became(c), asked, approvers(c), reason})
	}
	all := 0
	for _, n := range s.ByState {
		all += n
	}
	if n := all - len(shown); n > 0 {
		t.more = fmt.Sprintf("These are the last %d of %d changes. All of them are in csv/changes.csv.", len(shown), all)
	}
	return []part{para("What was asked for, by the order in which it came to an end. \"Verified\" means that the device was read afterwards and held what was wanted."), t}
}

func emergencies(s *Summary) []part {
	intro := para("In an emergency one person may act alone. They tell afterwards what happened, and two others judge it. Drills are counted only.")
	t := table{columns: []col{{"Record", 1, true}, {"Opened", 1.8, false}, {"Person", 2, false}, {"Device", 2.2, false}, {"Why, and how known", 2.2, false}, {"Ended", 2.2, false}, {"Actions", 1.3, true}, {"Account", 3.2, false}, {"Reviews", 3.2, false}}}
	for _, e := range s.Sessions {
		opened := e.Opened
		if !opened.There {
			opened = e.Last
		}
		ended := "not shown"
		if e.Ended.There {
			ended = when(e.Ended) + "\n" + e.How
			if d, ok := e.Lasted(); ok {
				ended += ", after " + lasting(d)
			}
		}
		actions := fmt.Sprint(e.Actions)
		if e.Unknown > 0 {
			actions += fmt.Sprintf("\n%d unknown", e.Unknown)
		}
		if e.Drift == "different" {
			ended += "\nthe device held other values afterwards"
		}
		t.rows = append(t.rows, []string{seq(opened), when(opened), who(e.Person), device(e.Name, e.Device.Serial), strings.TrimSpace(e.Category + "\n" + e.Tier + ", " + e.Identity),
			ended, actions, cmp.Or(e.Account, "-"), reviews(e)})
	}
	if n := s.Emergencies - len(s.Sessions); n > 0 {
		t.more = fmt.Sprintf("%d earlier ones: see csv/breakglass.csv.", n)
	}
	return []part{intro, t}
}

func reviews(e *cases.Emergency) string {
	var lines []string
	for _, r := range e.Reviews {
		line := cmp.Or(r.Finding, "reviewed") + " (" + everybody(r.By) + ")"
		if r.Reason != "" {
			line += ": " + r.Reason
		}
		if r.Incident != "" {
			line += "; incident " + r.Incident
		}
		lines = append(lines, line)
	}
	if n := e.Reviewers(); n < 2 {
		lines = append(lines, map[int]string{0: "no review yet", 1: "reviewed by one"}[n])
	}
	return strings.Join(lines, "\n")
}

// open lists what somebody still has to see to.
func open(s *Summary) []part {
	t := table{columns: []col{{"Record", 1, true}, {"Time", 2, false}, {"Since", 1.2, true}, {"Device", 3, false}, {"Person", 2.5, false}, {"What is open", 5, false}}}
	row := func(p cases.Place, device, person, what string) {
		since := "-"
		if d, ok := s.age(p); ok {
			since = lasting(d)
		}
		t.rows = append(t.rows, []string{seq(p), when(p), since, device, person, what})
	}
	for _, c := range s.Open {
		what := "the request is " + cmp.Or(c.State, "not shown")
		switch {
		case attempted(c):
			what = "nobody knows what the device holds"
		case c.State == "done":
			what = "the device took another value, and nobody has accepted that"
		}
		at := c.Request
		if !at.There {
			at = c.Last
		}
		row(at, device(c.Name, c.Device.Serial), who(c.Proposer), what)
	}
	more := s.OpenCount - len(s.Open)
	for _, e := range s.Sessions {
		if !e.Unreviewed() {
			continue
		}
		if len(t.rows) >= maxOpen {
			more++
			continue
		}
		what := fmt.Sprintf("the emergency has %s of two", count(e.Reviewers(), "reviewer", "reviewers"))
		if !e.Told.There {
			what += ", and no account"
		}
		at := e.Ended
		if !at.There {
			at = e.Last
		}
		row(at, device(e.Name, e.Device.Serial), who(e.Person), what)
	}
	if more > 0 {
		t.more = fmt.Sprintf("%d more: see csv/changes.csv and csv/breakglass.csv.", more)
	}
	return []part{para("As of the time when the export was made, and as far as the records are shown."), t}
}

func people(s *Summary) []part {
	t := table{columns: []col{{"Name", 2.6, false}, {"Role", 1.8, false}, {"Identifier", 2.2, false}, {"State", 1.5, false}, {"Since record", 1.2, true}, {"Asked", 1.1, true}, {"Approved", 1.5, true}, {"Emergencies", 1.9, true}, {"Reviews", 1.4, true}}}
	for i, p := range s.People {
		if i == 500 {
			t.more = fmt.Sprintf("%d more people.", len(s.People)-i)
			break
		}
		state := p.State
		if p.founder {
			state += ", founder"
		}
		t.rows = append(t.rows, []string{cmp.Or(p.Name, "-"), cmp.Or(p.Role, "-"), cmp.Or(p.ID, "-"), state, seq(p.Since), fmt.Sprint(p.Proposed), fmt.Sprint(p.Approved), fmt.Sprint(p.Alone), fmt.Sprint(p.Reviewed)})
	}
	parts := []part{para("Who takes part in the log, as its statements say it, and what they did in the records that are shown. Roles are those at the end."), t}
	if len(s.Rules) == 0 {
		return append(parts, para("No rules of the site are signed: the minimum that the program brings is in force."))
	}
	return append(parts, para("The rules in force, signed by two in record "+seq(s.RulesAt)+":"), points(s.Rules))
}
