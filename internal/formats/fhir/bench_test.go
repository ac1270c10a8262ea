package fhir_test

import (
	"compress/flate"
	"io"
	"testing"
	"time"

	"countersign/internal/formats"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/formats/dicom"
	"countersign/internal/formats/fhir"
	"countersign/internal/formats/formatstest"
	"countersign/internal/house/figures"
)

// counted counts what is written, and packs it as a bundle does where that is what is timed.
type counted struct {
	n    *int64
	pack *flate.Writer
}

func (c counted) Write(b []byte) (int, error) {
	*c.n += int64(len(b))
	if c.pack != nil {
		return c.pack.Write(b)
	}
	return len(b), nil
}

func (counted) Close() error { return nil }

// BenchmarkTheFormsOfOthers writes DICOM, FHIR R4 and R5 of the same records of a busy ward, against packing the same bytes at
// level 1, and says how many records one core writes in each.
func BenchmarkTheFormsOfOthers(b *testing.B) {
	const many = 20_000
	var records []formats.Record
	if err := casestest.Many(many, func(r formats.Record) error { records = append(records, r); return nil }); err != nil {
		b.Fatal(err)
	}
	for _, form := range []struct {
		name string
		view func(formats.Heading, formats.Open) formats.View
	}{{"DICOM", dicom.New}, {"FHIR R4", fhir.NewR4}, {"FHIR R5", fhir.NewR5}} {
		b.Run(form.name, func(b *testing.B) {
			var forming, packing time.Duration
			var size int64
			for b.Loop() {
				size = 0
				forming += write(b, form.view, records, &size, nil)
				pack, err := flate.NewWriter(io.Discard, flate.BestSpeed)
				if err != nil {
					b.Fatal(err)
				}
				var again int64
				packing += write(b, form.view, records, &again, pack)
			}
			mega := float64(size) * float64(b.N) / 1e6
			b.ReportMetric(float64(len(records)*b.N)/forming.Seconds(), "records/s")
			figures.Report(b, figures.Figure{
				Name: "records as " + form.name + " / the same, packed at level 1", Value: mega / forming.Seconds(),
				Unit: "MB/s", Yardstick: mega / packing.Seconds(), Goal: "ratio >= 2",
			})
		})
	}
}

// write shows the records to a view, and says how long that took.
func write(b *testing.B, view func(formats.Heading, formats.Open) formats.View, records []formats.Record, size *int64, pack *flate.Writer) time.Duration {
	b.Helper()
	began := time.Now()
	v := view(formatstest.Heading(), func(string) (io.WriteCloser, error) { return counted{size, pack}, nil })
	if err := formatstest.Write(v, records); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
