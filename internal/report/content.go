package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/founding"
)

// compose says what is in a summary, with at most so many changes.
func compose(s *Summary, changes int) document {
	h := s.Heading
	d := document{title: "Audit report", subtitle: h.Site, stamps: stamps(h)}
	if h.Site != h.Origin {
		d.subtitle += " (" + h.Origin + ")"
	}
	d.sections = []section{
		{title: "What this is", parts: about(s)},
		{title: "Three questions, and how to answer them", parts: questions(s)},
		{title: "In short", parts: counts(s)},
		{title: "What to look at", parts: []part{findings(s)}},
		{title: "Still open", parts: open(s), wide: true},
		{title: "Emergencies", parts: emergencies(s), wide: true},
		{title: "Changes", parts: changeTable(s, changes), wide: true},
		{title: "Who approved whose changes", parts: pairs(s)},
		{title: "People", parts: people(s)},
		{title: "What the log does not vouch for", parts: unattested(s)},
		{title: "Records by kind", parts: kinds(s)},
	}
	return d
}

func stamps(h formats.Heading) (all []string) {
	if h.Simulated {
		all = append(all, "SIMULATED DEVICES")
	}
	if h.Scope != formats.Full {
		all = append(all, strings.ToUpper(string(h.Scope)))
	}
	return all
}

func about(s *Summary) []part {
	h := s.Heading
	intro := para("This report is part of an export of the audit log of a Countersign console. The console records every change of a medical device's " +
		"settings that was made with it: who asked, who approved, what was written, and what the device held afterwards. The report was made by a " +
		"program from the records in the same export, and says what they say. It proves nothing by itself: the file VERIFY.txt tells how to check the records.")
	list := facts{
		{"Log", h.Origin},
		{"Site", h.Site},
		{"Made by", h.Program},
		{"Made at", h.Made.UTC().Format("2006-01-02 15:04:05.000") + " UTC; the clock was " + clockWord(h.Clock)},
		{"Devices", map[bool]string{true: "SIMULATED, for training. Nothing here happened to a real device.", false: "real"}[h.Simulated]},
		{"Scope", scopeWord(h)},
		{"Period", period(h)},
		{"Selected", cmp.Or(h.Filter, "everything")},
		{"Size of the log", count(h.Head.Size, "record", "records")},
		{"Root (SHA-256)", groups(h.Head.Root)},
		{"Export before", previous(h)},
		{"Shown here", fmt.Sprintf("%s; %d withheld, represented by their hashes", count(s.Records, "record", "records"), s.Withheld)},
		{"First shown", "record " + seq(s.First) + ", " + when(s.First)},
		{"Last shown", "record " + seq(s.Last) + ", " + when(s.Last)},
	}
	return []part{intro, list}
}

func clockWord(state string) string {
	switch state {
	case "ok":
		return "following a reference"
	case "unsynced":
		return "following no reference that is known of"
	case "stepped":
		return "set shortly before"
	}
	return state
}

func scopeWord(h formats.Heading) string {
	switch h.Scope {
	case formats.Full:
		return "full: every record from the first on"
	case formats.Partial:
		return "partial: a selection of the records, and those that are needed to check them"
	case formats.Redacted:
		return "redacted: single records were taken out; their hashes stand in their places"
	}
	return string(h.Scope)
}

func period(h formats.Heading) string {
	if h.From == h.To {
		return "no record"
	}
	return fmt.Sprintf("records %d to %d", h.From, h.To-1)
}

func previous(h formats.Heading) string {
	if h.Previous.Size == 0 {
		return "none"
	}
	return fmt.Sprintf("when the log had %s", count(h.Previous.Size, "record", "records"))
}

