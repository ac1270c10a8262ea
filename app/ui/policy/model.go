// Package policy is the page of the rules in force: who may propose and who must approve a change of each class of setting,
// who put these rules there, and the form by which two persons put others in their place.
//
// It decides nothing: package policy of the engine reads and judges rules, and package people records them.
package policy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/people"
	"countersign/internal/policy"
)

// Roster is who put which rules in force.
type Roster interface {
	Rules(ctx context.Context) (people.Rules, error)
	People(ctx context.Context) ([]people.Person, error)
	PreparePolicy(ctx context.Context, p policy.Policy, why string, signers [2]people.Person) (*people.Ceremony, error)
	Complete(ctx context.Context, c *people.Ceremony, signers ...*people.Signer) error
	Cancel(c *people.Ceremony)
}

// Known is what is read for the page.
type Known struct {
	Rules   people.Rules
	Signers []people.Person // who can sign other rules at this computer now
}

// Model is what the page knows.
type Model struct {
	Known
	Read   bool  // the rules were read
	Unread error // why they could not be
}

// Look reads the rules and who can sign others. It runs in the background.
func Look(ctx context.Context, roster Roster, has func(personID string) bool) (k Known, err error) {
	if k.Rules, err = roster.Rules(ctx); err != nil {
		return k, err
	}
	all, err := roster.People(ctx)
	if err != nil {
		return k, err
	}
	k.Signers = slices.DeleteFunc(slices.Clone(all), func(p people.Person) bool {
		return !p.Active || p.Probation || p.Role == policy.Auditor || has != nil && !has(p.ID)
	})
	return k, nil
}

// Show takes in what was read.
func (m *Model) Show(k Known, err error) {
	if m.Unread = err; err == nil {
		m.Known, m.Read = k, true
	}
}

// Origin says who put the rules in force and when, or that nobody did and why.
func (m *Model) Origin() (state kit.State, sentence, more string) {
	r := m.Rules
	switch {
	case !m.Read:
		return kit.Note, kit.T("policy.reading"), ""
	case r.Problem != nil:
		return kit.Caution, kit.T("policy.minimum.problem"), kit.T("policy.minimum.problem.more", kit.Data{"Error": r.Problem.Error()})
	case r.Seq < 0:
		return kit.Note, kit.T("policy.minimum"), kit.T("policy.minimum.more")
	}
	var names []string
	for _, s := range r.Signers {
		names = append(names, s.Name)
	}
	return kit.Verified, kit.T("policy.signed", kit.Data{"Names": strings.Join(names, kit.T("policy.and"))}),
		kit.T("policy.signed.more", kit.Data{"Moment": kit.Moment(r.At.Wall), "Record": r.Seq})
}

// Row is the rule of one class in words.
type Row struct{ Class, Propose, Approve, Seat, Entry string }

// Rows are the rules of a policy, class by class.
func Rows(p policy.Policy) []Row {
	var rows []Row
	for _, c := range policy.Classes() {
		r := p.Rule(c)
		rows = append(rows, Row{ClassWord(c), ProposeWords(r.Propose), ApproveWords(r.Approve), SeatWords(r), EntryWords(r)})
	}
	return rows
}

// HighAlertLines are the settings that the rules name, one a line.
func HighAlertLines(p policy.Policy) string { return settingLines(p.HighAlert()) }

// ExcludedLines are the settings that the rules keep out of emergencies, one a line.
func ExcludedLines(p policy.Policy) string { return settingLines(p.Exclusions()) }

func settingLines(settings []policy.Setting) string {
	var lines []string
	for _, s := range settings {
		lines = append(lines, s.Driver+" "+string(s.Setting))
	}
	return strings.Join(lines, "\n")
}

// Days is how many days a probation lasts.
func Days(p policy.Policy) int { return int(p.Probation / (24 * time.Hour)) }

// Draft is what was typed as other rules.
type Draft struct {
	Rules     map[policy.Class]policy.Rule
	HighAlert string
	Excluded  string // settings that no emergency may change
	Probation string
	Reason    string
	Signers   [2]string // IDs
}

// NewDraft begins with the rules that are in force.
func NewDraft(p policy.Policy) *Draft {
	d := &Draft{Rules: map[policy.Class]policy.Rule{}, HighAlert: HighAlertLines(p), Excluded: ExcludedLines(p), Probation: strconv.Itoa(Days(p))}
	for _, c := range policy.Classes() {
		d.Rules[c] = p.Rule(c)
	}
	return d
}

