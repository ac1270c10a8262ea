package modbus

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"countersign/drivers"
)

var (
	risks = map[string]drivers.Risk{
		"cosmetic": drivers.Cosmetic, "operational": drivers.Operational, "clinical": drivers.Clinical,
	}
	directions = map[string]drivers.Direction{
		"": drivers.NoDirection, "lower": drivers.Lower, "higher": drivers.Higher,
	}
)

// setting adds one [[setting]].
func (l *linter) setting(m *Map, path string, s settingSection) {
	p := l.value(m, path, s.measurementSection)
	setting := drivers.Setting{
		ID: p.id, Label: s.Label, Group: s.Group, Help: cmp.Or(s.Help, "The map does not explain this setting."), Source: cmp.Or(s.Source, strings.Join(m.about.Sources, "; ")), Kind: p.kind, Unit: s.Unit,
		Min: s.Min.or(), Max: s.Max.or(), Step: s.Step.or(), Writable: s.Writable, Tolerance: s.Tolerance.or(),
		Below: drivers.SettingID(s.Below), NeedsRestart: s.NeedsRestart,
	}
	l.text(path+".group", s.Group, true)
	l.text(path+".help", s.Help, false)
	l.text(path+".source", s.Source, false)
	for _, o := range s.Options {
		setting.Options = append(setting.Options, o.Value)
	}
	var ok bool
	if setting.Risk, ok = risks[s.Risk]; !ok {
		l.addf(path+".risk", "%q is not one of %v", s.Risk, slices.Sorted(maps.Keys(risks)))
	}
	if setting.SafeDirection, ok = directions[s.Safe]; !ok {
		l.addf(path+".safe", "%q is neither lower nor higher", s.Safe)
	} else if s.Safe != "" && !s.Writable {
		l.addf(path+".safe", "only what is writable can be moved")
	}
	if s.Writable && !p.table.writable() {
		l.addf(path+".writable", "a %s cannot be written", s.Table)
	}
	if p.kind.Numeric() {
		l.numeric(path, p, s, setting)
	} else if s.Min != nil || s.Max != nil || s.Step != nil || s.Tolerance != nil || s.Safe != "" {
		l.addf(path, "min, max, step, tolerance and safe are for numbers only")
	}
	if v, ok := m.typical[p.id]; ok && setting.Check(v) != nil {
		l.addf(path+".typical", "%s is not allowed by the setting itself", v)
	}
	m.description.Settings = append(m.description.Settings, setting)
}

// numeric checks a number's range against what its registers can hold.
func (l *linter) numeric(path string, p point, s settingSection, setting drivers.Setting) {
	if s.Min == nil || s.Max == nil {
		l.addf(path, "min and max are needed")
		return
	}
	if setting.Min.Cmp(setting.Max) >= 0 {
		l.addf(path+".min", "%s is not less than max, %s", setting.Min, setting.Max)
	}
	for key, d := range map[string]drivers.Decimal{".min": setting.Min, ".max": setting.Max} {
		if _, err := p.encode(drivers.Number(p.kind, d)); err != nil {
			l.addf(path+key, "the register cannot hold %s", d)
		}
	}
	resolution, err := drivers.Int(1).Shift(p.scale)
	switch {
	case err != nil:
	case s.Step == nil || setting.Step.Cmp(drivers.Decimal{}) <= 0:
		l.addf(path+".step", "a step above nought is needed")
	case !setting.Step.OnStep(drivers.Decimal{}, resolution):
		l.addf(path+".step", "%s is finer than the register, %s", setting.Step, resolution)
	case !setting.Max.OnStep(setting.Min, setting.Step):
		l.addf(path+".step", "max is not a whole number of steps from min")
	}
	if setting.Tolerance.Cmp(drivers.Decimal{}) < 0 {
		l.addf(path+".tolerance", "must not be negative")
	}
}

