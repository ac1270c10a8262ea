package verify

import (
	"time"

	"countersign/internal/formats"
	"countersign/internal/statement"
)

// signatures remembers each person's last signature, here and on another machine.
type signatures struct {
	here, away map[string]mark
	last       string // who signed last
}

type mark struct {
	seq int64
	at  time.Time
}

// see takes in a record whose statement was found true.
func (s *signatures) see(r *formats.Record, signed statement.Statement) {
	channel, _ := r.Body.Text("channel")
	for _, id := range signed.Signatories() {
		s.here[id] = mark{r.Seq, r.At.Wall}
		if channel == "other-device" {
			s.away[id] = mark{r.Seq, r.At.Wall}
		}
		s.last = id
	}
}

// exposure is how much of the log's end nobody but this person, or whoever signed last, vouches for.
func (s *signatures) exposure(person string, size int64, made time.Time) Exposure {
	if person == "" {
		person = s.last
	}
	window := func(marks map[string]mark) (w Window) {
		w.Records = size
		for id, m := range marks {
			if records := size - m.seq - 1; id != person && (!w.Found || records < w.Records) {
				w = Window{true, records, max(0, made.Sub(m.at))}
			}
		}
		return w
	}
	return Exposure{Person: person, CoLocated: window(s.here), Independent: window(s.away)}
}
