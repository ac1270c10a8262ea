package kit

import (
	"errors"
	"strings"

	"countersign/drivers"
)

// EntryError is why an entry is not a value of its setting, as a sentence for the person who typed it.
type EntryError struct {
	Sentence string
	Cause    error
}

func (e *EntryError) Error() string { return e.Sentence }

// Unwrap lets errors.Is see drivers.ErrNumber and drivers.ErrRange.
func (e *EntryError) Unwrap() error { return e.Cause }

// errEmpty is the cause of an entry with nothing in it.
var errEmpty = errors.New("nothing entered")

// ParseEntry reads what a person typed for a setting. Its error is an *EntryError.
func ParseEntry(s drivers.Setting, text string) (drivers.Value, error) {
	if text == "" && s.Kind != drivers.Text {
		return drivers.Value{}, &EntryError{T("editor.empty"), errEmpty}
	}
	v, err := drivers.ParseValue(s.Kind, text)
	if err != nil {
		return drivers.Value{}, &EntryError{T(parseProblem(s, text)), err}
	}
	if err := s.Check(v); err != nil {
		return drivers.Value{}, &EntryError{checkProblem(s, v), err}
	}
	return v, nil
}

// parseProblem is the key of what to say about a text that is not a value of the setting's kind.
func parseProblem(s drivers.Setting, text string) string {
	d, err := drivers.ParseDecimal(text)
	_, whole := d.Whole()
	switch {
	case s.Kind == drivers.Instant:
		return "editor.instant"
	case !s.Kind.Numeric():
		return "editor.text"
	case strings.Contains(text, ","):
		return "editor.comma"
	case err == nil && !whole && s.Kind == drivers.Integer:
		return "editor.whole"
	}
	return "editor.number"
}

func checkProblem(s drivers.Setting, v drivers.Value) string {
	data := Data{"Min": s.Min.String(), "Max": s.Max.String(), "Unit": Unit(s.Unit), "Step": s.Step.String(), "Value": v.String()}
	key := "editor.step"
	switch {
	case !s.Kind.Numeric():
		key = "editor.option"
	case v.Decimal().Cmp(s.Min) < 0:
		key = "editor.low"
	case v.Decimal().Cmp(s.Max) > 0:
		key = "editor.high"
	}
	return T(key, data)
}
