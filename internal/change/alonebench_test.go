package change_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/house/figures"
	"countersign/internal/journal"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"
)

// console is an emergency path as the program has it, on a real disk.
type console struct {
	folder   string
	clock    *clock.Fake
	log      *audit.Log
	robin    *people.Signer
	journals []*breakglass.Journals
	importer *breakglass.Importer
}

func newConsole(b *testing.B) *console {
	b.Helper()
	c := &console{folder: b.TempDir(), clock: clock.NewFake(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)), importer: breakglass.NewImporter()}
	db, err := store.Open(b.Context(), c.folder, "test/bench", change.Projection(), breakglass.Projection())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if c.log, err = audit.Open(b.Context(), db, c.clock, audit.WithMachine(c.folder)); err != nil {
		b.Fatal(err)
	}
	roster, err := people.Load(b.Context(), c.log)
	if err != nil {
		b.Fatal(err)
	}
	founded, err := roster.Found(b.Context(), nowhere{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
	})
	if err != nil {
		b.Fatal(err)
	}
	c.robin = founded.Signers[0]
	c.importer.Attach(c.log, db, func(note string) error { _, err := roster.Open(context.Background(), note); return err })
	for _, name := range []string{"journal", "mirror"} {
		j := breakglass.NewJournals(name, filepath.Join(c.folder, name), "bench")
		if err := j.Prepare(); err != nil {
			b.Fatal(err)
		}
		c.journals = append(c.journals, j)
	}
	return c
}

func (c *console) desk(sinks ...breakglass.Sink) (*breakglass.Desk, *breakglass.Recorder) {
	r := breakglass.NewRecorder(c.clock, c.log.Vouch, sinks...)
	return breakglass.NewDesk(r, "bench", "test", func() statement.LogHead {
		h := c.log.LastHead()
		return statement.LogHead{Origin: h.Origin, Size: h.Size, Root: h.Root}
	}), r
}

// press is what the button does once it was held: a session is opened, and one setting is written. It returns how long that took
// until the device had the first byte, and how much of it came after the session was there.
func (c *console) press(b *testing.B, desk *breakglass.Desk, x *box) (whole, after time.Duration) {
	b.Helper()
	value := 21 - x.holds["a"] // 10 and 11 in turn
	var first time.Time
	x.writes = nil
	x.take[1] = func(x *box, change drivers.Change) error { first = time.Now(); return holdsNow(x, change, 0) }
	description, _ := x.Describe(b.Context())
	snapshot, err := x.Read(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	pressed := time.Now()
	s, err := desk.Open(breakglass.Ask{Who: breakglass.Who{Actor: c.robin.Actor(), Signer: c.robin}, Device: statement.DeviceOf(x.Identity()),
		Name: change.DeviceName(x.Identity()), Key: "serial://sim", Category: breakglass.PatientAtRisk})
	if err != nil {
		b.Fatal(err)
	}
	opened := time.Now()
	auth, err := change.BreakGlass(change.Emergency{Session: s, Rules: policy.Minimum(), Reviewed: true, Program: "test", Proposal: change.Proposal{
		Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot, Changes: []drivers.Change{wants("a", value)}}})
	if err != nil {
		b.Fatal(err)
	}
	if result, err := change.Execute(b.Context(), auth, x, nil); err != nil || result.Outcome != change.Verified {
		b.Fatalf("%q, %v", result.Outcome, err)
	}
	s.Seal(breakglass.Sealed)
	return first.Sub(pressed), first.Sub(opened)
}

// most is the time under which so many of a hundred stay, in milliseconds.
func most(times []time.Duration, of int) float64 {
	slices.Sort(times)
	return times[(len(times)-1)*of/100].Seconds() * 1e3
}

// BenchmarkPressToFirstByte times what the console needs from the held button to the first byte of a write, with journal, audit
// log and mirror on a real disk. The yardstick is a bare write of 512 bytes and its data-sync, in turn with it.
func BenchmarkPressToFirstByte(b *testing.B) {
	c, x := newConsole(b), newBox()
	x.holds["a"] = 10
	desk, recorder := c.desk(c.journals[0].Sink(), c.importer.Sink(), c.journals[1].Sink())
	defer recorder.Close(context.Background())
	bare, err := os.Create(filepath.Join(c.folder, "bare"))
	if err == nil {
		_, err = bare.Write(make([]byte, 1<<20))
	}
	if err == nil {
		err = bare.Sync()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	var whole, after, yardstick []time.Duration
	one := func() {
		took, of := c.press(b, desk, x)
		whole, after = append(whole, took), append(after, of)
		for _, j := range c.journals {
			if err := j.Renew(); err != nil {
				b.Fatal(err)
			}
		}
		start := time.Now()
		_, err := bare.WriteAt(make([]byte, 512), int64(len(whole)%2048)*512)
		if err == nil {
			err = dataSync(bare)
		}
		if err != nil {
			b.Fatal(err)
		}
		yardstick = append(yardstick, time.Since(start))
	}
	for b.Loop() {
		for range 200 { // enough of them that one in a hundred means something
			one()
		}
	}
	for name, times := range map[string][]time.Duration{"press to first command byte, 99 of 100 / bare write and data-sync": whole,
		"written in an open emergency, to first byte, 99 of 100 / bare write and data-sync": after} {
		figures.Report(b, figures.Figure{Name: name, Value: most(times, 99), Unit: "ms", Yardstick: most(yardstick, 99), Goal: "value <= 20"})
	}
	b.ReportMetric(most(whole, 50), "ms-median")
	b.ReportMetric(most(yardstick, 50), "bare-median")
}

// BenchmarkPressToFirstByteWithoutAnyPlace is the same while every place refuses, and while every place hangs.
func BenchmarkPressToFirstByteWithoutAnyPlace(b *testing.B) {
	c, x := newConsole(b), newBox()
	x.holds["a"] = 10
	let := make(chan struct{})
	defer close(let)
	hangs := func(context.Context, journal.Frame) error { <-let; return errors.New("at last") }
	refuses := func(context.Context, journal.Frame) error { return errors.New("no") }
	for what, put := range map[string]func(context.Context, journal.Frame) error{"hangs": hangs, "refuses": refuses} {
		b.Run(what, func(b *testing.B) {
			var whole []time.Duration
			for b.Loop() {
				desk, recorder := c.desk(breakglass.Sink{Name: "journal", Durable: true, Put: put}, breakglass.Sink{Name: "log", Durable: true, Put: put},
					breakglass.Sink{Name: "mirror", Durable: true, Put: put}, breakglass.Sink{Name: "oslog", Put: put})
				took, _ := c.press(b, desk, x)
				whole = append(whole, took)
				ended, cancel := context.WithCancel(context.Background())
				cancel()
				recorder.Close(ended)
			}
			figures.Report(b, figures.Figure{Name: "press to first command byte where every place " + what + ", 99 of 100", Value: most(whole, 99), Unit: "ms", Goal: "value <= 500"})
		})
	}
}
