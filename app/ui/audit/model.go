// Package audit is the screen of the audit log: a table that follows the log, a page for each record, and the check of
// the whole log.
//
// It changes nothing and knows no device. The values of a blind request that still waits are its proposer's alone: the
// table shows no values at all, and a record's page asks before it shows any.
package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
)

// MaxRows is how many records the table shows, the newest.
const MaxRows = 5000

// pageSize is how many records are fetched at once: the newest are there before the oldest are read.
const pageSize = 500

// Log is the audit log as this screen needs it.
type Log interface {
	Head() audit.Head
	Changed() <-chan struct{}
	Each(ctx context.Context, from int64, visit func(audit.Record) error) error
	Record(ctx context.Context, seq int64) (audit.Record, error)
	Verify(ctx context.Context, check audit.CheckStatement, progress func(done, of int64)) (audit.Verified, error)
}

// Group is a choice of kinds: the part of a kind's name before its first point, or All.
type Group string

// The groups that can be chosen.
const (
	All         Group = "all"
	Changes     Group = "change"
	Emergencies Group = "emergency"
	Drills      Group = "drill"
	Templates   Group = "template"
	Laptops     Group = "cosign"
	People      Group = "people"
	Devices     Group = "device"
	Profiles    Group = "profile"
	Exported    Group = "export"
	Backups     Group = "backup"
	Retained    Group = "retention"
	Rules       Group = "policy"
	Console     Group = "console"
	Itself      Group = "log"
)

// Groups returns the choices in the order in which they are offered.
func Groups() []Group {
	return []Group{All, Changes, Emergencies, Drills, Templates, Laptops, People, Devices, Profiles, Rules, Exported, Backups, Retained, Console, Itself}
}

// Word names a group for people.
func (g Group) Word() string { return kit.T("audit.group." + string(g)) }

// Row is one record as the table shows it. It holds no value of any request.
type Row struct {
	Seq     int64
	At      time.Time
	Group   Group
	What    string // the kind in plain words
	Who     string
	About   string
	Signed  bool
	request string
	subject subject
}

// subject is what a request is about. Later records of the request name it by its ID alone.
type subject struct{ device, settings string }

// Model is what the screen knows.
type Model struct {
	Group   Group
	Fault   error // why the list is not complete
	Loading bool
	Opened  *Detail // the record on its page
	Check   Verification
	Stands  Standing

	size        int64 // of the log
	first, next int64 // the rows are the records from first up to next
	started     bool
	rows        []Row // in the order of the log
	subjects    map[string]subject
}

// NewModel returns the model of a log that was not read yet.
func NewModel() *Model { return &Model{Group: All, subjects: map[string]subject{}} }

// Grow takes in how long the log is now.
func (m *Model) Grow(size int64) {
	if !m.started {
		m.first, m.next, m.started = size, size, true
	}
	m.size = max(m.size, size)
}

// Next says which records are to be fetched: new ones, or else older ones while there is room. There are none while a
// page is on its way.
func (m *Model) Next() (from, to int64, ok bool) {
	oldest := max(m.size-MaxRows, 0)
	switch {
	case m.Loading:
		return 0, 0, false
	case m.next < m.size:
		m.skip(oldest)
		return m.next, min(m.next+pageSize, m.size), true
	case m.first > oldest:
		return max(m.first-pageSize, oldest), m.first, true
	}
	return 0, 0, false
}

// skip forgets the rows when so much was recorded since that none of them would be shown any more.
func (m *Model) skip(oldest int64) {
	if m.next < oldest {
		m.rows, m.next = nil, m.size-pageSize
		m.first = m.next
	}
}

// Take adds a fetched page to the rows.
func (m *Model) Take(page []Row, from, to int64, err error) {
	m.Loading, m.Fault = false, err
	if err != nil {
		return
	}
	switch {
	case from == m.next:
		m.rows, m.next = append(m.rows, page...), to
	case to == m.first:
		m.rows, m.first = append(page, m.rows...), from
	}
	if over := len(m.rows) - MaxRows; over > 0 {
		for _, r := range m.rows[:over] {
			delete(m.subjects, r.request)
		}
		m.rows = slices.Clone(m.rows[over:])
		m.first = m.rows[0].Seq
	}
	m.relate()
}

// relate tells the later records of each request what it was about.
func (m *Model) relate() {
	for _, r := range m.rows {
		if r.request != "" && r.subject.device != "" {
			m.subjects[r.request] = r.subject
		}
	}
	for i := range m.rows {
		r := &m.rows[i]
		if r.About == "" && r.request != "" {
			r.About = m.subjects[r.request].text()
		}
	}
}

// Open takes in the record for its page; nil for none.
func (m *Model) Open(d *Detail) {
	m.Opened = d
	if d == nil {
		return
	}
	if _, ok := d.Record.Body.Text("device"); !ok {
		d.About = m.subjects[requestOf(d.Record)].text()
	}
}

func (s subject) text() string {
	if s.settings == "" {
		return s.device
	}
	return s.device + ": " + s.settings
}

// Rows returns the rows of the chosen group, in the order of the log.
func (m *Model) Rows() []Row {
	if m.Group == All {
		return m.rows
	}
	return slices.DeleteFunc(slices.Clone(m.rows), func(r Row) bool { return r.Group != m.Group })
}

// Summary says how much of the log the table can show.
func (m *Model) Summary() string {
	rows := kit.N("audit.summary.all", int(m.size))
	if m.size > MaxRows {
		rows = kit.T("audit.summary.newest", kit.Data{"Shown": MaxRows, "All": m.size})
	}
	if more := m.Stands.Words(); more != "" {
		return rows + "\n" + more
	}
	return rows
}

// Fetch reads the records from one number up to another, as rows. It changes nothing in a Model and runs in the
// background.
func Fetch(ctx context.Context, log Log, from, to int64) ([]Row, error) {
	rows := make([]Row, 0, to-from)
	err := log.Each(ctx, from, func(r audit.Record) error {
		if r.Seq >= to {
			return errEnough
		}
		rows = append(rows, row(r))
		return ctx.Err()
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return rows, err
}

var errEnough = errors.New("enough")

// row words a record for the table.
func row(r audit.Record) Row {
	group, _, _ := strings.Cut(r.Kind, ".")
	line := Row{Seq: r.Seq, At: r.At.Wall, Group: Group(group), What: what(r), Who: Who(r.Actor), Signed: r.Stmt != ""}
	line.request, _ = r.Body.Text("request")
	line.subject.device, _ = r.Body.Text("device")
	line.subject.settings, _ = r.Body.Text("settings")
	line.About = about(r, line.subject)
	return line
}
