// Package discovery keeps the list of endpoints that sources know of: what is there now, what was there and is gone,
// and how each source is doing. It merges and remembers; it never opens, connects to or addresses a device, and it does
// not judge what an endpoint might be (package identify does).
//
// Everything is level-triggered. A source says what it sees now, in full, as often as it likes; a watcher is told that
// something changed and looks at the list.
package discovery

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/drivers"
)

// Source finds endpoints of one kind by passive means.
type Source interface {
	// Name is what an endpoint's Source field says. It is unique among the sources of a registry.
	Name() string
	// Run looks until ctx ends or it cannot go on, and then returns why. It calls emit from one goroutine, each time
	// with everything that it sees now. The source does not change what it has emitted, maps included.
	Run(ctx context.Context, emit func([]drivers.Endpoint, Status)) error
}

// State is how a source is doing.
type State string

// The states. A source reports Running or Quiet; Failed and Stopped are the registry's words.
const (
	Running State = "running"
	Quiet   State = "quiet"   // it was not allowed to look, and does not
	Failed  State = "failed"  // it ended with an error and is started again after a while
	Stopped State = "stopped" // the registry is not running
)

// Status is a source's word on itself. Err may accompany Running: it sees something, but not everything.
type Status struct {
	State State
	Err   error
}

// SourceStatus is a source as the registry knows it.
type SourceStatus struct {
	Name string
	Status
	Since     time.Time // of this state
	Endpoints int       // that it sees now
}

// Found is one endpoint as the sources of a registry know it together.
type Found struct {
	// Endpoint has the label of the first source that gives one and the facts of all; where two sources differ, the
	// one earlier in the registry's list wins.
	drivers.Endpoint
	FirstSeen time.Time
	LastSeen  time.Time
	Present   bool     // false: it was there in this session and is gone
	Sources   []string // that see it now, or saw it last
}

// Clean makes text that a device or a host has claimed fit for screens, logs and files: characters that are not
// printable and those that change the direction of writing are left out, white space is one space, and what exceeds
// limit bytes is cut between characters.
func Clean(text string, limit int) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(text, unicode.IsSpace) {
		word = strings.Map(printable, word)
		if word == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return cut(b.String(), limit)
}

// Printable says whether text is UTF-8 that Clean would leave every character of.
func Printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return printable(r) < 0 })
}

// printable is for strings.Map. Format characters (bidi controls, zero-width ones) are not printable for unicode.
func printable(r rune) rune {
	if r == utf8.RuneError || !unicode.IsPrint(r) {
		return -1
	}
	return r
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimRight(s[:limit], " ")
}
