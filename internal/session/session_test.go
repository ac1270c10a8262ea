package session

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/fault"
)

// bench is one simulated monitor with a conversation.
type bench struct {
	unit   *capnostream20.Unit
	device *Device
	open   atomic.Int32 // conversations that are not closed

	mu   sync.Mutex
	sent [][]byte
}

// heard is a Conn of a bench that counts and hears.
type heard struct {
	drivers.Conn
	b    *bench
	once sync.Once
}

func (h *heard) Send(ctx context.Context, frame []byte) error {
	h.b.mu.Lock()
	h.b.sent = append(h.b.sent, slices.Clone(frame))
	h.b.mu.Unlock()
	return h.Conn.Send(ctx, frame)
}

func (h *heard) Receive(ctx context.Context, split bufio.SplitFunc) ([]byte, error) {
	return h.Conn.Receive(ctx, split)
}

func (h *heard) Close() error {
	h.once.Do(func() { h.b.open.Add(-1) })
	return h.Conn.Close()
}

func (b *bench) connect(ctx context.Context, _ drivers.Endpoint, line drivers.Line) (drivers.Conn, error) {
	if line.Baud != 115200 {
		return nil, fmt.Errorf("opened with %d baud", line.Baud)
	}
	if _, unplugged := b.unit.Faults().Active(sim.Unplug); unplugged {
		return nil, io.ErrClosedPipe
	}
	b.open.Add(1)
	return &heard{Conn: sim.Connect(context.WithoutCancel(ctx), b.unit), b: b}, nil
}

func (b *bench) count(frame string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.sent {
		if string(f) == frame {
			n++
		}
	}
	return n
}

// withMonitor runs a test in a bubble in which a monitor has been identified. Its goroutines must be gone at the end,
// or the bubble fails the test.
func withMonitor(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{unit: capnostream20.NewUnit("B355987654")}
		driver, ep := capnostream20.Driver{}, drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyUSB0", Label: "ward line"}
		conn, err := b.connect(t.Context(), ep, LineOf(driver))
		if err != nil {
			t.Fatal(err)
		}
		id, err := driver.Probe(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		if b.device, err = Start(t.Context(), b.connect, ep, driver, conn, id); err != nil {
			t.Fatal(err)
		}
		test(t, b)
		if err := b.device.Close(); err != nil {
			t.Error(err)
		}
		if n := b.open.Load(); n != 0 {
			t.Errorf("%d conversations are still open", n)
		}
	})
}

// become waits until the device is in a state, for at most a minute of the bubble's time.
func become(t *testing.T, d *Device, want State) Live {
	t.Helper()
	late := time.After(time.Minute)
	for {
		changed := d.Changed()
		live := d.Live()
		if live.State == want {
			return live
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("it is still %s (%v), not %s", live.State, live.Fault, want)
		}
	}
}

func TestTheDeviceIsObservedAndCanBeReadMeanwhile(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		if err := b.unit.Faults().Set(sim.Patient, 1); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(5 * time.Second)
			live := b.device.Live()
			if sample := live.Samples["etco2"]; live.State != Ready || len(live.Samples) != 5 || !sample.Valid || time.Since(sample.At) > 2*time.Second {
				t.Errorf("%s, %+v", live.State, live.Samples)
			}
			s, err := b.device.Read(t.Context(), "alarm.etco2.high")
			if r, ok := s.Reading("alarm.etco2.high"); err != nil || !ok || r.Value != drivers.IntegerValue(50) {
				t.Errorf("%+v, %v", s, err)
			}
		}
		if d, err := b.device.Describe(t.Context()); err != nil || len(d.Settings) == 0 {
			t.Errorf("%+v, %v", d, err)
		}
		if all, err := b.device.Interfaces(t.Context()); err != nil || len(all) == 0 {
			t.Errorf("%+v, %v", all, err)
		}
		if b.device.Identity().Serial != "B355987654" || b.device.Endpoint().Label != "ward line" || b.device.Driver().About().ID != "oridion/capnostream20" {
			t.Errorf("%+v", b.device.Identity())
		}
	})
}

func TestOneExchangeRunsAtATime(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		var running, most atomic.Int32
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				err := b.device.Exclusive(t.Context(), func(ctx context.Context, s drivers.Session) error {
					most.Store(max(most.Load(), running.Add(1)))
					defer running.Add(-1)
					if state := b.device.Live().State; state != Busy {
						t.Errorf("it is %s", state)
					}
					_, err := s.Read(ctx)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most.Load() != 1 {
			t.Errorf("%d at once", most.Load())
		}
		become(t, b.device, Ready)
	})
}

