package preflight_test

import (
	"errors"
	"slices"
	"testing"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/preflight"
)

// sound is a console that lacks nothing.
func sound() preflight.Facts {
	return preflight.Facts{
		MirrorSet: true, Clock: clock.OK, CodesLeft: 9, CodesTotal: 10, Ballast: preflight.BallastSize, FreeBytes: 2_000_000_000, People: 4,
	}
}

// broken is what a part answers that does not work.
var broken = fault.New(fault.LogBroken, "x", errors.New("torn"))

const ready, degraded, only = preflight.Ready, preflight.Degraded, preflight.EmergencyOnly

// cases change one fact of a sound console each.
var cases = []struct {
	what   string
	change func(*preflight.Facts)
	level  preflight.Level
	want   preflight.Item // of the check that the change concerns
}{
	{"a sound journal", func(*preflight.Facts) {}, ready, preflight.Item{Check: "journal", OK: true}},
	{"a broken journal", func(f *preflight.Facts) { f.Journal = broken }, degraded,
		preflight.Item{Check: "journal", Kind: fault.LogBroken, Detail: "log_broken (x): torn"}},
	{"a sound record", func(*preflight.Facts) {}, ready, preflight.Item{Check: "record", OK: true}},
	{"a broken record", func(f *preflight.Facts) { f.Record = broken }, only,
		preflight.Item{Check: "record", Kind: fault.LogBroken, Detail: "log_broken (x): torn"}},
	{"a record that is being opened", func(f *preflight.Facts) { f.RecordOpening = true }, only,
		preflight.Item{Check: "record", Detail: "opening"}},
	{"a record that broke while it was opened", func(f *preflight.Facts) { f.RecordOpening, f.Record = true, broken }, only,
		preflight.Item{Check: "record", Kind: fault.LogBroken, Detail: "log_broken (x): torn"}},
	{"a clock with a reference", func(*preflight.Facts) {}, ready, preflight.Item{Check: "clock", OK: true}},
	{"a clock without one", func(f *preflight.Facts) { f.Clock = clock.Unsynced }, ready, preflight.Item{Check: "clock", OK: true, Detail: "unsynced"}},
	{"a clock that was set", func(f *preflight.Facts) { f.Clock = clock.Stepped }, degraded, preflight.Item{Check: "clock", Detail: "stepped"}},
	{"a clock that nobody read", func(f *preflight.Facts) { f.Clock = "" }, degraded, preflight.Item{Check: "clock", Detail: "stepped"}},
	{"readable keys", func(*preflight.Facts) {}, ready, preflight.Item{Check: "keys", OK: true}},
	{"no readable key", func(f *preflight.Facts) { f.Keys, f.KeysExposed = fault.New(fault.KeyFile, "jo", nil), 1 }, degraded,
		preflight.Item{Check: "keys", Kind: fault.KeyFile, Detail: "key_file (jo)"}},
	{"keys that others can read", func(f *preflight.Facts) { f.KeysExposed = 2 }, degraded, preflight.Item{Check: "keys", Detail: "exposed 2"}},
	{"one code left", func(f *preflight.Facts) { f.CodesLeft = 1 }, ready, preflight.Item{Check: "codes", OK: true, Detail: "left 1"}},
	{"no code left", func(f *preflight.Facts) { f.CodesLeft = 0 }, degraded, preflight.Item{Check: "codes", Detail: "none-left"}},
	{"no sheet of codes", func(f *preflight.Facts) { f.CodesLeft, f.CodesTotal = 0, 0 }, degraded, preflight.Item{Check: "codes", Detail: "not-printed"}},
	{"a whole ballast", func(*preflight.Facts) {}, ready, preflight.Item{Check: "ballast", OK: true}},
	{"a ballast that lacks a byte", func(f *preflight.Facts) { f.Ballast-- }, degraded, preflight.Item{Check: "ballast", Detail: "short 8388607"}},
	{"just 2 GB free", func(*preflight.Facts) {}, ready, preflight.Item{Check: "space", OK: true}},
	{"less than 2 GB free", func(f *preflight.Facts) { f.FreeBytes-- }, ready, preflight.Item{Check: "space", OK: true, Detail: "below-2gb 1999999999"}},
	{"just 1 GB free", func(f *preflight.Facts) { f.FreeBytes = 1e9 }, ready, preflight.Item{Check: "space", OK: true, Detail: "below-2gb 1000000000"}},
	{"less than 1 GB free", func(f *preflight.Facts) { f.FreeBytes = 1e9 - 1 }, degraded, preflight.Item{Check: "space", Detail: "below-1gb 999999999"}},
	{"room that nobody can tell", func(f *preflight.Facts) { f.FreeErr = errors.New("no such folder") }, degraded,
		preflight.Item{Check: "space", Kind: fault.Internal, Detail: "no such folder"}},
	{"no mirror", func(f *preflight.Facts) { f.MirrorSet, f.Mirror = false, broken }, ready, preflight.Item{Check: "mirror", OK: true, Detail: "not-set"}},
	{"a sound mirror", func(*preflight.Facts) {}, ready, preflight.Item{Check: "mirror", OK: true}},
	{"a mirror that is gone", func(f *preflight.Facts) { f.Mirror = fault.New(fault.LogDenied, "E:", nil) }, degraded,
		preflight.Item{Check: "mirror", Kind: fault.LogDenied, Detail: "log_denied (E:)"}},
	{"four people", func(*preflight.Facts) {}, ready, preflight.Item{Check: "people", OK: true}},
	{"three people", func(f *preflight.Facts) { f.People = 3 }, ready, preflight.Item{Check: "people", OK: true, Detail: "few 3"}},
	{"two people", func(f *preflight.Facts) { f.People = 2 }, ready, preflight.Item{Check: "people", OK: true, Detail: "few 2"}},
	{"one person", func(f *preflight.Facts) { f.People = 1 }, degraded, preflight.Item{Check: "people", Detail: "too-few 1"}},
}

