package device

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
)

// row is one line of the configuration: the heading of a group, or a setting.
type row struct {
	heading string
	setting drivers.Setting
	found   string // with its unit; "" when it could not be read
	was     string // what an earlier reading found, where that differs
	staged  string // with its unit; "" for nothing
	problem string // why what is staged cannot be sent, as a sentence
	locked  string // why the setting cannot be changed here, as a sentence
}

func (r row) key() string {
	if r.heading != "" {
		return "# " + r.heading
	}
	return string(r.setting.ID)
}

// rows lists the configuration by groups, in the order of the driver's description.
func (m *model) rows() []row {
	reading, ok := m.snapshot()
	if !ok {
		return nil
	}
	problems := m.problems(m.draft().wishes)
	groups := map[string][]row{}
	var order []string
	for _, s := range reading.Description.Settings {
		if groups[s.Group] == nil {
			order = append(order, s.Group)
		}
		groups[s.Group] = append(groups[s.Group], m.row(s, problems))
	}
	var all []row
	for _, g := range order {
		if g != "" {
			all = append(all, row{heading: g})
		}
		all = append(all, groups[g]...)
	}
	return all
}

// rowOf returns the line of one setting; the second result is false for a setting that the device does not have.
func (m *model) rowOf(id drivers.SettingID) (row, bool) {
	reading, ok := m.snapshot()
	if !ok {
		return row{}, false
	}
	s, ok := reading.Description.Setting(id)
	if !ok {
		return row{}, false
	}
	return m.row(s, m.problems(m.draft().wishes)), true
}

func (m *model) row(s drivers.Setting, problems map[drivers.SettingID]string) row {
	r := row{setting: s, locked: m.locked(s)}
	if found, ok := m.found(s.ID); ok {
		r.found = kit.Quantity(found.Value, unitOf(found, s))
		r.was = m.was(s, found)
	}
	if w, ok := m.draft().wishes[s.ID]; ok {
		r.staged, r.problem = kit.Quantity(w.value, w.unit), problems[s.ID]
	}
	return r
}

func unitOf(r drivers.Reading, s drivers.Setting) string {
	if r.Unit == "" {
		return s.Unit
	}
	return r.Unit
}

func (m *model) found(id drivers.SettingID) (drivers.Reading, bool) {
	reading, ok := m.snapshot()
	if !ok {
		return drivers.Reading{}, false
	}
	return reading.Snapshot.Reading(id)
}

// was returns what the reading before found, where that differs. A clock always differs.
func (m *model) was(s drivers.Setting, found drivers.Reading) string {
	before := m.memory().before
	if before == nil || s.Kind == drivers.Instant {
		return ""
	}
	old, ok := before.Snapshot.Reading(s.ID)
	if !ok || old.Value == found.Value && unitOf(old, s) == unitOf(found, s) {
		return ""
	}
	return kit.Quantity(old.Value, unitOf(old, s))
}

// locked says why a setting cannot be changed here; "" when it can. That nobody is signed in is no reason: staging is
// nobody's act yet.
func (m *model) locked(s drivers.Setting) string {
	_, readable := m.found(s.ID)
	switch {
	case !s.Writable:
		return kit.T("device.locked.there")
	case !m.mayWrite():
		return kit.T("device.locked.unsigned")
	case !readable:
		return kit.T("device.locked.unread")
	}
	return ""
}

// stage wants a value. Wanting what the device has takes the wish back.
func (m *model) stage(id drivers.SettingID, v drivers.Value) {
	reading, ok := m.snapshot()
	s, known := reading.Description.Setting(id)
	if !ok || !known || m.locked(s) != "" {
		return
	}
	if found, _ := m.found(id); found.Value == v {
		m.draft().drop(id)
		return
	}
	m.draft().stage(id, wish{v, s.Unit})
}

// preview says what would be wrong with a value, were it staged.
func (m *model) preview(s drivers.Setting, v drivers.Value) string {
	wishes := map[drivers.SettingID]wish{}
	for id, w := range m.draft().wishes {
		wishes[id] = w
	}
	wishes[s.ID] = wish{v, s.Unit}
	return m.problems(wishes)[s.ID]
}

// changes lists what is staged and differs from the device, in the driver's order.
func (m *model) changes() []drivers.Change {
	reading, ok := m.snapshot()
	if !ok {
		return nil
	}
	var all []drivers.Change
	for _, s := range reading.Description.Settings {
		w, wanted := m.draft().wishes[s.ID]
		found, _ := m.found(s.ID)
		if wanted && found.Value != w.value {
			all = append(all, drivers.Change{Setting: s.ID, Wanted: w.value})
		}
	}
	return all
}

// blocked says why the changes cannot be sent as they are; "" when they can.
func (m *model) blocked() string {
	reading, ok := m.snapshot()
	if !ok {
		return ""
	}
	problems, clinical := m.problems(m.draft().wishes), 0
	for _, s := range reading.Description.Settings {
		w, staged := m.draft().wishes[s.ID]
		switch {
		case !staged:
			continue
		case problems[s.ID] != "":
			return problems[s.ID]
		case m.locked(s) != "":
			return s.Label + ": " + m.locked(s)
		}
		if found, _ := m.found(s.ID); s.Risk == drivers.Clinical && found.Value != w.value {
			clinical++
		}
	}
	if clinical > change.MaxBlind {
		return kit.N("device.problem.blind", change.MaxBlind)
	}
	if err := reading.Description.CheckAll(m.changes(), reading.Snapshot); err != nil {
		return kit.T("device.problem.rule")
	}
	return ""
}

// problems says, for each setting, what is wrong with a set of wishes, as the device is now.
func (m *model) problems(wishes map[drivers.SettingID]wish) map[drivers.SettingID]string {
	reading, _ := m.snapshot()
	all := map[drivers.SettingID]string{}
	after := func(id drivers.SettingID) (drivers.Value, bool) {
		if w, ok := wishes[id]; ok {
			return w.value, true
		}
		r, ok := reading.Snapshot.Reading(id)
		return r.Value, ok
	}
	for _, s := range reading.Description.Settings {
		low, hasLow := after(s.ID)
		high, hasHigh := after(s.Below)
		if s.Below != "" && hasLow && hasHigh && low.Decimal().Cmp(high.Decimal()) >= 0 {
			over, _ := reading.Description.Setting(s.Below)
			all[s.ID] = kit.T("device.problem.below", kit.Data{"Low": s.Label, "High": over.Label,
				"LowValue": kit.Quantity(low, s.Unit), "HighValue": kit.Quantity(high, over.Unit)})
			all[over.ID] = all[s.ID]
		}
	}
	for _, s := range reading.Description.Settings {
		w, ok := wishes[s.ID]
		if !ok {
			continue
		}
		if w.unit != s.Unit {
			all[s.ID] = kit.T("device.problem.unit", kit.Data{"Label": s.Label, "Old": kit.Unit(w.unit), "New": kit.Unit(s.Unit)})
		} else if _, err := kit.ParseEntry(s, w.value.String()); err != nil {
			all[s.ID] = s.Label + ": " + err.Error()
		}
	}
	return all
}

// allowed says in a few words what a setting may be.
func allowed(s drivers.Setting) string {
	switch {
	case s.Kind.Numeric():
		s.Step = drivers.Decimal{} // the editor tells
		return kit.Hint(s)
	case s.Kind == drivers.Choice:
		return strings.Join(s.Options, ", ")
	case s.Kind == drivers.Toggle:
		return kit.T("value.on") + ", " + kit.T("value.off")
	}
	return ""
}

func riskState(r drivers.Risk) kit.State { return kit.State(r.String()) }