func questions(s *Summary) []part {
	answers := steps{
		"Was anything altered? Each record holds the hash of the one before it, all hashes lead to the root above, and the machine and the people signed that root again and " +
			"again. Run countersign-verify on the export: it calculates everything anew.",
		"Is anything missing? Compare with an earlier export or with a receipt: the program takes them and proves that the log only grew. " +
			"Without anything earlier, nobody can tell whether records at the end were cut off before this export was made.",
		"Are the signers who they say they are? The log was founded by two people. Compare the fingerprint below with the sheet that they printed " +
			"then, or ask them for the twelve words. Everybody else was enrolled by two people who were there before.",
	}
	list := facts{{"Founding", "the record of the founding is not shown"}}
	if s.Founding != nil {
		list = facts{{"SHA-256 of the founding", founding.Digits(s.Founding)}}
		if words, err := founding.Words(s.Founding); err == nil {
			list = append(list, [2]string{"The same in twelve words", strings.Join(words, " ")})
		}
	}
	return []part{answers, list, para(exposure(s))}
}

// exposure says how much of the log nobody but the machine vouches for.
func exposure(s *Summary) string {
	here, away := s.Here, s.Elsewhere
	text := "No person's signature is shown."
	if here.There {
		text = fmt.Sprintf("The last signature of a person that is shown is in record %d (%s, %s); %s came after it and %s covered by the machine's key alone.",
			here.Seq, here.By, when(here.Place), count(here.Behind(s.Heading), "record", "records"), verb(here.Behind(s.Heading), "is", "are"))
	}
	if away.There {
		return text + fmt.Sprintf(" The last one that was made on another console is in record %d (%s).", away.Seq, away.By)
	}
	return text + " None that was made on another console is shown."
}

// order is how outcomes and states are listed; what is not named here comes last.
var order = []string{"verified", "adjusted", "rejected", "partial", "rolled back", "not sent", "unknown", "done", "waiting", "approved", "applying", "returned", "refused", "withdrawn", "expired", "superseded"}

func tally(of map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		at := func(s string) int {
			if i := slices.Index(order, s); i >= 0 {
				return i
			}
			return len(order)
		}
		return cmp.Or(at(a)-at(b), strings.Compare(a, b))
	})
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprintf("%d %s", of[k], cmp.Or(k, "without an outcome that is shown")))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

func counts(s *Summary) []part {
	return []part{facts{
		{"Requests for a change", fmt.Sprint(s.Requests)},
		{"Where they stand", tally(s.ByState)},
		{"Changes written", tally(s.ByOutcome)},
		{"Single settings", tally(s.Settings) + " (emergencies included)"},
		{"Approvals", fmt.Sprint(s.Approvals)},
		{"Emergencies", fmt.Sprintf("%d, with %s; %s", s.Emergencies, count(s.EmergencyActions, "action", "actions"), count(s.Drills, "drill", "drills"))},
		{"Open reviews", fmt.Sprint(s.OpenReviews)},
		{"Unknown outcomes", fmt.Sprint(s.Unknown)},
		{"Clock", fmt.Sprintf("%s after it was set, %d while it went back, %d without a reference; %s of the machine", count(s.ClockSteps, "record", "records"), s.ClockBack, s.Unsynced, count(s.Starts, "start", "starts"))},
		{"Stretches not shown", fmt.Sprintf("%d, with %s", s.Gaps, count(s.Withheld, "record", "records"))},
		{"Not vouched for", fmt.Sprint(s.UnattestedCount)},
	}}
}

