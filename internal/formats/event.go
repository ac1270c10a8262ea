package formats

import (
	"fmt"
	"strings"
	"time"
)

// Heading is what a manifest says of a bundle besides its files.
type Heading struct {
	Origin, Site, Program string
	Made                  time.Time
	Clock                 string
	Simulated             bool
	Scope                 Scope
	From, To              int64
	Filter                string
	Head, Previous        Head
	Shown                 int64
}

// Event is the plain reading of a record.
type Event struct {
	Record
	Device, Serial, Subject string
	Outcome                 int
	Text                    string
}

// EventOf reads a record. It never fails.
func EventOf(r Record) Event {
	e := Event{Record: r}
	e.Device, _ = r.Body.Text("device")
	e.Serial, _ = r.Body.Text("serial")
	e.Subject, _ = r.Body.Text("request")
	var b strings.Builder
	for f := range r.Body.All() {
		if f.IsInt {
			fmt.Fprintf(&b, "%s=%d ", f.Key, f.Int)
		} else {
			fmt.Fprintf(&b, "%s=%s ", f.Key, f.Text)
		}
	}
	e.Text = strings.TrimSpace(b.String())
	return e
}
