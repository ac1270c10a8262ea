package audit

import (
	"context"
	"strings"
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

// signatures remembers each person's last signature, here and on another machine. Log.mu guards it.
type signatures struct {
	here, away map[string]mark
	from       int64 // all records from this number on have been seen
}

func newSignatures(from int64) signatures {
	return signatures{map[string]mark{}, map[string]mark{}, from}
}

// see takes in a record. A person's later signature stays where an earlier one is seen after it.
func (s *signatures) see(l *leaf.Leaf) {
	if l.Stmt == "" {
		return
	}
	channel, _ := l.Body.Text(channelKey)
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
	l.mu.Lock()
	defer l.mu.Unlock()
	now, size := l.clock.Now(), l.state.Range.Size()
	_, here := lastBut(l.signed.here, personID)
	_, away := lastBut(l.signed.away, personID)
	if !here || !away {
		if err := l.seeOlder(ctx); err != nil {
			return Exposure{}, err
		}
	}
	window := func(marks map[string]mark) Window {
		m, found := lastBut(marks, personID)
		if !found {
			return Window{Records: size - l.signed.from}
		}
		return Window{Records: size - m.seq - 1, Since: passed(m.at, now), Found: true}
	}
	e := Exposure{CoLocated: window(l.signed.here), Independent: window(l.signed.away)}
	e.Partial = l.signed.from > 0 && !e.Independent.Found
	return e, nil
}

// seeOlder reads on from where it last ended, backwards.
func (l *Log) seeOlder(ctx context.Context) error {
	until := max(0, l.signed.from-lookBack)
	err := l.backwards(ctx, l.signed.from, func(r Record) error {
		if r.Seq < until {
			return errDone
		}
		l.signed.see(&r.Leaf)
		l.signed.from = r.Seq
		return nil
	})
	return err
}

// passed is measured by the boot clock where both readings are of one start-up, because nobody can set it.
func passed(then, now clock.Reading) time.Duration {
	if then.Boot == now.Boot {
		return time.Duration(now.BootMS-then.BootMS) * time.Millisecond
	}
	return max(0, now.Wall.Sub(then.Wall))
}
