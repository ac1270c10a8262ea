package breakglass

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Session is one emergency on one device. Only Desk.Open and Desk.Continue return one. It is safe for concurrent use.
type Session struct {
	desk    *Desk
	ask     Ask
	id      string
	tier    Tier
	receipt Receipt

	continued bool // after a crash, and nobody has shown since who they are

	// What follows is guarded by desk.mu.
	until   clock.Reading // when its time is over, by the boot clock
	how     How           // it has ended: nothing new starts
	closed  bool          // that is recorded
	busy    int           // writes that have begun
	actions int
	records []Receipt // of all so far
}

// ID returns the session's number, as its records carry it.
func (s *Session) ID() string { return s.id }

// Ask returns what the session was opened for.
func (s *Session) Ask() Ask { return s.ask }

// Tier is how much may be done in the session.
func (s *Session) Tier() Tier { return s.tier }

// Continued says whether the session was interrupted and gone on with: nobody has shown since who they are.
func (s *Session) Continued() bool { return s.continued }

// Receipt is that of the record with which the session began, with the places that have it by now.
func (s *Session) Receipt() Receipt { return s.receipt.Now() }

// Left is how much of its time is left: 0 when it is over or the session has ended.
func (s *Session) Left() time.Duration {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.left(s.desk.recorder.now())
}

// left counts by the boot clock. s.desk.mu is held.
func (s *Session) left(now clock.Reading) time.Duration {
	if s.how != "" || now.Boot != s.until.Boot {
		return 0
	}
	return max(0, time.Duration(s.until.BootMS-now.BootMS)*time.Millisecond)
}

// Ended returns how the session ended, or "".
func (s *Session) Ended() How {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.how
}

// Busy says whether something is being written.
func (s *Session) Busy() bool {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.busy > 0
}

// Actions is how many writes were begun.
func (s *Session) Actions() int {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.actions
}

// Extend gives the session another TTL from now, and records it. A session that has ended is fault.Expired: it takes a new
// one. So does one that was interrupted and continued, which is fault.Unproved: nobody has shown since who they are.
func (s *Session) Extend() (Receipt, error) {
	if s.continued {
		return Receipt{}, fault.New(fault.Unproved, s.ask.Name, nil)
	}
	s.desk.mu.Lock()
	if s.left(s.desk.recorder.now()) == 0 {
		s.desk.mu.Unlock()
		return Receipt{}, fault.New(fault.Expired, s.ask.Name, nil)
	}
	s.until = later(s.desk.recorder.now(), TTL)
	s.desk.mu.Unlock()
	var note string
	if s.ask.Who.Signer != nil {
		note = s.desk.sign(s.ask.Who, func(by statement.By) statement.Statement {
			return statement.Extension{By: by, Session: s.id, More: TTL}
		})
	}
	r := s.record(kindExtended, note, func(b *leaf.Body) { b.SetInt("valid-for", int64(TTL/time.Second)) })
	s.desk.changed.Notify()
	return r, nil
}

// Intend records that something is about to be written, before its first byte. After it Conclude must be called, whatever
// came of it. A session that has ended, or whose time is over, is fault.Expired; nothing is recorded then.
func (s *Session) Intend(pairs ...string) (Receipt, error) {
	s.desk.mu.Lock()
	if s.left(s.desk.recorder.now()) == 0 {
		s.desk.mu.Unlock()
		return Receipt{}, fault.New(fault.Expired, s.ask.Name, nil)
	}
	s.busy++
	s.actions++
	n := s.actions
	s.desk.mu.Unlock()
	s.desk.changed.Notify()
	return s.record(KindIntent, "", func(b *leaf.Body) {
		b.SetInt("action", int64(n))
		set(b, pairs...)
	}), nil
}

// Conclude records what came of what was last begun. Where the session's end waited for it, that is recorded now.
func (s *Session) Conclude(pairs ...string) Receipt {
	s.desk.mu.Lock()
	n := s.actions
	s.desk.mu.Unlock()
	r := s.record(kindOutcome, "", func(b *leaf.Body) {
		b.SetInt("action", int64(n))
		set(b, pairs...)
	})
	s.desk.mu.Lock()
	s.busy--
	s.desk.mu.Unlock()
	s.close()
	s.desk.changed.Notify()
	return r
}

// Stop records why nothing was sent.
func (s *Session) Stop(pairs ...string) Receipt {
	return s.record(kindStopped, "", func(b *leaf.Body) { set(b, pairs...) })
}

// Seal ends the session: nothing new starts. What has begun is finished, and the end is recorded after it.
func (s *Session) Seal(how How) {
	s.desk.mu.Lock()
	if s.how == "" {
		s.how = how
	}
	s.desk.mu.Unlock()
	s.close()
	s.desk.changed.Notify()
}

// close records the end, once, when nothing is being written any more.
func (s *Session) close() {
	s.desk.mu.Lock()
	due := s.how != "" && s.busy == 0 && !s.closed
	if due {
		s.closed = true
	}
	how, actions, took := s.how, s.actions, strings.Join(everywhere(s.records), ", ")
	s.desk.mu.Unlock()
	if !due {
		return
	}
	s.record(kindClosed, "", func(b *leaf.Body) {
		b.Set("how", string(how))
		b.SetInt("actions", int64(actions))
		b.Set("sinks", took)
	})
	s.desk.forget(s)
}

// record makes one of the session's records.
func (s *Session) record(kind, note string, fill func(*leaf.Body)) Receipt {
	var body leaf.Body
	body.Set("session", s.id)
	body.Set("device", clean(s.ask.Name))
	fill(&body)
	r := s.desk.recorder.Record(kindOf(kind, s.ask.Drill), cleanActor(s.ask.Who.Actor), body, note)
	s.desk.mu.Lock()
	s.records = append(s.records, r)
	s.desk.mu.Unlock()
	return r
}

// everywhere are the places that have every one of the records by now.
func everywhere(records []Receipt) (places []string) {
	for i, r := range records {
		took := r.Now().Took
		if i == 0 {
			places = took
		}
		places = slices.DeleteFunc(places, func(name string) bool { return !slices.Contains(took, name) })
	}
	return places
}

func later(r clock.Reading, d time.Duration) clock.Reading {
	r.BootMS += d.Milliseconds()
	return r
}

// set adds texts that are not empty.
func set(b *leaf.Body, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			b.Set(pairs[i], clean(pairs[i+1]))
		}
	}
}

// clean makes a text recordable: a device's or a person's odd byte must not stand in the way.
func clean(text string) string { return strings.ToValidUTF8(text, "?") }

func cleanActor(a leaf.Actor) leaf.Actor {
	return leaf.Actor{ID: clean(a.ID), Name: clean(a.Name), Role: clean(a.Role)}
}

// newID draws the number of a session or of a statement.
func newID(now clock.Reading) string {
	id, err := statement.NewID(now.Wall, rand.Reader)
	if err != nil { // a year that the form of the number has no room for
		id, _ = statement.NewID(time.UnixMilli(0), rand.Reader)
	}
	return id
}
