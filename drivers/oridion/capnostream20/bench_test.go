package capnostream20_test

import (
	"testing"
	"time"

	"github.com/creack/pty"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/house/figures"
	"countersign/internal/link"
)

// BenchmarkReadAllSettings reads every setting of a simulated monitor over a pseudo-terminal. The yardstick is what no
// host can beat: the monitor reports once a second, and the report takes its time on a line of 115,200 bit/s.
func BenchmarkReadAllSettings(b *testing.B) {
	master, slave, err := pty.Open()
	if err != nil {
		b.Skipf("no pseudo-terminals here: %v", err)
	}
	defer master.Close()
	defer slave.Close()
	go func() { _ = capnostream20.NewUnit("B355987654").Serve(b.Context(), master) }()
	driver := capnostream20.Driver{}
	conn, err := link.New().Open(b.Context(), "bench", drivers.Endpoint{Scheme: "serial", Address: slave.Name()}, driver.Line())
	if err != nil {
		b.Fatal(err)
	}
	id, err := driver.Probe(b.Context(), conn)
	if err != nil {
		b.Fatal(err)
	}
	session, err := driver.Open(b.Context(), conn, id)
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	b.ResetTimer()
	n := 0
	start := time.Now()
	for b.Loop() {
		if _, err := session.Read(b.Context()); err != nil {
			b.Fatal(err)
		}
		n++
	}
	took := time.Since(start).Seconds() / float64(n)
	const wire = 31 * 10 / 115_200.0 // a numerics frame, ten bits a byte
	figures.Report(b, figures.Figure{
		Name: "read all Capnostream settings", Value: took, Unit: "s", Yardstick: 1 + wire, Goal: "ratio <= 2.1",
	})
}
