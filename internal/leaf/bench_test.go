package leaf

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/internal/house/figures"
)

// frame is a leaf as encoding/json reads one, with the same meaning and less strictness.
type frame struct {
	V     int    `json:"v"`
	Seq   int64  `json:"seq"`
	Prev  string `json:"prev"`
	Kind  string `json:"kind"`
	At    moment `json:"at"`
	Epoch int64  `json:"epoch"`
	Actor struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Role string `json:"role"`
	} `json:"actor"`
	Body map[string]any `json:"body"`
	Stmt string         `json:"stmt"`
}

type moment struct {
	Wall   time.Time `json:"wall"`
	BootMS int64     `json:"boot_ms"`
	Boot   string    `json:"boot"`
	Clock  string    `json:"clock"`
}

// BenchmarkTheScanner times reading a leaf against encoding/json reading the same bytes into a struct. The two take turns.
func BenchmarkTheScanner(b *testing.B) {
	encoded := mustEncode(b, samples()["approval"])
	var ours, theirs time.Duration
	n := 0.0
	for b.Loop() {
		const times = 100
		start := time.Now()
		for range times {
			if _, err := Decode(encoded); err != nil {
				b.Fatal(err)
			}
		}
		between := time.Now()
		for range times {
			var f frame
			if err := json.Unmarshal(encoded, &f); err != nil {
				b.Fatal(err)
			}
		}
		ours, theirs, n = ours+between.Sub(start), theirs+time.Since(between), n+times
	}
	perSecond := func(d time.Duration) float64 { return n / 1e6 / d.Seconds() }
	figures.Report(b, figures.Figure{
		Name: "read a leaf / encoding/json", Value: perSecond(ours), Unit: "M leaves/s", Yardstick: perSecond(theirs), Goal: "ratio >= 3",
	})
}
