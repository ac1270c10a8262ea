package people

import (
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/house/figures"
)

// BenchmarkSealedCode times how long a sealed code takes to be found right, with what the stretching costs in earnest.
func BenchmarkSealedCode(b *testing.B) {
	c := NewCodes(filepath.Join(b.TempDir(), "keys"))
	f := c.another(b)
	var took time.Duration
	n := 0
	for b.Loop() {
		start := time.Now()
		if _, err := c.Check(f.Codes[n%len(f.Codes)]); err != nil {
			b.Fatal(err)
		}
		took += time.Since(start)
		n++
	}
	figures.Report(b, figures.Figure{Name: "sealed code checked / what nobody minds (constant)", Value: took.Seconds() * 1e3 / float64(n), Unit: "ms", Yardstick: 1000, Goal: "ratio <= 1"})
}
