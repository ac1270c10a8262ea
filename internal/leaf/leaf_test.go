package leaf

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

const boot = "1f0c8f8a-6f50-4be6-8a1e-3f1c0d2b7a55"

// samples are leaves as a console writes them, by the name of their golden file.
func samples() map[string]Leaf {
	at := clock.Reading{
		Wall:   time.Date(2026, 9, 30, 10, 41, 22, 123_000_000, time.FixedZone("", 2*3600)),
		BootMS: 86_400_123, Boot: boot, State: clock.OK,
	}
	jo := Actor{ID: "7f3a91c25d0c8a52", Name: "Jo Søndergård", Role: "technician"}

	var started, approved, strange Body
	started.Set("program", "countersign 0.1.0")
	started.Set("origin", "clinic.example/ward7-laptop-03")
	approved.Set("request", "01K6Z2Q8M3V7T9A0B1C2D3E4F5")
	approved.Set("set", "alarm.etco2.high 50 -> 45 mm[Hg]\nalarm.etco2.low 25 -> 20 mm[Hg]")
	approved.SetInt("tries", 1)
	strange.Set("text", "tab\tquote\" backslash\\ bell\a delete\x7f separator\u2028 <&>")
	strange.SetInt("least", -1<<63)
	strange.SetInt("most", 1<<63-1)
	strange.SetInt("nought", 0)

	later := at
	later.BootMS, later.State = 0, clock.Stepped
	return map[string]Leaf{
		"first":    {Kind: "console.start", At: at, Body: started},
		"approval": {Seq: 18_234, Prev: sha256.Sum256([]byte("before")), Kind: "change.approval", At: at, Epoch: 12, Actor: jo, Body: approved, Stmt: "countersign/approval/v1\nid 01K6Z2Q8M3V7T9A0B1C2D3E4F5\n\n— clinic.example/p/7f3a91c25d0c8a52 AAAA\n"},
		"strange":  {Seq: 1<<63 - 1, Kind: "a", At: later, Epoch: 1<<63 - 1, Actor: Actor{Name: "\x00\x1f\r\n"}, Body: strange},
		"empty":    {Seq: 1, Kind: "sign.of-life_2", At: later},
	}
}

func mustEncode(t testing.TB, l Leaf) []byte {
	t.Helper()
	b, err := Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheBytesOfALeafAreForGood(t *testing.T) {
	for name, l := range samples() {
		got := mustEncode(t, l)
		file := filepath.Join("testdata", name+".json")
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
		back, err := Decode(want)
		if err != nil || !bytes.Equal(mustEncode(t, back), want) {
			t.Errorf("%s read as %+v, %v", name, back, err)
		}
		if back.Stmt != l.Stmt || back.Actor != l.Actor || !slices.Equal(back.Body.fields, l.Body.fields) || back.Prev != l.Prev {
			t.Errorf("%s lost something: %+v", name, back)
		}
		if !back.At.Wall.Equal(l.At.Wall) || back.At.BootMS != l.At.BootMS || back.At.Boot != l.At.Boot || back.At.State != l.At.State {
			t.Errorf("%s was made at %+v", name, back.At)
		}
	}
}

func TestAnyJSONReaderUnderstandsALeaf(t *testing.T) {
	for name, l := range samples() {
		var v struct {
			Seq   int64
			Body  map[string]any
			Actor Actor
			Stmt  string
		}
		dec := json.NewDecoder(bytes.NewReader(mustEncode(t, l)))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v.Seq != l.Seq || v.Actor != l.Actor || v.Stmt != l.Stmt || len(v.Body) != l.Body.Len() {
			t.Errorf("%s read as %+v", name, v)
		}
		for f := range l.Body.All() {
			if want := fmt.Sprint(f.Text); !f.IsInt && v.Body[f.Key] != want {
				t.Errorf("%s, %s: %q, want %q", name, f.Key, v.Body[f.Key], want)
			}
			if want := json.Number(fmt.Sprint(f.Int)); f.IsInt && v.Body[f.Key] != want {
				t.Errorf("%s, %s: %v, want %v", name, f.Key, v.Body[f.Key], want)
			}
		}
	}
}

func TestALeafThatIsNotALeafCannotBeEncoded(t *testing.T) {
	for what, spoil := range map[string]func(*Leaf){
		"negative seq":          func(l *Leaf) { l.Seq = -1 },
		"negative epoch":        func(l *Leaf) { l.Epoch = -1 },
		"negative boot clock":   func(l *Leaf) { l.At.BootMS = -1 },
		"no kind":               func(l *Leaf) { l.Kind = "" },
		"upper-case kind":       func(l *Leaf) { l.Kind = "Change" },
		"kind with quote":       func(l *Leaf) { l.Kind = `a"` },
		"long kind":             func(l *Leaf) { l.Kind = strings.Repeat("a", 65) },
		"no state":              func(l *Leaf) { l.At.State = "" },
		"microseconds":          func(l *Leaf) { l.At.Wall = l.At.Wall.Add(time.Microsecond) },
		"year of five digits":   func(l *Leaf) { l.At.Wall = l.At.Wall.AddDate(8000, 0, 0) },
		"bad key":               func(l *Leaf) { l.Body.Set("as found", "1") },
		"key with a digit":      func(l *Leaf) { l.Body.Set("1st", "1") },
		"invalid UTF-8 in body": func(l *Leaf) { l.Body.Set("text", "\xff") },
		"invalid UTF-8 in name": func(l *Leaf) { l.Actor.Name = "\xed\xa0\x80" },
		"too large":             func(l *Leaf) { l.Stmt = strings.Repeat("x", MaxSize) },
		"too many fields": func(l *Leaf) {
			for i := range MaxFields + 1 {
				l.Body.SetInt(fmt.Sprintf("k%d", i), 1)
			}
		},
	} {
		l := samples()["approval"]
		spoil(&l)
		if b, err := Encode(l); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %d bytes, %v", what, len(b), err)
		}
	}
}

