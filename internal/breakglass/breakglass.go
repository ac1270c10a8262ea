// Package breakglass is the emergency path: one person, one device, a quarter of an hour. A session begins when its record
// has been offered to every place that can take one, and never waits for any of them longer than LadderTime; it is bounded,
// everything done in it is recorded, and others review it afterwards.
//
// The second person is all that is skipped: package change checks identity, limits and state as ever, writes, and reads
// back. This package writes to no device. It never asks how many passphrases were wrong, never waits for the database, and
// needs neither roster nor rules to open a session.
package breakglass

import (
	"slices"
	"time"

	"countersign/internal/clock"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// How long things last, by the clock that nobody can set.
const (
	TTL       = 15 * time.Minute // of a session, and of one extension of it
	GoneAfter = 5 * time.Minute  // a device that is not there for so long ends its session
	ReviewIn  = 24 * time.Hour   // after a session ended, others have reviewed it
	LongOver  = 7 * 24 * time.Hour
)

// Tier is how much a session may do, by what was shown of who acts.
type Tier string

// The tiers (decisions on break-glass, 18): T0 moves settings in their safe direction, or back to the last approved value.
const (
	T0 Tier = "t0" // nobody has shown who they are
	T1 Tier = "t1" // signed with the person's own key
	T2 Tier = "t2" // a sealed code was used
)

// Identity is how it is known who acts.
type Identity string

// The identities.
const (
	ByKey    Identity = "key"
	ByCode   Identity = "code"
	Asserted Identity = "asserted"  // a name was typed or chosen, and nothing shows that it is theirs
	AsBefore Identity = "continued" // a session that a crash interrupted was gone on with
)

// Category is why somebody breaks the glass, in one word. What happened is told in the account afterwards.
type Category string

// The categories.
const (
	PatientAtRisk  Category = "patient-at-risk"
	DeviceUnusable Category = "device-unusable"
	Infrastructure Category = "infrastructure-failure"
	Other          Category = "other"
)

// Categories returns every category, in the order in which screens show them.
func Categories() []Category {
	return []Category{PatientAtRisk, DeviceUnusable, Infrastructure, Other}
}

// Known says whether c is one of the categories.
func (c Category) Known() bool { return slices.Contains(Categories(), c) }

// How is in which way a session ended.
type How string

// The ways.
const (
	Sealed       How = "sealed" // a person said so
	Expired      How = "expired"
	Locked       How = "locked" // the console was locked
	Disconnected How = "disconnected"
	Quit         How = "quit"
	Replaced     How = "replaced"    // a session on another device was opened
	Interrupted  How = "interrupted" // the console ended without having ended it
)

// Who is the person who acts: with an open key, with the number of a sealed code, or with neither.
type Who struct {
	Actor  leaf.Actor
	Signer *people.Signer
	Code   int
	Own    bool // the key was opened for this session alone, and is wiped when it ends
}

// Tier is how much this person may do.
func (w Who) Tier() Tier {
	switch w.Identity() {
	case ByKey:
		return T1
	case ByCode:
		return T2
	}
	return T0
}

// Identity is how it is known who this is.
func (w Who) Identity() Identity {
	switch {
	case w.Signer != nil:
		return ByKey
	case w.Code > 0:
		return ByCode
	}
	return Asserted
}

// Ask is what a session is opened for.
type Ask struct {
	Who        Who
	Device     statement.Device
	Name       string // of the device, for people: "Capnostream 20 SN B355987654"
	Key        string // of its endpoint
	Tag        string // the asset tag of a device that tells no serial number
	Category   Category
	Unreadable bool // the label could not be read; the serial number was typed twice
	Drill      bool // on a simulated device, to practise
}

// Receipt says what became of a record.
type Receipt struct {
	Code string        // "BG-7K3M-9QXT-2HWD": sixty bits of the record's hash, for paper
	At   clock.Reading // when it was made
	Took []string      // the places that had it for certain when it was given, in alphabetical order
	Lost bool          // no place had it: only paper can

	later *answers
}

// Now returns the receipt with the places that have the record by now.
func (r Receipt) Now() Receipt {
	if r.later != nil {
		r.Took = r.later.names()
		r.Lost = len(r.Took) == 0
	}
	return r
}

// The kinds of record. A drill's have the same endings behind "drill.".
const (
	KindOpened      = "emergency.opened"
	kindExtended    = "emergency.extended"
	KindIntent      = "emergency.intent"
	kindOutcome     = "emergency.outcome"
	kindStopped     = "emergency.stopped" // nothing was sent
	kindClosed      = "emergency.closed"
	kindInterrupted = "emergency.interrupted"
	kindContinued   = "emergency.continued"
	kindImported    = "emergency.imported" // frames of a process that is gone were taken in
	kindAccount     = "emergency.account"
	kindReviewed    = "emergency.reviewed"
	kindDrift       = "emergency.drift" // what the device held afterwards
	kindDone        = "emergency.done"  // of a drill: how many seconds it took
	kindPaper       = "emergency.paper" // typed in from paper, with the time of which nothing else is known

	drillPrefix = "drill."
)

// kindOf is a kind of record as a session writes it.
func kindOf(kind string, drill bool) string {
	if drill {
		return drillPrefix + kind[len("emergency."):]
	}
	return kind
}

// console is the actor of what no person did.
var console = leaf.Actor{ID: "console", Name: "Countersign"}
