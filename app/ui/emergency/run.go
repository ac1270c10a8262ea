package emergency

import (
	"slices"
	"sync"

	"countersign/app/ui/changes"
	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/statement"
)

// run is one act of the page: an emergency was opened, or something was written in it. What the page says of it is kept
// with it, for the device's reading is forgotten once it was written to. How far it is comes from the goroutine that works.
type run struct {
	device  string // as buttons name it
	reading inventory.Reading
	sent    []drivers.Change
	running bool
	result  Result
	err     error

	mu    sync.Mutex
	done  int
	steps []change.Step
}

func (m *model) begin(sent []drivers.Change) *run {
	r := &run{device: m.named(), sent: sent, running: true}
	switch before := m.runs[m.key]; {
	case m.device.Read != nil:
		r.reading = *m.device.Read
	case before != nil:
		r.reading = before.reading
	}
	m.runs[m.key] = r
	return r
}

// ended takes what came of it.
func (m *model) ended(r *run, result Result, err error) {
	r.running, r.result, r.err = false, result, err
}

// progress is a change.Progress.
func (r *run) progress(done int, steps []change.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.steps = done, slices.Clone(steps)
}

// now returns how far it is.
func (r *run) now() (done int, steps []change.Step) {
	if !r.running {
		return len(r.result.Change.Steps), r.result.Change.Steps
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done, slices.Clone(r.steps)
}

// tells says whether there is something to be told that the page does not show by itself: an opening, a write, or a receipt.
func (r *run) tells() bool {
	return len(r.result.Change.Steps) > 0 || r.result.Lost || r.err == nil && r.result.Code != ""
}

// unsent is what was not sent, and what nobody knows of whether it arrived.
func (r *run) unsent() []drivers.Change {
	return slices.DeleteFunc(slices.Clone(r.sent), func(c drivers.Change) bool {
		i := slices.IndexFunc(r.result.Change.Steps, func(s change.Step) bool { return s.ID == c.Setting })
		if i < 0 {
			return len(r.result.Change.Steps) > 0 // it was left out on purpose
		}
		o := r.result.Change.Steps[i].Outcome
		return o != change.NotSent && o != change.Unknown
	})
}

// outcome is the word for what came of it.
func (r *run) outcome() kit.State {
	switch {
	case len(r.result.Change.Steps) > 0:
		return changes.OutcomeState(r.result.Change.Outcome)
	case r.err != nil:
		return kit.Failed
	}
	return kit.Emergency
}

// told says in a sentence what came of it, for those who look elsewhere meanwhile.
func (r *run) told() (kit.State, string) {
	what := r.outcome().Word()
	if r.err != nil {
		what, _, _ = kit.FaultText(r.err)
	} else if r.outcome() == kit.Emergency {
		what = kit.T("emergency.opened")
	}
	return r.outcome(), kit.T("emergency.told", kit.Data{"Device": r.device, "What": what})
}

// quantity writes a statement's token as people write it.
func (r *run) quantity(s drivers.Setting, unit, token string) string {
	if token == "" {
		return ""
	}
	if v, err := statement.ParseToken(s.Kind, token); err == nil {
		return kit.Quantity(v, unit)
	}
	return token
}