func TestTheLargestLeafGoesThrough(t *testing.T) {
	l := samples()["empty"]
	l.Stmt = "x"
	l.Stmt = strings.Repeat("x", MaxSize-len(mustEncode(t, l))+1)
	for i := range MaxFields {
		l.Body.SetInt(fmt.Sprintf("k%d", i), 1)
	}
	l.Stmt = l.Stmt[:len(l.Stmt)-len(mustEncodeBody(t, l.Body))]
	if back, err := Decode(mustEncode(t, l)); err != nil || back.Body.Len() != MaxFields {
		t.Error(err)
	}

	l.Stmt = ""
	more := bytes.Replace(mustEncode(t, l), []byte(`"body":{`), []byte(`"body":{"a":1,`), 1)
	if _, err := Decode(more); !fault.Is(err, fault.LogBroken) {
		t.Errorf("a field too many was read: %v", err)
	}
}

func mustEncodeBody(t *testing.T, b Body) []byte {
	l := samples()["empty"]
	bare := len(mustEncode(t, l))
	l.Body = b
	return mustEncode(t, l)[bare:]
}

func TestAnotherSpellingIsNotALeaf(t *testing.T) {
	good := string(mustEncode(t, samples()["strange"]))
	approval := string(mustEncode(t, samples()["approval"]))
	for what, text := range map[string]string{
		"nothing":            "",
		"not an object":      "[]",
		"space":              strings.Replace(good, `"seq":`, `"seq": `, 1),
		"line feed behind":   good + "\n",
		"second object":      good + good,
		"other version":      strings.Replace(good, `"v":1`, `"v":2`, 1),
		"order of keys":      strings.Replace(good, `"id":"","name":`, `"name":"","id":`, 1),
		"leading nought":     strings.Replace(good, `"boot_ms":0`, `"boot_ms":00`, 1),
		"minus nought":       strings.Replace(good, `"nought":0`, `"nought":-0`, 1),
		"plus":               strings.Replace(good, `"nought":0`, `"nought":+0`, 1),
		"fraction":           strings.Replace(good, `"nought":0`, `"nought":0.0`, 1),
		"exponent":           strings.Replace(good, `"nought":0`, `"nought":0e0`, 1),
		"no digits":          strings.Replace(good, `"nought":0`, `"nought":-`, 1),
		"boolean":            strings.Replace(good, `"nought":0`, `"nought":true`, 1),
		"null":               strings.Replace(good, `"nought":0`, `"nought":null`, 1),
		"nested":             strings.Replace(good, `"nought":0`, `"nought":{}`, 1),
		"over int64":         strings.Replace(good, `"most":9223372036854775807`, `"most":9223372036854775808`, 1),
		"under int64":        strings.Replace(good, `"least":-9223372036854775808`, `"least":-9223372036854775809`, 1),
		"negative seq":       strings.Replace(good, `"seq":9223372036854775807`, `"seq":-1`, 1),
		"keys not sorted":    strings.Replace(good, `"least"`, `"zeast"`, 1),
		"key twice":          strings.Replace(good, `"most"`, `"least"`, 1),
		"key with escape":    strings.Replace(good, `"most"`, `"m\u006fst"`, 1),
		"comma at the end":   strings.Replace(good, `<&>"}`, `<&>",}`, 1),
		"solidus escaped":    strings.Replace(good, `<&>`, `\/`, 1),
		"tab as \\t":         strings.Replace(good, `\u0009`, `\t`, 1),
		"raw tab":            strings.Replace(good, `\u0009`, "\t", 1),
		"upper-case hex":     strings.Replace(good, `\u001f`, `\u001F`, 1),
		"letter escaped":     strings.Replace(good, `tab`, `t\u0061b`, 1),
		"space escaped":      strings.Replace(good, `tab`, `t\u0020b`, 1),
		"line feed as hex":   strings.Replace(good, `\n`, `\u000a`, 1),
		"surrogates escaped": strings.Replace(good, `tab`, `\ud83d\ude00`, 1),
		"invalid UTF-8":      strings.Replace(good, `tab`, "\xc0\x80", 1),
		"surrogate":          strings.Replace(good, `tab`, "\xed\xa0\x80", 1),
		"empty statement":    strings.TrimSuffix(good, "}") + `,"stmt":""}`,
		"unknown key":        strings.TrimSuffix(good, "}") + `,"more":1}`,
		"padded hash":        strings.Replace(good, `","kind"`, `=","kind"`, 1),
		"spare bits of hash": strings.Replace(good, `A","kind"`, `B","kind"`, 1),
		"short hash":         strings.Replace(good, `A","kind"`, `","kind"`, 1),
		"line feed in hash":  strings.Replace(good, `AA","kind"`, "A\n\",\"kind\"", 1),
		"hash of the other alphabet": strings.Replace(approval, `"prev":"`+approval[strings.Index(approval, `"prev":"`)+8:][:1],
			`"prev":"+`, 1),
		"time with Z":    strings.Replace(good, `+02:00`, `Z`, 1),
		"unknown state":  strings.Replace(good, `"stepped"`, `"wrong"`, 1),
		"longer state":   strings.Replace(good, `"stepped"`, `"steppedd"`, 1),
		"no kind":        strings.Replace(good, `"kind":"a"`, `"kind":""`, 1),
		"kind in capita": strings.Replace(good, `"kind":"a"`, `"kind":"A"`, 1),
		"too long":       strings.Replace(good, `tab`, strings.Repeat("x", MaxSize), 1),
	} {
		if text == good || text == approval {
			t.Errorf("%s: the test spoils nothing", what)
		}
		if _, err := Decode([]byte(text)); !fault.Is(err, fault.LogBroken) {
			t.Errorf("%s was accepted: %v", what, err)
		}
	}
}

