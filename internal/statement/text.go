package statement

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxText is the length of a free text, in characters (code points).
const maxText = 500

// CheckText says why s cannot be a free text in a statement, such as a reason or a name: 1 to 500 visible characters in
// Unicode's composed form (NFC), single spaces between words, none at the ends, no line breaks. The error has no fault kind: the caller knows what the text was for.
func CheckText(s string) error {
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		return errors.New("no text")
	case n > maxText:
		return fmt.Errorf("text of %d characters", n)
	case s[0] == ' ' || s[len(s)-1] == ' ' || strings.Contains(s, "  "):
		return errors.New("a space too many")
	}
	return checkRunes(s)
}

// checkRunes says why s could read differently than it is written. Code points that Unicode has not assigned are
// refused too: a later edition may give them a composed form, and a statement must stay valid for good.
func checkRunes(s string) error {
	for i, r := range s {
		if !visible(r) {
			return fmt.Errorf("character %U is not allowed", r)
		}
		if i == 0 && unicode.IsMark(r) {
			return fmt.Errorf("character %U has nothing to combine with", r)
		}
	}
	if !norm.NFC.IsNormalString(s) {
		return errors.New("not in composed form (NFC)")
	}
	return nil
}

// visible says whether r has a shape of its own, or is the space. That leaves out Cc, Cf (with it every bidirectional
// control), Cs, Co, Cn and all other spaces and separators; what remains of Default_Ignorable_Code_Point is two tables.
// U+FFFD stands for a character that was lost on the way, and is what Go reads where bytes are not UTF-8.
func visible(r rune) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~'
	}
	return unicode.IsPrint(r) && r != unicode.ReplacementChar &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isWord says whether s is a lower-case letter followed by lower-case letters, digits and hyphens, at most 64 in all.
func isWord(s string) bool {
	return isMadeOf(s, 64, "abcdefghijklmnopqrstuvwxyz0123456789-") && 'a' <= s[0] && s[0] <= 'z'
}

// isPath says whether s can name a log, a workstation or a driver: ASCII letters, digits and "._:/-", at most 128.
func isPath(s string) bool {
	return isMadeOf(s, 128, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-")
}

// isMadeOf says whether s is 1 to most bytes long and has no other ones than those of alphabet.
func isMadeOf(s string, most int, alphabet string) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return true
}
