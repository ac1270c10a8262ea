package drivers

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"
)

// SettingID names a setting or a measurement within a driver: "alarm.etco2.high". Lower case, digits, dots, underscores.
type SettingID string

// Risk says what a wrong value could do, and so how a change of it is approved.
type Risk int

// The risks. Clinical settings are entered blind by the second person.
const (
	Cosmetic    Risk = iota // nothing but annoyance
	Operational             // the device's service, network or clock
	Clinical                // a patient's care
)

var riskNames = names{"cosmetic", "operational", "clinical"}

func (r Risk) String() string { return riskNames.of(int(r)) }

// Setting describes one thing that can be configured.
type Setting struct {
	ID            SettingID
	Label         string    // as on the device's own screen where it has one
	Group         string    // heading under which screens list it
	Help          string    // one sentence for a technician
	Source        string    // where range and meaning come from: manual and page, or fact sheet
	Kind          Kind      //
	Unit          string    // UCUM; "1" for a number without a unit, "" for values that are not numbers
	Min, Max      Decimal   // inclusive, in Unit; ignored unless Kind is numeric
	Step          Decimal   // in Unit, counted from Min; nought allows every value
	Options       []string  // for Choice
	Writable      bool      // the protocol has a write for it
	Risk          Risk      //
	Tolerance     Decimal   // accepted difference when read back, in Unit
	Below         SettingID // this setting must stay less than that one; "" for no rule
	SafeDirection Direction // for emergencies; see Direction
	NeedsRestart  bool      // takes effect after the device was restarted
	ReadEffect    string    // what reading it changes on the device; "" for nothing
}

// ErrRange is what Setting.Check returns, wrapped, for a value that the setting does not allow.
var ErrRange = errors.New("value out of range")

// Check says whether v may be written to the setting, without looking at other settings.
func (s Setting) Check(v Value) error {
	switch {
	case v.Kind() != s.Kind:
		return fmt.Errorf("%w: a %s is needed", ErrRange, s.Kind)
	case s.Kind == Choice && !slices.Contains(s.Options, v.String()):
		return fmt.Errorf("%w: %q is not one of the options", ErrRange, v)
	case !v.wellFormed():
		return fmt.Errorf("%w: %q is not how a value of kind %s is written", ErrRange, v, s.Kind)
	case !s.Kind.Numeric():
		return nil
	case v.Decimal().Cmp(s.Min) < 0 || v.Decimal().Cmp(s.Max) > 0:
		return fmt.Errorf("%w: %s is not within %s to %s %s", ErrRange, v, s.Min, s.Max, s.Unit)
	case !v.Decimal().OnStep(s.Min, s.Step):
		return fmt.Errorf("%w: %s is not a step of %s %s from %s", ErrRange, v, s.Step, s.Unit, s.Min)
	}
	return nil
}

// Matches says whether got, read back, is what was wanted, within the setting's tolerance.
func (s Setting) Matches(wanted, got Value) bool {
	if s.Kind.Numeric() && wanted.Kind() == s.Kind && got.Kind() == s.Kind {
		return got.Decimal().Sub(wanted.Decimal()).Abs().Cmp(s.Tolerance) <= 0
	}
	return wanted == got
}

// Measurement describes one thing that is only observed.
type Measurement struct {
	ID    SettingID
	Label string
	Unit  string // UCUM
}

// Description is what a session can configure and observe.
type Description struct {
	Settings     []Setting
	Measurements []Measurement
}

// Labels returns how each setting is called.
func (d Description) Labels() map[SettingID]string {
	labels := make(map[SettingID]string, len(d.Settings))
	for _, s := range d.Settings {
		labels[s.ID] = s.Label
	}
	return labels
}

// Setting returns the setting with this ID.
func (d Description) Setting(id SettingID) (Setting, bool) {
	i := slices.IndexFunc(d.Settings, func(s Setting) bool { return s.ID == id })
	if i < 0 {
		return Setting{}, false
	}
	return d.Settings[i], true
}

// Linked returns ids together with every setting that a low-below-high rule ties to one of them, sorted.
func (d Description) Linked(ids ...SettingID) []SettingID {
	set := map[SettingID]bool{}
	for _, id := range ids {
		set[id] = true
	}
	for _, s := range d.Settings {
		if s.Below != "" && (slices.Contains(ids, s.ID) || slices.Contains(ids, s.Below)) {
			set[s.ID], set[s.Below] = true, true
		}
	}
	linked := make([]SettingID, 0, len(set))
	for id := range set {
		linked = append(linked, id)
	}
	slices.Sort(linked)
	return linked
}

// CheckAll checks every change by itself and then the rules that a change takes part in, with current filling in what is
// not changed. A setting that the description lacks, or that cannot be written, is ErrUnsupported; so is one whose
// partner in a rule could not be read.
func (d Description) CheckAll(changes []Change, current Snapshot) error {
	after := map[SettingID]Value{}
	for _, r := range current.Readings {
		after[r.ID] = r.Value
	}
	changed := map[SettingID]bool{}
	for _, c := range changes {
		s, ok := d.Setting(c.Setting)
		if !ok || !s.Writable {
			return fmt.Errorf("%w: writing %s", ErrUnsupported, c.Setting)
		}
		if err := s.Check(c.Wanted); err != nil {
			return fmt.Errorf("%s: %w", c.Setting, err)
		}
		after[c.Setting], changed[c.Setting] = c.Wanted, true
	}
	for _, s := range d.Settings {
		if s.Below == "" || !changed[s.ID] && !changed[s.Below] {
			continue
		}
		low, hasLow := after[s.ID]
		high, hasHigh := after[s.Below]
		switch {
		case !hasLow || !hasHigh:
			return fmt.Errorf("%w: %s and %s belong together, and one could not be read", ErrUnsupported, s.ID, s.Below)
		case low.Decimal().Cmp(high.Decimal()) >= 0:
			return fmt.Errorf("%s: %w: %s must be less than %s, which is %s", s.ID, ErrRange, low, s.Below, high)
		}
	}
	return nil
}

// Reading is one setting as the device reported it.
type Reading struct {
	ID    SettingID
	Value Value
	Unit  string // UCUM, as the device reports it now
	Raw   []byte // the device's own bytes, for the record
}

// Snapshot is what a device answered at one time. Readings are sorted by ID.
type Snapshot struct {
	At       time.Time
	Readings []Reading
	// Unreadable lists the settings that were asked for and have no valid reading.
	Unreadable []SettingID
}

// NewSnapshot sorts the readings and stamps them with the time now.
func NewSnapshot(readings []Reading, unreadable ...SettingID) Snapshot {
	sort.Slice(readings, func(i, j int) bool { return readings[i].ID < readings[j].ID })
	return Snapshot{At: time.Now(), Readings: readings, Unreadable: unreadable}
}

// Reading returns the reading with this ID.
func (s Snapshot) Reading(id SettingID) (Reading, bool) {
	i, ok := slices.BinarySearchFunc(s.Readings, id, func(r Reading, id SettingID) int {
		switch {
		case r.ID < id:
			return -1
		case r.ID > id:
			return 1
		}
		return 0
	})
	if !ok {
		return Reading{}, false
	}
	return s.Readings[i], true
}

// Sample is one measurement as the device reported it.
type Sample struct {
	ID    SettingID
	At    time.Time
	Value Value
	Unit  string // UCUM
	Valid bool   // false when the device itself says that the value is not valid
	Alarm bool   // the device itself reports an alarm on this measurement
}