func TestACutLeafIsNotALeaf(t *testing.T) {
	good := mustEncode(t, samples()["approval"])
	for n := range good {
		if _, err := Decode(good[:n]); err == nil {
			t.Errorf("the first %d bytes were accepted", n)
		}
	}
}

func TestABodyIsAValue(t *testing.T) {
	var b Body
	b.Set("device", "IP300")
	b.SetInt("tries", 1)
	c := b
	c.Set("device", "other")
	c.Set("tries", "two")
	c.Set("earlier", "x")
	if text, ok := b.Text("device"); text != "IP300" || !ok || b.Len() != 2 {
		t.Errorf("the original says %q", text)
	}
	if n, ok := b.Int("tries"); n != 1 || !ok {
		t.Errorf("the original says %d", n)
	}
	if _, ok := c.Int("tries"); ok {
		t.Error("a text is read as a number")
	}
	if _, ok := b.Text("tries"); ok {
		t.Error("a number is read as a text")
	}
	if _, ok := b.Text("nothing"); ok {
		t.Error("a field that nobody set")
	}
	want := map[string]string{"device": "other", "earlier": "x", "tries": "two"}
	got := map[string]string{}
	for f := range c.All() {
		got[f.Key] = f.Text
	}
	if !maps.Equal(got, want) {
		t.Errorf("the copy says %v", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, l := range samples() {
		f.Add(mustEncode(f, l))
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		l, err := Decode(encoded)
		if err != nil {
			return
		}
		if again := mustEncode(t, l); !bytes.Equal(again, encoded) {
			t.Errorf("%s\nis encoded again as\n%s", encoded, again)
		}
		if !json.Valid(encoded) {
			t.Errorf("%s is not JSON", encoded)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add("change.intent", "Jo \"B\"\n", "as_found", "45\t", int64(-7), "note\n")
	f.Fuzz(func(t *testing.T, kind, name, key, text string, n int64, stmt string) {
		l := samples()["first"]
		l.Kind, l.Actor.Name, l.Stmt = kind, name, stmt
		l.Body.Set(key, text)
		l.Body.SetInt("n", n)
		encoded, err := Encode(l)
		if err != nil {
			return
		}
		back, err := Decode(encoded)
		if err != nil || back.Actor != l.Actor || back.Stmt != stmt || !slices.Equal(back.Body.fields, l.Body.fields) {
			t.Errorf("%s: %+v, %v", encoded, back, err)
		}
	})
}

// wire is a leaf for encoding/json, the yardstick.
type wire struct {
	V    int    `json:"v"`
	Seq  int64  `json:"seq"`
	Prev string `json:"prev"`
	Kind string `json:"kind"`
	At   struct {
		Wall   time.Time `json:"wall"`
		BootMS int64     `json:"boot_ms"`
		Boot   string    `json:"boot"`
		Clock  string    `json:"clock"`
	} `json:"at"`
	Epoch int64          `json:"epoch"`
	Actor Actor          `json:"actor"`
	Body  map[string]any `json:"body"`
	Stmt  string         `json:"stmt"`
}

// BenchmarkDecode reports, beside its own time, how many times faster it is than encoding/json in the same run.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"first", "approval", "strange"} {
		b.Run(name, func(b *testing.B) {
			encoded := mustEncode(b, samples()[name])
			b.SetBytes(int64(len(encoded)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(encoded); err != nil {
					b.Fatal(err)
				}
			}
			own, begin := b.Elapsed(), time.Now()
			for range b.N {
				var w wire
				if err := json.Unmarshal(encoded, &w); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(time.Since(begin))/float64(own), "x_encoding/json")
		})
	}
}
