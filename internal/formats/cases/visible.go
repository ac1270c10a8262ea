package cases

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns the text with a picture (U+2400 and on) for each control character, and U+FFFD for whatever else has no shape.
func Visible(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = ' ' <= s[i] && s[i] <= '~'
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case r == '\u00a0', unicode.IsPrint(r):
			return r
		}
		return utf8.RuneError
	}, s)
}
