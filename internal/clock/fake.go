package clock

import (
	"fmt"
	"sync"
	"time"
)

// Fake is a Clock for tests that moves only when it is told to. It judges steps as the real one does.
type Fake struct {
	mu     sync.Mutex
	wall   time.Time
	up     time.Duration
	boots  int
	synced bool
	judge  judge
}

// NewFake returns a synchronised Fake that shows wall, one hour after its first start-up.
func NewFake(wall time.Time) *Fake {
	return &Fake{wall: wall, up: time.Hour, boots: 1, synced: true}
}

// Now implements Clock.
func (f *Fake) Now() Reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := Reading{
		Wall:   f.wall.Truncate(time.Millisecond),
		BootMS: f.up.Milliseconds(),
		Boot:   fmt.Sprintf("boot-%d", f.boots),
		State:  Unsynced,
	}
	if f.synced {
		r.State = OK
	}
	return f.judge.see(r)
}

// Advance lets time pass on both clocks.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wall, f.up = f.wall.Add(d), f.up+d
}

// Step sets the wall clock by d, back where d is negative. The boot clock stands.
func (f *Fake) Step(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wall = f.wall.Add(d)
}

// SetSynced says whether the wall clock follows a reference from now on.
func (f *Fake) SetSynced(synced bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.synced = synced
}

// Reboot starts the workstation anew after it was off for d: the wall clock runs on, the boot clock begins at nought.
// A program does not survive that, so the next reading has no reading before it.
func (f *Fake) Reboot(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wall, f.up, f.boots, f.judge = f.wall.Add(d), 0, f.boots+1, judge{}
}
