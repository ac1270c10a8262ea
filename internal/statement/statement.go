// Package statement is what people sign: short texts that a person can read and a program can check, in exactly one
// spelling, signed as C2SP signed notes with Ed25519. The first line names the kind; then come lines of a key, one space
// and a value, in the order that the kind's table in kinds.go declares. What parses is, byte for byte, what Text would
// write again, so that the bytes which were signed, shown and checked are the same.
//
// The package knows no people, no policy and no log. That a signer is enrolled, that an approval's settings equal the
// request's and that a log head is true is checked elsewhere.
package statement

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"countersign/internal/fault"
)

// The bounds of a statement's text.
const (
	MaxSize  = 256 << 10 // bytes
	MaxLines = 5000      // the first one included
)

// The first line of a statement is its prefix, its kind and its suffix: "countersign/approval/v1".
const (
	prefix = "countersign/"
	suffix = "/v1"
)

// Statement is one of the kinds: those of kinds.go, and those that embed By.
type Statement interface {
	// Kind returns the word in the first line: "change-request".
	Kind() string
	// Text returns the statement's one spelling. A statement that has none, because a value cannot be spelled or a rule of
	// its kind is broken, is fault.Signature with kind and key as subject.
	Text() ([]byte, error)
	// Signatories returns the IDs of the persons who must sign, in the order in which the text names them.
	Signatories() []string
	// Witnessed returns the log as the signer saw it, and false for a kind that names none.
	Witnessed() (LogHead, bool)
}

// Digest identifies a statement by its text, without signatures: SHA-256.
func Digest(text []byte) [32]byte { return sha256.Sum256(text) }

// Parse reads a statement of any kind. Everything but the one spelling of a valid statement is fault.Signature.
func Parse(text []byte) (Statement, error) {
	first, _, _ := bytes.Cut(text[:min(len(text), 80)], []byte("\n"))
	for _, k := range kinds {
		if string(first) == k.title() {
			return k.parseAny(text)
		}
	}
	return nil, fault.Newf(fault.Signature, "", "not the first line of a statement: %q", first)
}

// As reads a statement of the kind S; another kind, and everything that Parse refuses, is fault.Signature.
func As[S Statement](text []byte) (S, error) {
	parsed, err := Parse(text)
	s, ok := parsed.(S)
	if err == nil && !ok {
		err = broken(parsed.Kind(), "another kind of statement was expected")
	}
	return s, err
}

// line is a key and its value.
type line struct{ key, value string }

// split cuts text into its lines behind the title, after checking what holds for every statement.
func split(title, text string) ([]line, error) {
	switch {
	case len(text) > MaxSize:
		return nil, broken(title, "%d bytes", len(text))
	case strings.Count(text, "\n") > MaxLines:
		return nil, broken(title, "more than %d lines", MaxLines)
	case !strings.HasSuffix(text, "\n"):
		return nil, broken(title, "no end of line at the end")
	}
	if err := checkRunes(strings.ReplaceAll(text, "\n", "")); err != nil {
		return nil, fault.New(fault.Signature, title, err)
	}
	first, rest, _ := strings.Cut(text, "\n")
	if first != title {
		return nil, broken(title, "another first line: %q", first)
	}
	var lines []line
	for one := range strings.Lines(rest) {
		key, value, ok := strings.Cut(strings.TrimSuffix(one, "\n"), " ")
		if !ok || !isWord(key) || value == "" {
			return nil, broken(title, "line %d is not a key, a space and a value", len(lines)+2)
		}
		lines = append(lines, line{key, value})
	}
	return lines, nil
}

func broken(subject, format string, args ...any) error {
	return fault.Newf(fault.Signature, subject, format, args...)
}