func TestEveryFactHasItsItemAndItsLevel(t *testing.T) {
	for _, c := range cases {
		facts := sound()
		c.change(&facts)
		report := preflight.Judge(facts)
		if report.Level != c.level {
			t.Errorf("%s: %s, want %s", c.what, report.Level, c.level)
		}
		if !slices.Contains(report.Items, c.want) {
			t.Errorf("%s: %+v is not among %+v", c.what, c.want, report.Items)
		}
		for _, item := range report.Items {
			if item.Check != c.want.Check && !item.OK {
				t.Errorf("%s: %s is not well either", c.what, item.Check)
			}
		}
	}
}

func TestTheItemsAreAlwaysTheSameInTheSameOrder(t *testing.T) {
	want := []string{"journal", "record", "clock", "keys", "codes", "ballast", "space", "mirror", "people"}
	for _, facts := range []preflight.Facts{{}, sound(), {Record: errors.New("gone"), MirrorSet: true}} {
		var got []string
		for _, item := range preflight.Judge(facts).Items {
			got = append(got, item.Check)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v", facts, got)
		}
	}
}

func TestNothingElseMakesARecordThatCannotBeUsedLookBetter(t *testing.T) {
	worst := preflight.Facts{Journal: errors.New("a"), Record: errors.New("b"), Keys: errors.New("c"), Mirror: errors.New("d"), MirrorSet: true}
	if level := preflight.Judge(worst).Level; level != preflight.EmergencyOnly {
		t.Errorf("with everything wrong the level is %s", level)
	}
	worst.Record = nil
	if level := preflight.Judge(worst).Level; level != preflight.Degraded {
		t.Errorf("with everything wrong but the record the level is %s", level)
	}
}

func TestADetailIsReadAsItsWordAndItsNumber(t *testing.T) {
	for _, c := range []struct {
		item preflight.Item
		word string
		n    int64
	}{
		{preflight.Item{Detail: "below-1gb 999999999"}, preflight.Free1GB, 999_999_999},
		{preflight.Item{Detail: "unsynced"}, preflight.Unsynced, 0},
		{preflight.Item{}, "", 0},
		{preflight.Item{Kind: fault.LogFull, Detail: "disk 7"}, "", 0},
	} {
		if word, n := c.item.Word(); word != c.word || n != c.n {
			t.Errorf("%+v: %q %d", c.item, word, n)
		}
	}
}
