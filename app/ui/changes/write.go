package changes

import (
	"slices"
	"sync"

	"countersign/internal/change"
	"countersign/internal/inventory"
)

// write is one execution that was started here. How far it is comes from the goroutine that works.
type write struct {
	running bool
	reading bool // only what the device holds is read, after a write whose outcome is unknown
	result  change.Result
	err     error

	mu    sync.Mutex
	done  int
	steps []change.Step
}

// progress is a change.Progress.
func (w *write) progress(done int, steps []change.Step) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done, w.steps = done, slices.Clone(steps)
}

// at returns how far the execution is.
func (w *write) at() (done int, steps []change.Step) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done, slices.Clone(w.steps)
}

func (m *model) writing(id string) bool {
	w := m.writes[id]
	return w != nil && w.running
}

// start begins the execution that the sheet asks for. A second call, from a double click for one, finds no sheet.
func (m *model) start() (r change.Request, device inventory.Device, w *write, ok bool) {
	r, ok = m.request()
	if !ok || m.flow.act != apply || m.flow.stage != confirming || m.me.ID == "" || m.writing(r.ID) {
		return r, device, nil, false
	}
	if device, ok = m.connected(r); !ok {
		return r, device, nil, false
	}
	m.leave()
	w = &write{running: true}
	m.writes[r.ID] = w
	return r, device, w, true
}

// wrote takes what came of an execution.
func (m *model) wrote(id string, result change.Result, err error) {
	w := m.writes[id]
	w.running, w.result, w.err = false, result, err
}

// steps returns what is known of each setting of a request: as recorded, or as an execution here tells it.
func (m *model) steps(r change.Request) []change.Step {
	w := m.writes[r.ID]
	switch {
	case r.State == change.Done && len(r.Steps) > 0:
		return r.Steps
	case w == nil:
		return nil
	case w.running:
		_, steps := w.at()
		return steps
	}
	return w.result.Steps
}
