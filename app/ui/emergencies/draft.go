package emergencies

import (
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/breakglass"
	"countersign/internal/statement"
)

// Field is what can be wrong in a form.
type Field int

// The fields of all forms.
const (
	InAccount Field = iota
	InTeller
	InFinding
	InReason
	InIncident
	InAbout
	InLines
	InFrom
	InTo
	InFirst
	InSecond
	fields
)

// Problems say of each field what is wrong with it; "" where it does.
type Problems [fields]string

// moments are the ways in which a time can be typed. It is the time of this computer's zone.
var moments = []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04"}

// Told is what the person who acted types.
type Told struct {
	Text string
	By   string // ID
}

// Problems says what is wrong with an account.
func (t Told) Problems() (p Problems) {
	p[InAccount] = wrongText(OneLine(t.Text), "account")
	if t.By == "" {
		p[InTeller] = kit.T("emergencies.wrong.who")
	}
	return p
}

// Verdict is what reviewers type.
type Verdict struct {
	Finding, Reason, Incident string
	By                        [2]string // IDs; the second may be ""
}

// Problems says what is wrong with a review.
func (v Verdict) Problems() (p Problems) {
	if v.Finding == "" {
		p[InFinding] = kit.T("emergencies.wrong.finding")
	}
	p[InReason] = wrongText(OneLine(v.Reason), "reason")
	switch incident := OneLine(v.Incident); {
	case incident == "" && v.Finding == breakglass.Unjustified:
		p[InIncident] = kit.T("emergencies.wrong.incident")
	case incident != "":
		p[InIncident] = wrongText(incident, "text")
	}
	if v.By[0] == "" {
		p[InFirst] = kit.T("emergencies.wrong.who")
	}
	if v.By[1] != "" && v.By[0] == v.By[1] {
		p[InSecond] = kit.T("emergencies.wrong.same")
	}
	return p
}

// Sheet is what two persons type from paper.
type Sheet struct {
	About, Lines, From, To string
	By                     [2]string // IDs
}

// lines are those of the sheet that say something.
func (s Sheet) lines() (all []string) {
	for line := range strings.Lines(s.Lines) {
		if line = OneLine(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// interval is the time of which nothing is known but the sheet.
func (s Sheet) interval() (from, to time.Time, ok [2]bool) {
	for _, layout := range moments {
		for i, at := range []*time.Time{&from, &to} {
			if t, err := time.ParseInLocation(layout, strings.TrimSpace([2]string{s.From, s.To}[i]), time.Local); err == nil {
				*at, ok[i] = t, true
			}
		}
	}
	return from, to, ok
}

// Problems says what is wrong with a sheet that is entered at this time.
func (s Sheet) Problems(now time.Time) (p Problems) {
	p[InAbout] = wrongText(OneLine(s.About), "about")
	lines := s.lines()
	if len(lines) == 0 || len(lines) > maxLines {
		p[InLines] = kit.T("emergencies.wrong.lines", kit.Data{"N": maxLines})
	}
	for _, line := range lines {
		if wrong := wrongText(line, "text"); wrong != "" {
			p[InLines] = wrong
		}
	}
	from, to, ok := s.interval()
	for i, in := range []Field{InFrom, InTo} {
		if !ok[i] {
			p[in] = kit.T("emergencies.wrong.moment")
		}
	}
	switch {
	case p[InFrom] != "" || p[InTo] != "":
	case to.Before(from):
		p[InTo] = kit.T("emergencies.wrong.before")
	case to.After(now):
		p[InTo] = kit.T("emergencies.wrong.future")
	}
	for i, id := range s.By {
		if id == "" {
			p[InFirst+Field(i)] = kit.T("emergencies.wrong.who")
		}
	}
	if p[InSecond] == "" && s.By[0] == s.By[1] {
		p[InSecond] = kit.T("emergencies.wrong.same")
	}
	return p
}

// maxLines is how many lines a statement of a paper takes.
const maxLines = 200

// wrongText says why a text cannot be recorded.
func wrongText(text, missing string) string {
	switch {
	case text == "":
		return kit.T("emergencies.wrong." + missing)
	case statement.CheckText(text) != nil:
		return kit.T("emergencies.wrong.text.record")
	}
	return ""
}
