package drivers_test

import (
	"testing"

	"countersign/drivers"
)

func TestOnlyAMoveInTheDeclaredDirectionIsSafer(t *testing.T) {
	whole := drivers.IntegerValue
	tenths := func(c int64) drivers.Value { return drivers.Number(drivers.Decimals, drivers.Dec(c, 1)) }
	high := drivers.Setting{Kind: drivers.Integer, SafeDirection: drivers.Lower}
	low := drivers.Setting{Kind: drivers.Integer, SafeDirection: drivers.Higher}
	neither := drivers.Setting{Kind: drivers.Integer}
	fine := drivers.Setting{Kind: drivers.Decimals, SafeDirection: drivers.Lower}
	word := drivers.Setting{Kind: drivers.Choice, SafeDirection: drivers.Lower, Options: []string{"1", "2"}}
	odd := drivers.Setting{Kind: drivers.Integer, SafeDirection: 7}
	for _, c := range []struct {
		what     string
		setting  drivers.Setting
		from, to drivers.Value
		safer    bool
	}{
		{"a high limit down", high, whole(50), whole(49), true},
		{"a high limit up", high, whole(50), whole(51), false},
		{"a high limit left alone", high, whole(50), whole(50), false},
		{"a low limit up", low, whole(15), whole(16), true},
		{"a low limit down", low, whole(15), whole(14), false},
		{"a low limit left alone", low, whole(15), whole(15), false},
		{"across nought", low, whole(-1), whole(1), true},
		{"across nought the wrong way", high, whole(-1), whole(1), false},
		{"down without a direction", neither, whole(2), whole(1), false},
		{"up without a direction", neither, whole(1), whole(2), false},
		{"a tenth down", fine, tenths(67), tenths(66), true},
		{"the same with more digits", fine, drivers.Number(drivers.Decimals, drivers.Dec(650, 2)), tenths(65), false},
		{"ten is more than nine and nine tenths", fine, tenths(100), tenths(99), true},
		{"the least that can be told apart", fine, drivers.Number(drivers.Decimals, drivers.Dec(2, 9)), drivers.Number(drivers.Decimals, drivers.Dec(1, 9)), true},
		{"from a value of another kind", fine, whole(7), tenths(65), false},
		{"to a value of another kind", fine, tenths(65), whole(6), false},
		{"from nothing", high, drivers.Value{}, whole(-1), false},
		{"words", word, drivers.Word(drivers.Choice, "2"), drivers.Word(drivers.Choice, "1"), false},
		{"a direction that does not exist", odd, whole(2), whole(1), false},
	} {
		if got := c.setting.Safer(c.from, c.to); got != c.safer {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

func TestDirectionsHaveNames(t *testing.T) {
	for d, want := range map[drivers.Direction]string{drivers.NoDirection: "none", drivers.Lower: "lower", drivers.Higher: "higher", 7: "unknown"} {
		if d.String() != want {
			t.Errorf("%d is %q", int(d), d)
		}
	}
}
