package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.bug.st/serial"

	"countersign/drivers"
	"countersign/internal/fault"
)

const (
	pieceSize  = 64                    // bytes written at once: 70 ms at 9600 baud, so that a write can be given up
	ctsPoll    = 10 * time.Millisecond // between looks at the CTS line
	drainTime  = closeTime / 2         // for a Write under way when the port is closed
	emptyReads = 100                   // reads of nothing in a row before the port counts as broken
)

// serialPort is what this package uses of serial.Port; tests put a port with modem lines in its place, which a
// pseudo-terminal does not have.
type serialPort interface {
	io.ReadWriteCloser
	SetMode(*serial.Mode) error
	ResetOutputBuffer() error
	GetModemStatusBits() (*serial.ModemStatusBits, error)
}

// serialWire gives a serial.Port the manners of an io.ReadWriteCloser.
type serialWire struct {
	port    serialPort
	address string
	rtscts  atomic.Bool
	gaveUp  chan struct{} // closed when a Write under way shall end
	giveUp  sync.Once
	writes  sync.Mutex // held by a Write under way
}

func openSerial(ctx context.Context, address string, line drivers.Line) (wire, error) {
	mode, err := modeOf(address, line)
	if err != nil {
		return nil, err
	}
	p, err := serial.Open(address, mode)
	if err != nil {
		return nil, serialFault(ctx, address, err)
	}
	return newSerialWire(p, address, line), nil
}

func newSerialWire(p serialPort, address string, line drivers.Line) *serialWire {
	w := &serialWire{port: p, address: address, gaveUp: make(chan struct{})}
	w.rtscts.Store(line.RTSCTS)
	return w
}

// modeOf translates line settings. RTS is on from the start; see Write for CTS.
func modeOf(address string, line drivers.Line) (*serial.Mode, error) {
	if line == (drivers.Line{}) {
		line = drivers.Line{Baud: 9600, Bits: 8, Parity: drivers.NoParity, StopBits: 1}
	}
	parities := map[drivers.Parity]serial.Parity{
		drivers.NoParity: serial.NoParity, drivers.EvenParity: serial.EvenParity, drivers.OddParity: serial.OddParity,
	}
	stops := map[int]serial.StopBits{1: serial.OneStopBit, 2: serial.TwoStopBits}
	parity, knowsParity := parities[line.Parity]
	stop, knowsStop := stops[line.StopBits]
	if line.Baud <= 0 || line.Bits != 7 && line.Bits != 8 || !knowsParity || !knowsStop {
		return nil, fault.Newf(fault.Unsupported, address, "line settings %d baud, %d bits, parity %q, %d stop bits",
			line.Baud, line.Bits, line.Parity, line.StopBits)
	}
	return &serial.Mode{BaudRate: line.Baud, DataBits: line.Bits, Parity: parity, StopBits: stop}, nil
}

// Read returns at least one byte or an error. The library answers (0, nil) where io.Reader must not.
func (w *serialWire) Read(b []byte) (int, error) {
	for range emptyReads {
		n, err := w.port.Read(b)
		var p *serial.PortError
		switch {
		case errors.As(err, &p) && p.Code() == serial.PortClosed:
			// Also what the library makes of a port that stays readable without a byte: it was pulled out.
			return n, io.EOF
		case n > 0 || err != nil:
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// Write sends b in small pieces, so that abandon and Close take effect between two of them: Close does not unblock a
// write inside the operating system. With RTS/CTS each piece waits for the device's clear-to-send, because the library
// has no switch for the handshake in hardware.
func (w *serialWire) Write(b []byte) (sent int, err error) {
	w.writes.Lock()
	defer w.writes.Unlock()
	for sent < len(b) {
		if err := w.clearToSend(); err != nil {
			return sent, err
		}
		n, err := w.port.Write(b[sent:min(sent+pieceSize, len(b))])
		sent += n
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return sent, err
		}
	}
	return sent, nil
}

func (w *serialWire) clearToSend() error {
	for {
		select {
		case <-w.gaveUp:
			return ErrStuck
		default:
		}
		if !w.rtscts.Load() {
			return nil
		}
		status, err := w.port.GetModemStatusBits()
		if err != nil {
			return fmt.Errorf("clear-to-send cannot be read: %w", err)
		}
		if status.CTS {
			return nil
		}
		select {
		case <-time.After(ctsPoll):
		case <-w.gaveUp:
		}
	}
}

func (w *serialWire) abandon() { w.giveUp.Do(func() { close(w.gaveUp) }) }

// Close throws away what has not left yet, or closing would wait for it. A Write inside the operating system gets
// drainTime to come back; then the port is closed under it, which is safe because it cannot enter again.
func (w *serialWire) Close() error {
	w.abandon()
	_ = w.port.ResetOutputBuffer() // a port that is gone has none
	idle := make(chan struct{})
	go func() {
		w.writes.Lock()
		defer w.writes.Unlock()
		close(idle)
	}()
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	select {
	case <-idle:
	case <-limit.C:
	}
	return w.port.Close()
}

func (w *serialWire) retune(line drivers.Line) error {
	mode, err := modeOf(w.address, line)
	if err != nil {
		return err
	}
	if err := w.port.SetMode(mode); err != nil {
		return serialFault(context.Background(), w.address, err)
	}
	w.rtscts.Store(line.RTSCTS)
	return nil
}

// serialFault is openFault with the library's own codes.
func serialFault(ctx context.Context, address string, err error) error {
	var p *serial.PortError
	if !errors.As(err, &p) {
		return openFault(ctx, address, err)
	}
	switch p.Code() {
	case serial.PortBusy:
		return fault.Newf(fault.PortBusy, address, "held by another program: %w", err)
	case serial.PermissionDenied:
		return fault.New(fault.PortDenied, address, fmt.Errorf("%w: %w", os.ErrPermission, err))
	case serial.InvalidSpeed, serial.InvalidDataBits, serial.InvalidParity, serial.InvalidStopBits:
		return fault.New(fault.Unsupported, address, err)
	}
	return fault.New(fault.PortGone, address, err) // not there, or not a serial port
}
