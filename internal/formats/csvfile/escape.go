package csvfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/internal/formats/cases"
)

// mark stands before a text that a spreadsheet could take for more than a text. Spreadsheets show it or hide it; whoever reads
// the file takes it away again: see Unescape.
const mark = "'"

// Escape makes a text that is safe in a cell. Control characters become their pictures (U+2400 and on), so that a cell is one
// line, and what else has no shape, such as a character that turns the direction of writing, becomes U+FFFD. Then a text that
// could be a formula, and one that begins with the mark itself, gets the mark in front.
func Escape(s string) string {
	s = cases.Visible(s)
	if strings.HasPrefix(s, mark) || formula(s) {
		return mark + s
	}
	return s
}

// Unescape takes the mark away: where a text column's cell begins with an apostrophe, that one apostrophe is not part of the
// text. Of columns of numbers nothing is taken away.
func Unescape(cell string) string { return strings.TrimPrefix(cell, mark) }

// formula says whether a spreadsheet could calculate what the text says. Some look behind spaces and quotation marks, and some
// fold the wide forms of a character into the plain one.
func formula(s string) bool {
	s = strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"'`´＇＂", r)
	})
	first, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune(starts, first) && s != ""
}

// starts are the first characters of formulas: = + - @, their full-width and small forms, the minus sign, and the pictures of
// tabulator, line feed and carriage return, which stand where such a character stood.
const starts = "=+-@＝＋－＠﹦﹢﹣﹫−␉␊␍"
