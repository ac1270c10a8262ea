package formats

import (
	"strings"

	"countersign/internal/leaf"
)

// signed reads from a record's statement who signed it besides who acted, whom it concerns and what people gave as their reasons.
// It reads lines and judges nothing: whether the statement holds is for whoever verifies the log.
func (e *Event) signed() {
	text, _, _ := strings.Cut(e.Stmt, "\n\n")
	for line := range strings.SplitSeq(text, "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "signer":
			e.join(personOf(value))
		case "candidate":
			e.About = keyedPerson(value)
		case "person":
			if e.Kind == "people.genesis" {
				e.join(keyedPerson(value))
			} else {
				e.About = personOf(value)
			}
		}
	}
}

// maxWith bounds how many persons an event names: two sign whatever is signed together, and a forged statement names thousands.
const maxWith = 8

func (e *Event) join(p leaf.Actor) {
	if p.ID != e.Actor.ID && len(e.With) < maxWith {
		e.With = append(e.With, p)
	}
}

// personOf reads "<id> <name>, <role>".
func personOf(value string) (p leaf.Actor) {
	id, named, _ := strings.Cut(value, " ")
	p.ID, p.Name = id, named
	if at := strings.LastIndex(named, ", "); at >= 0 {
		p.Name, p.Role = named[:at], named[at+len(", "):]
	}
	return p
}

// keyedPerson reads "<id> <key> <role> <name>".
func keyedPerson(value string) leaf.Actor {
	parts := strings.SplitN(value, " ", 4)
	for len(parts) < 4 {
		parts = append(parts, "")
	}
	return leaf.Actor{ID: parts[0], Name: parts[3], Role: parts[2]}
}

// said returns what the statement says under this key; "" for nothing.
func said(stmt, key string) string {
	at := strings.Index(stmt, "\n"+key+" ")
	if end := strings.Index(stmt, "\n\n"); at < 0 || end >= 0 && at > end {
		return ""
	}
	value, _, _ := strings.Cut(stmt[at+len(key)+2:], "\n")
	return value
}
