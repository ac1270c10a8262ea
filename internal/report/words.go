package report

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats/cases"
	"countersign/internal/leaf"
)

// Times are written in ISO 8601 with the offset that the console had, numbers without separators, values with their units.

func when(p cases.Place) string {
	if !p.There {
		return "-"
	}
	text := p.At.Wall.Format("2006-01-02 15:04:05 -07:00")
	if p.At.State == clock.Stepped {
		text += " (clock was set)"
	}
	return text
}

func seq(p cases.Place) string {
	if !p.There {
		return "-"
	}
	return strconv.FormatInt(p.Seq, 10)
}

// lasting is a duration in the unit that people would use. Number and unit stay on one line.
func lasting(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f\u00a0s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d\u00a0s", int64(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d\u00a0min", int64(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d\u00a0h", int64(d.Hours()))
	}
	return fmt.Sprintf("%d\u00a0d", int64(d.Hours()/24))
}

func percent(tenths int) string { return fmt.Sprintf("%d.%d\u00a0%%", tenths/10, tenths%10) }

// count is a number with its noun: "1 record", "2 records".
func count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// verb agrees with a number.
func verb[N int | int64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func who(a leaf.Actor) string { return cmp.Or(a.Name, a.ID, "-") }

func everybody(list []leaf.Actor) string {
	var names []string
	for _, a := range list {
		names = append(names, who(a))
	}
	return cmp.Or(strings.Join(names, ", "), "-")
}

// units that people write differently than UCUM does; "1" is none.
var units = map[string]string{"1": "", "mm[Hg]": "mmHg", "cm[H2O]": "cmH2O", "{breaths}/min": "breaths/min", "{beats}/min": "beats/min", "Cel": "°C"}

func withUnit(value, unit string) string {
	if short, ok := units[unit]; ok {
		unit = short
	}
	if value == "" || unit == "" {
		return value
	}
	return value + "\u00a0" + unit
}

// setting is one line on a setting: what was found, what was wanted, and what the device held afterwards where that differs.
func settingLine(c *cases.Change, s *cases.Setting) string {
	text := s.ID + ": " + s.AsFound + " -> " + withUnit(c.Shown(s), s.Unit)
	if s.AsFound == "" && s.Wanted == "" {
		text = s.ID
	}
	if s.ReadBack != "" && s.ReadBack != s.Wanted {
		text += ", device holds " + withUnit(s.ReadBack, s.Unit)
	}
	if s.Outcome != "" && s.Outcome != "verified" {
		text += " [" + s.Outcome + "]"
	}
	if s.Restored != "" {
		text += " [set back: " + s.Restored + "]"
	}
	return text
}

// maxLines is how many settings, approvals and reviews of a case a report shows.
const maxLines = 12

func settingLines(c *cases.Change) string {
	var lines []string
	for i := range c.Settings {
		lines = append(lines, settingLine(c, &c.Settings[i]))
	}
	if c.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more: see csv/changes.csv", c.More))
	}
	return strings.Join(lines, "\n")
}

func device(name, serial string) string {
	if model, found := strings.CutSuffix(name, " SN "); found && serial == "" {
		return model + "\nno serial number"
	}
	return cmp.Or(name, "-")
}

// groups breaks a hash into groups, so that it can be compared and wraps.
func groups(hash [32]byte) string {
	digits := hex.EncodeToString(hash[:])
	var all []string
	for ; digits != ""; digits = digits[8:] {
		all = append(all, digits[:8])
	}
	return strings.Join(all, " ")
}