// measurement adds one [[measurement]].
func (l *linter) measurement(m *Map, path string, s measurementSection) {
	p := l.value(m, path, s)
	m.description.Measurements = append(m.description.Measurements,
		drivers.Measurement{ID: p.id, Label: s.Label, Unit: s.Unit})
}

// value reads what settings and measurements have in common, and enters the point into the map.
func (l *linter) value(m *Map, path string, s measurementSection) point {
	p := l.point(path, s.place)
	p.id, p.scale, p.options = drivers.SettingID(s.ID), s.Scale, s.Options
	if !idForm.MatchString(s.ID) || len(s.ID) > maxIdentifier {
		l.addf(path+".id", "%q is not lower-case letters, digits and underscores with dots between", s.ID)
	} else if _, twice := m.points[p.id]; twice {
		l.addf(path+".id", "%q is named twice", s.ID)
	}
	l.text(path+".label", s.Label, true)
	p.kind = l.kind(path, p, s)
	if p.format == ascii {
		l.addf(path+".type", "text is for an identity only")
		p.format = unsigned16
	}
	if p.kind == drivers.Choice {
		p.format = unsigned16
	}
	if s.Scale < -maxScale || s.Scale > maxScale {
		l.addf(path+".scale", "%d is not within %d to %d", s.Scale, -maxScale, maxScale)
		p.scale = 0
	}
	switch {
	case p.kind.Numeric() && !knownUnit(s.Unit):
		l.addf(path+".unit", `%q is not a known UCUM unit ("1" is a number without one)`, s.Unit)
	case !p.kind.Numeric() && (s.Unit != "" || s.Scale != 0):
		l.addf(path, "unit and scale are for numbers only")
	}
	l.take(path, p)
	if s.Typical != nil {
		l.start(m, path, p, s.Typical.Decimal)
	}
	m.points[p.id] = p
	return p
}

// kind says what kind of value a point has, and checks the options of a choice.
func (l *linter) kind(path string, p point, s measurementSection) drivers.Kind {
	switch {
	case p.format == bit && len(s.Options) > 0, len(s.Options) > 0 && p.format != unsigned16:
		l.addf(path+".options", "a choice must be a uint16")
		return drivers.Choice
	case p.format == bit:
		return drivers.Toggle
	case len(s.Options) > 0:
		l.options(path+".options", s.Options)
		return drivers.Choice
	case s.Scale < 0:
		return drivers.Decimals
	}
	return drivers.Integer
}

func (l *linter) options(path string, options []option) {
	names, numbers := map[string]bool{}, map[uint16]bool{}
	for _, o := range options {
		l.text(path, o.Value, true)
		if names[o.Value] || numbers[o.Word] {
			l.addf(path, "%q or its word %d comes twice", o.Value, o.Word)
		}
		names[o.Value], numbers[o.Word] = true, true
	}
}

// start notes the value with which a simulator begins: the number itself, or the word of a choice or toggle.
func (l *linter) start(m *Map, path string, p point, d drivers.Decimal) {
	v := drivers.Number(p.kind, d)
	if n, whole := d.Whole(); whole && n >= 0 && n <= 0xFFFF && !p.kind.Numeric() {
		v, _ = p.decode(p.raw([]uint16{uint16(n)}))
	}
	if _, err := p.encode(v); err != nil {
		l.addf(path+".typical", "the register cannot hold %s", d)
		return
	}
	m.typical[p.id] = v
}

// below checks a rule between two settings.
func (l *linter) below(m *Map, path string, s settingSection) {
	if s.Below == "" {
		return
	}
	this, _ := m.description.Setting(drivers.SettingID(s.ID))
	other, ok := m.description.Setting(drivers.SettingID(s.Below))
	switch {
	case !ok || other.ID == this.ID:
		l.addf(path, "there is no other setting %q", s.Below)
	case !this.Kind.Numeric() || this.Kind != other.Kind || this.Unit != other.Unit:
		l.addf(path, "%s and %s are not numbers of one unit and kind", s.ID, s.Below)
	}
}
