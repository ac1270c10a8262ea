package device

import (
	"maps"
	"slices"

	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// edit is a returned request whose values shall be staged again, as soon as its device is on the page and read.
type edit struct {
	key     string
	request change.Request
}

// Again stages the values of a request that was returned to its proposer: the page of its device, when it is shown next,
// has them, and what is then proposed names that request.
func (s *Screen) Again(r change.Request, key string) { s.model.edit = &edit{key, r} }

// takeEdit stages what waits for this device and says whether it did.
func (m *model) takeEdit() bool {
	e := m.edit
	reading, read := m.snapshot()
	if e == nil || e.key != m.key || !read {
		return false
	}
	m.edit = nil
	if statement.DeviceOf(m.device.Identity).Serial != e.request.Device.Serial || m.device.Driver.About().ID != e.request.Driver.ID {
		return false
	}
	wishes := map[drivers.SettingID]wish{}
	for _, l := range e.request.Set {
		m.wishFor(wishes, reading.Description, l.ID, l.Wanted)
	}
	d := m.draft()
	d.put(wishes)
	d.edits, d.template = e.request.ID, ""
	return true
}

// wishFor adds a token as a wish, where the device has such a setting and holds another value.
func (m *model) wishFor(wishes map[drivers.SettingID]wish, description drivers.Description, id drivers.SettingID, token string) {
	setting, ok := description.Setting(id)
	if !ok {
		return
	}
	value, err := statement.ParseToken(setting.Kind, token)
	if found, _ := m.found(id); err != nil || found.Value == value {
		return
	}
	wishes[id] = wish{value, setting.Unit}
}

// put stages several values in one step, over what is staged.
func (d *draft) put(wishes map[drivers.SettingID]wish) {
	if len(wishes) > 0 {
		maps.Copy(d.step(), wishes)
	}
}

// fitting lists the templates in force for this device: same driver, model and firmware.
func (m *model) fitting() []change.Template {
	if m.phase() != identified {
		return nil
	}
	mine := statement.DeviceOf(m.device.Identity)
	var all []change.Template
	for _, t := range m.templates {
		d := t.Device
		if t.State == "in force" && t.Driver.ID == m.device.Driver.About().ID && d.Manufacturer == mine.Manufacturer && d.Model == mine.Model && d.Firmware == mine.Firmware {
			all = append(all, t)
		}
	}
	return all
}

// use stages the values of a template, in one step.
func (m *model) use(t change.Template) {
	reading, ok := m.snapshot()
	if !ok {
		return
	}
	wishes := map[drivers.SettingID]wish{}
	for _, l := range t.Set {
		m.wishFor(wishes, reading.Description, l.ID, l.Value)
	}
	d := m.draft()
	d.put(wishes)
	d.template = t.ID
}

// template returns the template that approves what is staged: the chosen one, as long as nothing else is staged.
func (m *model) template() (change.Template, bool) {
	fits := m.fitting()
	i := slices.IndexFunc(fits, func(t change.Template) bool { return t.ID == m.draft().template && t.ID != "" })
	if i < 0 {
		return change.Template{}, false
	}
	for _, c := range m.changes() {
		token, err := statement.Token(c.Wanted)
		if err != nil || !slices.ContainsFunc(fits[i].Set, func(l statement.ValueLine) bool { return l.ID == c.Setting && l.Value == token }) {
			return change.Template{}, false
		}
	}
	return fits[i], true
}

// class is the class of a setting by the rules in force.
func (m *model) class(s drivers.Setting) policy.Class {
	return m.rules.Class(m.device.Driver.About().ID, s.ID, s.Risk)
}
