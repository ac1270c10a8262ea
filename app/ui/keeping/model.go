// Package keeping is the screen of what has to be kept: how big the log is and for how long there is room, the last backup,
// export and archive, backups, and legal holds.
//
// It deletes nothing and offers nothing that does. It makes no backup itself: the engine does, behind Deps.
package keeping

import (
	"context"
	"errors"
	"slices"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/backup"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/retention"
)

// The room on the disk below which people are warned, in bytes.
const (
	Little     = 2_000_000_000
	VeryLittle = 1_000_000_000
)

// Facts are what the screen shows.
type Facts struct {
	Growth  retention.Growth
	Free    int64 // bytes on the disk of the data folder
	FreeErr error
	Kept    retention.Kept
	Holds   []retention.Hold
	People  []people.Person // who take part
}

// Model is what the screen knows.
type Model struct {
	Facts Facts
	Read  bool
	Err   error // why the facts are not all there
	Now   time.Time

	Busy   bool // a backup is being made
	Stage  string
	Done   int64
	Of     int64
	Made   *backup.Made
	Failed error // what came of the backup, or of the record of it

	Checking bool  // an export is being held against the log
	Archived int64 // up to which record the archive goes that was just recorded; 0 for none
	Unkept   error // why an archive was not recorded

	HoldErr   error
	Releasing *retention.Hold // the hold on the form of its release
}

// Take takes in fresh facts.
func (m *Model) Take(f Facts, err error, now time.Time) {
	m.Err, m.Now = err, now
	if err == nil {
		m.Facts, m.Read = f, true
	}
}

// Begin says that a backup is being made, unless one is.
func (m *Model) Begin() bool {
	if m.Busy {
		return false
	}
	m.Busy, m.Made, m.Failed, m.Stage, m.Done, m.Of = true, nil, nil, "", 0, 0
	return true
}

// End takes in what became of it.
func (m *Model) End(made backup.Made, err error) {
	m.Busy, m.Failed = false, err
	if made.Path != "" {
		m.Made = &made
	}
}

// Active are the holds that count.
func (m *Model) Active() []retention.Hold {
	return slices.DeleteFunc(slices.Clone(m.Facts.Holds), func(h retention.Hold) bool { return h.Released })
}

// Signers are those who may release a hold: two of them have to.
func (m *Model) Signers() []people.Person {
	return slices.DeleteFunc(slices.Clone(m.Facts.People), func(p people.Person) bool { return !p.Active })
}

// HoldProblem says what is missing on the form of a hold; "" for nothing.
func HoldProblem(scope retention.Scope, subject, reason string) string {
	switch {
	case !slices.Contains(retention.Scopes(), scope):
		return kit.T("keeping.hold.no_scope")
	case scope != retention.Everything && subject == "":
		return kit.T("keeping.hold.no_subject")
	case reason == "":
		return kit.T("keeping.hold.no_reason")
	}
	return ""
}

// cancelled says whether a person ended it.
func cancelled(err error) bool {
	return fault.Is(err, fault.Cancelled) || errors.Is(err, context.Canceled)
}
