package drivers

import (
	"fmt"
	"strings"
	"time"
)

// Kind is the type of a setting's value.
type Kind int

// The kinds of value, each with its spelling in statements and files.
const (
	Text     Kind = iota // any printable text
	Integer              // a whole number
	Decimals             // a number with digits after the point
	Choice               // one of a list of words
	Toggle               // on or off
	Instant              // a time of day and date, to the second, in UTC
)

var kindNames = names{"text", "integer", "decimal", "choice", "toggle", "instant"}

func (k Kind) String() string { return kindNames.of(int(k)) }

// Numeric says whether values of this kind are numbers with a unit.
func (k Kind) Numeric() bool { return k == Integer || k == Decimals }

// Value is one exact value. Values are comparable with ==.
type Value struct {
	kind   Kind
	number Decimal
	text   string
}

// Number returns a numeric value; it is an Integer when d is whole and kind says so.
func Number(k Kind, d Decimal) Value { return Value{kind: k, number: d} }

// IntegerValue returns the whole number n as a value.
func IntegerValue(n int64) Value { return Number(Integer, Int(n)) }

// Word returns a value of a kind that is written as a word: Text, Choice, or Toggle ("on", "off").
func Word(k Kind, s string) Value { return Value{kind: k, text: s} }

// At returns an Instant.
func At(t time.Time) Value { return Value{kind: Instant, text: t.UTC().Format(time.RFC3339)} }

// Kind returns the value's kind.
func (v Value) Kind() Kind { return v.kind }

// Decimal returns the number of a numeric value, and nought for others.
func (v Value) Decimal() Decimal { return v.number }

// String returns the value's one spelling, without its unit.
func (v Value) String() string {
	if v.kind.Numeric() {
		return v.number.String()
	}
	return v.text
}

// wellFormed says whether v is what its spelling is read as: a whole Integer, a Toggle that is on or off.
func (v Value) wellFormed() bool {
	read, err := ParseValue(v.kind, v.String())
	return err == nil && read == v
}

// ParseValue reads the one spelling of a value of kind k.
func ParseValue(k Kind, s string) (Value, error) {
	switch k {
	case Integer, Decimals:
		d, err := ParseDecimal(s)
		if err != nil {
			return Value{}, err
		}
		if _, whole := d.Whole(); k == Integer && !whole {
			return Value{}, fmt.Errorf("%w: a whole number is needed", ErrNumber)
		}
		return Number(k, d), nil
	case Toggle:
		if s != "on" && s != "off" {
			return Value{}, fmt.Errorf("%q is neither on nor off", s)
		}
		return Word(k, s), nil
	case Instant:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return Value{}, fmt.Errorf("not a time: %w", err)
		}
		return At(t), nil
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return Value{}, fmt.Errorf("text with a character that cannot be printed")
	}
	return Word(k, s), nil
}