func TestASilentDeviceIsSaidToBeAndComesBack(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		if err := b.unit.Faults().Set(sim.Silence, 1); err != nil {
			t.Fatal(err)
		}
		if live := become(t, b.device, Silent); !fault.Is(live.Fault, fault.Silent) || fault.SubjectOf(live.Fault) != "ward line" {
			t.Errorf("%v", live.Fault)
		}
		if _, err := b.device.Read(t.Context()); !fault.Is(err, fault.Silent) {
			t.Errorf("a read of it: %v", err)
		}
		if live := b.device.Live(); live.State != Silent {
			t.Errorf("after the read it is %s", live.State)
		}
		b.unit.Faults().Clear(sim.Silence)
		if live := become(t, b.device, Ready); live.Fault != nil {
			t.Errorf("%v", live.Fault)
		}
	})
}

func TestAPulledCableIsTheEnd(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		if err := b.unit.Faults().Set(sim.Unplug, 40); err != nil {
			t.Fatal(err)
		}
		if live := become(t, b.device, Gone); !fault.Is(live.Fault, fault.PortGone) {
			t.Errorf("%v", live.Fault)
		}
		if _, err := b.device.Read(t.Context()); !fault.Is(err, fault.PortGone) {
			t.Errorf("a read: %v", err)
		}
		if err := b.device.Reidentify(t.Context()); !fault.Is(err, fault.PortGone) {
			t.Errorf("asking who it is: %v", err)
		}
		b.unit.Faults().Clear(sim.Unplug)
		if err := b.device.Reidentify(t.Context()); err != nil {
			t.Errorf("with the cable in again: %v", err)
		}
		become(t, b.device, Ready)
	})
}

func TestTheSameDeviceIsRecognised(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		if err := b.device.Reidentify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := b.open.Load(); n != 1 {
			t.Errorf("%d conversations are open", n)
		}
		if _, err := b.device.Read(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAfterAnotherUnitAnsweredNothingElseIsPossible(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		if err := b.unit.Faults().Set(sim.Swap, 1); err != nil {
			t.Fatal(err)
		}
		if err := b.device.Reidentify(t.Context()); !fault.Is(err, fault.OtherDevice) || fault.SubjectOf(err) != "B355987654" {
			t.Fatalf("%v", err)
		}
		if live := b.device.Live(); live.State != Gone || !fault.Is(live.Fault, fault.OtherDevice) {
			t.Errorf("%s, %v", live.State, live.Fault)
		}
		if n := b.open.Load(); n != 0 {
			t.Errorf("%d conversations are open", n)
		}
		_, err := b.device.Read(t.Context())
		if !fault.Is(err, fault.PortGone) {
			t.Errorf("a read: %v", err)
		}
		err = b.device.Exclusive(t.Context(), func(context.Context, drivers.Session) error { t.Error("something was done"); return nil })
		if !fault.Is(err, fault.PortGone) {
			t.Errorf("%v", err)
		}
	})
}

func TestExclusiveObeysItsContext(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		hold, held := make(chan struct{}), make(chan struct{})
		first := make(chan error, 1)
		go func() {
			first <- b.device.Exclusive(t.Context(), func(context.Context, drivers.Session) error { close(held); <-hold; return nil })
		}()
		<-held
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := b.device.Exclusive(ctx, func(context.Context, drivers.Session) error { t.Error("it ran"); return nil })
		if !fault.Is(err, fault.Silent) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		close(hold)
		if err := <-first; err != nil {
			t.Error(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		if _, err := b.device.Read(ctx); !fault.Is(err, fault.Cancelled) {
			t.Errorf("cancelled within a read: %v", err)
		}
		if state := b.device.Live().State; state != Ready {
			t.Errorf("after the cancellation it is %s", state)
		}
	})
}

func TestClosingEndsEverythingAndMayBeRepeated(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { _ = b.device.Close() })
		}
		all.Wait()
		if n := b.open.Load(); n != 0 {
			t.Errorf("%d conversations are open", n)
		}
		if b.count("\x85\x01\x02\x03") != 1 {
			t.Error("the monitor was not told goodbye")
		}
		if _, err := b.device.Read(t.Context()); !fault.Is(err, fault.PortGone) {
			t.Errorf("a read: %v", err)
		}
		if state := b.device.Live().State; state != Gone {
			t.Errorf("it is %s", state)
		}
	})
}

