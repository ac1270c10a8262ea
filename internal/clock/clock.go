// Package clock says what time it is and how far that can be trusted. Every record and every statement carries what it
// tells: the wall clock, which people can set, beside the boot clock, which they cannot. It keeps no time itself, sets no
// clock, asks no network, and has no timers.
package clock

import (
	"sync"
	"time"
)

// State says how far the wall clock of a reading can be trusted.
type State string

// The states, in the words that records and statements use.
const (
	OK       State = "ok"       // the operating system says that it follows a reference
	Unsynced State = "unsynced" // nobody says so: no reference, or a system that cannot tell
	Stepped  State = "stepped"  // it moved against the boot clock since the reading before
)

// Valid says whether s is one of the states.
func (s State) Valid() bool { return s == OK || s == Unsynced || s == Stepped }

// Reading is what the clocks showed at one instant.
type Reading struct {
	Wall   time.Time // to the millisecond, with the workstation's offset from UTC
	BootMS int64     // milliseconds since start-up, time asleep included; comparable only where Boot is equal
	Boot   string    // which start-up; never empty and never reused
	State  State
}

// Clock is read by everything that records or signs. It is safe for concurrent use.
type Clock interface {
	Now() Reading
}

// maxStep is how far the wall clock may move against the boot clock between two readings. Reference clocks slew them
// by far less; a person or a first synchronisation moves them by more.
const maxStep = 2 * time.Second

// maxGap is how long reading the two clocks may take before the pair is read again.
const maxGap = 100 * time.Millisecond

// host is what an operating system tells of time.
type host struct {
	boot   string
	wall   func() time.Time
	uptime func() time.Duration
	synced func() bool
}

type system struct {
	host
	mu    sync.Mutex
	judge judge
}

// System returns the workstation's own clock. Each System judges steps between its own readings: a program needs one.
//
// An operating system that does not tell which start-up this is gets a new name for it: what was bound to the boot
// before this process began is then out of date, which is the safe mistake.
func System() Clock {
	h := host{boot: bootID(), wall: time.Now, synced: synced}
	if _, err := uptime(); err == nil {
		h.uptime = func() time.Duration {
			d, _ := uptime() // it takes no argument that could be wrong later
			return d
		}
	} else {
		// Time asleep is then not counted, so the count must not be compared with any other process's.
		start := time.Now()
		h.uptime, h.boot = func() time.Duration { return time.Since(start) }, ""
	}
	if h.boot == "" {
		h.boot = unknownBoot()
	}
	return &system{host: h}
}

// Now implements Clock.
func (s *system) Now() Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	wall, up := s.pair()
	r := Reading{Wall: wall, BootMS: up.Milliseconds(), Boot: s.boot, State: Unsynced}
	if s.synced() {
		r.State = OK
	}
	return s.judge.see(r)
}

// pair reads both clocks at what is as good as one instant. A laptop that falls asleep between the two would look as if
// somebody had set its clock.
func (s *system) pair() (wall time.Time, up time.Duration) {
	for range 3 {
		before := s.uptime()
		wall, up = s.wall().Truncate(time.Millisecond), s.uptime()
		if up-before <= maxGap {
			break
		}
	}
	return wall, up
}

// judge tells a step from the passing of time.
type judge struct {
	seen   bool
	offset int64 // wall minus boot clock at the reading before, in ms
}

func (j *judge) see(r Reading) Reading {
	offset := r.Wall.UnixMilli() - r.BootMS
	moved := offset - j.offset
	if j.seen && (moved > maxStep.Milliseconds() || -moved > maxStep.Milliseconds()) {
		r.State = Stepped
	}
	j.seen, j.offset = true, offset
	return r
}
