package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/internal/formats/cases"
)

// lineLength is how long lines of prose are.
const lineLength = 100

// writeSummary writes a document as plain text, without the long tables.
func writeSummary(t *text, d document) {
	t.printf("%s\n%s\n", strings.ToUpper(d.title), cases.Visible(d.subtitle))
	for _, stamp := range d.stamps {
		t.printf("*** %s ***\n", stamp)
	}
	for _, s := range d.sections {
		if s.title == "Changes" {
			t.printf("\n%s\n\nsee report/report.html, report/report.pdf and csv/changes.csv.\n", strings.ToUpper(s.title))
			continue
		}
		t.printf("\n%s\n", strings.ToUpper(s.title))
		for _, p := range s.parts {
			t.printf("\n")
			writePlain(t, p)
		}
	}
}

func writePlain(t *text, p part) {
	switch p := p.(type) {
	case para:
		t.printf("%s", wrapped(string(p), "", ""))
	case facts:
		width := 0
		for _, f := range p {
			width = max(width, utf8.RuneCountInString(f[0]))
		}
		for _, f := range p {
			t.printf("%s", wrapped(f[1], padded(f[0], width)+"  ", strings.Repeat(" ", width+2)))
		}
	case steps:
		for i, s := range p {
			t.printf("%s", wrapped(s, string(rune('1'+i))+". ", "   "))
		}
	case points:
		for _, s := range p {
			mark := "- "
			if rest, found := strings.CutPrefix(s, warn); found {
				s, mark = rest, "! "
			}
			t.printf("%s", wrapped(s, mark, "  "))
		}
	case table:
		writeRows(t, p)
	}
}

// writeRows writes each row as a line of its cells, with the columns' names before them where there are several.
func writeRows(t *text, p table) {
	if len(p.rows) == 0 {
		t.printf("none\n")
	}
	for _, row := range p.rows {
		var cells []string
		for i, cell := range row {
			if cell != "" && cell != "-" {
				cells = append(cells, p.columns[i].name+": "+strings.ReplaceAll(cell, "\n", ", "))
			}
		}
		t.printf("%s", wrapped(strings.Join(cells, " | "), "- ", "  "))
	}
	if p.more != "" {
		t.printf("%s\n", p.more)
	}
}

func padded(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// wrapped breaks a text into lines: the first begins with one indentation, the others with another.
func wrapped(s, first, others string) string {
	var b strings.Builder
	b.WriteString(first)
	length, begun := utf8.RuneCountInString(first), false
	for _, word := range fields(cases.Visible(s)) {
		n := utf8.RuneCountInString(word)
		if begun && length+1+n > lineLength {
			b.WriteString("\n" + others)
			length, begun = utf8.RuneCountInString(others), false
		}
		if begun {
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length, begun = length+n, true
	}
	return strings.ReplaceAll(strings.TrimRight(b.String(), " "), "\u00a0", " ") + "\n"
}

// fields are the words of a text; a space that must not be broken at is part of one.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' })
}
