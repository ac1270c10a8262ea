package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/drivers"
)

// The rules as people sign them, one a line:
//
//	clinical propose technician,clinical-lead approve nursing+pharmacy,clinical-lead seat any entry blind
//	high-alert-setting oridion/capnostream20 alarm.etco2.high
//	not-in-emergency oridion/capnostream20 patient.type
//	probation 7 d
//
// A comma is "or", a plus is "and". Each class has exactly one line, in the order of Classes; then come the high-alert
// settings, the settings that no emergency may change, and the probation.

const (
	anyWord       = "any"
	settingPrefix = "high-alert-setting "
	exceptPrefix  = "not-in-emergency "
	maxProbation  = 366 // days
	maxRoles      = 4   // in a group: there are no more that may act
)

// Lines returns the rules in their one spelling.
func (p Policy) Lines() []string {
	var lines []string
	for _, c := range Classes() {
		r := p.Rule(c)
		lines = append(lines, fmt.Sprintf("%s propose %s approve %s seat %s entry %s", c, writeRoles(r.Propose, ","), writeGroups(r.Approve),
			pick(r.OtherSeat, "other", anyWord), pick(r.Blind, "blind", "read")))
	}
	for _, s := range p.highAlert {
		lines = append(lines, settingPrefix+s.Driver+" "+string(s.Setting))
	}
	for _, s := range p.excluded {
		lines = append(lines, exceptPrefix+s.Driver+" "+string(s.Setting))
	}
	return append(lines, "probation "+strconv.Itoa(int(p.Probation/day))+" d")
}

func pick(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func writeRoles(roles []Role, between string) string {
	if len(roles) == 0 {
		return anyWord
	}
	words := make([]string, 0, len(roles))
	for _, r := range roles {
		words = append(words, string(r))
	}
	return strings.Join(words, between)
}

func writeGroups(groups [][]Role) string {
	words := make([]string, 0, len(groups))
	for _, g := range groups {
		words = append(words, writeRoles(g, "+"))
	}
	return strings.Join(words, ",")
}

// Parse reads rules; what is not their one spelling, or would let one person or an unseen clinical value pass, is an error
// that names the line.
func Parse(lines []string) (Policy, error) {
	if len(lines) <= len(Classes()) {
		return Policy{}, errors.New("a rule is missing")
	}
	p := Policy{rules: map[Class]Rule{}}
	for i, c := range Classes() {
		r, err := parseRule(c, lines[i])
		if err != nil {
			return Policy{}, fmt.Errorf("%q: %w", lines[i], err)
		}
		p.rules[c] = r
	}
	last := len(lines) - 1
	for _, line := range lines[len(Classes()):last] {
		list, prefix := &p.highAlert, settingPrefix
		if strings.HasPrefix(line, exceptPrefix) {
			list, prefix = &p.excluded, exceptPrefix
		}
		s, ok := parseSetting(line, prefix)
		if !ok || slices.Contains(*list, s) {
			return Policy{}, fmt.Errorf("%q: not a setting", line)
		}
		*list = append(*list, s)
	}
	days, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(lines[last], "probation "), " d"))
	if err != nil || days < 0 || days > maxProbation {
		return Policy{}, fmt.Errorf("%q: not a probation in days, 0 to %d", lines[last], maxProbation)
	}
	p.Probation = time.Duration(days) * day
	if !slices.Equal(p.Lines(), lines) {
		return Policy{}, errors.New("not the one spelling of the rules")
	}
	return p, nil
}

// parseSetting reads a line that names one setting of one driver.
func parseSetting(line, prefix string) (Setting, bool) {
	named, is := strings.CutPrefix(line, prefix)
	driver, id, two := strings.Cut(named, " ")
	return Setting{driver, drivers.SettingID(id)}, is && two && driver != "" && id != "" && !strings.Contains(id, " ")
}

func parseRule(c Class, line string) (r Rule, err error) {
	words := strings.Split(line, " ")
	if len(words) != 9 || words[0] != string(c) {
		return r, fmt.Errorf("not a rule for %s", c)
	}
	if r.Propose, err = parseRoles(words[2], ","); err != nil {
		return r, err
	}
	for _, group := range strings.Split(words[4], ",") {
		roles, err := parseRoles(group, "+")
		if err != nil {
			return r, err
		}
		r.Approve = append(r.Approve, roles)
	}
	r.OtherSeat, r.Blind = words[6] == "other", words[8] == "blind"
	if !r.Blind && (c == Clinical || c == HighAlert) {
		return r, fmt.Errorf("%s values are entered without being seen", c)
	}
	return r, nil
}

func parseRoles(text, between string) ([]Role, error) {
	if text == anyWord {
		return []Role{}, nil
	}
	var roles []Role
	for _, word := range strings.Split(text, between) {
		r := Role(word)
		if !r.Known() || r == Auditor || slices.Contains(roles, r) || len(roles) == maxRoles {
			return nil, fmt.Errorf("%q is not a role that may act, or stands there twice", word)
		}
		roles = append(roles, r)
	}
	return roles, nil
}
