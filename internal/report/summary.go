package report

import "countersign/internal/formats"

// Summary counts what the records of a bundle say. What it holds grows with requests, emergency sessions and persons, not
// with records.
type Summary struct {
	Heading formats.Heading
	Records int64
}

// NewSummary returns a summary of no records.
func NewSummary(h formats.Heading) *Summary { return &Summary{Heading: h} }

// Record takes the next record. It does not fail: what a record does not say is not counted.
func (s *Summary) Record(r formats.Record) error { s.Records++; return nil }
