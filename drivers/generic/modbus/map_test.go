package modbus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/drivers"
)

// least is the smallest sound map; cases replace one line of it.
const least = `[about]
id = "acme/box"
name = "Box"
models = ["B1"]
sources = ["manual p. 1"]
[link]
unit = 1
[match]
product = "B1"
[[setting]]
id = "limit"
label = "Limit"
group = "Limits"
table = "holding"
address = 3
type = "uint16"
unit = "kPa"
min = 0
max = 100
step = 1
risk = "clinical"
writable = true
[[measurement]]
id = "pressure"
label = "Pressure"
table = "input"
address = 3
type = "int32"
words = "high first"
unit = "kPa"
`

func TestTheSmallestMapIsSound(t *testing.T) {
	m, err := Load("box.toml", []byte(least))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(least))
	if a := m.About(); a.Digest != hex.EncodeToString(digest[:]) || a.Reviewed || a.ID != "acme/box" || a.Probe == "" {
		t.Errorf("about: %+v", a)
	}
	if string(m.Source()) != least {
		t.Error("the source is another text")
	}
}

// mistakes are what is replaced in the smallest map, by what, and where and how that must be reported.
var mistakes = map[string]struct{ old, new, line, key, says string }{
	"unknown key":          {"max = 100", "maximum = 100", "19", "setting.maximum", "unknown key"},
	"key of a setting":     {`type = "int32"`, "type = \"int32\"\nwritable = true", "29", "measurement.writable", "unknown"},
	"unknown section":      {"[link]", "[lnk]\nx = 1\n[link]", "6", "lnk", "unknown key"},
	"not TOML":             {"step = 1", "step = = 1", "20", "step", "expected value"},
	"a wrong type":         {"address = 3\ntype = \"u", "address = \"3\"\ntype = \"u", "15", "setting[0].address", "incompatible"},
	"wrong type elsewhere": {"[link]\nunit = 1", "[link]\nunit = \"1\"", "7", "link.unit", "incompatible"},
	"a float":              {"max = 100", "max = 99.5", "19", "setting[0].max", "in quotes"},
	"a comma":              {"max = 100", `max = "99,5"`, "19", "setting[0].max", "point"},
	"no driver ID":         {`id = "acme/box"`, `id = "box"`, "2", "about.id", "vendor/family"},
	"no name":              {`name = "Box"`, `name = " "`, "3", "about.name", "empty"},
	"no sources":           {`sources = ["manual p. 1"]`, `sources = []`, "5", "about.sources", "at least one"},
	"broadcast":            {"unit = 1", "unit = 0", "7", "link.unit", "within 1 to 247"},
	"matches everything":   {`product = "B1"`, `product = ""`, "9", "match.product", "claim every device"},
	"type of service only": {`product = "B1"`, "product = \"B1\"\n[match.facts]\n\"mdns.type\" = \"_mbap._tcp\"", "10", "match.facts", "every Modbus"},
	"no label":             {`label = "Limit"`, `label = ""`, "12", "setting[0].label", "empty"},
	"no group":             {`group = "Limits"`, ``, "10", "setting[0].group", "empty"},
	"an ID with blanks":    {`id = "limit"`, `id = "The limit"`, "11", "setting[0].id", "lower-case"},
	"an ID named twice":    {`id = "pressure"`, `id = "limit"`, "24", "measurement[0].id", "named twice"},
	"an unknown table":     {`table = "holding"`, `table = "holdings"`, "14", "setting[0].table", "is not coil"},
	"no address":           {"address = 3\ntype = \"u", "type = \"u", "10", "setting[0].address", "missing"},
	"an address too high":  {"address = 3\ntype = \"u", "address = 65536\ntype = \"u", "15", "setting[0].address", "65535"},
	"ends too high":        {"address = 3\ntype = \"i", "address = 65535\ntype = \"i", "27", "measurement[0].address", "above"},
	"one register twice":   {`table = "input"` + "\naddress = 3", `table = "holding"` + "\naddress = 2", "27", "measurement[0].address", "belongs to setting[0]"},
	"a float register":     {`type = "int32"`, `type = "float32"`, "28", "measurement[0].type", "is not uint16"},
	"text as a value":      {`type = "uint16"`, `type = "ascii"`, "16", "setting[0].type", "identity only"},
	"no order of words":    {`words = "high first"`, ``, "23", "measurement[0].words", "need"},
	"an unknown unit":      {"unit = \"kPa\"\nmin", "unit = \"kpa\"\nmin", "17", "setting[0].unit", "UCUM"},
	"min above max":        {"min = 0", "min = 200", "18", "setting[0].min", "not less than max"},
	"more than a register": {"max = 100", "max = 70000", "19", "setting[0].max", "cannot hold"},
	"no step":              {"step = 1\n", "\n", "10", "setting[0].step", "above nought"},
	"a step too fine":      {"step = 1\n", "step = \"0.5\"\n", "20", "setting[0].step", "finer"},
	"a step that misses":   {"step = 1\n", "step = 3\n", "20", "setting[0].step", "whole number of steps"},
	"an unknown risk":      {`risk = "clinical"`, `risk = "some"`, "21", "setting[0].risk", "is not one of"},
	"an input written":     {`table = "holding"`, `table = "input"` + "\n#", "23", "setting[0].writable", "cannot be written"},
	"below nothing":        {"writable = true", "writable = true\nbelow = \"high\"", "23", "setting[0].below", "no other setting"},
	"below itself":         {"writable = true", "writable = true\nbelow = \"limit\"", "23", "setting[0].below", "no other setting"},
	"an unknown direction": {"writable = true", "writable = true\nsafe = \"down\"", "23", "setting[0].safe", "neither"},
	"safe, not writable":   {"writable = true", "safe = \"lower\"", "22", "setting[0].safe", "only what is writable"},
	"a negative tolerance": {"writable = true", "writable = true\ntolerance = -1", "23", "setting[0].tolerance", "negative"},
	"typical out of range": {"writable = true", "writable = true\ntypical = 101", "23", "setting[0].typical", "not allowed"},
	"one word twice":       {"writable = true", "writable = true\noptions = [{value=\"a\",word=1},{value=\"b\",word=1}]", "23", "setting[0].options", "twice"},
	"an option misspelt":   {"writable = true", "writable = true\noptions = [\n{value=\"a\",word=1},\n{value=\"b\", wrd=2}]", "25", "setting.options.wrd", "unknown key"},
	"a choice of 32 bits":  {"words = \"high first\"\nunit = \"kPa\"", "words = \"high first\"\noptions = [{value=\"a\",word=1}]", "30", "measurement[0].options", "uint16"},
	"a serial in a bit":    {"[[measurement]]", "[identity.serial]\ntable = \"coil\"\naddress = 1\n[[measurement]]", "23", "identity.serial.type", "nothing"},
	"a serial too long":    {"[[measurement]]", "[identity.serial]\ntable = \"input\"\naddress = 50\ntype = \"ascii\"\nlength = 65\n[[measurement]]", "27", "identity.serial.length", "64"},
}

