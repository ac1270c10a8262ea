package fhir_test

import (
	"compress/flate"
	"io"
	"testing"
	"time"

	"countersign/internal/formats"
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

// BenchmarkTheFormsOfOthers writes DICOM, FHIR R4 and R5 of the same records, against packing the same bytes at level 1.
func BenchmarkTheFormsOfOthers(b *testing.B) {
	const times = 100
	records := formatstest.Records()
	var forming, packing time.Duration
	var bytes int64
	for b.Loop() {
		began := time.Now()
		bytes = 0
		each(b, records, times, func(string) (io.WriteCloser, error) { return counted{n: &bytes}, nil })
		forming += time.Since(began)
		began = time.Now()
		pack, err := flate.NewWriter(io.Discard, flate.BestSpeed)
		if err != nil {
			b.Fatal(err)
		}
		var again int64
		each(b, records, times, func(string) (io.WriteCloser, error) { return counted{&again, pack}, nil })
		packing += time.Since(began)
	}
	n := float64(b.N)
	mega := float64(bytes) / 1e6
	figures.Report(b, figures.Figure{
		Name: "DICOM + FHIR R4 + R5 of the same records / the same, packed at level 1", Value: mega * n / forming.Seconds(),
		Unit: "MB/s", Yardstick: mega * n / packing.Seconds(), Goal: "ratio >= 2",
	})
}

func each(b *testing.B, records []formats.Record, times int, open formats.Open) {
	b.Helper()
	for _, view := range []formats.View{dicom.New(formatstest.Heading(), open), fhir.NewR4(formatstest.Heading(), open), fhir.NewR5(formatstest.Heading(), open)} {
		for range times {
			for _, r := range records {
				if err := view.Record(r); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := view.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