func findings(s *Summary) points {
	var all points
	add := func(n int64, format string, args ...any) {
		if n > 0 {
			all = append(all, warn+fmt.Sprintf(format, args...))
		}
	}
	n := func(n int) int64 { return int64(n) }
	add(n(s.Unknown), "%s an outcome that nobody knows: read the device.", count(s.Unknown, "change or action has", "changes or actions have"))
	add(n(s.Lonely), "%s written and %s no approval here. In a partial export the approval may be among the records that are not shown.", count(s.Lonely, "change was", "changes were"), verb(s.Lonely, "shows", "show"))
	add(n(s.OpenReviews), "%s not reviewed by two others.", count(s.OpenReviews, "emergency was", "emergencies were"))
	add(n(s.Unaccounted), "Of %s the person who acted has not told what happened.", count(s.Unaccounted, "emergency", "emergencies"))
	add(n(s.Drifted), "After %s the device was found with other settings than before.", count(s.Drifted, "emergency", "emergencies"))
	add(n(s.Quick), "%s within 3 s of the request: too soon to have read it.", count(s.Quick, "approval came", "approvals came"))
	for _, p := range s.Pairs {
		if p.Reciprocal > 0 && p.Proposer.ID < p.Approver.ID && p.Count+p.Reciprocal >= 10 && p.Share >= 700 {
			add(1, "%s and %s approve mostly each other's changes (%d and %d).", who(p.Proposer), who(p.Approver), p.Count, p.Reciprocal)
		}
	}
	add(n(s.Weak), "%s on a device that does not tell its serial number.", count(s.Weak, "request is for a change", "requests are for changes"))
	add(s.ClockSteps+s.ClockBack, "The wall clock was set or went back at %s. The order of the records does not depend on it.", count(max(s.ClockSteps, s.ClockBack), "record", "records"))
	add(n(s.Unlinked), "%s of the machine's key not signed by the one before.", count(s.Unlinked, "epoch is", "epochs are"))
	add(n(s.UnattestedCount-s.Unlinked), "%s that the log cannot vouch for; see the end of this report.", count(s.UnattestedCount-s.Unlinked, "record tells of something", "records tell of something"))
	if len(all) == 0 {
		return points{"Nothing in the records that are shown asks for a second look."}
	}
	return all
}

func kinds(s *Summary) []part {
	var list facts
	for _, k := range slices.Sorted(maps.Keys(s.Kinds)) {
		list = append(list, [2]string{cmp.Or(k, "others"), fmt.Sprint(s.Kinds[k])})
	}
	return []part{list}
}

func pairs(s *Summary) []part {
	intro := para("A second person protects only if they look. Approvals that come at once, or that two people always give each other, are worth a question. " +
		"The times count from the request until the approval was recorded.")
	t := table{columns: []col{{"Asked by", 3, false}, {"Approved by", 3, false}, {"Approvals", 1.3, true}, {"Share of the asker's", 1.5, true}, {"Median time", 1.3, true}, {"Within 3 s", 1.2, true}, {"Entered blind", 1.2, true}, {"The other way round", 1.5, true}}}
	for i, p := range s.Pairs {
		if i == 200 {
			t.more = fmt.Sprintf("%d more pairs: see csv/pairs.csv.", len(s.Pairs)-i)
			break
		}
		median := "-"
		if p.Timed > 0 {
			median = lasting(p.Median)
		}
		t.rows = append(t.rows, []string{who(p.Proposer), who(p.Approver), fmt.Sprint(p.Count), percent(p.Share), median, fmt.Sprint(p.Quick), fmt.Sprint(p.Blind), fmt.Sprint(p.Reciprocal)})
	}
	return []part{intro, t}
}

func unattested(s *Summary) []part {
	t := table{columns: []col{{"Record", 1, true}, {"Recorded", 2, false}, {"What", 4, false}, {"From", 1.6, false}, {"To", 1.6, false}, {"By", 2, false}}}
	for _, u := range s.Unattested {
		by := everybody(u.By)
		what := u.What
		if u.About != "" {
			what += ": " + u.About
		}
		t.rows = append(t.rows, []string{seq(u.Place), when(u.Place), what, cmp.Or(spaced(u.From), "-"), cmp.Or(spaced(u.To), "-"), by})
	}
	if n := s.UnattestedCount - len(s.Unattested); n > 0 {
		t.more = fmt.Sprintf("%d more: see emergency/unattested.csv.", n)
	}
	return []part{para("Times and records for which only people, or nothing, can vouch."), t}
}

// spaced is a time as a record spells it, with a space before the hours as in the rest of a report.
func spaced(at string) string { return strings.Replace(at, "T", " ", 1) }

// attempted says whether a change belongs to what is still open because nobody knows what it did.
func attempted(c *cases.Change) bool {
	return c.Attempted() && (c.Outcome == "unknown" || !c.Ended.There)
}
