package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/ui/emergency"
	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/house/figures"
	"countersign/internal/inventory"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
)

// quick is the driver of a device with one setting that takes no time, and says when the first byte of a write came.
type quick struct{ first *atomic.Int64 }

const pace drivers.SettingID = "pace"

func (quick) About() drivers.About {
	return drivers.About{ID: "test/quick", Name: "Quick", Manufacturer: "Example", Models: []string{"Quick"}, Protocol: "none", Version: "1", Reviewed: true}
}
func (quick) Match(drivers.Endpoint) drivers.Confidence { return drivers.Maybe }
func (quick) Probe(context.Context, drivers.Conn) (drivers.Identity, error) {
	return drivers.Identity{Manufacturer: "Example", Model: "Quick", Serial: "Q-1"}, nil
}
func (q quick) Open(_ context.Context, c drivers.Conn, _ drivers.Identity) (drivers.Session, error) {
	return &quickSession{conn: c, first: q.first, holds: 1}, nil
}

type quickSession struct {
	conn  drivers.Conn
	first *atomic.Int64
	holds int64
}

func (s *quickSession) Close() error                                          { return s.conn.Close() }
func (*quickSession) Interfaces(context.Context) ([]drivers.Interface, error) { return nil, nil }
func (*quickSession) Describe(context.Context) (drivers.Description, error) {
	return drivers.Description{Settings: []drivers.Setting{{ID: pace, Label: "Pace", Kind: drivers.Integer, Max: drivers.Int(99), Step: drivers.Int(1),
		Writable: true, Risk: drivers.Clinical}}}, nil
}
func (s *quickSession) Read(context.Context, ...drivers.SettingID) (drivers.Snapshot, error) {
	return drivers.NewSnapshot([]drivers.Reading{{ID: pace, Value: drivers.IntegerValue(s.holds)}}), nil
}
func (s *quickSession) Write(_ context.Context, c drivers.Change) error {
	s.first.Store(time.Now().UnixNano())
	n, _ := c.Wanted.Decimal().Whole()
	s.holds = n
	return nil
}

// unkept keeps keys nowhere.
type unkept struct{}

func (unkept) Save(string, ed25519.PrivateKey, string) error { return nil }
func (unkept) Remove(string)                                 {}

// grown makes a data folder whose log has this many records.
func grown(b *testing.B, records int) (folder string, robin *people.Signer) {
	b.Helper()
	folder = b.TempDir()
	began := time.Now()
	o := options{data: folder}
	db, err := store.Open(b.Context(), folder, o.origin(), projections()...)
	if err != nil {
		b.Fatal(err)
	}
	log, err := audit.Open(b.Context(), db, clock.System(), audit.WithMachine(folder, anchors(folder, o.origin())...))
	if err != nil {
		b.Fatal(err)
	}
	roster, err := people.Load(b.Context(), log)
	if err != nil {
		b.Fatal(err)
	}
	founded, err := roster.Found(b.Context(), unkept{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
	})
	if err != nil {
		b.Fatal(err)
	}
	const batch = 5000
	for n := 0; n < records; n += batch {
		drafts := make([]audit.Draft, 0, batch)
		for k := range batch {
			drafts = append(drafts, note("device.read", "device", "Capnostream 20 SN B355987654", "endpoint", "serial:///dev/ttyUSB0", "settings", strconv.Itoa(n+k)))
		}
		if _, err := log.Append(b.Context(), drafts...); err != nil {
			b.Fatal(err)
		}
	}
	if err := log.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d records made in %s", records, time.Since(began).Round(time.Millisecond))
	return folder, founded.Signers[0]
}

