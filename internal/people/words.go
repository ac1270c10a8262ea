package people

import "countersign/internal/founding"

// words returns the first half of the founding's hash in twelve words.
func words(text []byte) ([]string, error) { return founding.Words(text) }

// fingerprint is what the founders write down, so that nobody can put another founding in its place.
func fingerprint(text []byte) string { return founding.Digits(text) }

// Words returns the founding's twelve words.
func (m *Members) Words() ([]string, error) { return words(m.founding) }

// Fingerprint returns the founding's whole hash in groups of four hexadecimal digits.
func (m *Members) Fingerprint() string { return fingerprint(m.founding) }
