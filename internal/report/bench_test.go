package report

import (
	"bytes"
	"compress/flate"
	"io"
	"runtime"
	"testing"
	"time"

	"countersign/internal/formats"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/house/figures"
	"countersign/internal/leaf"
)

// benchRecords is how many records the bundle has.
const benchRecords = 200_000

// packing packs a file and counts its bytes.
type packing struct {
	*flate.Writer
	bytes *int64
}

func (p packing) Write(b []byte) (int, error) {
	*p.bytes += int64(len(b))
	return p.Writer.Write(b)
}

// BenchmarkAllForms times reading 200,000 leaves and writing every derived file of them, each packed on its way, against packing
// the same files when they are there already.
func BenchmarkAllForms(b *testing.B) {
	log := make([]byte, 0, 256<<20)
	h := headingOf(benchRecords)
	err := casestest.Many(benchRecords, func(r formats.Record) error {
		log = append(append(log, r.Bytes...), '\n')
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var took, yard time.Duration
	var size, most int64
	for b.Loop() {
		files := map[string]*bytes.Buffer{}
		yard += packKept(b, h, log, files)
		files = nil
		runtime.GC()
		before := inUse()
		start := time.Now()
		size, most = 0, 0
		sizes := []*int64{}
		each(b, h, log, func(string) (io.WriteCloser, error) {
			w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
			sizes = append(sizes, new(int64))
			return packing{w, sizes[len(sizes)-1]}, err
		}, func() { most = max(most, inUse()-before) })
		took += time.Since(start)
		for _, n := range sizes {
			size += *n
		}
	}
	n := float64(b.N)
	megabytes := func(d time.Duration) float64 { return n * float64(size) / 1e6 / d.Seconds() }
	b.ReportMetric(n*benchRecords/took.Seconds(), "records/s")
	b.ReportMetric(float64(size)/1e6, "MB-of-files")
	b.ReportMetric(float64(len(log))/1e6, "MB-of-leaves")
	figures.Report(b, figures.Figure{Name: "all forms of 200,000 records, packed / DEFLATE level 1 over the same bytes", Value: megabytes(took), Unit: "MB/s",
		Yardstick: megabytes(yard), Goal: "ratio >= 0.4"})
	figures.Report(b, figures.Figure{Name: "all forms of 200,000 records: seconds", Value: took.Seconds() / n, Unit: "s", Goal: "value <= 30"})
	figures.Report(b, figures.Figure{Name: "all forms of 200,000 records: most memory", Value: float64(most) / (1 << 20), Unit: "MiB", Goal: "value <= 256"})
}

// each reads the leaves and has every form written. It calls look now and then, and at the end.
func each(b *testing.B, h formats.Heading, log []byte, open formats.Open, look func()) {
	v := All(h, open)
	n := 0
	for line := range bytes.Lines(log) {
		line = line[:len(line)-1]
		l, err := leaf.Decode(line)
		if err != nil {
			b.Fatal(err)
		}
		if err := v.Record(formats.Record{Leaf: l, Bytes: line, Hash: leaf.Hash(line)}); err != nil {
			b.Fatal(err)
		}
		if n++; n%10_000 == 0 {
			look()
		}
	}
	if err := v.Close(); err != nil {
		b.Fatal(err)
	}
	look()
}

// packKept writes the files into memory and returns how long it takes to pack them, one after the other.
func packKept(b *testing.B, h formats.Heading, log []byte, files map[string]*bytes.Buffer) (took time.Duration) {
	each(b, h, log, (&folder{files: files}).open, func() {})
	for _, file := range files {
		w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if _, err := w.Write(file.Bytes()); err != nil {
			b.Fatal(err)
		}
		took += time.Since(start)
	}
	return took
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
