// Package sim is what device-side simulators have in common: a unit that speaks its protocol on any stream of bytes,
// and switches that make it misbehave the way real devices and cables do.
//
// It is used by tests, by the training ward and by the story. It is not a model of a patient or of therapy: it
// produces the bytes that a console would see, and everything it shows is marked as simulated.
package sim

import (
	"context"
	"io"

	"countersign/drivers"
)

// Device is one simulated unit.
type Device interface {
	// Label names the unit for people: model and serial number.
	Label() string
	// Faults returns the unit's switches.
	Faults() *Faults
	// Serve speaks the protocol on line until the line ends, which is nil, or until ctx does.
	Serve(ctx context.Context, line io.ReadWriter) error
}

// Connect plugs a console straight into a simulated unit. The cable lives until ctx ends or the Conn is closed.
func Connect(ctx context.Context, d Device) drivers.Conn {
	near, far := Cable()
	conn := drivers.NewStream(near, nil)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { far.Close() })
	go func() {
		defer cancel()
		defer stop()
		defer far.Close()
		_ = d.Serve(ctx, d.Faults().Line(far)) // an unplugged unit has nobody to tell
	}()
	return conn
}

// Cable returns the two ends of a byte stream in memory. Closing either end unplugs both.
func Cable() (near, far io.ReadWriteCloser) {
	fromNear, toFar := io.Pipe()
	fromFar, toNear := io.Pipe()
	return &end{fromFar, toFar}, &end{fromNear, toNear}
}

type end struct {
	*io.PipeReader
	out *io.PipeWriter
}

func (e *end) Write(p []byte) (int, error) { return e.out.Write(p) }

func (e *end) Close() error {
	e.PipeReader.Close()
	return e.out.Close()
}
