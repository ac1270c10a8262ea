package statement

import (
	"bytes"
	"crypto/ed25519"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/clock"
	"countersign/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

const site = "clinic.example/ward7-laptop-03"

// key returns a key that is the same in every run.
func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(seed byte) ed25519.PublicKey { return key(seed).Public().(ed25519.PublicKey) }

var (
	jo  = Person{PersonID(public(1)), "Jo Søndergård", "biomedical-technician"}
	kim = Person{PersonID(public(2)), "Kim, the Younger", "nurse"}
)

// samples are one statement of every kind, by the name of their golden files.
func samples() map[string]Statement {
	at := Time{time.Date(2026, 9, 30, 10, 41, 22, 123_000_000, time.FixedZone("", 2*3600)), clock.OK}
	head := LogHead{site, 18_234, Digest([]byte("root"))}
	set := []SetLine{
		{"alarm.etco2.high", "50", "45.5", "mm[Hg]", drivers.Clinical},
		{"alarm.volume", "low", "medium", "1", drivers.Operational},
		{"label", `"Ward \"7\" \\ bed  1"`, `""`, "1", drivers.Cosmetic},
		{"clock", "2026-09-30T10:41:22Z", `"1.50"`, "1", drivers.Operational},
	}
	r := Request{
		ID: "01K6Z2Q8M3V7T9A0B1C2D3E4F5", Signer: jo, Time: at,
		Device: Device{"ACME", `IP300 "Duo"`, "SN-00412345", ""},
		Driver: Driver{"acme/ip300", Digest([]byte("driver"))}, State: Digest([]byte("state")),
		Set: set, Reason: "Drug library policy 2026-14, ticket CE-8841",
		ExecuteOn: Place{"ward7-laptop-03", "5F8Z6J2M1Q0X7C3V9B4N8K6H2D"}, ValidFor: time.Hour, Log: head,
	}
	text, _ := r.Text()
	all := laterSamples(r, head)
	for name, s := range map[string]Statement{
		"genesis": Genesis{site, at, []Founder{
			{jo.ID, [32]byte(public(1)), jo.Role, jo.Name}, {kim.ID, [32]byte(public(2)), kim.Role, kim.Name},
		}, nil, "5F8Z6J2M1Q0X7C3V9B4N8K6H2D"},
		"profile":        Profile{"01K6Z2Q8M3V7T9A0B1C2D3E4F6", []Person{jo, kim}, at, "acme/ip300", Digest([]byte("file")), head},
		"change-request": r,
		"approval":       Approval{ID: r.ID, Signer: kim, Time: at, Request: Digest(text), Set: set, Nonce: r.ExecuteOn.Nonce, Log: head},
		"refusal":        Refusal{r.ID, kim, at, Digest(text), "The patient's limit is 50 mmHg", head},
		"withdrawal":     Withdrawal{r.ID, jo, at, Digest(text), head},
	} {
		all[name] = s
	}
	return all
}

func mustText(t testing.TB, s Statement) []byte {
	t.Helper()
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// golden compares got with a golden file and returns what the file holds.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
	return want
}

func TestTheTextOfEveryKindIsForGood(t *testing.T) {
	for name, s := range samples() {
		if kind, _, _ := strings.Cut(name, "."); s.Kind() != kind {
			t.Errorf("%s is of kind %s", name, s.Kind())
		}
		text := golden(t, name+".txt", mustText(t, s))
		back, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(back, s) {
			t.Errorf("%s reads as\n%+v, want\n%+v", name, back, s)
		}
	}
	for _, k := range kinds {
		if samples()[strings.TrimSuffix(strings.TrimPrefix(k.title(), prefix), suffix)] == nil {
			t.Errorf("%s has no sample", k.title())
		}
	}
}

func TestEachParserTakesItsOwnKindOnly(t *testing.T) {
	parsers := map[string]func([]byte) (Statement, error){
		"genesis":        func(b []byte) (Statement, error) { return ParseGenesis(b) },
		"profile":        func(b []byte) (Statement, error) { return ParseProfile(b) },
		"change-request": func(b []byte) (Statement, error) { return ParseRequest(b) },
		"approval":       func(b []byte) (Statement, error) { return ParseApproval(b) },
		"refusal":        func(b []byte) (Statement, error) { return ParseRefusal(b) },
		"withdrawal":     func(b []byte) (Statement, error) { return ParseWithdrawal(b) },
	}
	for own, parse := range parsers {
		for name, s := range samples() {
			got, err := parse(mustText(t, s))
			if own == s.Kind() && (err != nil || !reflect.DeepEqual(got, s)) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			if own != s.Kind() && !fault.Is(err, fault.Signature) {
				t.Errorf("the parser of %s took a %s", own, name)
			}
		}
	}
}

// may says how the lines with a key may differ from one statement of a kind to the next.
type may struct{ miss, repeat, swap bool }

var mays = map[string]may{
	"set": {miss: true, swap: true}, "person": {swap: true}, "signer": {swap: true}, "badge": {swap: true}, "ticket": {miss: true},
	"edits": {miss: true}, "template": {miss: true}, "asset-tag": {miss: true}, "on-failure": {miss: true}, "elsewhere": {miss: true}, "incident": {miss: true}, "reference": {miss: true},
	"rule": {miss: true, repeat: true, swap: true}, "line": {miss: true, repeat: true, swap: true},
}

func mayOf(s Statement, text string) may {
	key, _, _ := strings.Cut(text, " ")
	m := mays[key]
	m.miss = m.miss || key == "signer" && s.Kind() == "review" // by one person where there is no second one
	return m
}

func TestEveryLineHasItsPlaceAndItsNumber(t *testing.T) {
	for name, s := range samples() {
		lines := strings.SplitAfter(string(mustText(t, s)), "\n")
		lines = lines[:len(lines)-1]
		for i := range lines {
			without := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
			twice := strings.Join(lines[:i+1], "") + strings.Join(lines[i:], "")
			if _, err := Parse([]byte(without)); err == nil && !mayOf(s, lines[i]).miss {
				t.Errorf("%s without its line %q was accepted", name, lines[i])
			}
			if _, err := Parse([]byte(twice)); err == nil && !mayOf(s, lines[i]).repeat {
				t.Errorf("%s with its line %q twice was accepted", name, lines[i])
			}
			if i == 0 || mayOf(s, lines[i]).swap {
				continue
			}
			lines[i-1], lines[i] = lines[i], lines[i-1]
			if _, err := Parse([]byte(strings.Join(lines, ""))); err == nil {
				t.Errorf("%s with its line %q in another place was accepted", name, lines[i-1])
			}
			lines[i-1], lines[i] = lines[i], lines[i-1]
		}
	}
}

func TestTooLargeIsNotAStatement(t *testing.T) {
	r := samples()["change-request"].(Request)
	for i := 0; len(r.Set) < MaxLines-12; i++ {
		r.Set = append(r.Set, SetLine{drivers.SettingID("s." + itoa(i)), "1", "2", "1", drivers.Cosmetic})
	}
	text := mustText(t, r)
	if n := bytes.Count(text, []byte("\n")); n != MaxLines {
		t.Fatalf("%d lines", n)
	}
	if back, err := ParseRequest(text); err != nil || len(back.Set) != len(r.Set) {
		t.Errorf("the largest request: %v", err)
	}
	r.Set = append(r.Set, SetLine{"one.more", "1", "2", "1", drivers.Cosmetic})
	if _, err := r.Text(); !fault.Is(err, fault.Signature) {
		t.Errorf("a line too many: %v", err)
	}
	if _, err := Parse(bytes.Replace(text, []byte("reason"), []byte("set one.more 1 -> 2 1\nreason"), 1)); err == nil {
		t.Error("a line too many was read")
	}

	r.Set = r.Set[:0]
	for i := range 300 {
		long := `"` + strings.Repeat("x", 500) + `"`
		r.Set = append(r.Set, SetLine{drivers.SettingID("s." + itoa(i)), long, long, "1", drivers.Cosmetic})
	}
	if _, err := r.Text(); !fault.Is(err, fault.Signature) {
		t.Errorf("300 kB: %v", err)
	}
}

func itoa(n int) string { return drivers.Int(int64(n)).String() }

func TestWhatCannotBeSpelledCannotBeAStatement(t *testing.T) {
	for what, spoil := range map[string]func(*Request){
		"no id":                        func(r *Request) { r.ID = "" },
		"a line break in the id":       func(r *Request) { r.ID += "\n" },
		"lower-case id":                func(r *Request) { r.ID = strings.ToLower(r.ID) },
		"a role with a comma":          func(r *Request) { r.Signer.Role = "nurse, chief" },
		"a role in the name":           func(r *Request) { r.Signer = Person{jo.ID, "Jo, nurse", ""} },
		"no name":                      func(r *Request) { r.Signer.Name = "" },
		"a person in the id":           func(r *Request) { r.Signer.ID += " X" },
		"microseconds":                 func(r *Request) { r.Time.Wall = r.Time.Wall.Add(time.Microsecond) },
		"no clock state":               func(r *Request) { r.Time.Clock = "" },
		"a line break in the device":   func(r *Request) { r.Device.Model = "IP\n300" },
		"a lost character":             func(r *Request) { r.Device.Model = "IP\ufffd" },
		"a driver with a space":        func(r *Request) { r.Driver.ID = "acme ip300" },
		"501 characters in a device":   func(r *Request) { r.Device.Firmware = strings.Repeat("é", 501) },
		"no settings":                  func(r *Request) { r.Set = nil },
		"a setting twice":              func(r *Request) { r.Set = append(r.Set, r.Set[0]) },
		"a line in a setting":          func(r *Request) { r.Set[0].ID = "a 1 -> 2 1\nset b" },
		"an arrow in a value":          func(r *Request) { r.Set[0].AsFound = "1 -> 2" },
		"a number not in its spelling": func(r *Request) { r.Set[0].Wanted = "45.50" },
		"a unit with a space":          func(r *Request) { r.Set[0].Unit = "mm Hg" },
		"no unit":                      func(r *Request) { r.Set[0].Unit = "" },
		"no reason":                    func(r *Request) { r.Reason = "" },
		"a reason of two lines":        func(r *Request) { r.Reason = "a\nb" },
		"a reason of 501 characters":   func(r *Request) { r.Reason = strings.Repeat("é", 501) },
		"a nonce too short":            func(r *Request) { r.ExecuteOn.Nonce = r.ExecuteOn.Nonce[1:] },
		"half a second":                func(r *Request) { r.ValidFor += time.Second / 2 },
		"no time at all":               func(r *Request) { r.ValidFor = 0 },
		"ten years":                    func(r *Request) { r.ValidFor = 87_600 * time.Hour },
		"a negative size":              func(r *Request) { r.Log.Size = -1 },
		"an origin with a plus":        func(r *Request) { r.Log.Origin = "a+b" },
	} {
		r := samples()["change-request"].(Request)
		spoil(&r)
		if text, err := r.Text(); !fault.Is(err, fault.Signature) {
			t.Errorf("%s was written: %v\n%s", what, err, text)
		}
	}
	r := samples()["change-request"].(Request)
	r.Reason = strings.Repeat("é", 500)
	mustText(t, r)
}

func TestReadingsAndIdentitiesGoIntoAStatement(t *testing.T) {
	r := samples()["change-request"].(Request)
	wall := r.Time.Wall.Add(456 * time.Microsecond)
	if got := TimeOf(clock.Reading{Wall: wall, State: clock.Stepped}); !got.Wall.Equal(r.Time.Wall) || got.Clock != clock.Stepped {
		t.Errorf("%+v", got)
	}
	id := drivers.Identity{Manufacturer: "ACME", Model: "IP300", Serial: "7", Firmware: "1.2", Raw: []byte("x")}
	if got, want := DeviceOf(id), (Device{"ACME", "IP300", "7", "1.2"}); got != want {
		t.Errorf("%+v", got)
	}
	r.Time, r.Device = TimeOf(clock.NewFake(wall).Now()), DeviceOf(id)
	if back, err := ParseRequest(mustText(t, r)); err != nil || back.Device != r.Device {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestTwoSignersAreTwoPersons(t *testing.T) {
	g := samples()["genesis"].(Genesis)
	p := samples()["profile"].(Profile)
	for what, s := range map[string]Statement{
		"one founder":         Genesis{g.Origin, g.Time, g.Founders[:1], nil, g.Nonce},
		"three founders":      Genesis{g.Origin, g.Time, append(g.Founders[:2:2], g.Founders[0]), nil, g.Nonce},
		"one founder twice":   Genesis{g.Origin, g.Time, []Founder{g.Founders[0], g.Founders[0]}, nil, g.Nonce},
		"another's key":       Genesis{g.Origin, g.Time, []Founder{g.Founders[0], {kim.ID, g.Founders[0].Key, "nurse", "Kim"}}, nil, g.Nonce},
		"one reviewer":        Profile{p.ID, p.Signers[:1], p.Time, p.Name, p.Digest, p.Log},
		"one reviewer, twice": Profile{p.ID, []Person{jo, {jo.ID, "Somebody Else", "nurse"}}, p.Time, p.Name, p.Digest, p.Log},
	} {
		if text, err := s.Text(); !fault.Is(err, fault.Signature) {
			t.Errorf("%s: %v\n%s", what, err, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples() {
		f.Add(mustText(f, s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			if s != nil || !fault.Is(err, fault.Signature) {
				t.Errorf("%v, %v", s, err)
			}
			return
		}
		if again := mustText(t, s); !bytes.Equal(again, text) {
			t.Errorf("%q\nis written again as\n%q", text, again)
		}
	})
}

func TestAnApprovalSaysEnteredOnlyWhereAValueWasEntered(t *testing.T) {
	entered := samples()["approval"].(Approval)
	read := entered
	read.Set = []SetLine{{"alarm.volume", "low", "medium", "1", drivers.Operational}, {"label", "a", "b", "1", drivers.Cosmetic}}
	for meaning, a := range map[string]Approval{ApprovalMeaning: entered, ReadMeaning: read} {
		text := string(mustText(t, a))
		if !strings.Contains(text, "\nmeaning "+meaning+"\n") {
			t.Errorf("it does not say %q:\n%s", meaning, text)
		}
		for _, other := range []string{ApprovalMeaning, ReadMeaning, RefusalMeaning} {
			_, err := ParseApproval([]byte(strings.Replace(text, "meaning "+meaning, "meaning "+other, 1)))
			if (other == meaning) != (err == nil) {
				t.Errorf("%q instead of %q: %v", other, meaning, err)
			}
		}
	}
}
