package modbus

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"countersign/drivers"
)

const (
	maxReported   = 20 // problems of one file that are reported at once
	maxText       = 500
	maxIdentifier = 64  // an object of an identification, or text in registers, in characters
	maxScale      = 6   // power of ten, either way
	tcpUnit       = 255 // what the standard advises for a device that is no gateway
)

// linter checks a map and collects what is wrong with it.
type linter struct {
	name     string
	places   places
	problems []error
	taken    map[cell]string // which point has the register
}

type cell struct {
	table   table
	address int
}

var (
	idForm       = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)
	driverIDForm = regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9-]+$`)
)

// addf notes a problem with the key at path.
func (l *linter) addf(path, format string, args ...any) {
	if len(l.problems) < maxReported {
		problem := fmt.Sprintf(format, args...)
		l.problems = append(l.problems, fmt.Errorf("%w: %s:%d: %s: %s", ErrMap, l.name, l.places.line(path), path, problem))
	}
}

func (l *linter) err() error { return errors.Join(l.problems...) }

// compile turns a file into a map. The map is of use only if no problem was noted.
func (l *linter) compile(f file, settings []settingSection, measurements []measurementSection) *Map {
	l.taken = map[cell]string{}
	m := &Map{
		match: f.Match, unit: byte(f.Link.Unit),
		points: map[drivers.SettingID]point{}, typical: map[drivers.SettingID]drivers.Value{},
	}
	m.about = l.about(f)
	l.link(f)
	m.serial = l.identity("identity.serial", f.Identity.Serial)
	m.model = l.identity("identity.model", f.Identity.Model)
	m.firmware = l.identity("identity.firmware", f.Identity.Firmware)
	if f.Identity.Model != nil {
		m.modelWanted = f.Identity.Model.Expect
	}
	for i, s := range settings {
		l.setting(m, fmt.Sprintf("setting[%d]", i), s)
	}
	for i, s := range measurements {
		l.measurement(m, fmt.Sprintf("measurement[%d]", i), s)
	}
	for i, s := range settings {
		l.below(m, fmt.Sprintf("setting[%d].below", i), s)
	}
	if len(settings)+len(measurements) == 0 {
		l.addf("setting", "the map names neither a setting nor a measurement")
	}
	return m
}

func (l *linter) about(f file) drivers.About {
	if !driverIDForm.MatchString(f.About.ID) {
		l.addf("about.id", `%q is not of the form "vendor/family"`, f.About.ID)
	}
	l.text("about.name", f.About.Name, true)
	l.text("about.manufacturer", f.About.Manufacturer, false)
	for key, list := range map[string][]string{"about.models": f.About.Models, "about.sources": f.About.Sources} {
		if len(list) == 0 {
			l.addf(key, "at least one is needed")
		}
		for _, s := range list {
			l.text(key, s, true)
		}
	}
	return drivers.About{
		ID: f.About.ID, Name: f.About.Name, Manufacturer: f.About.Manufacturer,
		Models: f.About.Models, Sources: f.About.Sources,
		Protocol: "Modbus TCP, MODBUS Application Protocol V1.1b3", Version: "1", Maturity: drivers.Simulated,
		Probe: "Reads the device identification and the registers that hold serial number, model and firmware; " +
			"this changes nothing on the device.",
	}
}

// text checks words that people read.
func (l *linter) text(path, s string, needed bool) {
	switch {
	case needed && strings.TrimSpace(s) == "":
		l.addf(path, "must not be empty")
	case len(s) > maxText:
		l.addf(path, "longer than %d bytes", maxText)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F || r == '\uFFFD' }):
		l.addf(path, "holds a character that cannot be printed")
	}
}

// link checks how a device is addressed and by what it is known.
func (l *linter) link(f file) {
	if u := f.Link.Unit; u != tcpUnit && (u < 1 || u > 247) {
		l.addf("link.unit", "%d is neither within 1 to 247 nor 255", u)
	}
	l.identifier("match.vendor", f.Match.Vendor)
	l.identifier("match.product", f.Match.Product)
	if f.Match.Product == "" && (f.Identity.Model == nil || f.Identity.Model.Expect == "") {
		l.addf("match.product", "needed, unless identity.model.expect is given: the map would claim every device")
	}
	telling := 0
	for key, value := range f.Match.Facts {
		l.text("match.facts", key+value, true)
		if key != mdnsType {
			telling++
		}
	}
	if len(f.Match.Facts) > 0 && telling == 0 {
		l.addf("match.facts", "%q alone fits every Modbus device; name a fact that others do not share", mdnsType)
	}
}

// identifier checks a text that a device sends as ASCII.
func (l *linter) identifier(path, s string) {
	if len(s) > maxIdentifier || s != printable([]byte(s)) {
		l.addf(path, "must be at most %d printable ASCII characters without blanks around them", maxIdentifier)
	}
}

func (l *linter) identity(path string, s *identitySection) *point {
	if s == nil {
		return nil
	}
	p := l.point(path, s.place)
	p.id, p.kind, p.length = drivers.SettingID(path), drivers.Integer, min(max(s.Length, 0), maxIdentifier)
	switch {
	case p.format == bit:
		l.addf(path+".type", "a bit identifies nothing")
	case p.format != ascii && s.Length != 0:
		l.addf(path+".length", "only ascii has a length")
	case p.format == ascii && (s.Length < 1 || s.Length > maxIdentifier):
		l.addf(path+".length", "%d is not within 1 to %d characters", s.Length, maxIdentifier)
	case s.Expect != "" && path != "identity.model":
		l.addf(path+".expect", "only the model can be expected")
	}
	if p.format == ascii {
		p.kind = drivers.Text
	}
	l.identifier(path+".expect", s.Expect)
	l.take(path, p)
	return &p
}

// point reads where a value lies.
func (l *linter) point(path string, s place) point {
	var p point
	var ok bool
	if p.table, ok = tableNames[s.Table]; !ok {
		l.addf(path+".table", "%q is not coil, discrete, holding or input", s.Table)
	}
	switch {
	case s.Address == nil:
		l.addf(path+".address", "missing")
	case *s.Address < 0 || *s.Address > 0xFFFF:
		l.addf(path+".address", "%d is not within 0 to 65535", *s.Address)
	default:
		p.address = uint16(*s.Address)
	}
	switch p.format, ok = formatNames[s.Type]; {
	case p.table.bits():
		p.format = bit
		if s.Type != "" && s.Type != "bit" {
			l.addf(path+".type", "a %s is always a bit", s.Table)
		}
	case !ok || p.format == bit:
		l.addf(path+".type", "%q is not uint16, int16, uint32 or int32, or ascii for an identity", s.Type)
		p.format = unsigned16
	}
	wide := p.format == unsigned32 || p.format == signed32
	if s.Words != "" && !wide || s.Words == "" && wide || !slices.Contains([]string{"", "high first", "low first"}, s.Words) {
		l.addf(path+".words", `32-bit types, and no others, need "high first" or "low first"`)
	}
	p.lowFirst = s.Words == "low first"
	return p
}

// take claims the point's registers. Two names for one register would let a change of one hide behind the other.
func (l *linter) take(path string, p point) {
	if int(p.address)+int(p.size()) > 0x10000 {
		l.addf(path+".address", "ends above 65535")
		return
	}
	for i := range int(p.size()) {
		c := cell{p.table, int(p.address) + i}
		if other, ok := l.taken[c]; ok {
			l.addf(path+".address", "%d belongs to %s already", c.address, other)
			return
		}
		l.taken[c] = path
	}
}
