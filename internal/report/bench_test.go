package report

import (
	"bufio"
	"bytes"
	"compress/flate"
	"io"
	"os"
	"path/filepath"
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

// yardRecords is how many of the records the yardstick packs the files of: all of them would not stay in memory.
const yardRecords = benchRecords / 10

// BenchmarkAllForms times reading 200,000 leaves and writing every derived file of them, each packed on its way, against packing
// such files when they are there already, one after the other.
func BenchmarkAllForms(b *testing.B) {
	log, leaves := keptLog(b)
	h := headingOf(benchRecords)
	var took, yard time.Duration
	var size, most, yardSize int64
	for b.Loop() {
		files := map[string]*bytes.Buffer{}
		d, n := packKept(b, h, log, files)
		yard, yardSize = yard+d, yardSize+n
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
		}, benchRecords, func() { most = max(most, inUse()-before) })
		took += time.Since(start)
		for _, n := range sizes {
			size += *n
		}
	}
	n := float64(b.N)
	b.ReportMetric(n*benchRecords/took.Seconds(), "records/s")
	b.ReportMetric(float64(size)/1e6, "MB-of-files")
	b.ReportMetric(float64(leaves)/1e6, "MB-of-leaves")
	figures.Report(b, figures.Figure{Name: "all forms of 200,000 records, packed / DEFLATE level 1 over such bytes", Value: n * float64(size) / 1e6 / took.Seconds(), Unit: "MB/s",
		Yardstick: float64(yardSize) / 1e6 / yard.Seconds(), Goal: "ratio >= 0.4"})
	figures.Report(b, figures.Figure{Name: "all forms of 200,000 records: seconds", Value: took.Seconds() / n, Unit: "s", Goal: "value <= 30"})
	figures.Report(b, figures.Figure{Name: "all forms of 200,000 records: most memory", Value: float64(most) / (1 << 20), Unit: "MiB", Goal: "value <= 256"})
}

// keptLog writes a log's leaves into a file, so that they are not in memory.
func keptLog(b *testing.B) (name string, size int64) {
	f, err := os.Create(filepath.Join(b.TempDir(), "leaves"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	err = casestest.Many(benchRecords, func(r formats.Record) error {
		size += int64(len(r.Bytes)) + 1
		_, _ = w.Write(r.Bytes)
		return w.WriteByte('\n')
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		b.Fatal(err)
	}
	return f.Name(), size
}

// each reads the leaves and has every form written. It calls look now and then, and at the end.
func each(b *testing.B, h formats.Heading, log string, open formats.Open, most int, look func()) {
	f, err := os.Open(log)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, leaf.MaxSize+1)
	v := All(h, open)
	for n := 1; n <= most && lines.Scan(); n++ {
		line := lines.Bytes()
		l, err := leaf.Decode(line)
		if err != nil {
			b.Fatal(err)
		}
		if err := v.Record(formats.Record{Leaf: l, Bytes: line, Hash: leaf.Hash(line)}); err != nil {
			b.Fatal(err)
		}
		if n%10_000 == 0 {
			look()
		}
	}
	if err := v.Close(); err != nil {
		b.Fatal(err)
	}
	look()
}

// packKept writes files into memory and returns how long it takes to pack them, and how large they are.
func packKept(b *testing.B, h formats.Heading, log string, files map[string]*bytes.Buffer) (took time.Duration, size int64) {
	each(b, h, log, (&folder{files: files}).open, yardRecords, func() {})
	for _, file := range files {
		w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if _, err := w.Write(file.Bytes()); err != nil {
			b.Fatal(err)
		}
		took, size = took+time.Since(start), size+int64(file.Len())
	}
	return took, size
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
