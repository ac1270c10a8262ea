package verify

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/drivers"
)

// siteRules are what two persons put in force about changes: who may propose, and whose approvals it takes.
type siteRules struct {
	classes   map[string]classRule
	highAlert []string // "driver setting"
	excluded  []string
	probation time.Duration
}

// classRule is the line of one class of settings.
type classRule struct {
	propose   []string   // roles; none is every one that may act
	approve   [][]string // any one of these groups; of a group one person for each role; an empty group is any one person
	otherSeat bool
	blind     bool
}

const (
	highAlertClass = "high-alert"
	day            = 24 * time.Hour
)

// classes are those that there are, in the order of their lines.
var classes = []string{"cosmetic", "operational", "clinical", highAlertClass}

// minimum is in force before a site has rules of its own, and where those cannot be read.
func minimum() siteRules {
	anybody := [][]string{{}}
	return siteRules{probation: 7 * day, classes: map[string]classRule{
		"cosmetic": {approve: anybody}, "operational": {approve: anybody}, "clinical": {approve: anybody, blind: true},
		highAlertClass: {approve: anybody, otherSeat: true, blind: true},
	}}
}

// readRules reads rules that were signed; those that cannot be read leave the minimum in force.
func readRules(lines []string) siteRules {
	r, err := parseRules(lines)
	if err != nil {
		return minimum()
	}
	return r
}

func parseRules(lines []string) (siteRules, error) {
	r := siteRules{classes: map[string]classRule{}}
	if len(lines) <= len(classes) {
		return r, errors.New("a rule is missing")
	}
	for i, class := range classes {
		rule, err := parseClass(class, lines[i])
		if err != nil {
			return r, err
		}
		r.classes[class] = rule
	}
	last := len(lines) - 1
	for _, line := range lines[len(classes):last] {
		list, prefix := &r.highAlert, "high-alert-setting "
		if strings.HasPrefix(line, "not-in-emergency ") {
			list, prefix = &r.excluded, "not-in-emergency "
		}
		named, ok := strings.CutPrefix(line, prefix)
		if words := strings.Split(named, " "); !ok || len(words) != 2 || words[0] == "" || words[1] == "" || slices.Contains(*list, named) {
			return r, fmt.Errorf("%q is no setting", line)
		}
		*list = append(*list, named)
	}
	days, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(lines[last], "probation "), " d"))
	if err != nil || days < 0 || days > 366 {
		return r, errors.New("no probation")
	}
	r.probation = time.Duration(days) * day
	if !slices.Equal(r.lines(), lines) {
		return r, errors.New("not in their one spelling")
	}
	return r, nil
}

func parseClass(class, line string) (r classRule, err error) {
	words := strings.Split(line, " ")
	if len(words) != 9 || words[0] != class {
		return r, fmt.Errorf("%q is no rule for %s", line, class)
	}
	if r.propose, err = parseGroup(words[2], ","); err != nil {
		return r, err
	}
	for group := range strings.SplitSeq(words[4], ",") {
		of, err := parseGroup(group, "+")
		if err != nil {
			return r, err
		}
		r.approve = append(r.approve, of)
	}
	r.otherSeat, r.blind = words[6] == "other", words[8] == "blind"
	if !r.blind && (class == "clinical" || class == highAlertClass) {
		return r, errors.New("what a patient depends on is entered blind")
	}
	return r, nil
}

func parseGroup(text, between string) ([]string, error) {
	if text == "any" {
		return []string{}, nil
	}
	group := strings.Split(text, between)
	for i, role := range group {
		if !slices.Contains(roles, role) || role == auditor || slices.Contains(group[:i], role) {
			return nil, fmt.Errorf("%q is no role that may act, or stands there twice", role)
		}
	}
	return group, nil
}

// lines writes the rules in their one spelling.
func (r siteRules) lines() (lines []string) {
	list := func(of []string, between string) string {
		if len(of) == 0 {
			return "any"
		}
		return strings.Join(of, between)
	}
	pick := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	for _, class := range classes {
		c := r.classes[class]
		groups := make([]string, 0, len(c.approve))
		for _, g := range c.approve {
			groups = append(groups, list(g, "+"))
		}
		lines = append(lines, fmt.Sprintf("%s propose %s approve %s seat %s entry %s", class, list(c.propose, ","), strings.Join(groups, ","),
			pick(c.otherSeat, "other", "any"), pick(c.blind, "blind", "read")))
	}
	for _, s := range r.highAlert {
		lines = append(lines, "high-alert-setting "+s)
	}
	for _, s := range r.excluded {
		lines = append(lines, "not-in-emergency "+s)
	}
	return append(lines, "probation "+strconv.Itoa(int(r.probation/day))+" d")
}

// class is which rule a setting falls under.
func (r siteRules) class(driver string, id drivers.SettingID, risk drivers.Risk) classRule {
	switch {
	case slices.Contains(r.highAlert, driver+" "+string(id)):
		return r.classes[highAlertClass]
	case risk == drivers.Cosmetic:
		return r.classes["cosmetic"]
	case risk == drivers.Operational:
		return r.classes["operational"]
	}
	return r.classes["clinical"]
}

// approver is somebody who has signed an approval, as they stand now, and where they sat.
type approver struct {
	id, role  string
	mayAct    bool
	probation bool
	elsewhere bool // on another laptop, or with a hardware key
}

// enough says why these approvals are not all that settings of this class need; "" where they are.
func (c classRule) enough(proposer string, proposerRole string, approvers []approver) string {
	if len(c.propose) > 0 && !slices.Contains(c.propose, proposerRole) {
		return "the proposer's role may not ask for it"
	}
	if c.otherSeat {
		approvers = slices.DeleteFunc(slices.Clone(approvers), func(a approver) bool { return !a.elsewhere })
	}
	for _, a := range approvers {
		if !a.mayAct || a.id == proposer {
			return "an approver may not approve it"
		}
	}
	for _, group := range c.approve {
		if !covers(group, approvers) {
			continue
		}
		if !slices.ContainsFunc(approvers, func(a approver) bool { return !a.probation }) {
			return "all approvers were enrolled too recently"
		}
		return ""
	}
	return "an approval is missing"
}

func covers(group []string, approvers []approver) bool {
	if len(group) == 0 {
		return len(approvers) > 0
	}
	for _, role := range group {
		if !slices.ContainsFunc(approvers, func(a approver) bool { return a.role == role }) {
			return false
		}
	}
	return true
}
