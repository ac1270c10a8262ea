package cases

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Emergency is one session of one person on one device, without a second person.
type Emergency struct {
	ID       string
	Drill    bool
	Opened   Place // its first record; not there where the bundle does not show it
	Last     Place
	Person   leaf.Actor
	Identity string // how the person was known: by key, by code, by name
	Name     string
	Device   statement.Device
	Tier     string
	Category string
	Signed   bool // by the person who opened it
	Actions  int  // begun
	Unknown  int  // of which nobody knows what they did
	How      string
	Ended    Place
	Broken   int // times that it was interrupted
	Extended int
	Account  string
	Told     Place
	Reviews  []Review
	Drift    string // "same", "different"; "" where nobody looked
	open     map[int64]*Action
	number   int
	size     int // of the records
}

// Action is one writing of an emergency.
type Action struct {
	Place    // of the intent; of the outcome where that is not there
	N        int64
	Settings []Setting
	Outcome  string // "" where none was recorded
	Ended    Place
}

// Review is the judgement of one or two others.
type Review struct {
	Place
	By                        []leaf.Actor
	Finding, Reason, Incident string
}

// Reviewers counts the persons who reviewed it.
func (e *Emergency) Reviewers() (n int) {
	for _, r := range e.Reviews {
		n += len(r.By)
	}
	return n
}

// Unreviewed says whether a review is still due: two others judge every emergency that ended, drills apart.
func (e *Emergency) Unreviewed() bool { return !e.Drill && e.Reviewers() < 2 }

// Paper is what two persons entered afterwards: what was done while no place took a record.
type Paper struct {
	Place
	By            []leaf.Actor
	About         string
	Lines         []string
	From, To      string // RFC 3339
	Before, After int64  // the records around it; -1 for none
}

const paperKind = "emergency.paper"

func (r *Reader) paper(record *formats.Record) {
	p := Paper{Place: placeOf(record), From: text(record, "unattested-from"), To: text(record, "unattested-to")}
	p.Before, _ = record.Body.Int("record-before")
	p.After, _ = record.Body.Int("record-after")
	if s, ok := Signed(record.Stmt).(statement.Paper); ok {
		p.By, p.About = personsOf(s.Signers), strings.Clone(s.About)
		for _, line := range s.Lines {
			p.Lines = append(p.Lines, strings.Clone(line))
		}
	} else {
		p.By = []leaf.Actor{actorOf(record.Actor)}
	}
	if r.told.Paper != nil {
		r.told.Paper(&p)
	}
}

func personsOf(persons []statement.Person) (all []leaf.Actor) {
	for _, p := range persons {
		all = append(all, personOf(p))
	}
	return all
}

// emergency takes in one of a session's records.
func (r *Reader) emergency(record *formats.Record) {
	id, ok := record.Body.Text("session")
	if !ok || id == "" {
		return
	}
	e := r.emergencies[id]
	if e == nil {
		r.number++
		e = &Emergency{ID: strings.Clone(id), open: map[int64]*Action{}, number: r.number}
		r.emergencies[e.ID] = e
		r.keptOpen.add(e.ID, len(r.emergencies), r.isOpen)
	}
	e.size, r.keptOpen.size = e.size+len(record.Bytes), r.keptOpen.size+len(record.Bytes)
	defer r.bound()
	_, ending, _ := strings.Cut(record.Kind, ".")
	e.Drill = e.Drill || strings.HasPrefix(record.Kind, drillPrefix)
	e.Last = placeOf(record)
	if name := text(record, "device"); name != "" && e.Name == "" {
		e.Name = name
	}
	switch ending {
	case "opened":
		e.opening(record)
		if !e.Drill {
			r.supersede(record, "emergency "+e.ID, r.of[e.Name])
		}
	case "extended":
		e.Extended++
	case "intent", "outcome":
		r.action(e, record, ending)
	case "closed":
		e.Ended, e.How = e.Last, text(record, "how")
	case "interrupted":
		if e.Broken++; e.How == "" {
			e.Ended, e.How = e.Last, "interrupted"
		}
	case "continued":
		e.Ended, e.How = Place{}, ""
	case "account":
		e.Told = e.Last
		if s, ok := Signed(record.Stmt).(statement.Closing); ok {
			e.Account = strings.Clone(s.Account)
		}
	case "reviewed":
		e.review(record)
	case "drift":
		e.Drift = text(record, "drift")
	}
}

func (r *Reader) isOpen(id string) bool { return r.emergencies[id] != nil }

// bound tells the oldest emergencies early where there are too many.
func (r *Reader) bound() {
	for r.keptOpen.size > maxKept {
		id, found := r.keptOpen.oldest(r.isOpen)
		if !found {
			return
		}
		r.tellEmergency(r.emergencies[id])
	}
}

// tellEmergency passes an emergency on and forgets it.
func (r *Reader) tellEmergency(e *Emergency) {
	e.end(r.told.Action)
	delete(r.emergencies, e.ID)
	r.keptOpen.size -= e.size
	if r.told.Emergency != nil {
		r.told.Emergency(e)
	}
}

func (e *Emergency) opening(record *formats.Record) {
	e.Opened, e.Person, e.Signed = e.Last, actorOf(record.Actor), record.Stmt != ""
	e.Identity, e.Tier, e.Category = text(record, "identity"), text(record, "tier"), text(record, "category")
	e.Device = statement.Device{Manufacturer: text(record, "manufacturer"), Model: text(record, "model"), Serial: text(record, "serial"), Firmware: text(record, "firmware")}
}

func (e *Emergency) review(record *formats.Record) {
	v := Review{Place: e.Last, By: []leaf.Actor{actorOf(record.Actor)}}
	if s, ok := Signed(record.Stmt).(statement.Review); ok {
		v.By = personsOf(s.Signers)
		v.Finding, v.Reason, v.Incident = strings.Clone(s.Finding), strings.Clone(s.Reason), strings.Clone(s.Incident)
	}
	e.Reviews = append(e.Reviews, v)
}

func (r *Reader) action(e *Emergency, record *formats.Record, ending string) {
	if e.Person == (leaf.Actor{}) {
		e.Person = actorOf(record.Actor)
	}
	n, _ := record.Body.Int("action")
	a := e.open[n]
	if a == nil {
		a = &Action{Place: e.Last, N: n}
		e.open[n] = a
		e.Actions++
	}
	if steps := stepsOf(record); len(steps) > 0 {
		a.Settings = steps
	}
	if ending != "outcome" {
		return
	}
	if a.Outcome, a.Ended = text(record, "outcome"), e.Last; a.Outcome == "unknown" {
		e.Unknown++
	}
	delete(e.open, n)
	if r.told.Action != nil {
		r.told.Action(e, a)
	}
}

// end tells the actions of which no outcome was recorded.
func (e *Emergency) end(told func(*Emergency, *Action)) {
	left := make([]int64, 0, len(e.open))
	for n := range e.open {
		left = append(left, n)
	}
	slices.Sort(left)
	for _, n := range left {
		e.Unknown++
		if told != nil {
			told(e, e.open[n])
		}
	}
	e.open = nil
}

// Lasted is how long it was open; false where an end is missing.
func (e *Emergency) Lasted() (time.Duration, bool) { return Between(e.Opened, e.Ended) }
