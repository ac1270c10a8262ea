// Package ceremony is the page on which people sign one statement: the text that will be signed, byte for byte, what it
// means beside it, and one passphrase after the other. Screens give it what was prepared and what completes it.
//
// It decides nothing about who may sign. Keys that were opened here are wiped when the page is left, whatever became of it.
package ceremony

import (
	"context"

	"countersign/app/ui/kit"
	"countersign/internal/people"
)

// Statement is a text that was prepared to be signed, and whose keys it wants.
type Statement interface {
	Text() string
	Signers() []people.Person
}

// Act is one thing that people do by signing.
type Act struct {
	Title     string // "Enrol Sam Trial"
	Means     []string
	Confirm   string // what the last signature does, as its button says it: "Sign as Kim Example and enrol Sam Trial"
	Statement Statement
	Ready     []*people.Signer // keys that are open already, in the order of the signers; wiped with the others
	Complete  func(ctx context.Context, signers ...*people.Signer) error
	Cancel    func()     // forgets what was prepared; may be nil
	Done      func(bool) // called once, when the page is done; with whether the act was completed
}

// Model is what the page knows.
type Model struct {
	Act    Act
	Fault  error
	Busy   bool
	open   bool
	signed []*people.Signer
}

// Begin takes in an act.
func (m *Model) Begin(act Act) {
	*m = Model{Act: act, open: true, signed: act.Ready}
}

// Open says whether there is an act.
func (m *Model) Open() bool { return m.open }

// Text is what will be signed, exactly.
func (m *Model) Text() string {
	if !m.open {
		return ""
	}
	return m.Act.Statement.Text()
}

// Next returns who signs now, and whether that is the last signature. Ok is false when all keys are open.
func (m *Model) Next() (person people.Person, last, ok bool) {
	if !m.open {
		return people.Person{}, false, false
	}
	all := m.Act.Statement.Signers()
	if len(m.signed) >= len(all) {
		return people.Person{}, true, false
	}
	return all[len(m.signed)], len(m.signed) == len(all)-1, true
}

// Proved takes in a key that was opened, or why it was not, and says whether all are open now.
func (m *Model) Proved(signer *people.Signer, err error) (complete bool) {
	m.Busy, m.Fault = false, err
	if err != nil {
		return false
	}
	m.signed = append(m.signed, signer)
	_, _, more := m.Next()
	return !more
}

// Failed takes in why the act could not be completed. The last signer types the passphrase again: nothing was signed.
func (m *Model) Failed(err error) {
	m.Busy, m.Fault = false, err
	if n := len(m.signed); n > len(m.Act.Ready) {
		m.signed[n-1].Lock()
		m.signed = m.signed[:n-1]
	}
}

// Signers are the keys that are open.
func (m *Model) Signers() []*people.Signer { return m.signed }

// End wipes the keys and forgets the act.
func (m *Model) End() Act {
	for _, s := range m.signed {
		s.Lock()
	}
	act := m.Act
	*m = Model{}
	return act
}

// Step is one line of who signs.
type Step struct {
	State kit.State
	Words string
}

// Steps says of each person whether they have signed, sign now, or later.
func (m *Model) Steps(role func(people.Person) string) []Step {
	if !m.open {
		return nil
	}
	var steps []Step
	for i, p := range m.Act.Statement.Signers() {
		state, key := kit.Waiting, "ceremony.later"
		switch {
		case i < len(m.signed):
			state, key = kit.Done, "ceremony.ready"
		case i == len(m.signed):
			state, key = kit.Staged, "ceremony.now"
		}
		steps = append(steps, Step{state, kit.T(key, kit.Data{"Name": p.Name, "Role": role(p)})})
	}
	return steps
}

// Button is what the button says for the next signature.
func (m *Model) Button() string {
	person, last, ok := m.Next()
	switch {
	case !ok || last && m.Act.Confirm != "":
		return m.Act.Confirm
	default:
		return kit.T("ceremony.sign", kit.Data{"Name": person.Name})
	}
}
