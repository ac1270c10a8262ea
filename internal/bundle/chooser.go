package bundle

import (
	"errors"
	"slices"
	"strings"

	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// chooser says which records are shown. With a device or a person chosen, every record of a request or an emergency is shown of
// which one was chosen: a decision cannot be understood by half.
type chooser struct {
	Selection
	all      bool // every record, without a look
	from, to int64
	hidden   map[string]bool

	cases  map[string]int32 // requests and sessions, from 1
	of     []int32          // by record: its case; 0 for none
	chosen []bool           // by case
	fits   []byte           // by record
}

// What a record is to a selection.
const (
	other  byte = iota
	fits        // chosen by itself
	ofCase      // shown where its case is
	always      // needed for the check of the others
	never       // left out
)

var errDone = errors.New("done")

func newChooser(s Selection, size int64) (*chooser, error) {
	c := &chooser{Selection: s, from: s.From, to: s.To, hidden: map[string]bool{}}
	if c.to == 0 {
		c.to = size
	}
	switch {
	case c.from < 0 || c.from > c.to || c.to > size:
		return nil, fault.Newf(fault.OutOfRange, "", "records %d to %d where there are %d", c.from, c.to, size)
	case len(s.Without) > 0 && plain(s.Reason) == "":
		return nil, fault.New(fault.NoReason, "", errors.New("records are left out without a reason"))
	}
	for _, w := range s.Without {
		kinds, known := redactions[w]
		if !known {
			return nil, fault.Newf(fault.Internal, string(w), "no class of records")
		}
		for _, k := range kinds {
			c.hidden[k] = true
		}
	}
	c.all = c.from == 0 && c.to == size && s.Device == "" && s.Person == "" && len(s.Without) == 0
	if !c.all {
		c.fits = make([]byte, size)
	}
	if s.Device != "" || s.Person != "" {
		c.cases, c.of, c.chosen = map[string]int32{}, make([]int32, size), []bool{false}
	}
	return c, nil
}

// redactions are the kinds of each class.
var redactions = map[Redaction][]string{
	SignIns:  {"people.signed-in", "people.signed-out", "people.wrong-passphrase", "people.proved", "people.vouched", "cosign.wrong-passphrase"},
	Comments: {"change.comment"},
	Accounts: {"emergency.account", "drill.account"},
}

// needed says whether a record is shown wherever it stands: whoever checks the others must know the people, the rules and the
// machine's keys; and what must be kept, and that a log was put back, is for everybody.
func needed(kind string) bool {
	prefix, _, _ := strings.Cut(kind, ".")
	switch prefix {
	case "policy", "profile", "log", "retention":
		return true
	case "people":
		return !slices.Contains(redactions[SignIns], kind)
	}
	return kind == "backup.restored"
}

// look takes in one record.
func (c *chooser) look(l *leaf.Leaf, st statement.Statement) {
	fit := other
	inPeriod := l.Seq >= c.from && l.Seq < c.to
	switch {
	case needed(l.Kind):
		fit = always
	case c.hidden[l.Kind]:
		fit = never
	case inPeriod && c.match(l, st):
		fit = fits
	}
	if c.of != nil && l.Seq < int64(len(c.of)) {
		if id := c.caseOf(l); id > 0 {
			c.of[l.Seq] = id
			if fit == fits {
				c.chosen[id] = true
			} else if fit == other {
				fit = ofCase
			}
		}
	}
	c.fits[l.Seq] = fit
}

// caseOf numbers the request or the emergency session that a record belongs to.
func (c *chooser) caseOf(l *leaf.Leaf) int32 {
	for _, key := range []string{"request", "session"} {
		id, there := l.Body.Text(key)
		if !there || id == "" {
			continue
		}
		n, known := c.cases[id]
		if !known {
			n = int32(len(c.chosen))
			c.cases[strings.Clone(id)], c.chosen = n, append(c.chosen, false)
		}
		return n
	}
	return 0
}

// match says whether a record is about the device and by the person that were chosen.
func (c *chooser) match(l *leaf.Leaf, st statement.Statement) bool {
	if c.Device != "" {
		device, _ := l.Body.Text("device")
		if device != c.Device && !strings.HasSuffix(device, " SN "+c.Device) {
			return false
		}
	}
	if c.Person == "" || l.Actor.ID == c.Person {
		return true
	}
	if about, _ := l.Body.Text("person"); about == c.Person {
		return true
	}
	return st != nil && slices.Contains(st.Signatories(), c.Person)
}

// settle says what becomes of each record, now that all were seen.
func (c *chooser) settle(fate []byte) {
	for seq, fit := range c.fits {
		chosen := fit == fits || fit == always || fit == ofCase && c.chosen[c.of[seq]]
		if chosen && fate[seq] == withheld {
			fate[seq] = shown
		}
	}
}

// statementOf reads a record's statement; nil where it has none, or none that can be read.
func statementOf(l *leaf.Leaf) statement.Statement {
	if l.Stmt == "" {
		return nil
	}
	text, _, _ := strings.Cut(l.Stmt, "\n\n")
	st, err := statement.Parse([]byte(text + "\n"))
	if err != nil {
		return nil
	}
	return st
}

// cause is what an error says without its kind.
func cause(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) && f.Cause != nil {
		return f.Cause.Error()
	}
	return err.Error()
}
