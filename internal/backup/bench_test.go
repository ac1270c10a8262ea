package backup

import (
	"compress/flate"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

// benchRecords is some two years of a ward that makes fifty changes a day.
const benchRecords = 100_000

// BenchmarkBackup makes a backup of a long log and puts it back. The yardstick is DEFLATE at its usual level over the same
// database, on the same disk, in the same run.
func BenchmarkBackup(b *testing.B) {
	c := starts(b, b.TempDir())
	for n := 0; n < benchRecords; n += 500 {
		var batch []audit.Draft
		for range 500 {
			d := audit.Draft{Kind: "console.noted", Actor: leaf.Actor{ID: "7f3a91c25d0c8a52", Name: "Robin Sample", Role: "technician"}}
			noise := make([]byte, 64) // as much of a statement as is a signature
			_, _ = rand.Read(noise)
			d.Body.Set("text", "alarm.etco2.high 50 -> 45 mm[Hg] clinical, alarm.rr.low 8 -> 10 /min clinical; Step-down after extubation, agreed with the ward "+hex.EncodeToString(noise))
			batch = append(batch, d)
		}
		if _, err := c.log.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	bytes, err := c.db.Size(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		began := time.Now()
		made := c.backup(b.TempDir())
		took := time.Since(began)
		began = time.Now()
		if _, err := restore(b, Restore{File: made.Path, Folder: filepath.Join(b.TempDir(), "data")}); err != nil {
			b.Fatal(err)
		}
		back := time.Since(began)
		yard := deflated(b, filepath.Join(c.folder, store.FileName))
		b.ReportMetric(float64(bytes)/1e6/took.Seconds(), "MB/s-made")
		b.ReportMetric(float64(bytes)/1e6/back.Seconds(), "MB/s-back")
		b.ReportMetric(yard.Seconds()/took.Seconds(), "of-deflate")
		b.ReportMetric(float64(made.Bytes)/float64(bytes), "packed")
		b.ReportMetric(float64(bytes)/float64(made.Manifest.Head.Size), "B/record")
	}
}

// deflated is how long packing a file takes.
func deflated(b *testing.B, path string) time.Duration {
	b.Helper()
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	w, err := flate.NewWriter(io.Discard, flate.DefaultCompression)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if _, err := io.Copy(w, file); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
