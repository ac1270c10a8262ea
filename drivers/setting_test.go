package drivers_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/drivers"
)

var (
	low = drivers.Setting{ID: "low", Kind: drivers.Integer, Unit: "mm[Hg]", Min: drivers.Int(0), Max: drivers.Int(100), Step: drivers.Int(5),
		Writable: true, Below: "high"}
	high = drivers.Setting{ID: "high", Kind: drivers.Integer, Unit: "mm[Hg]", Min: drivers.Int(0), Max: drivers.Int(100), Step: drivers.Int(5), Writable: true}
	rate = drivers.Setting{ID: "rate", Kind: drivers.Decimals, Unit: "mL/h", Min: drivers.Dec(1, 1), Max: drivers.Dec(999, 1), Step: drivers.Dec(1, 1),
		Writable: true, Tolerance: drivers.Dec(2, 1)}
	mode  = drivers.Setting{ID: "mode", Kind: drivers.Choice, Options: []string{"adult", "child"}, Writable: true}
	alarm = drivers.Setting{ID: "alarm", Kind: drivers.Toggle, Writable: true}
	name  = drivers.Setting{ID: "name", Kind: drivers.Text}
	table = drivers.Description{Settings: []drivers.Setting{low, high, rate, mode, alarm, name}}
)

func TestEveryValueIsReadBackFromItsSpelling(t *testing.T) {
	for _, v := range []drivers.Value{
		drivers.IntegerValue(-40), drivers.Number(drivers.Decimals, drivers.Dec(125, 1)), drivers.Word(drivers.Choice, "adult"),
		drivers.Word(drivers.Toggle, "on"), drivers.Word(drivers.Text, "Bett 7, Süd"), drivers.Word(drivers.Text, ""),
		drivers.At(time.Date(2026, 9, 30, 10, 0, 0, 0, time.FixedZone("", 7200))),
	} {
		if got, err := drivers.ParseValue(v.Kind(), v.String()); err != nil || got != v {
			t.Errorf("%s %q: %q, %v", v.Kind(), v, got, err)
		}
	}
}

func TestSpellingsThatNoValueHasAreRefused(t *testing.T) {
	for _, c := range []struct {
		kind drivers.Kind
		text string
	}{
		{drivers.Integer, "4.5"}, {drivers.Integer, ""}, {drivers.Decimals, "1,5"}, {drivers.Toggle, "ON"}, {drivers.Toggle, ""},
		{drivers.Instant, "yesterday"}, {drivers.Instant, "2026-13-01T00:00:00Z"}, {drivers.Text, "a\nb"}, {drivers.Text, "\x7f"}, {drivers.Text, "\xff"},
	} {
		if v, err := drivers.ParseValue(c.kind, c.text); err == nil {
			t.Errorf("%s %q was read as %q", c.kind, c.text, v)
		}
	}
}

func TestCheckTakesWhatTheSettingAllowsAndNothingElse(t *testing.T) {
	integer, decimal, word := drivers.IntegerValue, func(c int64, s uint8) drivers.Value { return drivers.Number(drivers.Decimals, drivers.Dec(c, s)) }, drivers.Word
	free := drivers.Setting{Kind: drivers.Integer, Max: drivers.Int(10)} // no step
	for _, c := range []struct {
		setting drivers.Setting
		value   drivers.Value
		allowed bool
	}{
		{low, integer(0), true}, {low, integer(100), true}, {low, integer(45), true}, {low, integer(-5), false}, {low, integer(105), false},
		{low, integer(42), false}, {low, decimal(45, 0), false}, {low, word(drivers.Text, "45"), false}, {low, drivers.Value{}, false},
		{rate, decimal(1, 1), true}, {rate, decimal(999, 1), true}, {rate, decimal(125, 2), false}, {rate, decimal(0, 0), false},
		{free, integer(3), true}, {free, drivers.Number(drivers.Integer, drivers.Dec(25, 1)), false},
		{mode, word(drivers.Choice, "adult"), true}, {mode, word(drivers.Choice, "Adult"), false}, {mode, word(drivers.Choice, ""), false},
		{mode, word(drivers.Text, "adult"), false},
		{alarm, word(drivers.Toggle, "off"), true}, {alarm, word(drivers.Toggle, "maybe"), false},
		{name, word(drivers.Text, "Bed 7"), true}, {name, word(drivers.Text, "Bed\x007"), false},
		{drivers.Setting{Kind: drivers.Instant}, word(drivers.Instant, "noon"), false},
	} {
		err := c.setting.Check(c.value)
		if (err == nil) != c.allowed || err != nil && !errors.Is(err, drivers.ErrRange) {
			t.Errorf("%s for a %s %q: %v", c.setting.ID, c.value.Kind(), c.value, err)
		}
	}
}

