package bundle

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"archive/zip"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/house/figures"
	"countersign/internal/store"
	"countersign/internal/verify"
)

const benchRecords = 200_000

// ward makes a log of the mix that a ward makes. Its statements are nobody's, so that what is measured is the writing; with bare
// it has readings and sign-ins alone, and verifies.
func ward(b *testing.B, records int, bare bool) (*audit.Log, *Exports) {
	b.Helper()
	folder := b.TempDir()
	db, err := store.Open(b.Context(), folder, origin, Projection())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	now := clock.NewFake(time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC))
	log, err := audit.Open(b.Context(), db, now, audit.WithMachine(folder))
	if err != nil {
		b.Fatal(err)
	}
	var drafts []audit.Draft
	flush := func() error {
		_, err := log.Append(b.Context(), drafts...)
		drafts = drafts[:0]
		return err
	}
	err = casestest.Many(records, func(r formats.Record) error {
		if r.Kind == audit.KindEpoch || bare && !strings.HasPrefix(r.Kind, "device.") && r.Kind != "people.signed-in" {
			return nil
		}
		now.Advance(time.Second)
		if drafts = append(drafts, audit.Draft{Kind: r.Kind, Actor: r.Actor, Body: r.Body, Stmt: r.Stmt}); len(drafts) == 500 {
			return flush()
		}
		return nil
	})
	if err = errors.Join(err, flush()); err != nil {
		b.Fatal(err)
	}
	return log, NewExports(db)
}

// BenchmarkWriteABundle times a bundle of 200,000 records in all forms, from the first look at the log to the synced file, against
// nothing but DEFLATE at its fastest over the same bytes. Reading back is timed by itself.
func BenchmarkWriteABundle(b *testing.B) {
	log, exports := ward(b, benchRecords, false)
	r := Request{Source: log, Exports: exports, Folder: b.TempDir(), Temp: b.TempDir(), Program: "countersign 0.0.1", Made: log.Now()}
	var ours, theirs time.Duration
	var bytes, packed int64
	for b.Loop() {
		began := time.Now()
		m, peak := written(b, r, &ours, began)
		n, spent := deflated(b, m.Path)
		bytes, packed, theirs = bytes+n, packed+m.Size, theirs+spent
		figures.Report(b, figures.Figure{Name: "bundle of 200,000 records, peak memory", Value: float64(peak) / (1 << 20), Unit: "MiB"})
	}
	perSecond := func(d time.Duration) float64 { return float64(bytes) / 1e6 / d.Seconds() }
	figures.Report(b, figures.Figure{
		Name: "bundle of 200,000 records / DEFLATE over the same bytes", Value: perSecond(ours), Unit: "MB/s", Yardstick: perSecond(theirs), Goal: "ratio >= 0.4",
	})
	b.ReportMetric(float64(bytes)/float64(b.N)/1e6, "MB_unpacked")
	b.ReportMetric(float64(packed)/float64(b.N)/1e6, "MB_packed")
}

// written writes a bundle, and adds what that took until it was synced.
func written(b *testing.B, r Request, took *time.Duration, began time.Time) (m Made, peak uint64) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	gauge := newGauge()
	synced := false
	m, err := Write(ctx, r, func(stage string, _, _ int64) {
		if gauge.look(); stage == StageCheck && !synced {
			synced = true
			*took += time.Since(began)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return m, gauge.peak
}

// deflated packs every file of a bundle again, as one goroutine does that has nothing else to do.
func deflated(b *testing.B, path string) (n int64, took time.Duration) {
	b.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		b.Fatal(err)
	}
	defer z.Close()
	pack, _ := flate.NewWriter(io.Discard, flate.BestSpeed)
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			b.Fatal(err)
		}
		all, err := io.ReadAll(in)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		pack.Reset(io.Discard)
		if _, err := pack.Write(all); err != nil {
			b.Fatal(err)
		}
		_ = pack.Close()
		took += time.Since(began)
		n += int64(len(all))
	}
	return n, took
}

// BenchmarkReadABundleBack times the verification of a bundle against the writing of it, until it was synced.
func BenchmarkReadABundleBack(b *testing.B) {
	log, exports := ward(b, benchRecords, true)
	r := Request{Source: log, Exports: exports, Folder: b.TempDir(), Temp: b.TempDir(), Program: "countersign 0.0.1"}
	var wrote, all time.Duration
	n := 0.0
	for b.Loop() {
		began := time.Now()
		m, _ := written(b, r, &wrote, began)
		all += time.Since(began)
		if m.Report.Verdict == verify.Failed {
			b.Fatalf("%+v", m.Report.Failure)
		}
		n += float64(m.Manifest.Shown)
	}
	figures.Report(b, figures.Figure{
		Name: "verify a bundle / write it", Value: n / (all - wrote).Seconds(), Unit: "records/s", Yardstick: n / wrote.Seconds(), Goal: "ratio >= 0.8",
	})
}

// BenchmarkLookAtAnExport times what the screen asks for before anything is written.
func BenchmarkLookAtAnExport(b *testing.B) {
	log, _ := ward(b, benchRecords, false)
	for name, s := range map[string]Selection{"all": {}, "a device": {Device: "SN-00007"}} {
		b.Run(fmt.Sprint(name), func(b *testing.B) {
			var took time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := Look(b.Context(), log, s, nil); err != nil {
					b.Fatal(err)
				}
				took += time.Since(began)
			}
			figures.Report(b, figures.Figure{Name: "preview of 200,000 records, " + name, Value: took.Seconds() / float64(b.N), Unit: "s", Goal: "value <= 2"})
		})
	}
}
