// Package emergencies is the screen of what became of every emergency: whether the console is ready for the next one, what
// each was, what the person who acted says of it, and what others find. It also writes the slip that stays at the device.
//
// It decides nothing about who may tell or review: the register of the engine does. It writes to no device.
package emergencies

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/people"
)

// The words of Standing.Level.
const (
	LevelReady         = "ready"
	LevelDegraded      = "degraded"
	LevelEmergencyOnly = "emergency-only"
)

// Standing is what the console could rely on in an emergency now: the report of the checks before one.
type Standing struct {
	Level string // LevelReady, LevelDegraded or LevelEmergencyOnly
	Items []StandingItem
}

// StandingItem is the outcome of one check.
type StandingItem struct {
	Check  string     // journal, record, clock, keys, codes, ballast, space, mirror or people
	OK     bool       //
	Kind   fault.Kind // of the error behind it; "" where there is none
	Detail string     // a word, and a number behind a space where it counts something; with a Kind an error's text
}

// Deps is what the screen needs. All that can take a moment runs in the background.
type Deps struct {
	Emergencies func(ctx context.Context) ([]breakglass.Emergency, error) // the newest first
	Emergency   func(ctx context.Context, id string) (breakglass.Emergency, error)
	Changed     func() <-chan struct{} // closed when anything was recorded
	Eligible    func(ctx context.Context, id string) ([]people.Person, error)
	Ratio       func(ctx context.Context) (breakglass.Ratio, error)
	LastDrill   func(ctx context.Context) (at time.Time, found bool, err error)
	Report      func(ctx context.Context) Standing
	Prove       func(ctx context.Context, personID, passphrase string) (*people.Signer, error) // the key is wiped after use
	Prepare     Prepare
	Persons     func(ctx context.Context) ([]people.Person, error)
	Me          func() string // ID of who is signed in, or ""
	Now         func() time.Time

	CheckDrift func(ctx context.Context, id string) (differ []string, err error)               // compares and records; connects nothing
	MakeRoom   func(ctx context.Context) error                                                 // gives up the ballast
	Slip       func(ctx context.Context, e breakglass.Emergency) (path string, err error)      // by WriteSlip
	Setting    func(e breakglass.Emergency, id drivers.SettingID) (s drivers.Setting, ok bool) // for its label; may be nil
	Show       func(path string) error                                                         // opens a file; may be nil
	Drill      func()                                                                          // opens the page of the drill; nil for none
	Codes      func()                                                                          // opens the page of the sealed codes; nil for none
	Hint       func(people.Person) string                                                      // the passphrase of a ready-made person in training; may be nil
	Result     func(kit.State, string)                                                         // tells what came of an act
	Duration   func(ctx context.Context) (took time.Duration, found bool)                      // of the last drill; may be nil
	Titled     func()                                                                          // called when a page was read that names itself; may be nil
}

// drillEvery is how often a drill is due.
const drillEvery = 7 * 24 * time.Hour

// Known is what is read for the overview.
type Known struct {
	All      []breakglass.Emergency
	Ratio    breakglass.Ratio
	Drilled  time.Time // zero where there was no drill
	Took     time.Duration
	Standing Standing
}

// Model is what the screen knows.
type Model struct {
	Known
	Unread error // why the record could not be read; the report is shown nevertheless
	Read   bool
	Now    time.Time
	Failed error // why the last thing that was asked for did not happen
	Busy   bool  // something that is recorded is being done

	Open Subject // whose page is open
}

// Subject is the emergency whose page is open.
type Subject struct {
	ID       string
	Is       breakglass.Emergency
	Found    bool
	Eligible []people.Person // who may review it
	Tellers  []people.Person // who may tell what happened
	Fault    error           // why it could not be read
}

// Show takes in what was read. What was known stays where reading failed.
func (m *Model) Show(k Known, err error) {
	m.Standing = k.Standing
	if m.Unread = err; err != nil {
		return
	}
	m.Known, m.Read = k, true
}

