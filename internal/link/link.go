// Package link opens endpoints: serial ports and TCP addresses, each as an exclusive drivers.Conn with one named
// holder. It is the only package that opens a device's port, and it opens none by itself. It knows no protocol and
// finds no device.
//
// What comes out of a Conn of this package, besides the context's own errors:
//
//   - PortGone wrapping io.EOF or io.ErrUnexpectedEOF when the stream has ended (unplugged, hung up, reset), so that
//     both fault.Is(err, fault.PortGone) and errors.Is(err, io.EOF) answer;
//   - PortGone wrapping ErrStuck after a Send whose context ended while the line did not take the bytes;
//   - Cancelled wrapping os.ErrClosed once Close was called on our side;
//   - whatever the split function returns, unchanged.
package link

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"countersign/drivers"
	"countersign/internal/fault"
)

// wire is what a scheme opens.
type wire interface {
	Read([]byte) (int, error)
	Write([]byte) (int, error)
	Close() error
	// abandon makes a Write that is under way end as soon as the operating system lets it, without sending more.
	abandon()
	// retune changes the line settings where there are any.
	retune(drivers.Line) error
}

// Opener opens endpoints and knows who holds which. It is safe for concurrent use.
type Opener struct {
	mu   sync.Mutex
	held map[string]string // by hold key
}

// New returns an Opener that holds nothing.
func New() *Opener { return &Opener{held: map[string]string{}} }

// Open opens ep for holder, a name that can be shown to the next one who asks. Line is ignored where there are no line
// settings; its zero value is 9600 8N1. The fault's subject is the endpoint's address:
//
//   - PortBusy: held by us (the cause names the holder) or by another program;
//   - PortDenied: the operating system does not let this user;
//   - PortGone: no such port or host, nobody listens there, or no connection within DialTime;
//   - Unsupported: a scheme or a line setting that links do not have.
//
// When ctx ends first its error is returned.
func (o *Opener) Open(ctx context.Context, holder string, ep drivers.Endpoint, line drivers.Line) (drivers.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key := holdKey(ep)
	if err := o.hold(key, holder, ep.Address); err != nil {
		return nil, err
	}
	w, err := open(ctx, ep, line)
	if err != nil {
		o.release(key)
		return nil, err
	}
	return newConn(w, ep.Address, func() { o.release(key) }), nil
}

// By returns Open for one holder, in the shape that package identify takes.
func (o *Opener) By(holder string) func(context.Context, drivers.Endpoint, drivers.Line) (drivers.Conn, error) {
	return func(ctx context.Context, ep drivers.Endpoint, line drivers.Line) (drivers.Conn, error) {
		return o.Open(ctx, holder, ep, line)
	}
}

// Holder returns who holds ep, and false when nobody of ours does.
func (o *Opener) Holder(ep drivers.Endpoint) (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	holder, ok := o.held[holdKey(ep)]
	return holder, ok
}

func (o *Opener) hold(key, holder, subject string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if other, taken := o.held[key]; taken {
		return fault.Newf(fault.PortBusy, subject, "held by %s", other)
	}
	o.held[key] = holder
	return nil
}

func (o *Opener) release(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.held, key)
}

// holdKey is the endpoint's key with symbolic links resolved: /dev/serial/by-id/... and /dev/ttyUSB0 are one port.
func holdKey(ep drivers.Endpoint) string {
	if ep.Scheme == "serial" {
		if real, err := filepath.EvalSymlinks(ep.Address); err == nil {
			ep.Address = real
		}
	}
	return ep.Key()
}

func open(ctx context.Context, ep drivers.Endpoint, line drivers.Line) (wire, error) {
	switch ep.Scheme {
	case "serial":
		return openSerial(ctx, ep.Address, line)
	case "tcp":
		return dialTCP(ctx, ep.Address)
	}
	return nil, fault.Newf(fault.Unsupported, ep.Address, "no link for the scheme %q", ep.Scheme)
}

// ErrStuck is in the chain of what a Conn returns after a Send that the line did not take. Part of a frame may have
// been sent, so nothing sensible can follow it: close the Conn and open it again.
var ErrStuck = errors.New("the line does not take what is sent")
