package emergency

import (
	"slices"

	"countersign/app/ui/changes"
	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/inventory"
	"countersign/internal/statement"
)

// line is one setting as the page shows it.
type line struct {
	label, found, wanted string
	risk                 kit.State
	allowed              bool
	rule                 string    // whether it may be written now, in words
	outcome              kit.State // "" before there is one
	left, why            string
	sent                 bool // it is of an act, and not of what is staged
}

// tier is what the person may write as things stand: a secret that was typed is believed until it is tried.
func (m *model) tier() string {
	switch {
	case m.here():
		return m.session.Tier
	case m.signer != "" || m.secret:
		return TierKey
	}
	return TierStated
}

// lines are the settings of the page, in the order in which they are written: those that are staged, or those of the act
// that is under way or was told.
func (m *model) lines() []line {
	var all []line
	switch p := m.phase(); p {
	case running, told:
		r := m.runs[m.key]
		for _, c := range r.sent {
			all = append(all, r.line(c))
		}
	case arming, within:
		for _, c := range m.staged {
			all = append(all, m.line(c))
		}
	}
	return all
}

// line is a setting that is about to be written.
func (m *model) line(c drivers.Change) line {
	s, found, read := settingOf(m.device.Read, c.Setting)
	l := line{label: s.Label, found: kit.T("emergency.unread"), wanted: kit.Quantity(c.Wanted, s.Unit), risk: kit.State(s.Risk.String())}
	if read {
		l.found = kit.Quantity(found.Value, s.Unit)
	}
	l.allowed, l.rule = m.allowed(s, found, read, c.Wanted)
	return l
}

// line is a setting of an act, with what came of it as far as that is known.
func (r *run) line(c drivers.Change) line {
	s, found, read := settingOf(&r.reading, c.Setting)
	l := line{label: s.Label, wanted: kit.Quantity(c.Wanted, s.Unit), risk: kit.State(s.Risk.String()), sent: true, found: kit.T("emergency.unread")}
	if read {
		l.found = kit.Quantity(found.Value, s.Unit)
	}
	_, steps := r.now()
	i := slices.IndexFunc(steps, func(step change.Step) bool { return step.ID == c.Setting })
	if i < 0 || r.running && steps[i].Outcome == change.NotSent {
		return l
	}
	step := steps[i]
	l.outcome, l.why = changes.OutcomeState(step.Outcome), changes.Why(step)
	l.left = r.quantity(s, step.Unit, step.AsLeft)
	if step.AsFound != "" {
		l.found = r.quantity(s, step.Unit, step.AsFound)
	}
	return l
}

// settingOf returns what is known of a setting and what was found of it. One that was never described has its ID for a name.
func settingOf(reading *inventory.Reading, id drivers.SettingID) (s drivers.Setting, found drivers.Reading, read bool) {
	if reading == nil {
		return drivers.Setting{ID: id, Label: string(id)}, found, false
	}
	s, known := reading.Description.Setting(id)
	if !known {
		s = drivers.Setting{ID: id, Label: string(id)}
	}
	found, read = reading.Snapshot.Reading(id)
	return s, found, read
}

// excluder is the rules of a site that keep settings out of emergencies.
type excluder interface {
	Excluded(driver string, id drivers.SettingID) bool
}

// allowed says whether a setting may be written now, and why or why not. It refuses nothing: what is refused is refused by
// those who know who it is.
func (m *model) allowed(s drivers.Setting, found drivers.Reading, read bool, wanted drivers.Value) (bool, string) {
	if rules, ok := any(m.rules).(excluder); ok && m.device.Driver != nil && rules.Excluded(m.device.Driver.About().ID, s.ID) {
		return false, kit.T("emergency.rule.excluded")
	}
	if m.tier() != TierStated {
		return true, kit.T("emergency.rule.any")
	}
	if token, ok := m.last(m.key, s.ID); ok {
		if approved, err := statement.ParseToken(s.Kind, token); err == nil && s.Matches(approved, wanted) {
			return true, kit.T("emergency.rule.approved")
		}
	}
	if read && safer(s, found.Value, wanted) {
		return true, kit.T("emergency.rule.safe")
	}
	return false, kit.T("emergency.rule.secret")
}

// safer says whether a value lies towards the setting's safe direction.
func safer(s drivers.Setting, found, wanted drivers.Value) bool {
	if !s.Kind.Numeric() || !found.Kind().Numeric() || !wanted.Kind().Numeric() {
		return false
	}
	by := wanted.Decimal().Cmp(found.Decimal())
	return s.SafeDirection == drivers.Lower && by < 0 || s.SafeDirection == drivers.Higher && by > 0
}

// writeText names the act with its object: "Write EtCO2 low 30 -> 20 mmHg to SN B355987654".
func (m *model) writeText(all []drivers.Change, device string) string {
	if len(all) != 1 {
		return kit.N("emergency.write.many", len(all), kit.Data{"Device": device})
	}
	c := all[0]
	reading := m.device.Read
	if r := m.runs[m.key]; reading == nil && r != nil {
		reading = &r.reading
	}
	s, found, read := settingOf(reading, c.Setting)
	from := ""
	if read {
		from = found.Value.String()
		if !s.Kind.Numeric() {
			from = kit.Quantity(found.Value, s.Unit)
		}
		from += " -> "
	}
	return kit.T("emergency.write.one", kit.Data{"Label": s.Label, "Values": from + kit.Quantity(c.Wanted, s.Unit), "Device": device})
}

// holdText is what the button does that is held.
func (m *model) holdText() string {
	what := kit.T("emergency.open_on", kit.Data{"Device": m.named()})
	if len(m.staged) > 0 {
		what = m.writeText(m.staged, m.named())
	}
	return kit.T("emergency.hold", kit.Data{"What": what})
}

// follows says what can be done with what was typed as a secret.
func (m *model) follows() string {
	if m.secret {
		return kit.T("emergency.follows.secret")
	}
	return kit.T("emergency.follows.none")
}
