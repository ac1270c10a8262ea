package device

import "countersign/drivers"

// Staged returns what is staged for the device at an endpoint and differs from what it holds, in the driver's order; nothing
// while the device has not been read. A value that was chosen in another unit than the device shows now is left out.
func (s *Screen) Staged(key string) []drivers.Change {
	d, err := s.deps.Device(key)
	if err != nil || d.Driver == nil || d.Read == nil {
		return nil
	}
	var all []drivers.Change
	draft := s.model.staged.of(subjectOf(key, d.Identity))
	for _, setting := range d.Read.Description.Settings {
		w, wanted := draft.wishes[setting.ID]
		found, _ := d.Read.Snapshot.Reading(setting.ID)
		if wanted && w.unit == setting.Unit && found.Value != w.value {
			all = append(all, drivers.Change{Setting: setting.ID, Wanted: w.value})
		}
	}
	return all
}

// Unstage drops what is staged for the device at an endpoint: it was written.
func (s *Screen) Unstage(key string) {
	d, err := s.deps.Device(key)
	if err != nil || d.Driver == nil {
		return
	}
	s.model.staged.of(subjectOf(key, d.Identity)).discard()
	if key == s.model.key {
		s.view.render()
	}
}

// Stage wants values for settings of the device at an endpoint, over what is staged.
func (s *Screen) Stage(key string, changes []drivers.Change) {
	d, err := s.deps.Device(key)
	if err != nil || d.Driver == nil || d.Read == nil {
		return
	}
	draft := s.model.staged.of(subjectOf(key, d.Identity))
	for _, c := range changes {
		if setting, ok := d.Read.Description.Setting(c.Setting); ok {
			draft.stage(c.Setting, wish{c.Wanted, setting.Unit})
		}
	}
}

// Idle says whether nothing is staged for any device and no review is open.
func (s *Screen) Idle() bool {
	for _, d := range s.model.staged {
		if len(d.wishes) > 0 {
			return false
		}
	}
	return s.model.sheet == nil
}
