package drivers

import (
	"errors"
	"fmt"
	"strings"
)

// Decimal is an exact decimal number: Coef / 10^Scale. It is kept without trailing zeros, so that two Decimals are
// equal exactly when == says so. No setting, snapshot or statement holds a binary floating-point number.
type Decimal struct {
	coef  int64
	scale uint8
}

// MaxScale is the largest number of digits after the point.
const MaxScale = 9

// maxCoef keeps every sum and rescaling of two Decimals of one unit inside an int64.
const maxCoef = 999_999_999

// ErrNumber is what ParseDecimal returns, wrapped, for anything that is not one exact decimal number.
var ErrNumber = errors.New("not a number")

// Int returns the whole number n, which must have at most nine digits.
func Int(n int64) Decimal { return mustDecimal(n, 0) }

// Dec returns coef / 10^scale: Dec(125, 1) is 12.5. It panics outside nine digits, which only constants can be.
func Dec(coef int64, scale uint8) Decimal { return mustDecimal(coef, scale) }

func mustDecimal(coef int64, scale uint8) Decimal {
	d, err := NewDecimal(coef, scale)
	if err != nil {
		panic(err)
	}
	return d
}

// NewDecimal returns coef / 10^scale, or ErrNumber when it has more than nine digits.
func NewDecimal(coef int64, scale uint8) (Decimal, error) {
	for scale > 0 && coef%10 == 0 {
		coef, scale = coef/10, scale-1
	}
	if coef > maxCoef || coef < -maxCoef || scale > MaxScale {
		return Decimal{}, fmt.Errorf("%w: more than nine digits", ErrNumber)
	}
	return Decimal{coef, scale}, nil
}

// ParseDecimal reads a number written with an optional minus sign and a point as decimal sign: "45", "-0.5", "12.50".
// A comma is refused and not guessed at: "1,5" is one and a half to one reader and fifteen to the next.
func ParseDecimal(s string) (Decimal, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	switch {
	case strings.Contains(s, ","):
		return Decimal{}, fmt.Errorf("%w: write the decimal sign as a point", ErrNumber)
	case !allDigits(whole) || point && !allDigits(fraction):
		return Decimal{}, fmt.Errorf("%w: only digits, one point and a leading minus are allowed", ErrNumber)
	case len(whole) > 1 && whole[0] == '0':
		return Decimal{}, fmt.Errorf("%w: leading zero", ErrNumber)
	case len(whole)+len(fraction) > 18 || len(fraction) > MaxScale:
		return Decimal{}, fmt.Errorf("%w: more than nine digits", ErrNumber)
	}
	var coef int64
	for _, c := range whole + fraction {
		coef = coef*10 + int64(c-'0')
	}
	if negative {
		coef = -coef
	}
	return NewDecimal(coef, uint8(len(fraction)))
}

func allDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// String writes the number with a point, a leading zero and no trailing zeros: the one spelling that statements allow.
func (d Decimal) String() string {
	coef, sign := d.coef, ""
	if coef < 0 {
		coef, sign = -coef, "-"
	}
	if d.scale == 0 {
		return fmt.Sprintf("%s%d", sign, coef)
	}
	p := pow10(d.scale)
	return fmt.Sprintf("%s%d.%0*d", sign, coef/p, int(d.scale), coef%p)
}

// Cmp returns -1, 0 or +1 as d is less than, equal to or greater than e.
func (d Decimal) Cmp(e Decimal) int {
	a, b, _ := align(d, e)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Sub returns d - e, for comparing with a tolerance.
func (d Decimal) Sub(e Decimal) Decimal {
	a, b, scale := align(d, e)
	coef := a - b
	for scale > 0 && coef%10 == 0 {
		coef, scale = coef/10, scale-1
	}
	return Decimal{coef, scale}
}

// Abs returns d without its sign.
func (d Decimal) Abs() Decimal {
	if d.coef < 0 {
		d.coef = -d.coef
	}
	return d
}

// IsZero says whether d is nought, which is also the zero Decimal.
func (d Decimal) IsZero() bool { return d.coef == 0 }

// OnStep says whether d lies a whole number of steps from origin. A step of nought allows everything.
func (d Decimal) OnStep(origin, step Decimal) bool {
	if step.IsZero() {
		return true
	}
	distance, s, _ := align(d.Sub(origin), step)
	return distance%s == 0
}

// Shift returns d times 10^n, for devices that send tenths as whole numbers.
func (d Decimal) Shift(n int) (Decimal, error) {
	n = max(n, -2*MaxScale) // further right no digit is left
	for ; n > 0; n-- {
		if d.scale > 0 {
			d.scale--
			continue
		}
		d.coef *= 10
		if d.coef > maxCoef || d.coef < -maxCoef {
			return Decimal{}, fmt.Errorf("%w: more than nine digits", ErrNumber)
		}
	}
	return NewDecimal(d.coef, d.scale+uint8(-n))
}

// Whole returns d as an integer and whether it is one.
func (d Decimal) Whole() (int64, bool) { return d.coef, d.scale == 0 }

// align brings two Decimals to one scale. Nine digits each leave room for that in an int64.
func align(d, e Decimal) (a, b int64, scale uint8) {
	scale = max(d.scale, e.scale)
	return d.coef * pow10(scale-d.scale), e.coef * pow10(scale-e.scale), scale
}

func pow10(n uint8) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
