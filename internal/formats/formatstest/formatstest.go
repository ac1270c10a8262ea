// Package formatstest has what the tests of the forms share: records of every kind, hostile ones among them, and files in memory.
// They are no log: nothing in them follows from anything.
package formatstest

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/leaf"
)

// Heading is that of a bundle of a simulated ward.
func Heading() formats.Heading {
	return formats.Heading{
		Origin: "clinic.example/ward-7", Site: "Clinic <Example> & Söhne", Program: "countersign 0.1.0", Made: time.Date(2026, 11, 25, 9, 8, 7, 6e6, time.UTC),
		Clock: "ok", Simulated: true, Scope: formats.Full, To: 1, Head: formats.Head{Size: 1},
	}
}

// Hostile are texts that some form or other must not take at their word.
var Hostile = []string{
	"", "Jo Example", "<script>alert(1)</script>", `"' onload='x`, "]]>", "&amp;", "=1+1", "line\nline\ttab\rreturn", "\x00\x01\x1b[31m\x7f", "\u202eright to left",
	"\ufffe\uffff", "no\u00a0break\u2028line\ufeff", "𝕏 Ω ж 漢", " leading and trailing ", "\\", "{\"a\":1}", "\v\f", "\u0085",
}

// Records returns a record of every kind, one with each hostile text in each of its places, and a story, whose records have
// statements, told twice: as it was, and with markup wherever people can put a text.
func Records() []formats.Record {
	var all []formats.Record
	add := func(l leaf.Leaf) {
		l.Seq = int64(len(all))
		l.At = clock.Reading{Wall: time.Date(2026, 11, 25, 10, 0, 0, int(len(all)%1000)*1e6, time.FixedZone("", 3600)), BootMS: l.Seq, Boot: "boot", State: clock.OK}
		record := formats.Record{Leaf: l}
		if encoded, err := leaf.Encode(l); err == nil {
			record.Bytes = encoded
		} else {
			record.Bytes = fmt.Appendf(nil, "%d", l.Seq) // what cannot be recorded can still be fed to a form
		}
		record.Hash = leaf.Hash(record.Bytes)
		all = append(all, record)
	}
	jo := leaf.Actor{ID: "7f3a91c25d0c8a52", Name: "Jo Example", Role: "technician"}
	for _, class := range formats.Classes() {
		add(leaf.Leaf{Kind: class.Kind, Actor: jo, Body: body("device", "Capnostream 20 SN B355987654", "request", "01K6Z2Q8M3V7T9A0B1C2D3E4F5", "outcome", "verified")})
		add(leaf.Leaf{Kind: class.Kind, Actor: leaf.Actor{ID: "console", Name: "Countersign"}})
	}
	for _, text := range Hostile {
		add(leaf.Leaf{
			Kind: "change.outcome", Actor: leaf.Actor{ID: text, Name: text, Role: text},
			Body: body("device", text+" SN "+text, "request", text, "outcome", text, "why", text, "file", text, "text", text),
		})
		add(leaf.Leaf{Kind: "emergency.opened", Actor: leaf.Actor{ID: "nobody", Name: text}, Body: body("session", text, "device", text)})
		add(leaf.Leaf{Kind: text})
	}
	for _, text := range []string{"", Markup} {
		all = append(all, casestest.Story(text)...)
	}
	return all
}

// Markup is a text that statements take and other forms must not take at its word.
const Markup = `<b title='"'>&amp; "=1+1" \u0000 ]]> 𝕏`

func body(pairs ...string) (b leaf.Body) {
	for i := 0; i < len(pairs); i += 2 {
		b.Set(pairs[i], pairs[i+1])
	}
	return b
}

// Files are files in memory, by their paths.
type Files map[string]*bytes.Buffer

// Open is a formats.Open.
func (f Files) Open(path string) (io.WriteCloser, error) {
	if f[path] != nil {
		return nil, fmt.Errorf("%s is opened twice", path)
	}
	f[path] = &bytes.Buffer{}
	return closer{f[path]}, nil
}

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

// Write shows records to a view and closes it.
func Write(v formats.View, records []formats.Record) error {
	for _, r := range records {
		if err := v.Record(r); err != nil {
			return err
		}
	}
	return v.Close()
}
