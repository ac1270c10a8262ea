// Package identify finds out which driver a device belongs to: first by passive facts alone (Candidates), then, for the
// drivers that a person agreed to, by asking the device (Identify). Consent is its caller's: what it is given, it asks.
// It reads only, opens no session and remembers nothing.
package identify

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/drivers"
	"countersign/internal/fault"
)

// ProbeTime bounds what one candidate may take, opening the port included.
const ProbeTime = 10 * time.Second

// Candidate is a driver that may be meant by an endpoint.
type Candidate struct {
	Driver     drivers.Driver
	Confidence drivers.Confidence // never No
}

// Candidates returns the drivers that may be meant by ep, the most confident first and then by ID. It touches no wire.
func Candidates(ep drivers.Endpoint, all []drivers.Driver) []Candidate {
	var list []Candidate
	for _, d := range all {
		if c := d.Match(ep); c > drivers.No {
			list = append(list, Candidate{d, c})
		}
	}
	slices.SortStableFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Driver.About().ID, b.Driver.About().ID))
	})
	return list
}

// Open opens an endpoint exclusively; link.Opener.By makes one.
type Open func(context.Context, drivers.Endpoint, drivers.Line) (drivers.Conn, error)

// Result is a device that a driver has claimed. The Conn is open and belongs to the caller, who hands it to
// Driver.Open or closes it.
type Result struct {
	Driver   drivers.Driver
	Identity drivers.Identity
	Conn     drivers.Conn
}

// Identify asks the device behind ep on behalf of each candidate in turn, until one claims it. A candidate that answers
// ErrNotMine passes the turn; anything else stops the search, because a device in an unclear state is not asked further
// questions. Without a Result nothing stays open.
//
// The fault's subject is the endpoint's address, and its kind
//
//   - NotMine: nobody claims what answered, or there was no candidate (the cause lists who was asked);
//   - Silent: not one byte was heard, or a driver got no answer within ProbeTime;
//   - Garbled, Refused, InUse, Unsupported: what the device did to the driver that was asking;
//   - PortBusy, PortDenied, PortGone: the port's, from open or from the line;
//   - Cancelled: ctx ended.
func Identify(ctx context.Context, open Open, ep drivers.Endpoint, candidates []Candidate) (Result, error) {
	var (
		conn  drivers.Conn
		asked []string
		heard bool
	)
	for _, c := range candidates {
		id := c.Driver.About().ID
		var identity drivers.Identity
		var bytes bool
		var err error
		conn, identity, bytes, err = ask(ctx, open, ep, conn, c.Driver)
		heard = heard || bytes
		if err == nil {
			return Result{c.Driver, identity, conn}, nil
		}
		if !errors.Is(err, drivers.ErrNotMine) {
			shut(conn)
			return Result{}, failure(ctx, ep.Address, id, err)
		}
		asked = append(asked, id)
		// A serial port stays open between two candidates, because opening it moves DTR and there are devices that
		// restart on that. A network connection is made anew: many servers hang up on what they do not understand.
		if ep.Scheme != "serial" {
			shut(conn)
			conn = nil
		}
	}
	shut(conn)
	kind := fault.NotMine
	if len(asked) > 0 && !heard {
		kind = fault.Silent
	}
	return Result{}, fault.Newf(kind, ep.Address, "asked as: %s", strings.Join(asked, ", "))
}

// ask lets one driver ask, on conn where there is one already. It returns the Conn in use, also beside an error.
func ask(ctx context.Context, open Open, ep drivers.Endpoint, conn drivers.Conn, d drivers.Driver) (
	_ drivers.Conn, id drivers.Identity, heard bool, err error,
) {
	ctx, cancel := context.WithTimeout(ctx, ProbeTime)
	defer cancel()
	var line drivers.Line
	if tuned, ok := d.(drivers.Tuned); ok {
		line = tuned.Line()
	}
	if conn == nil {
		conn, err = open(ctx, ep, line)
	} else {
		err = conn.Retune(line)
		conn.Discard() // what the candidate before has caused
	}
	if err != nil {
		return conn, id, false, err
	}
	listening := &listener{Conn: conn}
	err = fault.Guard(ep.Address, func() error {
		id, err = d.Probe(ctx, listening)
		return err
	})
	if err == nil {
		err = plain(id)
	}
	return conn, id, listening.heard, err
}

// maxWords bounds each word of an identity, in bytes.
const maxWords = 200

// plain refuses an identity that no screen, record or statement could show as it is, whichever driver passed it on.
func plain(id drivers.Identity) error {
	for _, s := range []string{id.Manufacturer, id.Model, id.Serial, id.Firmware} {
		odd := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
		if len(s) > maxWords || strings.ContainsFunc(s, odd) {
			return fmt.Errorf("%w: it calls itself %.40q", drivers.ErrGarbled, s)
		}
	}
	return nil
}

// listener notes whether anything at all was heard: a cable that is not plugged in and a device of another make are
// different things to a person.
type listener struct {
	drivers.Conn
	heard bool
}

// Receive implements drivers.Conn.
func (l *listener) Receive(ctx context.Context, split bufio.SplitFunc) ([]byte, error) {
	return l.Conn.Receive(ctx, func(data []byte, atEOF bool) (int, []byte, error) {
		l.heard = l.heard || len(data) > 0
		return split(data, atEOF)
	})
}

// failure gives what stopped the search a kind.
func failure(ctx context.Context, subject, driver string, err error) error {
	var known *fault.Fault
	kind := fault.Internal
	switch {
	case ctx.Err() != nil:
		kind = fault.Cancelled
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		kind = fault.Silent
	case errors.Is(err, drivers.ErrGarbled):
		kind = fault.Garbled
	case errors.Is(err, drivers.ErrRefused):
		kind = fault.Refused
	case errors.Is(err, drivers.ErrInUse):
		kind = fault.InUse
	case errors.Is(err, drivers.ErrUnsupported):
		kind = fault.Unsupported
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		kind = fault.PortGone
	}
	return fault.New(kind, subject, fmt.Errorf("asking as %s: %w", driver, err))
}

// shut closes a Conn that led nowhere; that it cannot be closed changes nothing for the caller.
func shut(c drivers.Conn) {
	if c != nil {
		_ = c.Close()
	}
}