func TestTheMonitorHearsASignOfLife(t *testing.T) {
	withMonitor(t, func(t *testing.T, b *bench) {
		time.Sleep(31 * time.Second)
		if n := b.count("\x85\x01\x06\x07"); n < 6 {
			t.Errorf("%d in 31 s", n)
		}
	})
}

// plain is a session that can only be kept alive.
type plain struct {
	drivers.Session
	alive  int
	closed bool
	err    error
	panics bool
}

func (p *plain) KeepAlive(context.Context) (time.Duration, error) {
	p.alive++
	if p.panics {
		panic("index out of range")
	}
	return 0, p.err
}
func (p *plain) Close() error { p.closed = true; return nil }

type plainDriver struct {
	drivers.Driver
	session *plain
	err     error
}

func (d plainDriver) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	return d.session, d.err
}

func TestAFailingSignOfLifeIsRepeatedWithAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plain{err: drivers.ErrGarbled}
		d, err := Start(t.Context(), nil, drivers.Endpoint{Label: "line"}, plainDriver{session: p}, nil, drivers.Identity{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		if live := d.Live(); live.State != Silent || !fault.Is(live.Fault, fault.Garbled) {
			t.Errorf("%s, %v", live.State, live.Fault)
		}
		if err := d.Close(); err != nil || !p.closed || p.alive != 5 {
			t.Errorf("%d signs of life in 9 s, closed %v, %v", p.alive, p.closed, err)
		}
	})
}

func TestAConversationThatCannotBeginIsClosed(t *testing.T) {
	near, far := sim.Cable()
	conn := drivers.NewStream(near, nil)
	_, err := Start(t.Context(), nil, drivers.Endpoint{Label: "line"}, plainDriver{err: context.DeadlineExceeded}, conn, drivers.Identity{})
	if !fault.Is(err, fault.Silent) {
		t.Errorf("%v", err)
	}
	if _, err := far.Write([]byte("x")); err == nil {
		t.Error("the line is still open")
	}
	if line := LineOf(plainDriver{}); line != (drivers.Line{Baud: 9600, Bits: 8, Parity: drivers.NoParity, StopBits: 1}) {
		t.Errorf("%+v", line)
	}
}

func TestADriversErrorBecomesTheMostTellingFault(t *testing.T) {
	wrap := func(errs ...error) error { return fmt.Errorf("driver: %w", errors.Join(errs...)) }
	for _, c := range []struct {
		err  error
		want fault.Kind
	}{
		{nil, ""},
		{wrap(drivers.ErrInUse), fault.InUse}, {wrap(drivers.ErrRefused), fault.Refused}, {wrap(drivers.ErrUnsupported), fault.Unsupported},
		{wrap(drivers.ErrRange), fault.OutOfRange}, {wrap(drivers.ErrNumber), fault.BadNumber}, {wrap(drivers.ErrGarbled), fault.Garbled},
		{wrap(context.DeadlineExceeded), fault.Silent}, {wrap(context.Canceled), fault.Cancelled}, {wrap(drivers.ErrNotMine), fault.NotMine},
		{wrap(drivers.ErrNotMine, drivers.ErrGarbled), fault.Garbled}, {wrap(drivers.ErrNotMine, context.DeadlineExceeded), fault.Silent},
		{wrap(drivers.ErrNotSent, drivers.ErrUnsupported), fault.Unsupported}, {wrap(drivers.ErrRefused, drivers.ErrGarbled), fault.Refused},
		{io.EOF, fault.PortGone}, {io.ErrUnexpectedEOF, fault.PortGone}, {io.ErrClosedPipe, fault.PortGone},
	} {
		got := Fault(c.err, "line")
		if fault.KindOf(got) != c.want || !errors.Is(got, c.err) || c.err != nil && fault.SubjectOf(got) != "line" {
			t.Errorf("%v became %v, want %s", c.err, got, c.want)
		}
	}
	known := fault.New(fault.OtherDevice, "SN 1", context.DeadlineExceeded)
	if got := Fault(known, "line"); got != known {
		t.Errorf("a fault became %v", got)
	}
}