// Due is how many emergencies wait for a person: for an account or for a review.
func (m *Model) Due() (due, overdue int) {
	for _, e := range m.All {
		switch e.State {
		case breakglass.AccountDue, breakglass.ReviewDue, breakglass.Interruptedly:
			due++
		}
		if e.Overdue {
			overdue++
		}
	}
	return due, overdue
}

// Late are those that nobody has reviewed in time, the longest first.
func (m *Model) Late() []breakglass.Emergency {
	late := slices.DeleteFunc(slices.Clone(m.All), func(e breakglass.Emergency) bool { return !e.Overdue })
	slices.SortStableFunc(late, func(a, b breakglass.Emergency) int { return a.Due.Compare(b.Due) })
	return late
}

// DrillDue says whether nobody has practised for a week.
func (m *Model) DrillDue() bool { return m.Drilled.IsZero() || m.Now.Sub(m.Drilled) >= drillEvery }

// NeedsRoom says whether giving up the ballast would help: the disk is short of room and there is a reserve.
func (m *Model) NeedsRoom() bool {
	short, reserve := false, true
	for _, i := range m.Standing.Items {
		word, _ := i.word()
		switch {
		case i.Kind == fault.LogFull, i.Check == "space" && !i.OK && word != "":
			short = true
		}
		if i.Check == "ballast" && !i.OK {
			reserve = false
		}
	}
	return short && reserve
}

// tellers are who may tell what happened: the person who acted, or where only a name was known everybody of that name.
func tellers(e breakglass.Emergency, all []people.Person) []people.Person {
	return slices.DeleteFunc(slices.Clone(all), func(p people.Person) bool {
		same := p.ID == e.Actor.ID || e.Identity != breakglass.ByKey && p.Name == e.Actor.Name
		return !same || !p.Active
	})
}

// OneIsEnough says whether a single reviewer ends the review: nobody else could.
func (s Subject) OneIsEnough() bool { return len(s.Eligible) < 2 }

// CanAccount says whether what happened can be told now.
func (s Subject) CanAccount() bool {
	return s.Found && s.Is.Over() && !s.Is.Drill && s.Is.Account == ""
}

// CanReview says whether a review can be given now, by somebody who has given none.
func (s Subject) CanReview() bool {
	return s.Found && s.Is.Over() && !s.Is.Drill && s.Is.State != breakglass.Reviewed && len(s.Reviewers()) > 0
}

// Reviewers are who may review it and have not.
func (s Subject) Reviewers() []people.Person {
	return slices.DeleteFunc(slices.Clone(s.Eligible), func(p people.Person) bool {
		return slices.ContainsFunc(s.Is.Reviews, func(g breakglass.Given) bool {
			for _, by := range g.By {
				if by.ID == p.ID {
					return true
				}
			}
			return false
		})
	})
}

// OneLine joins what was typed in several lines into the one line that a statement takes.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// look reads what the overview shows. The report does not wait for the record to be readable.
func look(ctx context.Context, d Deps) (k Known, err error) {
	k.Standing = d.Report(ctx)
	if k.All, err = d.Emergencies(ctx); err != nil {
		return k, err
	}
	if k.Ratio, err = d.Ratio(ctx); err != nil {
		return k, err
	}
	at, found, err := d.LastDrill(ctx)
	if err != nil || !found {
		return k, err
	}
	k.Drilled = at
	if d.Duration != nil {
		k.Took, _ = d.Duration(ctx)
	}
	return k, nil
}

// open reads what the page of one emergency shows.
func open(ctx context.Context, d Deps, id string) (Subject, error) {
	s := Subject{ID: id}
	var err error
	if s.Is, err = d.Emergency(ctx, id); err != nil {
		return s, err
	}
	if s.Eligible, err = d.Eligible(ctx, id); err != nil {
		return s, err
	}
	all, err := d.Persons(ctx)
	if err != nil {
		return s, err
	}
	s.Tellers, s.Found = tellers(s.Is, all), true
	return s, nil
}
