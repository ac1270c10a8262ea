package kit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
)

func TestUnitsAreWrittenAsPeopleWriteThem(t *testing.T) {
	for ucum, want := range map[string]string{"mm[Hg]": "mmHg", "/min": "/min", "{breaths}/min": "/min", "Cel": "°C", "1": "", "": "",
		"%": "%", "kPa": "kPa", "mL/h": "mL/h", "cm[H2O]": "cmH2O", "ug/kg/min": "µg/kg/min", "umol/L": "µmol/L", "mm[Hg]/s": "mmHg/s", "u": "u"} {
		if got := Unit(ucum); got != want {
			t.Errorf("%s is written %q, want %q", ucum, got, want)
		}
	}
}

func TestAQuantityKeepsItsOneSpelling(t *testing.T) {
	for _, c := range []struct {
		v          drivers.Value
		unit, want string
	}{
		{drivers.IntegerValue(45), "mm[Hg]", "45 mmHg"},
		{drivers.Number(drivers.Decimals, drivers.Dec(5, 1)), "kPa", "0.5 kPa"},
		{drivers.IntegerValue(1200), "1", "1200"},
		{drivers.Word(drivers.Toggle, "on"), "", "on"},
		{drivers.Word(drivers.Choice, "10 s"), "", "10 s"},
	} {
		if got := Quantity(c.v, c.unit); got != c.want {
			t.Errorf("%v %s is written %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

func TestAnAgeIsRelativeAndAbsolute(t *testing.T) {
	now := time.Date(2026, 3, 4, 10, 46, 30, 0, time.Local)
	for ago, want := range map[time.Duration]string{
		2 * time.Second: "just now, 10:46", 34 * time.Second: "34 s ago, 10:45", 4 * time.Minute: "4 min ago, 10:42",
		time.Minute: "1 min ago, 10:45", 3 * time.Hour: "3 h ago, 07:46", 30 * time.Hour: "2026-03-03 04:46",
	} {
		if got := Age(now.Add(-ago), now); got != want {
			t.Errorf("%v ago is written %q, want %q", ago, got, want)
		}
	}
	if got := ReadAge(now.Add(-4*time.Minute), now); got != "read 4 min ago, 10:42" {
		t.Errorf("got %q", got)
	}
	if got := Age(time.Time{}, now); got != "never" {
		t.Errorf("no time is written %q", got)
	}
	if got := Age(now.Add(time.Hour), now); !strings.Contains(got, "ahead of this computer") {
		t.Errorf("a time to come is written %q", got)
	}
}

func limit() drivers.Setting {
	return drivers.Setting{Label: "EtCO2 high", Kind: drivers.Decimals, Unit: "mm[Hg]", Min: drivers.Int(10), Max: drivers.Int(100), Step: drivers.Dec(5, 1)}
}

func TestWhatIsWrongWithAnEntryIsSaidInASentence(t *testing.T) {
	whole := limit()
	whole.Kind, whole.Step = drivers.Integer, drivers.Int(5)
	for _, c := range []struct {
		s           drivers.Setting
		typed, want string
		cause       error
	}{
		{limit(), "", "Enter a value.", nil},
		{limit(), "4,5", "Write the decimal sign as a point", drivers.ErrNumber},
		{limit(), "4.5x", "Only digits, one point", drivers.ErrNumber},
		{limit(), "4.5", "4.5 is too low. The lowest value is 10 mmHg.", drivers.ErrRange},
		{limit(), "500", "500 is too high. The highest value is 100 mmHg.", drivers.ErrRange},
		{limit(), "45.3", "45.3 is between two steps. Steps of 0.5 mmHg count from 10.", drivers.ErrRange},
		{whole, "45.5", "Enter a whole number.", drivers.ErrNumber},
		{drivers.Setting{Kind: drivers.Choice, Options: []string{"a"}}, "b", "Choose one of the options.", drivers.ErrRange},
		{drivers.Setting{Kind: drivers.Instant}, "noon", "Enter a time such as", nil},
		{drivers.Setting{Kind: drivers.Text}, "a\x01", "cannot be printed", nil},
	} {
		_, err := ParseEntry(c.s, c.typed)
		if err == nil || !strings.Contains(err.Error(), c.want) || c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("%q: %v, want %q", c.typed, err, c.want)
		}
	}
	if v, err := ParseEntry(limit(), "45.5"); err != nil || v.String() != "45.5" {
		t.Errorf("45.5: %v, %v", v, err)
	}
}

func FuzzAnEntryIsAValueOrASentence(f *testing.F) {
	for _, seed := range []string{"45", "45.5", "4,5", "-1", "", "1e3", "٤", "0045", " 45"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		s := limit()
		v, err := ParseEntry(s, typed)
		if err == nil && (s.Check(v) != nil || v.String() == "") {
			t.Errorf("%q was taken as %v", typed, v)
		}
		if err != nil && !strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%q: %q is no sentence", typed, err)
		}
	})
}
