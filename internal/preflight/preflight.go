// Package preflight says, before there is an emergency, what the console could rely on in one: it measures the room on
// the disk, keeps some of it in reserve, and judges what others found. It opens no log and no journal, repairs nothing,
// words nothing for people, and has no say in whether somebody may break glass: they always may.
package preflight

import (
	"countersign/internal/clock"
	"countersign/internal/fault"
)

// Level is the one word for the state of the console.
type Level string

// The levels, from best to worst.
const (
	Ready         Level = "ready"
	Degraded      Level = "degraded"       // works, and something that an emergency leans on is missing
	EmergencyOnly Level = "emergency-only" // the record cannot be used: nothing but an emergency can be written
)

// Facts are what the parts of the program found. An error is what the part answered when it was tried; nil is "works".
type Facts struct {
	Journal       error       // the emergency journal
	Mirror        error       // the mirror file; counts only where MirrorSet
	MirrorSet     bool        // a second path is configured
	Record        error       // the audit log
	RecordOpening bool        // the audit log is still being opened
	Clock         clock.State //
	Keys          error       // no personal key can be read
	KeysExposed   int         // key files that others on this computer can read
	CodesLeft     int         // sealed codes that nobody has used
	CodesTotal    int         // sealed codes on the sheet in force; 0 where none was printed
	Ballast       int64       // bytes, as Kept tells
	FreeBytes     int64       // bytes, as Free tells; counts only where FreeErr is nil
	FreeErr       error       //
	People        int         // who can sign now
}

// Item is the outcome of one check.
type Item struct {
	Check  string     // "journal", "record", "clock", "keys", "codes", "ballast", "space", "mirror" or "people"
	OK     bool       // false: the level is not Ready because of it
	Kind   fault.Kind // of the error behind it; "" where there is none
	Detail string     // a word of this package with, after a space, a number; or an error's text, for details; or ""
}

// Report is the outcome of all checks, in a fixed order.
type Report struct {
	Level Level
	Items []Item
}
