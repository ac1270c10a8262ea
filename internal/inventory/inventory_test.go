package inventory_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
	"countersign/internal/leaf"
	"countersign/internal/notify"
	"countersign/internal/session"
	"countersign/internal/store"
)

var robin = leaf.Actor{ID: "7f3a91c25d0c8a52", Name: "Robin Sample", Role: "technician"}

// ward is a registry with one port, behind which a simulated monitor is.
type ward struct {
	unit    *capnostream20.Unit
	changed notify.Signal

	mu   sync.Mutex
	open int
}

func (w *ward) List() []discovery.Found {
	ep := drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyS9", Label: "ward line"}
	return []discovery.Found{{Endpoint: ep, Present: true}}
}
func (w *ward) Changed() <-chan struct{} { return w.changed.Changed() }

// counted is a Conn that is missed when it is not closed.
type counted struct {
	drivers.Conn
	w    *ward
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.w.count(-1) })
	return c.Conn.Close()
}

func (w *ward) count(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open += n
	return w.open
}

func (w *ward) connect(ctx context.Context, _ drivers.Endpoint, _ drivers.Line) (drivers.Conn, error) {
	w.count(1)
	return &counted{Conn: sim.Connect(context.WithoutCancel(ctx), w.unit), w: w}, nil
}

const key = "serial:///dev/ttyS9"

// on gives a test an inventory of the ward in a bubble. At the end no conversation may be open.
func on(t *testing.T, test func(ctx context.Context, v *inventory.Inventory, w *ward, log *audit.Log)) {
	t.Helper()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		db, err := store.Open(ctx, folder, "test/inventory")
		if err != nil {
			t.Fatal(err)
		}
		log, err := audit.Open(ctx, db, clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)))
		if err != nil {
			t.Fatal(err)
		}
		w := &ward{unit: capnostream20.NewUnit("B355987654")}
		v := inventory.New(w, w.connect, []drivers.Driver{capnostream20.Driver{}}, log)
		test(ctx, v, w, log)
		v.Close()
		if n := w.count(0); n != 0 {
			t.Errorf("%d conversations are open", n)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

func device(t *testing.T, v *inventory.Inventory) inventory.Device {
	t.Helper()
	d, err := v.Device(key)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func kinds(t *testing.T, ctx context.Context, log *audit.Log) (all []string) {
	t.Helper()
	if err := log.Each(ctx, 0, func(r audit.Record) error { all = append(all, r.Kind); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestADeviceIsIdentifiedReadAndReleased(t *testing.T) {
	on(t, func(ctx context.Context, v *inventory.Inventory, w *ward, log *audit.Log) {
		found := device(t, v)
		if found.State != inventory.Discovered || found.Name() != "ward line" || len(found.Candidates) != 1 || w.count(0) != 0 {
			t.Fatalf("before anybody asked: %+v, %d open", found, w.count(0))
		}
		if err := v.ReadAll(ctx, robin, key); !fault.Is(err, fault.PortGone) {
			t.Errorf("read before it was identified: %v", err)
		}
		if err := v.Identify(ctx, robin, key, found.Candidates); err != nil {
			t.Fatal(err)
		}
		if err := v.ReadAll(ctx, robin, key); err != nil {
			t.Fatal(err)
		}
		read := device(t, v)
		if read.State != inventory.State(session.Ready) || read.Name() != "Capnostream 20 SN B355987654" || read.Read == nil || len(read.Read.Snapshot.Readings) == 0 || len(read.Interfaces) == 0 {
			t.Errorf("%+v", read)
		}
		if err := v.Release(ctx, robin, key); err != nil {
			t.Fatal(err)
		}
		if after := device(t, v); after.Session() != nil || w.count(0) != 0 {
			t.Errorf("released: %+v, %d open", after, w.count(0))
		}
		if got := kinds(t, ctx, log); !slices.Equal(got, []string{"device.identified", "device.read", "device.released"}) {
			t.Errorf("recorded: %v", got)
		}
	})
}

func TestOneAttemptAtATimeAndEachClosesTheOneBefore(t *testing.T) {
	on(t, func(ctx context.Context, v *inventory.Inventory, w *ward, _ *audit.Log) {
		candidates := device(t, v).Candidates
		first := make(chan error, 1)
		go func() { first <- v.Identify(ctx, robin, key, candidates) }()
		synctest.Wait()
		if state := device(t, v).State; state != inventory.Connecting {
			t.Errorf("meanwhile it is %s", state)
		}
		if err := v.Identify(ctx, robin, key, candidates); !fault.Is(err, fault.PortBusy) {
			t.Errorf("a second attempt: %v", err)
		}
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		if err := v.Identify(ctx, robin, key, candidates); err != nil || w.count(0) != 1 {
			t.Errorf("again: %v, %d open", err, w.count(0))
		}
	})
}

func TestAConversationThatBeginsWhileTheConsoleClosesIsEnded(t *testing.T) {
	on(t, func(ctx context.Context, v *inventory.Inventory, w *ward, _ *audit.Log) {
		attempt := make(chan error, 1)
		go func() { attempt <- v.Identify(ctx, robin, key, device(t, v).Candidates) }()
		synctest.Wait()
		v.Close()
		if err := <-attempt; !fault.Is(err, fault.Cancelled) || w.count(0) != 0 {
			t.Errorf("%v, %d open", err, w.count(0))
		}
	})
}

func TestWhatIsNotClaimedIsSaidAndNothingStaysOpen(t *testing.T) {
	on(t, func(ctx context.Context, v *inventory.Inventory, w *ward, log *audit.Log) {
		if err := w.unit.Faults().Set(sim.Silence, 1); err != nil {
			t.Fatal(err)
		}
		err := v.Identify(ctx, robin, key, []identify.Candidate{{Driver: capnostream20.Driver{}, Confidence: drivers.Maybe}})
		if !fault.Is(err, fault.Silent) || device(t, v).Fault == nil || w.count(0) != 0 || log.Head().Size != 0 {
			t.Errorf("%v; %d open, %d records", err, w.count(0), log.Head().Size)
		}
		if _, err := v.Device("serial:///dev/none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a device that is not there: %v", err)
		}
	})
}

// interrupted is a log during whose first reading the device is written to.
type interrupted struct {
	*audit.Log
	v     *inventory.Inventory
	reads int
}

func (i *interrupted) Append(ctx context.Context, drafts ...audit.Draft) ([]audit.Record, error) {
	if drafts[0].Kind == "device.read" {
		if i.reads++; i.reads == 1 {
			i.v.Forget(key)
		}
	}
	return i.Log.Append(ctx, drafts...)
}

func TestWhatWasReadBeforeAWriteIsNotKeptAfterIt(t *testing.T) {
	on(t, func(ctx context.Context, _ *inventory.Inventory, w *ward, log *audit.Log) {
		notes := &interrupted{Log: log}
		v := inventory.New(w, w.connect, []drivers.Driver{capnostream20.Driver{}}, notes)
		notes.v = v
		defer v.Close()
		d, err := v.Device(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Identify(ctx, robin, key, d.Candidates); err != nil {
			t.Fatal(err)
		}
		if err := v.ReadAll(ctx, robin, key); err != nil {
			t.Fatal(err)
		}
		if d, err := v.Device(key); err != nil || d.Read == nil || notes.reads != 2 {
			t.Errorf("%v, read %d times, %v", d.Read, notes.reads, err)
		}
	})
}
