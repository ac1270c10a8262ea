package leaf

import (
	"iter"
	"slices"
	"strings"
)

// Body is what a leaf says beyond the frame that every leaf has: a flat set of named strings and whole numbers, sorted
// by name. The zero Body is empty. A Body is a value: a copy does not change with the original.
type Body struct {
	fields []Field
}

// Field is one entry of a Body: Int when IsInt, else Text.
type Field struct {
	Key   string // a lower-case name such as "as_found"; at most 64 bytes
	Text  string
	Int   int64
	IsInt bool
}

// Set gives key a text, replacing what it had. Lists are lines of text.
func (b *Body) Set(key, text string) { b.put(Field{Key: key, Text: text}) }

// SetInt gives key a whole number, replacing what it had.
func (b *Body) SetInt(key string, n int64) { b.put(Field{Key: key, Int: n, IsInt: true}) }

// Text returns the text of key, and whether it has one.
func (b Body) Text(key string) (string, bool) {
	f, ok := b.field(key)
	return f.Text, ok && !f.IsInt
}

// Int returns the whole number of key, and whether it has one.
func (b Body) Int(key string) (int64, bool) {
	f, ok := b.field(key)
	return f.Int, ok && f.IsInt
}

// Len returns the number of fields.
func (b Body) Len() int { return len(b.fields) }

// All yields the fields in the order of their keys.
func (b Body) All() iter.Seq[Field] { return slices.Values(b.fields) }

func (b Body) find(key string) (int, bool) {
	return slices.BinarySearchFunc(b.fields, key, func(f Field, key string) int { return strings.Compare(f.Key, key) })
}

func (b Body) field(key string) (Field, bool) {
	i, ok := b.find(key)
	if !ok {
		return Field{}, false
	}
	return b.fields[i], true
}

// put copies the fields, so that a Body handed to somebody else stays as it was.
func (b *Body) put(f Field) {
	i, ok := b.find(f.Key)
	fields := make([]Field, 0, len(b.fields)+1)
	fields = append(append(fields, b.fields[:i]...), f)
	if ok {
		i++
	}
	b.fields = append(fields, b.fields[i:]...)
}
