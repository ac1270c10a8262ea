package statement

import (
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

func TestAValueHasOneTokenAndComesBackFromIt(t *testing.T) {
	for token, v := range map[string]drivers.Value{
		"45":                   drivers.IntegerValue(45),
		"-0.5":                 drivers.Number(drivers.Decimals, drivers.Dec(-5, 1)),
		"on":                   drivers.Word(drivers.Toggle, "on"),
		"Adult":                drivers.Word(drivers.Choice, "Adult"),
		`"50 Hz"`:              drivers.Word(drivers.Choice, "50 Hz"),
		`"45"`:                 drivers.Word(drivers.Text, "45"),
		`"007"`:                drivers.Word(drivers.Choice, "007"),
		`"+1.50"`:              drivers.Word(drivers.Text, "+1.50"),
		`"-"`:                  drivers.Word(drivers.Text, "-"),
		`""`:                   drivers.Word(drivers.Text, ""),
		`" "`:                  drivers.Word(drivers.Text, " "),
		`"a\\b\"c"`:            drivers.Word(drivers.Text, `a\b"c`),
		`"->"`:                 drivers.Word(drivers.Text, "->"),
		`"Küche"`:              drivers.Word(drivers.Text, "Küche"),
		"a.b_c:d+e-f":          drivers.Word(drivers.Text, "a.b_c:d+e-f"),
		"2026-09-30T10:41:22Z": drivers.At(time.Date(2026, 9, 30, 10, 41, 22, 0, time.UTC)),
	} {
		got, err := Token(v)
		if err != nil || got != token {
			t.Errorf("%s %q is written %s (%v), want %s", v.Kind(), v, got, err, token)
		}
		if back, err := ParseToken(v.Kind(), token); err != nil || back != v {
			t.Errorf("%s reads as %s %q, %v", token, back.Kind(), back, err)
		}
	}
}

func TestATokenOfAnotherSpellingOrKindIsRefused(t *testing.T) {
	for token, k := range map[string]drivers.Kind{
		"":                          drivers.Text,
		"45.0":                      drivers.Decimals,
		"045":                       drivers.Integer,
		"0.5":                       drivers.Integer,
		`"46"`:                      drivers.Integer,
		"47":                        drivers.Text,
		`"low"`:                     drivers.Choice,
		"low high":                  drivers.Choice,
		`"low" high`:                drivers.Choice,
		`"low`:                      drivers.Choice,
		`"lo\w"`:                    drivers.Choice,
		"low\u202e":                 drivers.Text,
		"\"low\u202e\"":             drivers.Text,
		"maybe":                     drivers.Toggle,
		"2026-09-30T10:41:22.5":     drivers.Instant,
		"2026-09-30T12:41:22+02:00": drivers.Instant,
	} {
		if v, err := ParseToken(k, token); !fault.Is(err, fault.Signature) {
			t.Errorf("%s reads as %s %q, %v", token, k, v, err)
		}
	}
	for _, text := range []string{"\x1b", "a\u200b", "e\u0301", "\xff"} {
		if token, err := Token(drivers.Word(drivers.Text, text)); !fault.Is(err, fault.Signature) {
			t.Errorf("%q is written %s, %v", text, token, err)
		}
	}
}

func TestLinesComeBackFromTheirText(t *testing.T) {
	l := SetLine{"alarm.etco2.high", "50", `"off \" now"`, "mm[Hg]", drivers.Clinical}
	if back, err := ParseSetLine(l.String()); err != nil || back != l {
		t.Errorf("%s reads as %+v, %v", l, back, err)
	}
	for _, bad := range []string{"", "a", "a 1", "a 1 -> ", "a 01 -> 2 1 clinical", "A 1 -> 2 1 clinical", "a 1 -> 2 1 clinical ",
		"a  1 -> 2 1 clinical", "a 1 -> 2\n1 clinical", `a "x -> 2 1 clinical`, "a 1 -> 2 1", "a 1 -> 2 1 ", "a 1 -> 2 1 Clinical", "a 1 -> 2 1 unknown"} {
		if back, err := ParseSetLine(bad); !fault.Is(err, fault.Signature) {
			t.Errorf("%q reads as %+v, %v", bad, back, err)
		}
	}
}

func FuzzParseSetLine(f *testing.F) {
	f.Add("alarm.etco2.high 50 -> 45.5 mm[Hg] clinical")
	f.Add(`label "Ward \"7\" \\ bed  1" -> "" 1 cosmetic`)
	f.Fuzz(func(t *testing.T, s string) {
		if l, err := ParseSetLine(s); err == nil && l.String() != s {
			t.Errorf("%q is written again as %q", s, l)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add("45")
	f.Add(`He said "no" \`)
	f.Fuzz(func(t *testing.T, text string) {
		v := drivers.Word(drivers.Choice, text)
		token, err := Token(v)
		if err != nil {
			return
		}
		if back, err := ParseToken(drivers.Choice, token); err != nil || back != v {
			t.Errorf("%q is written %s and reads as %q, %v", text, token, back, err)
		}
	})
}
