package device

import (
	"strings"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
)

// staleAfter is how old a live value may be. The devices report about once a second.
const staleAfter = 5 * time.Second

// reported is one live value as the device reports it.
type reported struct {
	id    drivers.SettingID
	label string
	text  string // with its unit; a dash where there is none to be believed
	word  string // valid or not, in words
	alarm bool   // the device itself reports an alarm
	stale bool
}

const dash = "–"

// values lists the live values in the driver's order. A value that is old, or of a conversation that is over, is not
// shown as if it were one of now.
func (m *model) values(now time.Time) []reported {
	reading, ok := m.snapshot()
	if !ok {
		return nil
	}
	var all []reported
	for _, x := range reading.Description.Measurements {
		v := reported{id: x.ID, label: x.Label, text: dash}
		s, got := m.live.Samples[x.ID]
		switch {
		case !m.connected():
			v.word = kit.T("device.value.over")
		case !got:
			v.word = kit.T("device.value.none")
		case now.Sub(s.At) > staleAfter:
			v.word, v.stale = kit.T("device.value.stale", kit.Data{"Age": kit.Age(s.At, now)}), true
		case !s.Valid:
			v.word, v.alarm = kit.T("device.value.invalid"), s.Alarm
		default:
			v.text, v.word, v.alarm = kit.Quantity(s.Value, unitOfSample(s, x)), kit.T("device.value.valid"), s.Alarm
		}
		all = append(all, v)
	}
	return all
}

func unitOfSample(s drivers.Sample, x drivers.Measurement) string {
	if s.Unit == "" {
		return x.Unit
	}
	return s.Unit
}

// facts are what is known of the device itself.
func (m *model) facts() []kit.Pair {
	d := m.device
	return []kit.Pair{
		{Key: "device.fact.manufacturer", Value: d.Identity.Manufacturer}, {Key: "device.fact.model", Value: d.Identity.Model},
		{Key: "device.fact.serial", Value: d.Identity.Serial}, {Key: "device.fact.firmware", Value: d.Identity.Firmware},
		{Key: "device.fact.connection", Value: kit.Transport(d.Endpoint)}, {Key: "device.fact.sources", Value: sources(d.Sources)},
	}
}

// sources words where an endpoint was seen.
func sources(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		key := "device.source." + strings.ReplaceAll(strings.ToLower(name), " ", "_")
		if words[i] = kit.T(key); words[i] == key {
			words[i] = name
		}
	}
	return strings.Join(words, ", ")
}

// driverFacts are what is known of the driver.
func (m *model) driverFacts() []kit.Pair {
	about := m.device.Driver.About()
	effects := strings.Join(about.ReadEffects, " ")
	if effects == "" {
		effects = kit.T("device.driver.no_effects")
	}
	signed := kit.T("device.driver.part")
	switch {
	case m.mayWrite() && about.Digest != "":
		signed = kit.T("device.driver.signed")
	case !m.mayWrite():
		signed = kit.T("device.locked.unsigned")
	}
	return []kit.Pair{
		{Key: "device.driver.name", Value: about.Name}, {Key: "device.driver.maturity", Value: kit.T("device.maturity." + about.Maturity.String())},
		{Key: "device.driver.protocol", Value: about.Protocol}, {Key: "device.driver.review", Value: signed},
		{Key: "device.driver.effects", Value: effects},
	}
}

// clock compares the device's clock with this computer's at the moment of the reading. The second result is false for a
// device that does not tell its time.
func (m *model) clock() (clockFacts, bool) {
	reading, ok := m.snapshot()
	if !ok {
		return clockFacts{}, false
	}
	for _, s := range reading.Description.Settings {
		r, got := reading.Snapshot.Reading(s.ID)
		if s.Kind != drivers.Instant || !got {
			continue
		}
		at, err := time.Parse(time.RFC3339, r.Value.String())
		if err != nil {
			continue
		}
		offset := at.Sub(reading.Snapshot.At).Round(time.Second)
		return clockFacts{kit.Moment(at), offsetText(offset), offset.Abs() > clockTolerance}, true
	}
	return clockFacts{}, false
}

type clockFacts struct {
	at, offset string
	off        bool // by more than what matters for records
}

const (
	clockExact     = 2 * time.Second // what reading over a slow line cannot tell from no difference
	clockTolerance = time.Minute
)

// offsetText words how far a clock is from this computer's.
func offsetText(d time.Duration) string {
	switch {
	case d.Abs() <= clockExact:
		return kit.T("device.clock.agrees")
	case d > 0:
		return kit.T("device.clock.ahead", kit.Data{"Time": span(d)})
	}
	return kit.T("device.clock.behind", kit.Data{"Time": span(-d)})
}

// span writes a duration by its two largest parts: "3 min 20 s".
func span(d time.Duration) string {
	parts := []struct {
		unit time.Duration
		key  string
	}{{24 * time.Hour, "device.span.days"}, {time.Hour, "device.span.hours"}, {time.Minute, "device.span.minutes"}, {time.Second, "device.span.seconds"}}
	var words []string
	for _, p := range parts {
		n := d / p.unit
		d -= n * p.unit
		if n > 0 {
			words = append(words, kit.N(p.key, int(n)))
		}
		if len(words) == 2 {
			break
		}
	}
	return strings.Join(words, " ")
}

// finding words a part of an interface: "none" is one, "" is not known.
func finding(text string) (kit.State, string) {
	switch text {
	case "none":
		return kit.Caution, kit.T("device.interface.none")
	case "":
		return kit.Unsure, kit.T("device.interface.unknown")
	}
	return "", text
}

// orUnknown is for facts that are no findings.
func orUnknown(text string) string {
	if text == "" {
		return kit.T("device.interface.unknown")
	}
	return text
}
