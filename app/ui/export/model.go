package export

import (
	"slices"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
	"countersign/internal/people"
)

// Period is how a person says which part of the log is meant.
type Period string

// The periods, in the order in which they are offered.
const (
	SinceLast Period = "since"
	Whole     Period = "whole"
	Days      Period = "days"
)

// Periods returns the choices.
func Periods() []Period { return []Period{SinceLast, Whole, Days} }

// Word names a period.
func (p Period) Word() string { return kit.T("export.period." + string(p)) }

// Form is what a person typed and chose.
type Form struct {
	Period    Period
	From, To  string // days, for Days
	Device    string
	Person    string // ID
	SignIns   bool   // to be left out
	Words     bool   // to be left out
	Reason    string
	For       string
	Folder    string
	Recipient string
}

// Field is a part of the form in which something can be wrong.
type Field string

// The fields, in the order of the page.
const (
	FieldFrom       Field = "from"
	FieldTo         Field = "to"
	FieldReason     Field = "reason"
	FieldFor        Field = "for"
	FieldFolder     Field = "folder"
	FieldRecipient  Field = "recipient"
	FieldPassphrase Field = "passphrase"
)

// Problem is what is wrong in a field, as a sentence.
type Problem struct {
	Field Field
	Words string
}

// Phase is what the page is for now.
type Phase int

// The phases.
const (
	Filling Phase = iota // the form is being filled in
	Writing              // a bundle is being made
	Written              // it is there
)

// Known is what was read for the form.
type Known struct {
	Size     int64 // of the log
	Earlier  []Earlier
	Devices  []string
	People   []people.Person
	Exposure audit.Exposure
	Exposed  bool // Exposure is known
	Places   []Place
}

// Model is what the screen knows.
type Model struct {
	Known
	Read     bool  // Known was read at least once
	Unread   error // why the list of earlier exports could not be read
	Form     Form
	Me       people.Person
	SignedIn bool

	Preview    Preview
	Previewed  bool // Preview is that of the form as it is
	Previewing bool
	Counted    int64 // records that were looked at so far
	PreviewErr error

	Free     int64 // in the folder
	FreeOf   string
	FreeErr  error
	Phase    Phase
	Stage    string
	Done, Of int64
	Stopping bool
	Made     Made
	Failed   error // why the last bundle was not made

	Taking  bool
	Taken   *Receipt
	TakeErr error
}

// NewModel returns the model before anything was read.
func NewModel() *Model { return &Model{Form: Form{Period: SinceLast}} }

// Last returns the newest export that was completed and behind which the next one can begin: one of a single device or person
// left out what nobody has exported since.
func (m *Model) Last() (Earlier, bool) {
	i := slices.IndexFunc(m.Earlier, func(e Earlier) bool { return !e.Failed && (e.Scope != "partial" || e.Shown >= e.To-e.From) })
	if i < 0 {
		return Earlier{}, false
	}
	return m.Earlier[i], true
}

// Learn takes in what was read. A medium that was the only one to choose is proposed.
func (m *Model) Learn(k Known, err error) {
	if m.Unread = err; err != nil {
		k.Earlier = m.Earlier
	}
	m.Known, m.Read = k, true
	if m.Form.Folder == "" && len(k.Places) > 0 {
		m.Form.Folder = k.Places[0].Folder
	}
}

// Sit takes in who is signed in.
func (m *Model) Sit(p people.Person, ok bool) { m.Me, m.SignedIn = p, ok }

// days returns the days of the form as a time from one up to, not including, the other.
func (f Form) days() (from, to time.Time, problems []Problem) {
	for _, d := range []struct {
		field Field
		text  string
		at    *time.Time
	}{{FieldFrom, f.From, &from}, {FieldTo, f.To, &to}} {
		at, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(d.text), time.Local)
		if err != nil {
			problems = append(problems, Problem{d.field, kit.T("export.problem.day")})
			continue
		}
		*d.at = at
	}
	if len(problems) == 0 && to.Before(from) {
		problems = append(problems, Problem{FieldTo, kit.T("export.problem.order")})
	}
	return from, to.AddDate(0, 0, 1), problems
}

// Choosable says whether the form says which records are meant.
func (m *Model) Choosable() bool {
	if m.Form.Period != Days {
		return true
	}
	_, _, problems := m.Form.days()
	return len(problems) == 0
}

