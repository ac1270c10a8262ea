package breakglass

import (
	"context"
	"sync"

	"countersign/internal/fault"
	"countersign/internal/journal"
)

// nearlyFull is the share of a journal, in percent, from which on another one is claimed in advance.
const nearlyFull = 75

// Journals is the emergency journal as a place: a file in a folder, and another one where that fails or fills up. A file that
// failed is never written to again; its frames stay in it.
type Journals struct {
	name, folder, boot string

	mu   sync.Mutex
	file *journal.File
	err  error // why there is none
}

// NewJournals names a place; boot is which start-up of the machine this is. Nothing is written before Prepare or the first
// record.
func NewJournals(name, folder, boot string) *Journals {
	return &Journals{name: name, folder: folder, boot: boot, err: fault.Newf(fault.LogDenied, folder, "no journal has been claimed yet")}
}

// Folder returns where the journals are.
func (j *Journals) Folder() string { return j.folder }

// Prepare claims a file before it is needed, where there is none. It may take a tenth of a second where one must be made.
func (j *Journals) Prepare() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.prepare()
}

func (j *Journals) prepare() error {
	if j.file != nil && j.file.Check() == nil {
		return nil
	}
	if j.file != nil {
		j.err = j.file.Check()
		_ = j.file.Close() // what matters is why it takes nothing
		j.file = nil
	}
	file, err := journal.Claim(j.folder, j.boot)
	if err != nil {
		j.err = err
		return err
	}
	j.file, j.err = file, nil
	return nil
}

// Check returns why the next record would not be taken, or nil.
func (j *Journals) Check() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		return j.file.Check()
	}
	return j.err
}

// Sink is the journal as one of the places.
func (j *Journals) Sink() Sink { return Sink{Name: j.name, Durable: true, Put: j.put} }

func (j *Journals) put(_ context.Context, f journal.Frame) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.prepare(); err != nil {
		return err
	}
	err := j.file.Put(f)
	if err == nil {
		return nil
	}
	// Full, or broken: another file may take it. What the broken one holds is read by whoever looks for frames.
	if next, claimed := journal.Claim(j.folder, j.boot); claimed == nil {
		_ = j.file.Close()
		j.file = next
		return j.file.Put(f)
	}
	return err
}

// Renew claims another file when this one is nearly full. It is called when nothing waits for a record.
func (j *Journals) Renew() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil || j.file.Check() != nil || j.file.Used() < nearlyFull {
		return nil
	}
	next, err := journal.Claim(j.folder, j.boot)
	if err != nil {
		return err
	}
	err = j.file.Close()
	j.file = next
	return err
}

// Close lets other processes have the journal.
func (j *Journals) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	j.err = fault.Newf(fault.LogDenied, j.folder, "the journal is closed")
	return err
}
