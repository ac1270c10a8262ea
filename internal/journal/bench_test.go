package journal

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/house/figures"
	"countersign/internal/leaf"
)

// BenchmarkFrame times one record of an emergency until it is there after a power cut: hash, the machine's signature, write and
// data-sync. The yardstick is a bare write of one slot into a file of the same size, synced in the same way and in turn with it.
func BenchmarkFrame(b *testing.B) {
	folder := b.TempDir()
	f, err := Claim(folder, "bench")
	if err != nil {
		b.Fatal(err)
	}
	bare, err := os.OpenFile(filepath.Join(folder, "bare"), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = fill(bare)
	}
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	sync, slot := dataSync(bare), make([]byte, Slot)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	chain := NewChain(func(hash [32]byte) (int64, []byte) { return 1, ed25519.Sign(key, hash[:]) })
	now := clock.System()
	var took, yardstick time.Duration
	n := 0
	for b.Loop() {
		if f.Used() > 90 {
			_ = f.Close()
			if err := Recycle(f.Path()); err != nil {
				b.Fatal(err)
			}
			if f, err = Claim(folder, "bench"); err != nil {
				b.Fatal(err)
			}
		}
		var body leaf.Body
		body.Set("session", "01JDH0000000000000000000AA")
		body.Set("device", "Capnostream 20 SN B355987654")
		body.Set("steps", "set alarm.etco2.high 50 -> 45 mm[Hg] clinical")
		start := time.Now()
		frame, err := chain.Next("emergency.intent", now.Now(), leaf.Actor{ID: "p", Name: "Robin Sample"}, body, "")
		if err == nil {
			err = f.Put(frame)
		}
		between := time.Now()
		if err != nil {
			b.Fatal(err)
		}
		_, err = bare.WriteAt(slot, int64(n%(Size/Slot))*Slot)
		if err == nil {
			err = sync()
		}
		if err != nil {
			b.Fatal(err)
		}
		took += between.Sub(start)
		yardstick += time.Since(between)
		n++
	}
	_ = f.Close()
	figures.Report(b, figures.Figure{Name: "record of an emergency in the journal / bare write and data-sync", Value: float64(took.Microseconds()) / float64(n), Unit: "us",
		Yardstick: float64(yardstick.Microseconds()) / float64(n), Goal: "ratio <= 2"})
}
