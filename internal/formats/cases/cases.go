// Package cases puts together what belongs together in a log: a request with its approvals and what came of it, an emergency
// with its actions and reviews, who approved whose requests. Tables and reports are made from that.
//
// It believes the records and checks nothing; a bundle may show some records of a case and not others, so every part of a case
// may be missing. What it keeps grows with cases that are still open, with emergencies and with approvals, not with records.
package cases

import (
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Place is a record. The zero Place is one that is not there.
type Place struct {
	There bool
	Seq   int64
	Hash  [32]byte
	At    clock.Reading // when it was made, which for an emergency may be before it came into the log
}

// Told are the functions that a Reader tells what it found. Each may be nil. What they are given is theirs.
type Told struct {
	Change    func(*Change)             // when no more is to be expected, or at the end
	Approval  func(*Change, *Approval)  // at once
	Action    func(*Emergency, *Action) // when its outcome is recorded, or at the end
	Emergency func(*Emergency)          // at the end
	Paper     func(*Paper)              // at once
}

// Reader takes records in their order and tells what they are about.
type Reader struct {
	told        Told
	changes     map[string]*Change            // those that were not told yet
	of          map[string]map[string]*Change // the same, by the device's name
	emergencies map[string]*Emergency
	kept        queue // of changes
	keptOpen    queue // of emergencies
	number      int
}

// The most that a Reader keeps, by the size of the records that it comes from. An honest log keeps a small part of it. Of a log
// that has more open cases at a time the oldest are told early, so that nobody can fill a verifier's memory.
const (
	maxKept = 48 << 20 // bytes, of changes and of emergencies each
	maxText = 2000     // bytes of a text in a body
)

// queue are the cases that are kept, the oldest first, and how large they are.
type queue struct {
	ids  []string
	size int
}

// oldest takes the oldest one that is still kept out of the queue.
func (q *queue) oldest(still func(id string) bool) (id string, found bool) {
	for len(q.ids) > 0 {
		id, q.ids = q.ids[0], q.ids[1:]
		if still(id) {
			return id, true
		}
	}
	return "", false
}

// add appends a case; of those that are not kept any more it forgets the numbers now and then.
func (q *queue) add(id string, kept int, still func(id string) bool) {
	if q.ids = append(q.ids, id); len(q.ids) > 2*kept+64 {
		left := make([]string, 0, kept+1)
		for _, id := range q.ids {
			if still(id) {
				left = append(left, id)
			}
		}
		q.ids = left
	}
}

// NewReader returns a reader that has seen nothing.
func NewReader(told Told) *Reader {
	return &Reader{told: told, changes: map[string]*Change{}, of: map[string]map[string]*Change{}, emergencies: map[string]*Emergency{}}
}

const (
	changePrefix    = "change."
	emergencyPrefix = "emergency."
	drillPrefix     = "drill."
	rolledBack      = "log.rolled-back"
	putBack         = "backup.restored"
)

// Record takes the next record. Kinds that it does not know are nothing to it.
func (r *Reader) Record(record formats.Record) {
	switch {
	case strings.HasPrefix(record.Kind, changePrefix):
		r.change(&record)
	case record.Kind == rolledBack, record.Kind == putBack:
		r.supersede(&record, record.Kind, r.changes)
	case record.Kind == paperKind:
		r.paper(&record)
	case strings.HasPrefix(record.Kind, emergencyPrefix), strings.HasPrefix(record.Kind, drillPrefix):
		r.emergency(&record)
	}
}

// End tells everything that was not told yet.
func (r *Reader) End() {
	for _, c := range inOrder(r.changes) {
		r.tell(c)
	}
	sessions := slices.SortedFunc(maps.Values(r.emergencies), func(a, b *Emergency) int { return a.number - b.number })
	for _, e := range sessions {
		r.tellEmergency(e)
	}
}

func placeOf(r *formats.Record) Place {
	at := r.At
	if wall, err := clock.ParseWall(text(r, "frame.at")); err == nil { // the emergency journal had it first
		at.Wall, at.Boot, at.State = wall, text(r, "frame.boot"), clock.State(text(r, "frame.clock"))
		at.BootMS, _ = r.Body.Int("frame.boot_ms")
	}
	at.Boot = strings.Clone(at.Boot)
	return Place{true, r.Seq, r.Hash, at}
}

// Between is how long it took from one record to another: by the boot clock, which nobody can set, where both were made on one
// start-up, else by the wall clock. It is false where one of the two is not there, or the clock went back.
func Between(from, to Place) (time.Duration, bool) {
	d := to.At.Wall.Sub(from.At.Wall)
	if from.At.Boot != "" && from.At.Boot == to.At.Boot {
		d = time.Duration(to.At.BootMS-from.At.BootMS) * time.Millisecond
	}
	return d, from.There && to.There && d >= 0
}

// text is a body's text, not bound to the record's memory.
func text(r *formats.Record, key string) string {
	t, _ := r.Body.Text(key)
	if len(t) > maxText {
		t = strings.ToValidUTF8(t[:maxText], "") + "…"
	}
	return strings.Clone(t)
}

func actorOf(a leaf.Actor) leaf.Actor {
	return leaf.Actor{ID: strings.Clone(a.ID), Name: strings.Clone(a.Name), Role: strings.Clone(a.Role)}
}

func personOf(p statement.Person) leaf.Actor { return actorOf(leaf.Actor(p)) }

func deviceOf(d statement.Device) statement.Device {
	return statement.Device{Manufacturer: strings.Clone(d.Manufacturer), Model: strings.Clone(d.Model), Serial: strings.Clone(d.Serial), Firmware: strings.Clone(d.Firmware)}
}

// Signed reads the statement in a note, without its signatures; nil for none.
func Signed(note string) statement.Statement {
	body, _, found := strings.Cut(note, "\n\n")
	if !found {
		return nil
	}
	s, err := statement.Parse([]byte(body + "\n"))
	if err != nil {
		return nil
	}
	return s
}
