package drivers_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"countersign/drivers"
)

func dec(t testing.TB, s string) drivers.Decimal {
	t.Helper()
	d, err := drivers.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestANumberHasOneSpelling(t *testing.T) {
	for typed, want := range map[string]string{
		"0": "0", "-0": "0", "0.0": "0", "45": "45", "-0.5": "-0.5", "12.50": "12.5", "100": "100", "0.000000001": "0.000000001",
		"999999999": "999999999", "-999999999": "-999999999", "1.230000000": "1.23", "99999999.9": "99999999.9",
	} {
		if got := dec(t, typed).String(); got != want {
			t.Errorf("%q is written %q, want %q", typed, got, want)
		}
	}
}

func TestWhatIsNotOneExactNumberIsRefused(t *testing.T) {
	for _, typed := range []string{
		"", "-", ".", "1.", ".5", "+5", "--5", "1.2.3", " 5", "5 ", "1e3", "0x10", "NaN", "٣", "５", "1_000", "05", "00", "-01.5",
		"1000000000", "123456789.5", "0.1234567891", "1.0000000000", "9999999999999999999999", strings.Repeat("9", 5000),
	} {
		if got, err := drivers.ParseDecimal(typed); !errors.Is(err, drivers.ErrNumber) {
			t.Errorf("%q was read as %s, %v", typed, got, err)
		}
	}
}

func TestACommaIsRefusedAndTheReasonSaysPoint(t *testing.T) {
	for _, typed := range []string{"1,5", "1,000", "1.000,5", ","} {
		if _, err := drivers.ParseDecimal(typed); !errors.Is(err, drivers.ErrNumber) || !strings.Contains(err.Error(), "point") {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestDecimalsOfOneValueAreEqual(t *testing.T) {
	if drivers.Dec(1250, 2) != drivers.Dec(125, 1) || drivers.Dec(0, 5) != (drivers.Decimal{}) || drivers.Dec(100, 2) != drivers.Int(1) {
		t.Error("one value has two forms")
	}
	if _, err := drivers.NewDecimal(1_000_000_000, 0); !errors.Is(err, drivers.ErrNumber) {
		t.Errorf("ten digits: %v", err)
	}
	if _, err := drivers.NewDecimal(1, drivers.MaxScale+1); !errors.Is(err, drivers.ErrNumber) {
		t.Errorf("ten digits after the point: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a constant of ten digits was made")
		}
	}()
	drivers.Int(1_000_000_000)
}

func TestDecimalsAreOrderedByValue(t *testing.T) {
	ordered := []string{"-999999999", "-10", "-9.5", "-0.000000001", "0", "0.000000001", "0.1", "0.12", "1", "9.5", "10", "999999999"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := dec(t, a).Cmp(dec(t, b)); got != want {
				t.Errorf("%s against %s: %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestDifferencesAreExactAtTheEdges(t *testing.T) {
	for _, c := range [][3]string{
		{"0.3", "0.1", "0.2"}, {"1", "0.000000001", "0.999999999"}, {"0.000000001", "999999999", "-999999998.999999999"},
		{"-999999999", "999999999", "-1999999998"}, {"5", "5.0", "0"},
	} {
		got := dec(t, c[0]).Sub(dec(t, c[1]))
		if got.String() != c[2] {
			t.Errorf("%s - %s = %s, want %s", c[0], c[1], got, c[2])
		}
		if abs := got.Abs().String(); abs != strings.TrimPrefix(c[2], "-") {
			t.Errorf("|%s| = %s", got, abs)
		}
	}
}

func TestAStepIsCountedFromItsOrigin(t *testing.T) {
	for _, c := range []struct {
		value, origin, step string
		want                bool
	}{
		{"25", "5", "5", true}, {"26", "5", "5", false}, {"26", "1", "5", true}, {"0.3", "0", "0.1", true}, {"0.35", "0", "0.1", false},
		{"0.7", "0.1", "0.3", true}, {"-3", "7", "5", true}, {"7.77", "0", "0", true}, {"999999999", "0.000000001", "0.000000001", true},
		{"999999999", "0.000000001", "2", false}, {"5", "5", "0.5", true},
	} {
		if got := dec(t, c.value).OnStep(dec(t, c.origin), dec(t, c.step)); got != c.want {
			t.Errorf("%s from %s by %s: %v", c.value, c.origin, c.step, got)
		}
	}
}

func TestShiftMovesThePointOrRefuses(t *testing.T) {
	for _, c := range []struct {
		value string
		by    int
		want  string // "" where it cannot be held
	}{
		{"125", -1, "12.5"}, {"12.5", 1, "125"}, {"12.5", 3, "12500"}, {"0", 300, "0"}, {"0", -300, "0"}, {"1000", -12, "0.000000001"},
		{"1", -9, "0.000000001"}, {"1", -10, ""}, {"1", 8, "100000000"}, {"1", 9, ""}, {"0.000000001", 17, "100000000"},
		{"5", -255, ""}, {"5", -256, ""}, {"5", -257, ""}, {"5", -512, ""}, {"-12.5", -2, "-0.125"},
	} {
		got, err := dec(t, c.value).Shift(c.by)
		if c.want == "" {
			if !errors.Is(err, drivers.ErrNumber) {
				t.Errorf("%s shifted by %d: %s, %v", c.value, c.by, got, err)
			}
		} else if err != nil || got != dec(t, c.want) {
			t.Errorf("%s shifted by %d: %s, %v; want %s", c.value, c.by, got, err, c.want)
		}
	}
}

func TestWholeTellsIntegers(t *testing.T) {
	if n, whole := dec(t, "40.0").Whole(); n != 40 || !whole {
		t.Errorf("%d, %v", n, whole)
	}
	if _, whole := dec(t, "40.5").Whole(); whole {
		t.Error("40.5 is whole")
	}
}

// Arithmetic is compared with math/big, which has no edges.
func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"45", "-0.5", "12.50", "1,5", "999999999", "0.000000001", "1e3", "-0", "007", "1.0000000000", ""} {
		f.Add(seed, "0.5")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := drivers.ParseDecimal(a)
		if err != nil {
			if !errors.Is(err, drivers.ErrNumber) || x != (drivers.Decimal{}) {
				t.Errorf("%q: %s, %v", a, x, err)
			}
			return
		}
		rat, ok := new(big.Rat).SetString(a)
		spelt, _ := new(big.Rat).SetString(x.String())
		if !ok || rat.Cmp(spelt) != 0 {
			t.Errorf("%q became %s", a, x)
		}
		if again := dec(t, x.String()); again != x {
			t.Errorf("%s is read back as %s", x, again)
		}
		y, err := drivers.ParseDecimal(b)
		if err != nil {
			return
		}
		other, _ := new(big.Rat).SetString(b)
		if got := x.Cmp(y); got != rat.Cmp(other) {
			t.Errorf("%s against %s: %d", x, y, got)
		}
		difference, _ := new(big.Rat).SetString(x.Sub(y).String())
		if difference.Cmp(new(big.Rat).Sub(rat, other)) != 0 {
			t.Errorf("%s - %s = %s", x, y, x.Sub(y))
		}
		if !y.IsZero() {
			steps := new(big.Rat).Quo(rat, other)
			if got := x.OnStep(drivers.Decimal{}, y); got != steps.IsInt() {
				t.Errorf("%s on steps of %s: %v", x, y, got)
			}
		}
	})
}
