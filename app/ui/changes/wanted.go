package changes

import (
	"slices"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/policy"
)

// wanted is what the rules still want before a request may be written.
type wanted struct {
	choices   []string // "one pharmacist and one nurse"; any one of them will do
	otherSeat bool
	probation bool // somebody has approved who was enrolled too recently to do so alone
}

// wanted works out what is missing, class by class, in the words of the rules in force.
func (m *model) wanted(r change.Request) wanted {
	var w wanted
	given := m.approvers(r)
	for _, class := range r.Classes {
		rule := m.rules.Rule(class)
		counted := given
		if rule.OtherSeat {
			counted = slices.DeleteFunc(slices.Clone(given), func(a policy.Approver) bool { return a.Seat == policy.CoLocated })
		}
		choices, met := missing(rule, counted)
		if met {
			continue
		}
		w.otherSeat = w.otherSeat || rule.OtherSeat
		for _, c := range choices {
			if !slices.Contains(w.choices, c) {
				w.choices = append(w.choices, c)
			}
		}
	}
	w.probation = len(w.choices) == 0 && fault.Is(r.Missing, fault.Probation)
	return w
}

// missing words what each group of a rule still wants; met says that one of the groups is complete.
func missing(rule policy.Rule, given []policy.Approver) (choices []string, met bool) {
	for _, group := range rule.Approve {
		lacks := lacking(group, given)
		if len(lacks) == 0 {
			return nil, true
		}
		choices = append(choices, enumerate(lacks, "changes.and"))
	}
	return choices, len(rule.Approve) == 0
}

func lacking(group []policy.Role, given []policy.Approver) []string {
	var lacks []string
	if len(group) == 0 && len(given) == 0 {
		return []string{kit.T("changes.one.person")}
	}
	for _, role := range group {
		if !slices.ContainsFunc(given, func(a policy.Approver) bool { return a.Role == role }) {
			lacks = append(lacks, kit.T("changes.one."+string(role)))
		}
	}
	return lacks
}

// enumerate joins words: "a, b and c".
func enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + kit.T(last) + " " + words[len(words)-1]
}

func (w wanted) who() string {
	who := enumerate(w.choices, "changes.or")
	if w.probation {
		who = kit.T("changes.one.settled")
	}
	if who != "" && w.otherSeat {
		who += " " + kit.T("changes.on_other_laptop")
	}
	return who
}

// simple says that any one other person will do, here: there is nothing to explain.
func (w wanted) simple() bool {
	return !w.otherSeat && !w.probation && slices.Equal(w.choices, []string{kit.T("changes.one.person")})
}

// short is for the queue: "one pharmacist".
func (w wanted) short() string { return w.who() }

// sentence says who must approve; also says that somebody has. It is "" when nobody is missing.
func (w wanted) sentence(also bool) string {
	who := w.who()
	if who == "" {
		return ""
	}
	key := "changes.missing.first"
	if also {
		key = "changes.missing.also"
	}
	return upper(kit.T(key, kit.Data{"Who": who}))
}

// upper begins a sentence with a capital letter.
func upper(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// Rule words whose approval the rules want for a class, for a sheet: "one nurse and one pharmacist, on another laptop".
func Rule(p policy.Policy, class policy.Class) string {
	rule := p.Rule(class)
	choices, _ := missing(rule, nil)
	return wanted{choices: choices, otherSeat: rule.OtherSeat}.who()
}
