package audit

import (
	"strconv"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Kind says in plain words what a record of this kind tells. A kind that we have no words for is shown as it is.
func Kind(kind string) string {
	if ending, drill := strings.CutPrefix(kind, string(Drills)+"."); drill {
		return kit.T("audit.drill", kit.Data{"Kind": translated("audit.kind.", string(Emergencies)+"."+ending)})
	}
	return translated("audit.kind.", kind)
}

// translated returns the text of prefix and name, or the bare name where there is none.
func translated(prefix, name string) string {
	if text := kit.T(prefix + name); text != prefix+name {
		return text
	}
	return name
}

// what is the record's kind with what came of it.
func what(r audit.Record) string {
	if outcome, ok := r.Body.Text("outcome"); ok {
		return kit.T("audit.outcome", kit.Data{"Kind": Kind(r.Kind), "Outcome": outcomeWord(outcome)})
	}
	return Kind(r.Kind)
}

// outcomeWord returns the word of an outcome as records spell it: "not sent".
func outcomeWord(outcome string) string {
	return kit.State(strings.ReplaceAll(outcome, " ", "_")).Word()
}

// Who names the actor of a record, with the role of a person.
func Who(a leaf.Actor) string {
	switch {
	case a.ID == "nobody" || a.ID == "":
		return kit.T("audit.who.nobody")
	case a.Role == "":
		return a.Name
	}
	return a.Name + ", " + translated("people.role.", a.Role)
}

// about says what a record concerns, by what it says itself. Statements are looked at for the names of people and
// profiles only, never for values.
func about(r audit.Record, s subject) string {
	switch {
	case s.device != "":
		if n, ok := number(r, "read"); ok {
			return s.device + ": " + kit.N("audit.about.read", n)
		}
		return s.text()
	case r.Stmt != "":
		return stated(r.Stmt)
	}
	mode, ok := r.Body.Text("mode")
	if !ok {
		return ""
	}
	version, _ := r.Body.Text("version")
	return strings.TrimSpace(translated("audit.mode.", mode) + "  " + version)
}

// stated names the people of a founding or of an act about somebody, or the profile that was allowed.
func stated(note string) string {
	parsed, err := statement.Parse([]byte(text(note)))
	if err != nil {
		return ""
	}
	switch s := parsed.(type) {
	case statement.Genesis:
		return s.Founders[0].Name + ", " + s.Founders[1].Name
	case statement.Profile:
		return s.Name
	case statement.Enrol:
		return s.Candidate.Name
	case statement.Role:
		return s.Person.Name + ": " + translated("people.role.", s.Role)
	case statement.Suspend:
		return s.Person.Name
	case statement.Restore:
		return s.Person.Name
	case statement.Revocation:
		return s.Person.Name
	}
	return ""
}

// text is a signed note without its signatures. No statement has an empty line.
func text(note string) string {
	before, _, _ := strings.Cut(note, "\n\n")
	return before + "\n"
}

func number(r audit.Record, key string) (int, bool) {
	text, _ := r.Body.Text(key)
	n, err := strconv.Atoi(text)
	return n, err == nil
}
