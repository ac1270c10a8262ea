package kit

import (
	"regexp"
	"strings"
	"time"

	"countersign/drivers"
)

// unitNames spells the UCUM units that are written differently by people. Units that are missing here are written the
// same way by both.
var unitNames = map[string]string{
	"1": "", "mm[Hg]": "mmHg", "cm[H2O]": "cmH2O", "[H2O]": "H2O", "Cel": "°C",
	"[degF]": "°F", "deg": "°", "Ohm": "Ω", "[IU]": "IU", "[iU]": "IU", "[ppm]": "ppm", "[in_i]": "in", "[psi]": "psi",
	"[lb_av]": "lb", "mo": "months", "wk": "weeks", "a": "years", "d": "days", "m[H2O]": "mH2O", "[drp]": "drops",
}

var ucumAnnotation = regexp.MustCompile(`\{[^}]*\}`)

// Unit writes a UCUM unit as people write it: mm[Hg] as mmHg, {beats}/min as /min, 1 as nothing.
func Unit(ucum string) string {
	ucum = ucumAnnotation.ReplaceAllString(ucum, "")
	if name, ok := unitNames[ucum]; ok {
		return name
	}
	parts := strings.Split(ucum, "/")
	for i, part := range parts {
		if name, ok := unitNames[part]; ok && name != "" {
			parts[i] = name
		} else if rest, micro := strings.CutPrefix(part, "u"); micro && rest != "" {
			parts[i] = "µ" + rest
		}
	}
	return strings.Join(parts, "/")
}

// Quantity writes a value with its unit. Numbers keep their one spelling, with a point and without separators of
// thousands.
func Quantity(v drivers.Value, ucum string) string {
	switch v.Kind() {
	case drivers.Toggle:
		return T("value." + v.String())
	case drivers.Instant:
		at, err := time.Parse(time.RFC3339, v.String())
		if err != nil {
			return v.String()
		}
		return Moment(at)
	}
	if unit := Unit(ucum); unit != "" && v.Kind().Numeric() {
		return v.String() + " " + unit
	}
	return v.String()
}

// Moment writes a time with its date and its distance from UTC: 2026-03-04 10:42:07 +01:00.
func Moment(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05 -07:00") }

// Age writes how long ago at was, and when that was: "4 min ago, 10:42". The zero time is "never".
func Age(at, now time.Time) string {
	if at.IsZero() {
		return T("age.never")
	}
	local, ago := at.Local(), now.Sub(at)
	clock := Data{"Clock": local.Format("15:04")}
	switch {
	case ago < -time.Minute:
		return T("age.future", Data{"Moment": Moment(at)})
	case ago < 10*time.Second:
		return T("age.now", clock)
	case ago < time.Minute:
		return N("age.seconds", int(ago.Seconds()), clock)
	case ago < time.Hour:
		return N("age.minutes", int(ago.Minutes()), clock)
	case ago < 24*time.Hour && local.Day() == now.Local().Day():
		return N("age.hours", int(ago.Hours()), clock)
	}
	return local.Format("2006-01-02 15:04")
}

// ReadAge is Age for a value that was read from a device: "read 4 min ago, 10:42".
func ReadAge(at, now time.Time) string { return T("age.read", Data{"Age": Age(at, now)}) }
