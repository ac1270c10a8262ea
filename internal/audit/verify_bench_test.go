package audit_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/house/figures"
	"countersign/internal/leaf"
)

// BenchmarkVerifyTheLog times a verification, which decodes every record, follows the chain, folds the tree and checks every
// checkpoint, against nothing but SHA-256 over the same bytes from the same scan. The two take turns, so that the
// machine's moods hit both. The scan reads ahead on another core; what all cores together took is told beside it.
func BenchmarkVerifyTheLog(b *testing.B) {
	const records, atOnce = 50_000, 1_000
	folder := inMemory(b)
	c := begin(b, folder, audit.WithMachine(folder))
	for n := 1; n < records; n += atOnce {
		if _, err := c.log.Append(b.Context(), typical(n, min(atOnce, records-n))...); err != nil {
			b.Fatal(err)
		}
	}
	size := c.log.Head().Size
	var ours, theirs, busy time.Duration
	n := 0.0
	for b.Loop() {
		began, used := time.Now(), figures.ProcessorTime(b)
		v, err := c.log.Verify(b.Context(), trust, quiet)
		if err != nil || v.Head.Size != size || v.Checkpoints < records/256 {
			b.Fatal(v, err)
		}
		between := time.Now()
		busy += figures.ProcessorTime(b) - used
		var sum [32]byte
		err = c.db.Scan(b.Context(), 0, func(_ int64, leaf, _ []byte) error {
			sum = sha256.Sum256(leaf)
			return nil
		})
		if err != nil || sum == [32]byte{} {
			b.Fatal(err)
		}
		ours, theirs, n = ours+between.Sub(began), theirs+time.Since(between), n+float64(size)
	}
	perSecond := func(d time.Duration) float64 { return n / 1e6 / d.Seconds() }
	figures.Report(b, figures.Figure{
		Name: "verify the log / SHA-256 over the same scan", Value: perSecond(ours), Unit: "M records/s", Yardstick: perSecond(theirs),
		Goal: "value >= 0.4",
	})
	if busy > 0 {
		figures.Report(b, figures.Figure{
			Name: "verify the log, by processor time", Value: perSecond(busy), Unit: "M records/s and core", Goal: "value >= 0.4",
		})
	}
}

// typical returns records as long as those of a reading: about 450 bytes.
func typical(from, n int) (all []audit.Draft) {
	for i := range n {
		d := audit.Draft{Kind: "device.read", Actor: leaf.Actor{ID: "7f3a91c25d0c8a52", Name: "Jo Example", Role: "technician"}}
		d.Body.Set("device", "urn:countersign:device:ward7:capnostream20:B123456789")
		d.Body.Set("setting", "alarm.etco2.high")
		d.Body.Set("value", "50 mm[Hg]")
		d.Body.SetInt("n", int64(from+i))
		all = append(all, d)
	}
	return all
}
