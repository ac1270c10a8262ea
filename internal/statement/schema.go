package statement

import (
	"errors"
	"strings"

	"countersign/internal/fault"
)

// codec is the spelling of a type of value. Neither side needs to be strict: a value is written only if it is read back
// the same, and a text is read only if it is written back the same.
type codec[V any] struct {
	read  func(string) (V, error)
	write func(V) string
	same  func(a, b V) bool
}

// codecOf returns a codec for values that == compares.
func codecOf[V comparable](read func(string) (V, error), write func(V) string) codec[V] {
	return codec[V]{read, write, func(a, b V) bool { return a == b }}
}

var errSpelling = errors.New("not the one spelling")

func (c codec[V]) parse(text string) (V, error) {
	v, err := c.read(text)
	if err == nil && c.write(v) != text {
		err = errSpelling
	}
	return v, err
}

func (c codec[V]) spell(v V) (string, error) {
	text := c.write(v)
	back, err := c.parse(text)
	if err == nil && !c.same(v, back) {
		err = errSpelling
	}
	return text, err
}

// field is one row of a kind's table: a key, how often it may come, and where its values live in the struct S.
type field[S any] struct {
	key      string
	min, max int
	read     func(*S, string) error // takes the next value
	write    func(*S) ([]string, error)
}

// one is a field that comes exactly once.
func one[S, V any](key string, c codec[V], at func(*S) *V) field[S] {
	return field[S]{key, 1, 1,
		func(s *S, text string) (err error) {
			*at(s), err = c.parse(text)
			return err
		},
		func(s *S) ([]string, error) {
			text, err := c.spell(*at(s))
			return []string{text}, err
		}}
}

// maybe is a field that comes once or, for the zero value, not at all.
func maybe[S any, V comparable](key string, c codec[V], at func(*S) *V) field[S] {
	var none V
	return field[S]{key, 0, 1, one(key, c, at).read,
		func(s *S) ([]string, error) {
			if *at(s) == none {
				return nil, nil
			}
			text, err := c.spell(*at(s))
			return []string{text}, err
		}}
}

// many is a field that comes from least to most times.
func many[S, V any](key string, least, most int, c codec[V], at func(*S) *[]V) field[S] {
	return field[S]{key, least, most,
		func(s *S, text string) error {
			v, err := c.parse(text)
			*at(s) = append(*at(s), v)
			return err
		},
		func(s *S) ([]string, error) {
			texts := make([]string, 0, len(*at(s)))
			for _, v := range *at(s) {
				text, err := c.spell(v)
				if err != nil {
					return nil, err
				}
				texts = append(texts, text)
			}
			return texts, nil
		}}
}

// fixed is a field whose value is part of the kind: what the signature means.
func fixed[S any](key, value string) field[S] {
	return field[S]{key, 1, 1,
		func(_ *S, text string) error {
			if text != value {
				return errSpelling
			}
			return nil
		},
		func(*S) ([]string, error) { return []string{value}, nil }}
}

// schema is the table of one kind, for the struct S.
type schema[S Statement] struct {
	name   string
	fields []field[S]
	rule   func(*S) error // what must hold between fields; nil for nothing
}

func (k schema[S]) title() string { return prefix + k.name + suffix }

// text writes the one spelling of s.
func (k schema[S]) text(s *S) ([]byte, error) {
	var b strings.Builder
	b.WriteString(k.title() + "\n")
	for _, f := range k.fields {
		values, err := f.write(s)
		if err != nil {
			return nil, fault.New(fault.Signature, k.name+" "+f.key, err)
		}
		if len(values) < f.min || len(values) > f.max {
			return nil, broken(k.name+" "+f.key, "%d lines", len(values))
		}
		for _, value := range values {
			b.WriteString(f.key + " " + value + "\n")
		}
	}
	if k.rule != nil {
		if err := k.rule(s); err != nil {
			return nil, fault.New(fault.Signature, k.name, err)
		}
	}
	text := b.String()
	if _, err := split(k.title(), text); err != nil { // size and characters, once for the whole
		return nil, err
	}
	return []byte(text), nil
}

// parse reads a text of this kind.
func (k schema[S]) parse(text []byte) (s S, err error) {
	lines, err := split(k.title(), string(text))
	if err != nil {
		return s, err
	}
	var parsed S
	for _, f := range k.fields {
		n := 0
		for ; n < f.max && n < len(lines) && lines[n].key == f.key; n++ {
			if err := f.read(&parsed, lines[n].value); err != nil {
				return s, fault.New(fault.Signature, k.name+" "+f.key, err)
			}
		}
		if n < f.min {
			return s, broken(k.name+" "+f.key, "missing, or not in its place")
		}
		lines = lines[n:]
	}
	if len(lines) > 0 {
		return s, broken(k.name+" "+lines[0].key, "no place for this line")
	}
	again, err := k.text(&parsed)
	if err != nil {
		return s, err
	}
	if string(again) != string(text) {
		return s, fault.New(fault.Signature, k.name, errSpelling)
	}
	return parsed, nil
}

func (k schema[S]) parseAny(text []byte) (Statement, error) {
	s, err := k.parse(text)
	if err != nil {
		return nil, err
	}
	return s, nil
}
