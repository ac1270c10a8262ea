package fhir

import (
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/internal/formats"
)

// writer puts JSON together by hand, in the order in which it is told: a library that looks at types at run time takes several
// times as long, and an export makes two of these for each record.
type writer struct{ b []byte }

// comma separates what follows from what was before it in the same object or list.
func (w *writer) comma() {
	if len(w.b) == 0 {
		return
	}
	switch w.b[len(w.b)-1] {
	case '{', '[', ':', ',':
	default:
		w.b = append(w.b, ',')
	}
}

func (w *writer) open(bracket byte) {
	w.comma()
	w.b = append(w.b, bracket)
}

func (w *writer) close(bracket byte) { w.b = append(w.b, bracket) }

// name begins a member of an object. Names need no escapes.
func (w *writer) name(name string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// text adds a member that is a text; FHIR has no empty ones.
func (w *writer) text(name, value string) {
	if value == "" {
		return
	}
	w.name(name)
	w.b = append(w.b, '"')
	w.b = appendText(w.b, value)
	w.b = append(w.b, '"')
}

func (w *writer) truth(name string, value bool) {
	w.name(name)
	if value {
		w.b = append(w.b, "true"...)
	} else {
		w.b = append(w.b, "false"...)
	}
}

func (w *writer) instant(name string, t time.Time) {
	w.name(name)
	w.b = append(w.b, '"')
	w.b = formats.AppendInstant(w.b, t)
	w.b = append(w.b, '"')
}

func (w *writer) identifier(system, value string) {
	w.name("identifier")
	w.open('{')
	w.text("system", system)
	w.text("value", value)
	w.close('}')
}

func (w *writer) coding(c formats.Code) {
	w.open('{')
	w.text("system", c.System)
	w.text("code", c.Value)
	w.text("display", c.Text)
	w.close('}')
}

func (w *writer) concept(c formats.Code) {
	w.open('{')
	w.name("coding")
	w.open('[')
	w.coding(c)
	w.close(']')
	w.close('}')
}

// rendered is what write writes, to be added again and again.
func rendered(write func(*writer)) []byte {
	var w writer
	write(&w)
	return w.b
}

// add adds what was rendered.
func (w *writer) add(part []byte) {
	w.comma()
	w.b = append(w.b, part...)
}

const hexDigits = "0123456789abcdef"

// asItIs marks the bytes of ASCII that stand for themselves inside a text.
var asItIs = func() (table [256]bool) {
	for c := byte(' '); c < 0x7f; c++ {
		table[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return table
}()

// appendText adds a text as JSON has it. FHIR's texts have no control characters but three, and no white space that its own
// schema would not call that; those are replaced visibly, and by spaces.
func appendText(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		from := i
		for i < len(text) && asItIs[text[i]] {
			i++
		}
		b = append(b, text[from:i]...)
		if i == len(text) {
			break
		}
		if c := text[i]; c < utf8.RuneSelf {
			b = appendASCII(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError, unicode.IsControl(r):
			b = append(b, "\uFFFD"...)
		case unicode.IsSpace(r), r == 0xfeff:
			b = append(b, ' ')
		default:
			b = append(b, text[i:i+size]...)
		}
		i += size
	}
	return b
}

// appendASCII adds a character that does not stand for itself.
func appendASCII(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case '<', '>', '&': // for whoever puts it into a page
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(b, "\uFFFD"...)
}
