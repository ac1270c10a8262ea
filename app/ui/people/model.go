// Package people is the screen of who works with this console: the founding by two people on the first run, the list of
// those who are enrolled, and the dialog by which one of them signs in.
//
// It decides nothing about who may do what, and keeps no passphrase longer than it takes to use it.
package people

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// fewPeople is below how many persons the console says that it is a few.
const fewPeople = 4

// fewWords is how many words make a passphrase that is both hard to guess and easy to remember.
const fewWords = 4

// Roster is who is enrolled.
type Roster interface {
	People(ctx context.Context) ([]people.Person, error)
	Rules(ctx context.Context) (people.Rules, error)
	Found(ctx context.Context, keys people.Keeper, founders [2]people.Founder) (people.Founded, error)
	PrepareEnrol(ctx context.Context, keys people.Keeper, c people.Candidate, vouchers [2]people.Person) (*people.Ceremony, error)
	PrepareRole(ctx context.Context, subject people.Person, role policy.Role, why string, signers [2]people.Person) (*people.Ceremony, error)
	PrepareSuspend(ctx context.Context, subject people.Person, why string, signer people.Person) (*people.Ceremony, error)
	PrepareRestore(ctx context.Context, subject people.Person, why string, signers [2]people.Person) (*people.Ceremony, error)
	PrepareRevocation(ctx context.Context, subject people.Person, to people.Status, why string, signers [2]people.Person) (*people.Ceremony, error)
	PrepareRotate(ctx context.Context, keys people.Replacer, signer *people.Signer, passphrase string) (*people.Ceremony, error)
	PrepareCodes(ctx context.Context, codes *people.Codes, signers [2]people.Person) (*people.Ceremony, people.Fresh, error)
	SealedCodes(ctx context.Context) (signed statement.SealedCodes, ok bool, err error)
	Complete(ctx context.Context, c *people.Ceremony, signers ...*people.Signer) error
	Cancel(c *people.Ceremony)
}

// Keys keeps the keys of the people who are enrolled.
type Keys interface {
	people.Keeper
	people.Replacer
	Has(personID string) bool
}

// Stage is what the screen shows.
type Stage int

// The stages. Only a console without people leaves Listed.
const (
	Loading Stage = iota
	Founding
	Written // founded: the fingerprint waits to be written down
	Listed
)

// Field is a part of the founding form.
type Field int

// The fields of each founder.
const (
	Name Field = iota
	Badge
	Role
	Passphrase
	Again
	fields
)

// Founder is what one of the two has typed.
type Founder struct {
	Name       string
	Badge      string
	Role       policy.Role
	Passphrase string
	Again      string
}

// Model is what the screen knows.
type Model struct {
	Stage       Stage
	Members     []Member
	Form        [2]Founder
	Problems    [2][fields]string // why a field does not do, as a sentence; "" where it does
	Fault       error             // why the founding failed, besides
	Unread      error             // why the list could not be read
	Busy        bool              // the keys are being made
	Fingerprint string
	Words       []string  // the fingerprint's first half, to be read aloud
	By          [2]string // names of those who founded the console, while the fingerprint is shown
	Noted       [2]bool   // who of them has the paper
	Paper       Paper     // the sheet to print, once it was written
	PaperFault  error     // why it was not
}

// FounderRoles are the roles that two people can found a console with.
func FounderRoles() []policy.Role {
	return []policy.Role{policy.Technician, policy.Nursing, policy.Pharmacy, policy.ClinicalLead}
}

// RoleWord names a role for people. A role that we have no word for is shown as it is.
func RoleWord(r policy.Role) string {
	key := "people.role." + string(r)
	if word := kit.T(key); word != key {
		return word
	}
	return string(r)
}

// Enrolled takes in who is enrolled. The fingerprint stays in sight until it was written down.
func (m *Model) Enrolled(all []Member, err error) {
	m.Unread = err
	if err != nil {
		return
	}
	m.Members = all
	switch {
	case m.Stage == Written || m.Busy:
	case len(all) == 0:
		m.Stage = Founding
	default:
		m.Stage = Listed
	}
}

// Begin checks the form and says whether the founding may start. It may not twice.
func (m *Model) Begin() bool {
	if m.Busy || m.Stage != Founding {
		return false
	}
	m.Fault = nil
	m.Problems = m.problems()
	if _, _, wrong := m.FirstProblem(); wrong {
		return false
	}
	m.Busy = true
	return true
}

// Founders is what was typed, as the roster takes it.
func (m *Model) Founders() [2]people.Founder {
	var founders [2]people.Founder
	for i, f := range m.Form {
		founders[i] = people.Founder{Name: strings.TrimSpace(f.Name), Role: f.Role, Passphrase: f.Passphrase, Badge: strings.TrimSpace(f.Badge)}
	}
	return founders
}

