package session

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

// falls is a driver that falls over wherever it is asked.
type falls struct {
	drivers.Driver
	closed bool
}

func (*falls) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	panic("opening")
}

func (*falls) Probe(context.Context, drivers.Conn) (drivers.Identity, error) { panic("probing") }

func (f *falls) Close() error { f.closed = true; return nil }

// line is a Conn of which only the end counts.
type line struct {
	drivers.Conn
	f *falls
}

func (l line) Close() error { return l.f.Close() }

func TestADriverThatFallsOverEndsItsConversationAndNotTheConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plain{}
		d, err := Start(t.Context(), nil, drivers.Endpoint{Label: "line"}, plainDriver{session: p}, nil, drivers.Identity{})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Exclusive(t.Context(), func(context.Context, drivers.Session) error { panic("index out of range") })
		if live := d.Live(); !fault.Is(err, fault.Internal) || live.State != Gone || !p.closed {
			t.Errorf("%v; it is %s, closed %v", err, live.State, p.closed)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestADriverThatFallsOverWatchingIsTriedAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plain{panics: true}
		d, err := Start(t.Context(), nil, drivers.Endpoint{Label: "line"}, plainDriver{session: p}, nil, drivers.Identity{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if live := d.Live(); live.State != Silent || !fault.Is(live.Fault, fault.Internal) || p.alive != 3 {
			t.Errorf("%s, %v, %d tries", live.State, live.Fault, p.alive)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestADriverThatFallsOverBeginningClosesTheLine(t *testing.T) {
	f := &falls{}
	if _, err := Start(t.Context(), nil, drivers.Endpoint{Label: "line"}, f, line{f: f}, drivers.Identity{}); !fault.Is(err, fault.Internal) || !f.closed {
		t.Errorf("%v, closed %v", err, f.closed)
	}
	f.closed = false
	d := &Device{driver: tuned{f}, open: func(context.Context, drivers.Endpoint, drivers.Line) (drivers.Conn, error) { return line{f: f}, nil }}
	if _, err := d.reopen(t.Context()); !fault.Is(err, fault.Internal) || !f.closed {
		t.Errorf("%v, closed %v", err, f.closed)
	}
}

// tuned gives a driver line settings.
type tuned struct{ *falls }

func (tuned) Line() drivers.Line { return drivers.Line{} }

// answers is a driver to which a device says who it is.
type answers struct {
	*falls
	id drivers.Identity
}

func (a answers) Probe(context.Context, drivers.Conn) (drivers.Identity, error) { return a.id, nil }

func (answers) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	return &plain{}, nil
}

func TestADeviceWithoutASerialNumberMustBeOfTheSameModelWhenItIsAskedAgain(t *testing.T) {
	box := drivers.Identity{Manufacturer: "Acme", Model: "Box"}
	crate, numbered := box, box
	crate.Model, numbered.Serial = "Crate", "1"
	for _, c := range []struct {
		said drivers.Identity
		want fault.Kind
	}{{box, ""}, {crate, fault.OtherDevice}, {numbered, fault.OtherDevice}} {
		f := &falls{}
		d := &Device{identity: box, driver: answers{f, c.said}, open: func(context.Context, drivers.Endpoint, drivers.Line) (drivers.Conn, error) { return line{f: f}, nil }}
		if _, err := d.reopen(t.Context()); fault.KindOf(err) != c.want || f.closed != (c.want != "") {
			t.Errorf("%+v: %v, closed %v", c.said, err, f.closed)
		}
	}
}
