package capnostream20

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/drivers"
)

// Driver knows the Capnostream 20.
type Driver struct{}

var (
	_ drivers.Driver  = Driver{}
	_ drivers.Tuned   = Driver{}
	_ drivers.Labeler = Driver{}
)

// About implements drivers.Driver.
func (Driver) About() drivers.About {
	return drivers.About{
		ID: "oridion/capnostream20", Name: "Capnostream 20", Manufacturer: "Oridion", Models: []string{"Capnostream 20", "Capnostream 20p"},
		Protocol: "Capnostream host protocol (D006045C, 2007; write command of a later edition)",
		Version:  "1", Maturity: drivers.Recorded, Reviewed: true,
		Sources: []string{"Oridion PN D006045C, Capnostream Data Transfer Protocols", "fact sheet capnostream20.md"},
		Probe:   "Sends the enable command (85 01 01 00) until the monitor answers. It opens the monitor's RS-232 host mode and changes no setting, alarm or therapy.",
		ReadEffects: []string{"Reading opens the monitor's RS-232 host mode, and closing leaves it. A monitor whose host " +
			"vanishes may show a communication advisory."},
	}
}

// Line implements drivers.Tuned: 8N1. Monitors set to "automatic" follow the console's speed.
func (Driver) Line() drivers.Line {
	return drivers.Line{Baud: bauds[0], Bits: 8, Parity: drivers.NoParity, StopBits: 1}
}

// Match implements drivers.Driver. Any RS-232 line or raw TCP line of a serial device server may end in a monitor;
// a service that names another protocol does not.
func (Driver) Match(ep drivers.Endpoint) drivers.Confidence {
	if service := ep.Facts["mdns.type"]; service != "" {
		return drivers.No
	}
	switch ep.Scheme {
	case "serial", "tcp":
		return drivers.Maybe
	}
	return drivers.No
}

// bauds are tried in this order: what known hosts use, and what the Capnostream 35 is said to use.
var bauds = [...]int{115200, 9600}

const (
	enableTries = 4
	replyTime   = time.Second // manual: every command is answered within 1 s
)

// Probe implements drivers.Driver. It repeats the enable command, because a monitor set to automatic speed learns the
// speed from it.
func (d Driver) Probe(ctx context.Context, conn drivers.Conn) (drivers.Identity, error) {
	link := newLink(conn)
	line := d.Line()
	for i, baud := range bauds {
		if line.Baud = baud; i > 0 {
			if err := conn.Retune(line); err != nil {
				return drivers.Identity{}, err
			}
		}
		conn.Discard()
		for range enableTries {
			id, err := link.identify(ctx)
			if err == nil || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
				return id, err
			}
		}
	}
	if link.frames.skipped > 0 {
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrNotMine, drivers.ErrGarbled)
	}
	return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrNotMine, context.DeadlineExceeded)
}

// identify sends the enable command once. A good frame that is no identity is skipped: the monitor may be sending
// numerics for an earlier host.
func (l *link) identify(ctx context.Context) (drivers.Identity, error) {
	if err := l.send(ctx, encode(cmdEnable)); err != nil {
		return drivers.Identity{}, err
	}
	body, err := l.await(ctx, msgIdentity, replyTime)
	if err != nil {
		return drivers.Identity{}, err
	}
	return parseIdentity(body)
}

// Open implements drivers.Driver: it starts the live numerics and waits for the first, which tells the CO2 unit.
func (Driver) Open(ctx context.Context, conn drivers.Conn, _ drivers.Identity) (drivers.Session, error) {
	s := &session{link: newLink(conn)}
	if err := s.link.send(ctx, encode(cmdStartLive)); err != nil {
		return nil, err
	}
	n, err := s.next(ctx)
	if err != nil {
		return nil, err
	}
	s.unit = n.unit()
	return s, nil
}
