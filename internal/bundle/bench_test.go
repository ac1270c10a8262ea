package bundle

import (
	"compress/flate"
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
	var ours, theirs spent
	var bytes, packed int64
	for b.Loop() {
		m, peak := written(b, r, &ours)
		bytes, packed = bytes+deflated(b, m.Path, &theirs), packed+m.Size
		figures.Report(b, figures.Figure{Name: "bundle of 200,000 records, peak memory", Value: float64(peak) / (1 << 20), Unit: "MiB"})
	}
	perSecond := func(d time.Duration) float64 { return float64(bytes) / 1e6 / d.Seconds() }
	figures.Report(b, figures.Figure{
		Name: "bundle of 200,000 records / DEFLATE over the same bytes", Value: perSecond(ours.wall), Unit: "MB/s", Yardstick: perSecond(theirs.wall),
		Goal: "ratio >= 0.4",
	})
	if ours.busy > 0 {
		figures.Report(b, figures.Figure{
			Name: "the same, by processor time", Value: perSecond(ours.busy), Unit: "MB/s and core", Yardstick: perSecond(theirs.busy),
		})
	}
	b.ReportMetric(float64(bytes)/float64(b.N)/1e6, "MB_unpacked")
	b.ReportMetric(float64(packed)/float64(b.N)/1e6, "MB_packed")
}

// spent is how long something took, by the clock and by what all cores together worked.
type spent struct{ wall, busy time.Duration }

func (s *spent) add(b *testing.B, began time.Time, used time.Duration) {
	s.wall, s.busy = s.wall+time.Since(began), s.busy+figures.ProcessorTime(b)-used
}

// written writes a bundle, and adds what that took until it was synced.
func written(b *testing.B, r Request, took *spent) (m Made, peak uint64) {
	b.Helper()
	gauge := newGauge()
	began, used, synced := time.Now(), figures.ProcessorTime(b), false
	m, err := Write(b.Context(), r, func(stage string, done, _ int64) {
		if stage == StageCheck && !synced {
			synced = true
			took.add(b, began, used)
		}
		if done%8192 == 0 || stage == StageFinish {
			gauge.look()
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return m, gauge.peak
}

// deflated packs every file of a bundle again, as one goroutine does that has nothing else to do.
func deflated(b *testing.B, path string, took *spent) (n int64) {
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
		began, used := time.Now(), figures.ProcessorTime(b)
		pack.Reset(io.Discard)
		if _, err := pack.Write(all); err != nil {
			b.Fatal(err)
		}
		_ = pack.Close()
		took.add(b, began, used)
		n += int64(len(all))
	}
	return n
}

// BenchmarkReadABundleBack times the verification of a bundle against the writing of it, until it was synced.
func BenchmarkReadABundleBack(b *testing.B) {
	log, exports := ward(b, benchRecords, true)
	r := Request{Source: log, Exports: exports, Folder: b.TempDir(), Temp: b.TempDir(), Program: "countersign 0.0.1"}
	var wrote spent
	var all time.Duration
	n := 0.0
	for b.Loop() {
		began := time.Now()
		m, _ := written(b, r, &wrote)
		all += time.Since(began)
		if m.Report.Verdict == verify.Failed {
			b.Fatalf("%+v", m.Report.Failure)
		}
		n += float64(m.Manifest.Shown)
	}
	figures.Report(b, figures.Figure{
		Name: "verify a bundle / write it", Value: n / (all - wrote.wall).Seconds(), Unit: "records/s", Yardstick: n / wrote.wall.Seconds(), Goal: "ratio >= 0.8",
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
