package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
)

// Fault is one way to misbehave.
type Fault string

// The faults of the line, which every simulator has, and of the device, which each carries out in its protocol.
const (
	Unplug   Fault = "unplug"   // the cable is pulled after n more bytes from the device
	Silence  Fault = "silence"  // nothing the device sends arrives
	Garbage  Fault = "garbage"  // every nth byte from the device is another one
	Refuse   Fault = "refuse"   // the device says no to every write
	Ignore   Fault = "ignore"   // the device acknowledges a write and does nothing
	Clamp    Fault = "clamp"    // the device acknowledges a write and sets n below what was asked
	Revert   Fault = "revert"   // the device takes a write and goes back to what it had after n reports
	BadClock Fault = "badclock" // the device's clock is n seconds ahead
	Swap     Fault = "swap"     // another unit of the same model answers
	Patient  Fault = "patient"  // the device is measuring a (simulated) patient
)

// allFaults lists the faults in the order in which screens show them.
var allFaults = []Fault{Unplug, Silence, Garbage, Refuse, Ignore, Clamp, Revert, BadClock, Swap, Patient}

// Known returns every fault there is.
func Known() []Fault { return slices.Clone(allFaults) }

// Faults are the switches of one unit. The zero value is a unit that behaves. Safe for concurrent use.
type Faults struct {
	mu sync.Mutex
	on map[Fault]int
}

// Set turns a fault on; what n means is said at each Fault. An unknown fault is an error.
func (f *Faults) Set(fault Fault, n int) error {
	if !slices.Contains(allFaults, fault) {
		return fmt.Errorf("no fault is called %q; there are %v", fault, allFaults)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on == nil {
		f.on = map[Fault]int{}
	}
	f.on[fault] = n
	return nil
}

// Clear turns a fault off.
func (f *Faults) Clear(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.on, fault)
}

// Active returns the fault's number and whether it is on.
func (f *Faults) Active(fault Fault) (n int, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, on = f.on[fault]
	return n, on
}

// spend takes n from a fault's number and returns what was there before, or -1 when the fault is off.
func (f *Faults) spend(fault Fault, n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	left, on := f.on[fault]
	if !on {
		return -1
	}
	f.on[fault] = max(0, left-n)
	return left
}

// Line puts the line faults between the device and the console: what the device writes to the returned line arrives
// as the faults let it. What the console sends always arrives, as long as the cable is in.
func (f *Faults) Line(rw io.ReadWriteCloser) io.ReadWriter { return &line{faults: f, rw: rw} }

type line struct {
	faults *Faults
	rw     io.ReadWriteCloser
	count  int
}

func (l *line) Read(p []byte) (int, error) { return l.rw.Read(p) }

func (l *line) Write(p []byte) (int, error) {
	if _, silent := l.faults.Active(Silence); silent {
		return len(p), nil
	}
	out := l.garble(p)
	if left := l.faults.spend(Unplug, len(out)); left >= 0 && left < len(out) {
		_, _ = l.rw.Write(out[:left])
		l.rw.Close()
		return left, io.ErrClosedPipe
	}
	return l.rw.Write(out)
}

func (l *line) garble(p []byte) []byte {
	every, on := l.faults.Active(Garbage)
	if !on || every <= 0 {
		return p
	}
	// The seed makes a run repeatable; how random it is does not matter.
	random := rand.New(rand.NewPCG(uint64(l.count), uint64(every)))
	out := slices.Clone(p)
	for i := range out {
		if l.count++; l.count%every == 0 {
			out[i] ^= byte(1 + random.IntN(255))
		}
	}
	return out
}
