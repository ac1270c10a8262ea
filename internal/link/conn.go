package link

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

// closeTime bounds how long Close waits for the operating system, which may try for half a minute to send what a
// device with its handshake off does not take.
const closeTime = time.Second

// conn is a drivers.Stream over a wire, with faults for errors and a holder to let go.
type conn struct {
	*drivers.Stream
	port *port
}

func newConn(w wire, address string, release func()) *conn {
	p := &port{wire: w, address: address, release: release}
	return &conn{Stream: drivers.NewStream(p, p.Retune), port: p}
}

// wholeTime is what a frame that has begun to leave gets after its context ended. Watching a device is cancelled whenever
// something else is asked of it; that must not end the conversation because a frame was just on its way.
const wholeTime = 100 * time.Millisecond

// Send implements drivers.Conn. When ctx ends while the frame is on its way and it does not leave within wholeTime either,
// part of it may have left: the rest is held back and the Conn is stuck for good.
func (c *conn) Send(ctx context.Context, frame []byte) error {
	if c.port.stuck.Load() {
		return c.port.fault(ErrStuck)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	patient, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(wholeTime, giveUp) })
	defer stop()
	err := c.Stream.Send(patient, frame)
	if err != nil && err == patient.Err() {
		c.port.stuck.Store(true)
		c.port.wire.abandon()
		return ctx.Err()
	}
	return err
}

// Receive implements drivers.Conn.
func (c *conn) Receive(ctx context.Context, split bufio.SplitFunc) ([]byte, error) {
	token, err := c.Stream.Receive(ctx, split)
	if err == io.ErrUnexpectedEOF { // the Stream's own word for an end inside a token, without our fault around it
		err = fault.New(fault.PortGone, c.port.address, err)
	}
	return token, err
}

// port turns a wire's errors into faults and closes it once, within closeTime.
type port struct {
	wire    wire
	address string
	release func()
	stuck   atomic.Bool
	closed  atomic.Bool
	once    sync.Once
}

func (p *port) Read(b []byte) (int, error) {
	n, err := p.wire.Read(b)
	return n, p.fault(err)
}

func (p *port) Write(b []byte) (int, error) {
	if p.stuck.Load() { // this frame waited behind the one that got stuck
		return 0, p.fault(ErrStuck)
	}
	n, err := p.wire.Write(b)
	return n, p.fault(err)
}

// Retune changes the line settings.
func (p *port) Retune(line drivers.Line) error {
	if p.closed.Load() {
		return p.fault(os.ErrClosed)
	}
	return p.fault(p.wire.retune(line))
}

// Close lets the endpoint go. Where the operating system takes longer than closeTime, Close returns and the endpoint
// stays held until it really is free: another open would meet a port that is still busy.
func (p *port) Close() (err error) {
	p.once.Do(func() {
		p.closed.Store(true)
		done := make(chan error, 1)
		go func() {
			err := p.wire.Close()
			p.release()
			done <- err
		}()
		limit := time.NewTimer(closeTime)
		defer limit.Stop()
		select {
		case err = <-done:
		case <-limit.C:
		}
	})
	return p.fault(err)
}

// fault gives what a wire said after it was opened a kind.
func (p *port) fault(err error) error {
	var known *fault.Fault
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case p.closed.Load():
		return fault.New(fault.Cancelled, p.address, fmt.Errorf("%w: %w", os.ErrClosed, err))
	case errors.Is(err, io.EOF), errors.Is(err, ErrStuck):
		return fault.New(fault.PortGone, p.address, err)
	}
	// Whatever else ends a stream, it ends it: EIO of a port that was pulled out, a reset, a timeout of TCP itself.
	return fault.New(fault.PortGone, p.address, fmt.Errorf("%w: %w", io.EOF, err))
}

// openFault gives what the operating system said to an open a kind.
func openFault(ctx context.Context, address string, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrPermission):
		return fault.New(fault.PortDenied, address, err)
	case errors.Is(err, syscall.EBUSY):
		return fault.New(fault.PortBusy, address, err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fault.Newf(fault.PortGone, address, "no connection within %s: %w", DialTime, err)
	}
	return fault.New(fault.PortGone, address, err)
}