// problems says of each field what is wrong with it.
func (m *Model) problems() (p [2][fields]string) {
	for i, f := range m.Form {
		if strings.TrimSpace(f.Name) == "" {
			p[i][Name] = kit.T("people.wrong.name")
		}
		if strings.TrimSpace(f.Badge) == "" {
			p[i][Badge] = kit.T("people.wrong.badge")
		}
		if f.Role == "" {
			p[i][Role] = kit.T("people.wrong.role")
		}
		switch {
		case people.CheckPassphrase(f.Passphrase) != nil:
			p[i][Passphrase] = kit.T("people.wrong.weak")
		case f.Passphrase != f.Again:
			p[i][Again] = kit.T("people.wrong.again")
		}
	}
	first, second := m.Form[0], m.Form[1]
	if p[1][Name] == "" && strings.EqualFold(strings.TrimSpace(first.Name), strings.TrimSpace(second.Name)) {
		p[1][Name] = kit.T("people.wrong.same_name")
	}
	if p[1][Badge] == "" && strings.EqualFold(strings.TrimSpace(first.Badge), strings.TrimSpace(second.Badge)) {
		p[1][Badge] = kit.T("people.wrong.same_badge")
	}
	if p[1][Passphrase] == "" && first.Passphrase == second.Passphrase {
		p[1][Passphrase] = kit.T("people.wrong.same_passphrase")
	}
	return p
}

// FirstProblem returns the first field that does not do.
func (m *Model) FirstProblem() (founder int, field Field, wrong bool) {
	for i := range m.Problems {
		for f, sentence := range m.Problems[i] {
			if sentence != "" {
				return i, Field(f), true
			}
		}
	}
	return 0, 0, false
}

// End takes in what became of the founding. What was typed stays when it failed; passphrases are forgotten when it
// succeeded, also where reading the roster again then failed.
func (m *Model) End(founded people.Founded, err error) {
	m.Busy = false
	if founded.Fingerprint == "" {
		m.blame(err)
		return
	}
	for _, s := range founded.Signers {
		s.Lock() // whoever founded the console signs in like everybody else
	}
	for i, f := range m.Form {
		m.By[i] = strings.TrimSpace(f.Name)
	}
	m.Form, m.Problems = [2]Founder{}, [2][fields]string{}
	m.Fingerprint, m.Words, m.Stage, m.Fault = founded.Fingerprint, founded.Words, Written, err
}

// blame puts a fault by the field that it concerns. The subject of a founder's fault is the name that was typed.
func (m *Model) blame(err error) {
	i := 0
	if subject := fault.SubjectOf(err); subject == strings.TrimSpace(m.Form[1].Name) && subject != strings.TrimSpace(m.Form[0].Name) {
		i = 1
	}
	switch fault.KindOf(err) {
	case fault.WeakSecret:
		m.Problems[i][Passphrase] = kit.T("people.wrong.weak")
	case fault.SamePerson:
		m.Problems[1][Name] = kit.T("people.wrong.same_person")
	case fault.NotAllowed:
		m.Problems[i][Role] = kit.T("people.wrong.role_founds")
	case fault.NoReason:
		m.Problems[i][Name] = kit.T("people.wrong.name_record")
	case fault.Badge:
		m.Problems[1][Badge] = kit.T("people.wrong.same_badge")
	case fault.WrongState: // somebody else was faster; the list, which is read now, shows who
	default:
		m.Fault = err
	}
}

// Leave says that both have the fingerprint on paper.
func (m *Model) Leave() {
	if m.Stage == Written && m.Noted == [2]bool{true, true} {
		m.Stage, m.Fingerprint, m.Words, m.Paper, m.PaperFault, m.Noted = Listed, "", nil, Paper{}, nil, [2]bool{}
	}
}

// Member returns the one with this ID.
func (m *Model) Member(id string) (Member, bool) {
	for _, p := range m.Members {
		if p.ID == id {
			return p, true
		}
	}
	return Member{}, false
}

// Strength says how good a passphrase is while it is typed.
func Strength(passphrase string) string {
	n := utf8.RuneCountInString(passphrase)
	switch long := people.CheckPassphrase(passphrase) == nil; {
	case n == 0:
		return kit.T("people.strength")
	case long && len(strings.Fields(passphrase)) >= fewWords:
		return kit.T("people.strength.good")
	case long:
		return kit.T("people.strength.enough")
	}
	return kit.N("people.strength.short", n)
}

// Remark says what there is to add to the list: that so few people are enrolled.
func (m *Model) Remark() (sentence, more string, ok bool) {
	active := 0
	for _, p := range m.Members {
		if p.Active {
			active++
		}
	}
	if m.Stage != Listed || active >= fewPeople {
		return "", "", false
	}
	return kit.N("people.few", active), kit.T("people.few.more"), true
}

// ShortID is as much of a person's ID as people compare.
func ShortID(id string) string { return id[:min(len(id), 8)] }

// WordLines sets the words in rows of four, numbered, as they are read aloud.
func WordLines(words []string) string {
	var lines []string
	for i, w := range words {
		if i%4 == 0 {
			lines = append(lines, "")
		}
		lines[len(lines)-1] += fmt.Sprintf("%2d %-11s", i+1, w)
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// FingerprintLines sets the fingerprint in lines of four groups, as it is written down.
func FingerprintLines(fingerprint string) string {
	groups := strings.Fields(fingerprint)
	var lines []string
	for len(groups) > 0 {
		n := min(len(groups), 4)
		lines = append(lines, strings.Join(groups[:n], "  "))
		groups = groups[n:]
	}
	return strings.Join(lines, "\n")
}
