package formats

import "time"

// AppendInstant adds t in UTC as RFC 3339 has it, to the millisecond: the form that DICOM, FHIR and the tables share. A time that
// the form cannot show, which no clock of ours tells, becomes its first.
func AppendInstant(b []byte, t time.Time) []byte {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		t = time.Time{}
	}
	return t.AppendFormat(b, madeLayout)
}
