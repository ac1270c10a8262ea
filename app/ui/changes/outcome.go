package changes

import (
	"context"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/task"
)

// unresolved is a change whose outcome nobody knows, and the device to ask.
type unresolved struct {
	request change.Request
	device  inventory.Device
}

// reachable returns the changes of unknown outcome whose device has come back since the last look: each is read once for
// every time that it comes back. A device that never went away is left to the person's button.
func (m *model) reachable() []unresolved {
	var back []unresolved
	for _, r := range m.requests {
		if r.State != change.Done || r.Outcome != change.Unknown {
			delete(m.reached, r.ID)
			continue
		}
		d, here := m.connected(r)
		was, known := m.reached[r.ID]
		m.reached[r.ID] = here
		if known && !was && here && !m.writing(r.ID) {
			back = append(back, unresolved{r, d})
		}
	}
	return back
}

// reach has the devices asked that have come back.
func (s *Screen) reach() {
	if s.deps.Resolve == nil {
		return
	}
	for _, u := range s.model.reachable() {
		s.resolve(u.request, u.device)
	}
}

// resolve reads what a device holds after a write whose outcome is unknown. It never writes.
func (s *Screen) resolve(r change.Request, device inventory.Device) {
	if s.model.writing(r.ID) {
		return
	}
	s.model.writes[r.ID] = &write{running: true, reading: true}
	name := kit.T("changes.task.resolve", kit.Data{"Serial": serialOf(r.Device, r.AssetTag)})
	aside(s, func(ctx context.Context) (result change.Result, err error) {
		err = s.deps.Board.Run(ctx, name, func(ctx context.Context, _ *task.Progress) error {
			result, err = s.deps.Resolve(ctx, r.ID, device)
			return err
		})
		return result, err
	}, func(result change.Result, err error) {
		s.model.wrote(r.ID, result, err)
		state, sentence := written(r, result, err)
		s.deps.Result(state, sentence, func() { s.deps.Open(shell.Route{Screen: "changes", ID: r.ID}) })
		s.load()
	})
}