// emergencyStart starts a console and writes in an emergency while its record is still opened behind. It returns how long it took
// until an emergency could be opened, until the device had the first byte, and until the record was open or had failed.
func emergencyStart(b *testing.B, folder string, robin *people.Signer) (usable, written, opened time.Duration, failed error) {
	b.Helper()
	began := time.Now()
	e, err := newEngine(options{data: folder})
	if err != nil {
		b.Fatal(err)
	}
	usable = time.Since(began)
	done := make(chan struct{})
	go func() {
		defer close(done)
		failed = e.open(context.Background())
		opened = time.Since(began)
	}()
	var first atomic.Int64
	connect := func(ctx context.Context, _ drivers.Endpoint, _ drivers.Line) (drivers.Conn, error) {
		near, _ := sim.Cable()
		return drivers.NewStream(near, nil), nil
	}
	e.inventory = inventory.New(port{}, connect, []drivers.Driver{quick{&first}}, notebook{e})
	const key = "serial://sim"
	d, err := e.inventory.Device(key)
	if err == nil {
		err = e.inventory.Identify(b.Context(), console, key, d.Candidates)
	}
	if err == nil {
		err = e.inventory.ReadAll(b.Context(), console, key)
	}
	if err != nil {
		b.Fatal(err)
	}
	changes := []drivers.Change{{Setting: pace, Wanted: drivers.IntegerValue(9)}}
	s, err := e.breakGlass(emergency.Arm{Key: key, Category: string(breakglass.PatientAtRisk), Changes: changes}, breakglass.Who{Actor: robin.Actor(), Signer: robin})
	if err != nil {
		b.Fatal(err)
	}
	if result, err := e.carryOut(b.Context(), s, key, changes, nil); err != nil || result.Outcome != change.Verified {
		b.Fatalf("%q, %v", result.Outcome, err)
	}
	written = time.Unix(0, first.Load()).Sub(began)
	<-done
	if err := e.close(); err != nil {
		b.Error(err)
	}
	if s.Receipt().Lost {
		b.Error("no place took it")
	}
	return usable, written, opened, failed
}

// manyRecords is how large the log is: as large as one can be made in a minute, or as COUNTERSIGN_RECORDS says.
func manyRecords(b *testing.B) int {
	n := 200_000
	if text := os.Getenv("COUNTERSIGN_RECORDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// BenchmarkColdStartToEmergency times from the start of the engine to the first byte of an emergency's write, on a device that
// takes no time, with a large log and with a damaged one.
func BenchmarkColdStartToEmergency(b *testing.B) {
	b.Setenv("XDG_CACHE_HOME", b.TempDir())
	records := manyRecords(b)
	folder, robin := grown(b, records)
	report := func(b *testing.B, what string, wrong bool) {
		var worst, usables, opens time.Duration
		for b.Loop() {
			usable, written, opened, failed := emergencyStart(b, folder, robin)
			if (failed != nil) != wrong {
				b.Fatalf("opening the record: %v", failed)
			}
			worst, usables, opens = max(worst, written), max(usables, usable), max(opens, opened)
		}
		figures.Report(b, figures.Figure{Name: "cold start to the first byte of an emergency, " + what, Value: worst.Seconds() * 1e3, Unit: "ms", Goal: "value <= 2000"})
		figures.Report(b, figures.Figure{Name: "cold start until the record is open or has failed, " + what, Value: opens.Seconds() * 1e3, Unit: "ms-open"})
		b.ReportMetric(usables.Seconds()*1e3, "ms-usable")
	}
	size := fmt.Sprintf("%d records", records)
	b.Run("large", func(b *testing.B) { report(b, size, false) })
	breakdown(b, folder)
	b.Run("damaged", func(b *testing.B) {
		file, err := os.OpenFile(filepath.Join(folder, "countersign.db"), os.O_RDWR, 0)
		if err == nil {
			_, err = file.WriteAt(make([]byte, 64<<10), 0)
		}
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
		report(b, "a damaged database", true)
	})
}

// breakdown logs what opening the record takes, part by part.
func breakdown(b *testing.B, folder string) {
	b.Helper()
	o := options{data: folder}
	at := time.Now()
	lap := func(what string) {
		b.Logf("%-16s %s", what, time.Since(at).Round(time.Millisecond))
		at = time.Now()
	}
	db, err := store.Open(b.Context(), folder, o.origin(), projections()...)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	lap("store.Open")
	log, err := audit.Open(b.Context(), db, clock.System(), audit.WithMachine(folder, anchors(folder, o.origin())...))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = log.Close(context.Background()) }()
	lap("audit.Open")
	roster, err := people.Load(b.Context(), log)
	if err != nil {
		b.Fatal(err)
	}
	lap("people.Load")
	desk := change.NewDesk(log, db, roster, workstation(), version)
	if _, err := desk.Recover(b.Context()); err != nil {
		b.Fatal(err)
	}
	lap("desk.Recover")
}
