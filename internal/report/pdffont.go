package report

import (
	"fmt"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"countersign/internal/fault"
	"countersign/internal/formats/cases"
)

// family is the Go fonts: Latin with its accents, Greek and Cyrillic.
const family = "go"

// face is one style of the family, with what it knows and how wide that is.
type face struct {
	font   *sfnt.Font
	buffer sfnt.Buffer
	widths map[rune]int // in thousandths of the letters' size; -1 for what the font does not have
}

func newFace(f *fpdf.Fpdf, style string) (*face, error) {
	file := goregular.TTF
	if style == "B" {
		file = gobold.TTF
	}
	font, err := sfnt.Parse(file)
	if err != nil {
		return nil, fault.New(fault.Internal, "font", err)
	}
	f.AddUTF8FontFromBytes(family, style, file)
	if err := f.Error(); err != nil {
		return nil, fault.New(fault.Internal, "font", err)
	}
	return &face{font: font, widths: map[rune]int{}}, nil
}

// has says whether the font has a shape for a character.
func (f *face) has(r rune) bool {
	glyph, err := f.font.GlyphIndex(&f.buffer, r)
	return err == nil && glyph != 0 && r < 0x10000
}

// runeWidth is the width of a character that the font has.
func (p *paper) runeWidth(r rune) int {
	f := p.faces[p.style]
	width, known := f.widths[r]
	if !known {
		width = p.GetStringSymbolWidth(string(r))
		f.widths[r] = width
	}
	return width
}

// width is how wide a text is, in millimetres.
func (p *paper) width(s string) float64 {
	total := 0
	for _, r := range s {
		total += p.runeWidth(r)
	}
	return float64(total) * p.size * point / 1000
}

// spell returns a text in characters that the font has. The others stand as their Unicode numbers in brackets.
func (p *paper) spell(s string) string {
	f := p.faces[p.style]
	s = cases.Visible(s)
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] < 0x80
	}
	if plain {
		return s
	}
	var b strings.Builder
	inside := false
	for _, r := range s {
		if r < 0x80 || f.has(r) && !unicode.IsMark(r) {
			if inside {
				b.WriteString("]")
			}
			inside = false
			b.WriteRune(r)
			continue
		}
		if inside {
			b.WriteString(" ")
		} else {
			b.WriteString("[U+")
		}
		inside = true
		fmt.Fprintf(&b, "%04X", r)
	}
	if inside {
		b.WriteString("]")
	}
	return b.String()
}

// fit cuts a text that is too wide.
func (p *paper) fit(s string, width float64) string {
	s = p.spell(s)
	if p.width(s) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && p.width(string(runes))+p.width("...") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "..."
}

// wrap breaks a text into lines that are not wider than width. A word that is wider is broken anywhere.
func (p *paper) wrap(s string, width float64) (all []string) {
	for line := range strings.SplitSeq(s, "\n") {
		all = append(all, p.wrapLine(p.spell(line), width)...)
	}
	return all
}

func (p *paper) wrapLine(s string, width float64) (all []string) {
	limit := int(width * 1000 / (p.size * point))
	line, used := "", 0
	space := p.runeWidth(' ')
	for _, word := range fields(s) {
		wide := 0
		for _, r := range word {
			wide += p.runeWidth(r)
		}
		if line != "" && used+space+wide <= limit {
			line, used = line+" "+word, used+space+wide
			continue
		}
		if line != "" {
			all = append(all, line)
		}
		var whole []string
		whole, line, used = p.broken(word, wide, limit)
		all = append(all, whole...)
	}
	if line != "" || len(all) == 0 {
		all = append(all, line)
	}
	return all
}

// broken cuts a word that is too wide into whole lines and a rest.
func (p *paper) broken(word string, wide, limit int) (whole []string, rest string, used int) {
	if wide <= limit {
		return nil, word, wide
	}
	from := 0
	for i, r := range word {
		w := p.runeWidth(r)
		if used+w > limit && i > from {
			whole = append(whole, word[from:i])
			from, used = i, 0
		}
		used += w
	}
	return whole, word[from:], used
}
