// Package templates is the screen of standing approvals: exact values for one model and firmware, approved once by two
// persons who sign the same text. It lists them, makes one from values that are staged or were verified, and ends one.
//
// The screen decides nothing: package change checks every step again. It holds no key longer than a signature takes.
package templates

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"

	"golang.org/x/text/unicode/norm"
)

// Draft is what a template is made from: values for a device that is connected.
type Draft struct {
	Driver      drivers.Driver
	Identity    drivers.Identity
	Description drivers.Description
	Values      []drivers.Change
}

// stage is how far a person is.
type stage string

const (
	resting stage = ""
	filling stage = "filling" // name, reason, time and the two persons
	making  stage = "making"  // the text is being made
	signing stage = "signing" // the text is on the page, and both sign it
	working stage = "working" // it is being recorded
	ending  stage = "ending"  // a person says why a template ends
)

// days is how long a template is good for unless somebody says otherwise.
const days = 90

// model is what the screen shows, without any widget. It is used on the window's goroutine only.
type model struct {
	templates []change.Template
	people    []people.Person
	settings  map[string]map[drivers.SettingID]drivers.Setting // by driver, as far as they were described
	err       error
	now       time.Time

	id      string // the template on the page; "" while the list is shown
	draft   *Draft // what is being made; nil for nothing
	stage   stage
	number  int
	text    string // what will be signed, byte for byte
	signers [2]people.Person
	notice  notice
}

// notice is what the person must be told.
type notice struct {
	state      kit.State
	what, more string
	err        error // instead of a sentence
}

func newModel() *model { return &model{settings: map[string]map[drivers.SettingID]drivers.Setting{}} }

// begin starts a template from values.
func (m *model) begin(d Draft) {
	m.leave()
	m.draft, m.stage, m.id = &d, filling, ""
	known := map[drivers.SettingID]drivers.Setting{}
	for _, s := range d.Description.Settings {
		known[s.ID] = s
	}
	m.settings[d.Driver.About().ID] = known
}

// leave forgets what was begun. Work that is under way finds nobody.
func (m *model) leave() {
	m.number++
	m.draft, m.stage, m.text, m.signers, m.notice = nil, resting, "", [2]people.Person{}, notice{}
}

// template returns the one on the page.
func (m *model) template() (change.Template, bool) {
	i := slices.IndexFunc(m.templates, func(t change.Template) bool { return t.ID == m.id && m.id != "" })
	if i < 0 {
		return change.Template{}, false
	}
	return m.templates[i], true
}

// able lists who may sign.
func (m *model) able() []people.Person {
	return slices.DeleteFunc(slices.Clone(m.people), func(p people.Person) bool {
		return policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Comment, Person: p.Policy()}) != nil
	})
}

// prepare takes the form and says what shall be made; problem is a sentence about what is missing.
func (m *model) prepare(name, reason, length string, signers [2]people.Person) (d change.TemplateDraft, problem string) {
	name, reason = tidy(name), tidy(reason)
	n, err := strconv.Atoi(strings.TrimSpace(length))
	switch {
	case m.stage != filling || m.draft == nil:
		return d, kit.T("templates.problem.nothing")
	case name == "":
		return d, kit.T("templates.problem.name")
	case reason == "":
		return d, kit.T("templates.problem.reason")
	case err != nil || n < 1:
		return d, kit.T("templates.problem.days")
	case signers[0].ID == "" || signers[1].ID == "":
		return d, kit.T("templates.problem.signers")
	case signers[0].ID == signers[1].ID:
		return d, kit.T("templates.problem.same")
	}
	m.stage, m.signers, m.notice = making, signers, notice{}
	return change.TemplateDraft{Name: name, Driver: m.draft.Driver, Identity: m.draft.Identity, Description: m.draft.Description,
		Values: m.draft.Values, Reason: reason, Days: n}, ""
}

func tidy(text string) string { return norm.NFC.String(strings.Join(strings.Fields(text), " ")) }

// prepared takes the text that both will sign.
func (m *model) prepared(number int, text string, err error) {
	if number != m.number || m.stage != making {
		return
	}
	if m.text, m.stage = text, signing; err != nil {
		m.text, m.stage, m.notice = "", filling, notice{err: err}
	}
}

// recorded takes what came of the signatures. A wrong passphrase lets them try again.
func (m *model) recorded(number int, err error) (done bool) {
	if number != m.number || m.stage != working {
		return false
	}
	switch {
	case err == nil:
		m.leave()
		m.notice = notice{state: kit.Verified, what: kit.T("templates.made"), more: kit.T("templates.made.more")}
		return true
	case fault.Is(err, fault.Passphrase) || fault.Is(err, fault.Throttled):
		m.stage = signing
	default:
		m.stage, m.text = filling, ""
	}
	m.notice = notice{err: err}
	return false
}

// ended takes what came of the signature that ends a template.
func (m *model) ended(number int, err error) {
	if number != m.number || m.stage != working {
		return
	}
	if err != nil {
		m.stage, m.notice = ending, notice{err: err}
		return
	}
	m.leave()
}

// canEnd says whether the template on the page can be ended.
func (m *model) canEnd() bool {
	t, ok := m.template()
	return ok && t.State == "in force" && m.stage == resting
}

// state is the word for where a template stands.
func state(t change.Template) kit.State {
	switch t.State {
	case "in force":
		return kit.Approved
	case "expired":
		return kit.Expired
	}
	return kit.Withdrawn
}

// line is one value of a template.
type line struct {
	Label, Value string
	Risk         kit.State
}

// lines are the values of the template on the page, or of the one that is being made.
func (m *model) lines() []line {
	var all []line
	if d := m.draft; d != nil {
		for _, c := range d.Values {
			s, _ := d.Description.Setting(c.Setting)
			all = append(all, line{s.Label, kit.Quantity(c.Wanted, s.Unit), kit.State(s.Risk.String())})
		}
		return all
	}
	t, _ := m.template()
	for _, l := range t.Set {
		all = append(all, line{m.label(t.Driver.ID, l.ID), m.quantity(t.Driver.ID, l), kit.State(l.Risk.String())})
	}
	return all
}

func (m *model) label(driver string, id drivers.SettingID) string {
	if s, ok := m.settings[driver][id]; ok {
		return s.Label
	}
	return string(id)
}

func (m *model) quantity(driver string, l statement.ValueLine) string {
	kinds := []drivers.Kind{drivers.Decimals, drivers.Text}
	if s, ok := m.settings[driver][l.ID]; ok {
		kinds = append([]drivers.Kind{s.Kind}, kinds...)
	}
	for _, kind := range kinds {
		if v, err := statement.ParseToken(kind, l.Value); err == nil {
			return kit.Quantity(v, l.Unit)
		}
	}
	return l.Value
}

// signedBy names those who signed a template.
func signedBy(t change.Template) string {
	var names []string
	for _, s := range t.Signers {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

func device(t change.Template) string {
	return strings.TrimSpace(t.Device.Manufacturer + " " + t.Device.Model)
}

func until(t change.Template) string { return t.Until.Wall.Local().Format("2006-01-02") }
