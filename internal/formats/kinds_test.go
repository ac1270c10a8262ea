package formats

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/leaf"
)

// TestEveryKindOfRecordHasItsCodes looks in the sources for the kinds that the console writes.
func TestEveryKindOfRecordHasItsCodes(t *testing.T) {
	constant := regexp.MustCompile(`\b[kK]ind[A-Z]\w*\s*=\s*"([a-z-]+\.[a-z-]+)"`)
	found := map[string]bool{}
	for _, wing := range []string{"../../app", "../../internal"} {
		err := filepath.WalkDir(wing, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range constant.FindAllSubmatch(source, -1) {
				found[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 60 {
		t.Fatalf("only %d kinds are found: the test looks for them in the wrong way", len(found))
	}
	for kind := range found {
		if classes[kind] == nil {
			t.Errorf("%s has no codes", kind)
		}
	}
}

// TestEachClassIsWhatDICOMAllows: alerts are executed, and outcomes are the four that there are.
func TestEachClassIsWhatDICOMAllows(t *testing.T) {
	for kind, c := range classes {
		if c.ID == securityAlert && (c.Action != 'E' || len(c.Types) == 0) {
			t.Errorf("%s: an alert's action is E, and it has a type", kind)
		}
		if !strings.ContainsRune("CRUDE", rune(c.Action)) || c.Outcome%4 != 0 || c.Outcome < 0 || c.Outcome > 12 || c.Text == "" || len(c.Types) == 0 {
			t.Errorf("%s: %+v", kind, *c)
		}
	}
}

// TestARecordIsReadPlainly holds what an event says of a few records.
func TestARecordIsReadPlainly(t *testing.T) {
	body := func(pairs ...string) (b leaf.Body) {
		for i := 0; i < len(pairs); i += 2 {
			b.Set(pairs[i], pairs[i+1])
		}
		return b
	}
	for name, test := range map[string]struct {
		leaf leaf.Leaf
		want Event
	}{
		"a change": {
			leaf.Leaf{Kind: "change.outcome", Body: body("device", "Model SN 9 SN 12", "request", "R1", "outcome", "unknown")},
			Event{Device: "Model SN 9", Serial: "12", Subject: "R1", Outcome: 8, Text: "Settings written and read back: outcome unknown"},
		},
		"no serial number": {leaf.Leaf{Kind: "device.read", Body: body("device", "Model SN ?")}, Event{Device: "Model", Text: "Device read"}},
		"an emergency": {
			leaf.Leaf{Kind: "emergency.opened", Body: body("session", "E1", "tier", "t1")},
			Event{Subject: "E1", Outcome: 4, Emergency: true, Text: "Break-glass: emergency session opened: tier t1"},
		},
		"a drill":        {leaf.Leaf{Kind: "drill.opened"}, Event{Drill: true, Text: "Drill: emergency session opened"}},
		"a later drill":  {leaf.Leaf{Kind: "drill.flown"}, Event{Drill: true, Text: "Drill (drill.flown)"}},
		"a later kind":   {leaf.Leaf{Kind: "moon.landed"}, Event{Text: "Record of a kind that this version does not know (moon.landed)"}},
		"verified alone": {leaf.Leaf{Kind: "emergency.outcome", Body: body("outcome", "verified")}, Event{Outcome: 4, Emergency: true, Text: "Break-glass: settings written and read back: outcome verified"}},
	} {
		got := EventOf(Record{Leaf: test.leaf})
		got.Record, got.Class, got.When = Record{}, nil, test.want.When
		if got.Text != test.want.Text || got.Device != test.want.Device || got.Serial != test.want.Serial || got.Subject != test.want.Subject ||
			got.Outcome != test.want.Outcome || got.Emergency != test.want.Emergency || got.Drill != test.want.Drill {
			t.Errorf("%s is %+v", name, got)
		}
	}
}

// TestWhatTheJournalKeptHappenedWhenTheJournalSays, not when it came into the log.
func TestWhatTheJournalKeptHappenedWhenTheJournalSays(t *testing.T) {
	var b leaf.Body
	b.Set("frame.at", "2026-11-25T09:00:00.000+01:00")
	b.Set("frame.boot", "b")
	b.SetInt("frame.boot_ms", 5)
	b.Set("frame.clock", "stepped")
	e := EventOf(Record{Leaf: leaf.Leaf{Kind: "emergency.opened", Body: b}})
	if e.When.Boot != "b" || e.When.BootMS != 5 || e.When.State != "stepped" || e.When.Wall.UTC().Hour() != 8 {
		t.Errorf("%+v", e.When)
	}
}
