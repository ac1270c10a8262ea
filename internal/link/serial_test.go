package link

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.bug.st/serial"

	"countersign/drivers"
	"countersign/internal/fault"
)

// modem is a port with modem lines, which a pseudo-terminal does not have. Hardware was not tried.
type modem struct {
	mu    sync.Mutex
	cts   bool
	sent  bytes.Buffer
	reads []func() (int, error)
	mode  *serial.Mode
	fails error // of SetMode
}

func (m *modem) Read([]byte) (int, error) {
	if len(m.reads) == 0 {
		return 0, nil
	}
	read := m.reads[0]
	m.reads = m.reads[1:]
	return read()
}

func (m *modem) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent.Write(b[:min(len(b), 3)]) // a port may take less than it is given
}

func (m *modem) Close() error             { return nil }
func (m *modem) ResetOutputBuffer() error { return nil }

func (m *modem) SetMode(mode *serial.Mode) error {
	m.mode = mode
	return m.fails
}

func (m *modem) GetModemStatusBits() (*serial.ModemStatusBits, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &serial.ModemStatusBits{CTS: m.cts}, nil
}

func (m *modem) clear(to bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cts = to
}

func (m *modem) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent.String()
}

var handshake = drivers.Line{Baud: 9600, Bits: 8, Parity: drivers.NoParity, StopBits: 1, RTSCTS: true}

func TestNothingIsSentBeforeTheDeviceIsClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &modem{}
		w := newSerialWire(m, "COM7", handshake)
		done := make(chan error, 1)
		go func() {
			_, err := w.Write([]byte("SNDA\r"))
			done <- err
		}()
		time.Sleep(time.Minute) // of the bubble's clock
		if m.text() != "" {
			t.Fatalf("sent %q against the handshake", m.text())
		}
		m.clear(true)
		if err := <-done; err != nil || m.text() != "SNDA\r" {
			t.Fatalf("sent %q, %v", m.text(), err)
		}
	})
}

func TestAWaitForTheHandshakeIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &modem{}
		w := newSerialWire(m, "COM7", handshake)
		done := make(chan error, 1)
		go func() {
			_, err := w.Write([]byte("SNDA\r"))
			done <- err
		}()
		synctest.Wait()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, ErrStuck) {
			t.Fatal(err)
		}
		m.clear(true)
		if _, err := w.Write([]byte("late")); !errors.Is(err, ErrStuck) || m.text() != "" {
			t.Fatalf("sent %q after it was given up: %v", m.text(), err)
		}
	})
}

func TestARetunedLineDropsTheHandshake(t *testing.T) {
	m := &modem{}
	w := newSerialWire(m, "COM7", handshake)
	if err := w.retune(drivers.Line{Baud: 19200, Bits: 7, Parity: drivers.OddParity, StopBits: 2}); err != nil {
		t.Fatal(err)
	}
	want := serial.Mode{BaudRate: 19200, DataBits: 7, Parity: serial.OddParity, StopBits: serial.TwoStopBits}
	if *m.mode != want {
		t.Fatalf("mode %+v", *m.mode)
	}
	if _, err := w.Write([]byte("x")); err != nil || m.text() != "x" {
		t.Fatalf("sent %q, %v", m.text(), err)
	}
	m.fails = io.ErrClosedPipe
	if err := w.retune(handshake); !fault.Is(err, fault.PortGone) || w.rtscts.Load() {
		t.Fatalf("a failed retune said %v", err)
	}
	if err := w.retune(drivers.Line{Baud: 1}); !fault.Is(err, fault.Unsupported) || fault.SubjectOf(err) != "COM7" {
		t.Fatal(err)
	}
}

func TestAReadOfNothingIsNotAnAnswer(t *testing.T) {
	empty := func() (int, error) { return 0, nil }
	broken := func() (int, error) { return 0, io.ErrClosedPipe }
	m := &modem{reads: []func() (int, error){empty, empty, func() (int, error) { return 5, nil }, empty, broken}}
	w := newSerialWire(m, "COM7", drivers.Line{})
	if n, err := w.Read(nil); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := w.Read(nil); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(n, err)
	}
	if n, err := w.Read(nil); n != 0 || !errors.Is(err, io.ErrNoProgress) {
		t.Fatalf("a port that only ever says nothing: %d, %v", n, err)
	}
}

// slow is a wire whose Close takes a while.
type slow struct {
	*serialWire
	takes time.Duration
}

func (s slow) Close() error {
	time.Sleep(s.takes) // of the bubble's clock
	return nil
}

func TestAPortThatClosesSlowlyStaysHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := New()
		ep := drivers.Endpoint{Scheme: "serial", Address: "COM7"}
		if err := o.hold(holdKey(ep), "the test", ep.Address); err != nil {
			t.Fatal(err)
		}
		p := &port{
			wire:    slow{newSerialWire(&modem{}, ep.Address, handshake), time.Minute},
			address: ep.Address,
			release: func() { o.release(holdKey(ep)) },
		}
		start := time.Now()
		if err := p.Close(); err != nil || time.Since(start) != closeTime {
			t.Fatalf("Close took %s, %v", time.Since(start), err)
		}
		if _, held := o.Holder(ep); !held {
			t.Fatal("let go while the operating system still has it")
		}
		time.Sleep(time.Minute)
		if _, held := o.Holder(ep); held {
			t.Fatal("still held")
		}
	})
}