func TestMatchesForgivesTheToleranceAndNoMore(t *testing.T) {
	number := func(c int64) drivers.Value { return drivers.Number(drivers.Decimals, drivers.Dec(c, 1)) }
	for _, c := range []struct {
		setting     drivers.Setting
		wanted, got drivers.Value
		same        bool
	}{
		{rate, number(100), number(100), true}, {rate, number(100), number(102), true}, {rate, number(100), number(98), true},
		{rate, number(100), number(103), false}, {rate, number(100), number(97), false},
		{low, drivers.IntegerValue(45), drivers.IntegerValue(46), false}, {low, drivers.IntegerValue(45), number(450), false},
		{mode, drivers.Word(drivers.Choice, "adult"), drivers.Word(drivers.Choice, "adult"), true},
		{mode, drivers.Word(drivers.Choice, "adult"), drivers.Word(drivers.Choice, "child"), false},
		{low, drivers.Word(drivers.Text, "45"), drivers.Word(drivers.Text, "90"), false}, // neither is a number
	} {
		if got := c.setting.Matches(c.wanted, c.got); got != c.same {
			t.Errorf("%s: wanted %q, got %q: %v", c.setting.ID, c.wanted, c.got, got)
		}
	}
}

func snapshot(low, high int64) drivers.Snapshot {
	return drivers.NewSnapshot([]drivers.Reading{{ID: "low", Value: drivers.IntegerValue(low)}, {ID: "high", Value: drivers.IntegerValue(high)}})
}

func TestLowMustStayBelowHighAfterTheChange(t *testing.T) {
	set := func(id drivers.SettingID, n int64) drivers.Change {
		return drivers.Change{Setting: id, Wanted: drivers.IntegerValue(n)}
	}
	for _, c := range []struct {
		what    string
		changes []drivers.Change
		allowed bool
	}{
		{"low below what high is", []drivers.Change{set("low", 45)}, true},
		{"low at what high is", []drivers.Change{set("low", 50)}, false},
		{"high at what low is", []drivers.Change{set("high", 15)}, false},
		{"both moved up past the old high", []drivers.Change{set("low", 60), set("high", 70)}, true},
		{"both moved and crossed", []drivers.Change{set("low", 70), set("high", 60)}, false},
		{"one of them off its step", []drivers.Change{set("low", 20), set("high", 61)}, false},
	} {
		err := table.CheckAll(c.changes, snapshot(15, 50))
		if (err == nil) != c.allowed || err != nil && !errors.Is(err, drivers.ErrRange) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestASettingThatCannotBeWrittenIsUnsupported(t *testing.T) {
	for _, id := range []drivers.SettingID{"name", "colour", ""} {
		err := table.CheckAll([]drivers.Change{{Setting: id, Wanted: drivers.Word(drivers.Text, "x")}}, snapshot(15, 50))
		if !errors.Is(err, drivers.ErrUnsupported) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestLinkedAddsThePartnersOfARule(t *testing.T) {
	for _, c := range []struct{ ids, want []drivers.SettingID }{
		{[]drivers.SettingID{"low"}, []drivers.SettingID{"high", "low"}},
		{[]drivers.SettingID{"high", "rate"}, []drivers.SettingID{"high", "low", "rate"}},
		{[]drivers.SettingID{"mode", "mode"}, []drivers.SettingID{"mode"}},
		{nil, []drivers.SettingID{}},
	} {
		if got := table.Linked(c.ids...); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v", c.ids, got)
		}
	}
}

func TestASnapshotFindsItsReadings(t *testing.T) {
	s := snapshot(15, 50)
	if r, ok := s.Reading("high"); !ok || r.Value != drivers.IntegerValue(50) {
		t.Errorf("%+v, %v", r, ok)
	}
	if !slices.IsSortedFunc(s.Readings, func(a, b drivers.Reading) int { return int(a.ID[0]) - int(b.ID[0]) }) {
		t.Errorf("not sorted: %+v", s.Readings)
	}
	if _, ok := s.Reading("other"); ok {
		t.Error("a reading that is not there was found")
	}
}

func TestADeviceWithoutASerialNumberIsNeverTheSame(t *testing.T) {
	id := drivers.Identity{Manufacturer: "Acme", Model: "310", Serial: "7", Firmware: "1"}
	newer, other, weak := id, id, id
	newer.Firmware, other.Serial, weak.Serial = "2", "8", ""
	if !weak.Alike(weak) || weak.Alike(id) || id.Alike(other) || !id.Alike(newer) {
		t.Error("what is alike tells maker, model and number alike")
	}
	if !id.Same(newer) || id.Same(other) || weak.Same(weak) || !weak.Weak() {
		t.Error("identities are compared by something else than maker, model and serial number")
	}
}
