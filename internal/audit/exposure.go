package audit

import (
	"context"
	"strings"
	"sync"
	"time"

	"countersign/internal/clock"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Window says how much of the log's end only one person and this machine vouch for.
type Window struct {
	Records int64         // behind the signature; all that were looked at where there is none
	Since   time.Duration // that has passed since the signature; 0 where there is none
	Found   bool          // whether there is such a signature
}

// Exposure is what somebody with this machine's key and this person's could still make anew without contradicting a
// signature of somebody else.
type Exposure struct {
	CoLocated   Window // since the last signature by another person
	Independent Window // since the last one by another person on another machine
	Partial     bool   // older records were not looked at: a window that is not Found may end among them
}

// A record that came from another machine says so in its body.
const (
	channelKey  = "channel"
	otherDevice = "other-device"
)

// lookBack bounds how many records one call of Exposure reads. What it has read it remembers.
const lookBack = 20_000

// mark is a signed record.
type mark struct {
	seq int64
	at  clock.Reading
}

// signatures remembers each person's last signature, here and on another machine.
type signatures struct {
	looking sync.Mutex // held by the one who reads older records; appends go on

	mu         sync.Mutex
	here, away map[string]mark
	from       int64 // all records from this number on have been seen
}

func newSignatures(from int64) *signatures {
	return &signatures{here: map[string]mark{}, away: map[string]mark{}, from: from}
}

// see takes in a record. A person's later signature stays where an earlier one is seen after it.
func (s *signatures) see(l *leaf.Leaf) {
	if l.Stmt == "" {
		return
	}
	channel, _ := l.Body.Text(channelKey)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, person := range signers(l.Stmt) {
		keep(s.here, person, l)
		if channel == otherDevice {
			keep(s.away, person, l)
		}
	}
}

func keep(marks map[string]mark, person string, l *leaf.Leaf) {
	if had, known := marks[person]; !known || had.seq < l.Seq {
		marks[person] = mark{l.Seq, l.At}
	}
}

// signers returns the persons who signed a note, as its signature lines name them. Whether they did is for Verify.
func signers(note string) (persons []string) {
	_, lines, _ := strings.Cut(note, "\n\n")
	for line := range strings.Lines(lines) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		if _, person, err := statement.ParseKeyName(name); err == nil {
			persons = append(persons, person)
		}
	}
	return persons
}

// lastBut returns the last signature by anybody but this person.
func lastBut(marks map[string]mark, personID string) (last mark, found bool) {
	for person, m := range marks {
		if person != personID && (!found || m.seq > last.seq) {
			last, found = m, true
		}
	}
	return last, found
}

// Exposure returns how long nobody but this person has signed what the log holds. A signature names the log's head, so
// whoever would rewrite what came before it needs its signer too.
func (l *Log) Exposure(ctx context.Context, personID string) (Exposure, error) {
	e := l.exposure(personID)
	if !e.Partial {
		return e, nil
	}
	if err := l.seeOlder(ctx); err != nil {
		return Exposure{}, err
	}
	return l.exposure(personID), nil
}

// exposure is what is known without reading on.
func (l *Log) exposure(personID string) Exposure {
	now, size, s := l.clock.Now(), l.Head().Size, l.signed
	s.mu.Lock()
	defer s.mu.Unlock()
	window := func(marks map[string]mark) Window {
		m, found := lastBut(marks, personID)
		if !found {
			return Window{Records: size - s.from}
		}
		return Window{Records: max(0, size-m.seq-1), Since: passed(m.at, now), Found: true}
	}
	e := Exposure{CoLocated: window(s.here), Independent: window(s.away)}
	e.Partial = s.from > 0 && !e.Independent.Found
	return e
}

// seeOlder reads on from where it last ended, backwards.
func (l *Log) seeOlder(ctx context.Context) error {
	s := l.signed
	s.looking.Lock()
	defer s.looking.Unlock()
	s.mu.Lock()
	from := s.from
	s.mu.Unlock()
	return l.backwards(ctx, from, func(r Record) error {
		if r.Seq < from-lookBack {
			return errDone
		}
		s.see(&r.Leaf)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.from = r.Seq
		return nil
	})
}

// passed is measured by the boot clock where both readings are of one start-up, because nobody can set it.
func passed(then, now clock.Reading) time.Duration {
	if then.Boot == now.Boot {
		return time.Duration(now.BootMS-then.BootMS) * time.Millisecond
	}
	return max(0, now.Wall.Sub(then.Wall))
}
