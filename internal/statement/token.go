package statement

import (
	"errors"
	"fmt"
	"strings"

	"countersign/drivers"
	"countersign/internal/fault"
)

// A value in a statement is one token: a number as drivers.Decimal writes it, a bare word, or a text in quotation marks.
// What looks like a number without being spelled as one is put in quotation marks, so that a text "007" or "1.50" is seen
// to be a text; what could be bare is never quoted.

// Token returns the one token for v. A text that a statement cannot show is fault.Signature.
func Token(v drivers.Value) (string, error) {
	token := v.String()
	if !v.Kind().Numeric() {
		token = quoteIfNeeded(token)
	}
	if err := checkToken(token); err != nil {
		return "", fault.New(fault.Signature, token, err)
	}
	return token, nil
}

// ParseToken returns the value of kind k for which Token returns this token; where there is none it is fault.Signature.
func ParseToken(k drivers.Kind, token string) (drivers.Value, error) {
	text, rest, err := cutToken(token)
	if err != nil || rest != "" {
		return drivers.Value{}, broken(token, "not a value")
	}
	v, err := drivers.ParseValue(k, text)
	if err != nil {
		return drivers.Value{}, fault.New(fault.Signature, token, err)
	}
	if again, err := Token(v); err != nil || again != token {
		return drivers.Value{}, broken(token, "not the spelling of a %s", k)
	}
	return v, nil
}

// isBare says whether text stands for itself without quotation marks and is no number.
func isBare(text string) bool {
	const digits = "0123456789"
	return isMadeOf(text, 128, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._:+-"+digits) &&
		!isMadeOf(text, 128, digits+"+-.")
}

func isNumber(text string) bool {
	d, err := drivers.ParseDecimal(text)
	return err == nil && d.String() == text
}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(text string) string { return `"` + quoter.Replace(text) + `"` }

func quoteIfNeeded(text string) string {
	if isBare(text) {
		return text
	}
	return quote(text)
}

// checkToken says why token is not the one spelling of a value.
func checkToken(token string) error {
	text, rest, err := cutToken(token)
	switch {
	case err != nil:
		return err
	case rest != "":
		return errors.New("something after the value")
	case token[0] == '"' && quoteIfNeeded(text) != token || token[0] != '"' && !isBare(text) && !isNumber(text):
		return errSpelling
	}
	return nil
}

// cutToken cuts one token off the front of s and returns what it stands for and what follows. A quoted token ends with
// its mark, another one before the next space.
func cutToken(s string) (text, rest string, err error) {
	if s == "" {
		return "", "", errors.New("no value")
	}
	if s[0] == '"' {
		return cutQuoted(s)
	}
	n := strings.IndexByte(s, ' ')
	if n < 0 {
		n = len(s)
	}
	return s[:n], s[n:], nil
}

// cutQuoted cuts one text in quotation marks off the front of s. Only the mark and the backslash are escaped.
func cutQuoted(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), s[i+1:], checkQuoted(b.String())
		case '\\':
			if i++; i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", "", errors.New("unknown escape")
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("no closing quotation mark")
}

// checkQuoted allows what CheckText does and also spaces anywhere, which the marks make visible, and no text at all.
func checkQuoted(text string) error {
	if n := len([]rune(text)); n > maxText {
		return fmt.Errorf("text of %d characters", n)
	}
	return checkRunes(text)
}

// checkUnit allows UCUM, in which a unit is printable ASCII without spaces, and "1" for no unit.
func checkUnit(unit string) error {
	if len(unit) == 0 || len(unit) > 64 {
		return errors.New("no unit")
	}
	for i := range len(unit) {
		if c := unit[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return fmt.Errorf("%q is not a unit", unit)
		}
	}
	return nil
}