// Groups are the groups that can be chosen to approve: anybody else, each role, each two roles together, and what is in
// force where that is none of these.
func Groups(now [][]policy.Role) [][][]policy.Role {
	acting := slices.DeleteFunc(policy.Roles(), func(r policy.Role) bool { return r == policy.Auditor })
	all := [][][]policy.Role{{{}}}
	for _, r := range acting {
		all = append(all, [][]policy.Role{{r}})
	}
	for i, a := range acting {
		for _, b := range acting[i+1:] {
			all = append(all, [][]policy.Role{{a, b}})
		}
	}
	if len(now) > 0 && !slices.ContainsFunc(all, func(g [][]policy.Role) bool { return ApproveWords(g) == ApproveWords(now) }) {
		all = append(all, now)
	}
	return all
}

// Field is a part of the form that can be wrong.
type Field int

// The fields.
const (
	InHighAlert Field = iota
	InExcluded
	InProbation
	InReason
	InFirst
	InSecond
	fields
)

// Problems says of each field what is wrong with it; "" where it does.
func (d *Draft) Problems(now policy.Policy) (p [fields]string) {
	for in, text := range map[Field]string{InHighAlert: d.HighAlert, InExcluded: d.Excluded} {
		for _, line := range typedLines(text) {
			if len(strings.Fields(line)) != 2 {
				p[in] = kit.T("policy.wrong.alert", kit.Data{"Line": line})
			}
		}
	}
	if n, err := strconv.Atoi(strings.TrimSpace(d.Probation)); err != nil || n < 0 || n > 366 {
		p[InProbation] = kit.T("policy.wrong.probation")
	}
	if strings.TrimSpace(d.Reason) == "" {
		p[InReason] = kit.T("policy.wrong.reason")
	}
	for i, id := range d.Signers {
		if id == "" {
			p[InFirst+Field(i)] = kit.T("policy.wrong.signer")
		}
	}
	if p[InSecond] == "" && d.Signers[0] == d.Signers[1] {
		p[InSecond] = kit.T("policy.wrong.same_signer")
	}
	if p != [fields]string{} {
		return p
	}
	switch other, err := d.Policy(); {
	case err != nil:
		p[d.unreadable()] = kit.T("policy.wrong.rules", kit.Data{"Error": err.Error()})
	case slices.Equal(other.Lines(), now.Lines()):
		p[InReason] = kit.T("policy.wrong.same")
	}
	return p
}

// unreadable is the field without which the rules could be read.
func (d *Draft) unreadable() Field {
	without := *d
	without.Excluded = ""
	if _, err := without.Policy(); err == nil {
		return InExcluded
	}
	return InHighAlert
}

// typedLines are the lines of a list of settings, with single spaces and without empty ones.
func typedLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Policy is the draft as the engine reads it.
func (d *Draft) Policy() (policy.Policy, error) {
	var lines []string
	for _, c := range policy.Classes() {
		r := d.Rules[c]
		lines = append(lines, fmt.Sprintf("%s propose %s approve %s seat %s entry %s", c, spell(r.Propose, ","), spellGroups(r.Approve),
			pick(r.OtherSeat, "other", "any"), pick(r.Blind, "blind", "read")))
	}
	for _, line := range typedLines(d.HighAlert) {
		lines = append(lines, "high-alert-setting "+line)
	}
	for _, line := range typedLines(d.Excluded) {
		lines = append(lines, "not-in-emergency "+line)
	}
	return policy.Parse(append(lines, "probation "+strings.TrimSpace(d.Probation)+" d"))
}

func spell(roles []policy.Role, between string) string {
	if len(roles) == 0 {
		return "any"
	}
	words := make([]string, 0, len(roles))
	for _, r := range roles {
		words = append(words, string(r))
	}
	return strings.Join(words, between)
}

func spellGroups(groups [][]policy.Role) string {
	words := make([]string, 0, len(groups))
	for _, g := range groups {
		words = append(words, spell(g, "+"))
	}
	return strings.Join(words, ",")
}

func pick(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// Changes says in plain words what becomes different.
func Changes(from, to policy.Policy) []string {
	var lines []string
	before, after := Rows(from), Rows(to)
	for i, a := range after {
		if b := before[i]; a != b {
			lines = append(lines, kit.T("policy.change.rule", kit.Data{"Class": a.Class, "Propose": a.Propose, "Approve": a.Approve, "Seat": a.Seat, "Entry": a.Entry}))
		}
	}
	if a, b := HighAlertLines(to), HighAlertLines(from); a != b {
		lines = append(lines, kit.N("policy.change.alerts", len(to.HighAlert())))
	}
	if a, b := ExcludedLines(to), ExcludedLines(from); a != b {
		lines = append(lines, kit.N("policy.change.excluded", len(to.Exclusions())))
	}
	if Days(from) != Days(to) {
		lines = append(lines, kit.N("policy.change.probation", Days(to)))
	}
	return lines
}