// Selection says which records are meant. For days it names none: those are looked up in the log.
func (m *Model) Selection() Selection {
	s := Selection{Device: m.Form.Device, Person: m.Form.Person}
	if last, ok := m.Last(); ok && m.Form.Period == SinceLast {
		s.From = last.To
	}
	if m.Form.SignIns {
		s.Without = append(s.Without, SignIns)
	}
	if m.Form.Words {
		s.Without = append(s.Without, Words)
	}
	if len(s.Without) > 0 {
		s.Reason = oneLine(m.Form.Reason)
	}
	return s
}

// Choose changes the form. What was counted for another choice counts no longer; it says whether that is to be done again.
func (m *Model) Choose(f Form) (again bool) {
	before, old := m.Selection(), m.Form
	m.Form = f
	after := m.Selection()
	before.Reason, after.Reason = "", "" // it changes no count
	again = old.Period != f.Period || old.From != f.From || old.To != f.To || !same(before, after)
	if again {
		m.Previewed, m.Previewing, m.PreviewErr, m.Counted = false, false, nil, 0
	}
	return again
}

func same(a, b Selection) bool {
	return a.From == b.From && a.To == b.To && a.Device == b.Device && a.Person == b.Person && slices.Equal(a.Without, b.Without)
}

// Took takes in a preview.
func (m *Model) Took(p Preview, err error) {
	m.Previewing, m.PreviewErr = false, err
	if err == nil {
		m.Preview, m.Previewed = p, true
	}
}

// Problems are what is missing before a bundle can be made, in the order of the page.
func (m *Model) Problems(passphrase string) (all []Problem) {
	if m.Form.Period == Days {
		_, _, all = m.Form.days()
	}
	add := func(wrong bool, f Field) {
		if wrong {
			all = append(all, Problem{f, kit.T("export.problem." + string(f))})
		}
	}
	add((m.Form.SignIns || m.Form.Words) && oneLine(m.Form.Reason) == "", FieldReason)
	add(oneLine(m.Form.For) == "", FieldFor)
	switch {
	case strings.TrimSpace(m.Form.Folder) == "":
		add(true, FieldFolder)
	case m.FreeErr != nil && m.FreeOf == m.folder():
		all = append(all, Problem{FieldFolder, kit.T("export.problem.folder.gone")})
	case m.short():
		all = append(all, Problem{FieldFolder, kit.T("export.problem.folder.short", kit.Data{"Free": Bytes(m.Free), "Needed": Bytes(m.Preview.Bytes)})})
	}
	add(m.Form.Recipient != "" && !recipient(m.Form.Recipient), FieldRecipient)
	add(m.SignedIn && passphrase == "", FieldPassphrase)
	return all
}

func (m *Model) folder() string { return strings.TrimSpace(m.Form.Folder) }

// short says whether the medium certainly has no room for the bundle.
func (m *Model) short() bool {
	return m.Previewed && m.FreeErr == nil && m.FreeOf == m.folder() && m.Free < m.Preview.Bytes
}

// recipient says whether a text looks like the key that an auditor hands out.
func recipient(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "age1") && len(text) > len("age1") && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// Order is the bundle that the form asks for: of the records that were previewed, up to the log's end where they went so far.
func (m *Model) Order(signer *people.Signer) Order {
	o := Order{Selection: m.Selection(), For: oneLine(m.Form.For), Folder: m.folder(), Recipient: strings.TrimSpace(m.Form.Recipient), Signer: signer}
	if m.Form.Period == Days {
		o.From, o.To = m.Preview.From, m.Preview.To
	}
	return o
}

// Begin says that a bundle is being made.
func (m *Model) Begin() {
	m.Phase, m.Failed, m.Stage, m.Done, m.Of, m.Stopping = Writing, nil, "", 0, 0, false
}

// End takes in what became of it.
func (m *Model) End(made Made, err error) {
	m.Phase, m.Made, m.Failed, m.Stopping = Written, made, err, false
	if err != nil {
		m.Phase = Filling
	}
}

// Again goes back to the form.
func (m *Model) Again() {
	m.Phase, m.Made, m.Failed = Filling, Made{}, nil
	m.Previewed = false
}

// oneLine joins what was typed in several lines into the one line that a statement takes.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