func TestAMistakeInAMapIsNamedWithItsLineAndKey(t *testing.T) {
	for name, c := range mistakes {
		t.Run(name, func(t *testing.T) {
			if strings.Count(least, c.old) != 1 {
				t.Fatalf("%q is %d times in the map", c.old, strings.Count(least, c.old))
			}
			_, err := Load("box.toml", []byte(strings.Replace(least, c.old, c.new, 1)))
			if !errors.Is(err, ErrMap) {
				t.Fatalf("the map was taken: %v", err)
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			for _, part := range []string{"box.toml:" + c.line + ": ", c.key, c.says} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s\nlacks %q", first, part)
				}
			}
		})
	}
}

func TestAMistakeInTheFirstOfSeveralSettingsIsNamedThere(t *testing.T) {
	second := strings.NewReplacer(`"limit"`, `"limit2"`, "address = 3", "address = 9").Replace(least[strings.Index(least, "[[setting]]"):strings.Index(least, "[[measurement]]")])
	for _, bad := range []string{"max = 99.5", "max = true"} {
		_, err := Load("box.toml", []byte(strings.Replace(least, "max = 100", bad, 1)+second))
		if err == nil || !strings.Contains(err.Error(), "box.toml:19: setting[0].max: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestKeysAreLocatedAfterEverythingThatCanStandInAValue(t *testing.T) {
	text := "a = {} # {\nb = \"]#\\\"\" # x = 1\nc = [\n  '[', # [\n  \"\"\"\n{=\"\"\",\n]\n[[t]] # [\n\"d.e\" = { f = 1, g = [ { h = 2 } ] }\n[[t]]\ni = 1\n"
	got := locate(text)
	for path, line := range map[string]int{
		"a": 1, "b": 2, "c": 3, "t": 8, "t[0]": 8, `t[0]."d.e"`: 9, `t."d.e".g`: 9, "t[1]": 10, "t[1].i": 11, "t.i": 11,
	} {
		if got[path] != line {
			t.Errorf("%s is on line %d, want %d", path, got[path], line)
		}
	}
	if n := got.line("t[1].missing.key"); n != 10 {
		t.Errorf("a missing key is near line %d", n)
	}
}

func TestAMapIsBounded(t *testing.T) {
	if _, err := Load("big.toml", make([]byte, MaxMapSize+1)); !errors.Is(err, ErrMap) {
		t.Errorf("a file too long: %v", err)
	}
	var many strings.Builder
	many.WriteString(least)
	for i := range MaxPoints {
		fmt.Fprintf(&many, "[[measurement]]\nid=\"m%d\"\nlabel=\"M\"\ntable=\"coil\"\naddress=%d\n", i, i)
	}
	if _, err := Load("many.toml", []byte(many.String())); !errors.Is(err, ErrMap) || !strings.Contains(err.Error(), "more than 1000") {
		t.Errorf("too many points: %v", err)
	}
}

func TestTheExamplesAreSoundAndMarkedAsExamples(t *testing.T) {
	for _, d := range Examples() {
		m := d.(*Map)
		a := m.About()
		if !strings.HasPrefix(a.Name, "Example: ") || !strings.HasPrefix(a.ID, "example/") || !strings.HasPrefix(string(m.source), "# EXAMPLE.") {
			t.Errorf("%s is not marked as an example", a.ID)
		}
		for _, s := range m.description.Settings {
			if _, ok := m.typical[s.ID]; !ok || s.Help == "" {
				t.Errorf("%s: %s lacks a typical value or a help", a.ID, s.ID)
			}
		}
		if m.serial == nil {
			t.Errorf("%s has a weak identity", a.ID)
		}
	}
}

func TestEveryValueOfARegisterComesBackExactly(t *testing.T) {
	for _, p := range []point{
		{format: unsigned16, kind: drivers.Integer}, {format: signed16, kind: drivers.Decimals, scale: -1},
		{format: signed16, kind: drivers.Integer, scale: 2},
	} {
		for w := range 0x10000 {
			v, err := p.decode(pack(nil, uint16(w)))
			if err != nil {
				t.Fatal(err)
			}
			if back, err := p.encode(v); err != nil || back[0] != uint16(w) {
				t.Fatalf("%d became %s and then %v, %v", w, v, back, err)
			}
		}
	}
	for _, low := range []bool{false, true} {
		p := point{format: signed32, kind: drivers.Decimals, scale: -3, lowFirst: low}
		for _, n := range []int64{0, 1, -1, 65536, -65537, 999_999_999, -999_999_999} {
			v, err := p.decode(p.raw(p.split(n)))
			if err != nil {
				t.Fatal(err)
			}
			if back, err := p.encode(v); err != nil || p.integer(back) != n {
				t.Errorf("%d became %s and then %v, %v", n, v, back, err)
			}
		}
		if v, err := p.decode(p.raw(p.split(1_000_000_000))); err == nil {
			t.Errorf("ten digits became %s", v)
		}
	}
}

func TestAValueBetweenTwoStepsOfTheRegisterIsNotRounded(t *testing.T) {
	p := point{format: signed16, kind: drivers.Decimals, scale: -1}
	for _, d := range []drivers.Decimal{drivers.Dec(125, 2), drivers.Int(3277), drivers.Dec(-32769, 1)} {
		if w, err := p.encode(drivers.Number(drivers.Decimals, d)); !errors.Is(err, drivers.ErrRange) {
			t.Errorf("%s became %v, %v", d, w, err)
		}
	}
}

func TestOneReadTakesNeighboursAndNeverAGap(t *testing.T) {
	var points []point
	for i := range 130 {
		points = append(points, point{table: holdings, address: uint16(i), format: unsigned16})
	}
	points = append(points, point{table: holdings, address: 131, format: unsigned32}, point{table: coils, address: 130})
	var got []string
	for _, s := range group(points) {
		got = append(got, fmt.Sprintf("%d:%d+%d", s.table, s.start, s.count))
	}
	if want := "0:130+1 2:0+125 2:125+5 2:131+2"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func FuzzMaps(f *testing.F) {
	f.Add([]byte(least))
	for _, d := range Examples() {
		f.Add(d.(*Map).Source())
	}
	f.Add([]byte("[[setting]]\noptions=[{value='a',word=1}]\ntype='uint32'\ntypical=1\n[identity.model]\nlength=-3"))
	f.Fuzz(func(t *testing.T, source []byte) {
		m, err := Load("fuzz.toml", source)
		if err != nil {
			if !errors.Is(err, ErrMap) || !strings.Contains(err.Error(), "fuzz.toml") {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		unit := NewUnit(m, "1234")
		for _, s := range m.description.Settings {
			v, err := m.points[s.ID].decode(m.points[s.ID].raw(unit.load(m.points[s.ID])))
			loose := s
			loose.Step = drivers.Decimal{}
			if err != nil || loose.Check(v) != nil {
				t.Fatalf("%s starts at %s: %v", s.ID, v, err)
			}
		}
	})
}
