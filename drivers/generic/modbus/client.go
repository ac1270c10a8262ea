package modbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/drivers"
)

const (
	answerWithin = time.Second            // a device on a local network answers in milliseconds; a gateway takes longer
	busyPause    = 100 * time.Millisecond // before a busy device is asked again
	busyTries    = 4                      // how often in all a device is asked that says it is busy
	maxLate      = 64                     // answers to earlier requests that are skipped before the device counts as mad
)

// The first transactions of a probe and of a session differ, so that a late answer to the one is not taken for an
// answer to the other.
const (
	probeTransactions   uint16 = 0x0001
	sessionTransactions uint16 = 0x1000
)

// client asks one unit, one question at a time.
type client struct {
	conn        drivers.Conn
	unit        byte
	transaction uint16 // of the next request
}

// ask sends a request and returns the answer's PDU. A busy device is asked again a few times: busy means that it has
// not begun, so that is safe for a write too. Every other failure is the caller's to judge; nothing else is repeated.
func (c *client) ask(ctx context.Context, pdu []byte) ([]byte, error) {
	for try := 1; ; try++ {
		answer, err := c.exchange(ctx, pdu)
		if err != nil {
			return nil, err
		}
		err = check(pdu, answer)
		var no exception
		if !errors.As(err, &no) || no.code != busy || try == busyTries {
			return answer, err
		}
		if err := pause(ctx, busyPause); err != nil {
			return nil, err
		}
	}
}

// exchange is one request and the answer with its transaction.
func (c *client) exchange(ctx context.Context, pdu []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	request := adu{c.transaction, c.unit, pdu}
	c.transaction++
	if err := c.conn.Send(ctx, request.bytes()); err != nil {
		return nil, fmt.Errorf("modbus: send: %w", err)
	}
	for range maxLate {
		token, err := c.conn.Receive(ctx, split)
		if err != nil {
			return nil, c.broken(err)
		}
		answer := parse(token)
		switch {
		case answer.transaction != request.transaction:
			continue // late: the request it belongs to was given up
		case answer.unit != c.unit:
			return nil, c.broken(fmt.Errorf("%w: unit %d answers for %d", drivers.ErrGarbled, answer.unit, c.unit))
		}
		return answer.pdu, nil
	}
	return nil, c.broken(fmt.Errorf("%w: only answers to other requests", drivers.ErrGarbled))
}

// broken drops what else has arrived when the stream cannot be trusted any more, so that the next request has a chance.
func (c *client) broken(err error) error {
	if errors.Is(err, drivers.ErrGarbled) {
		c.conn.Discard()
	}
	return fmt.Errorf("modbus: receive: %w", err)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read returns quantity registers, two bytes each, or quantity bits, packed.
func (c *client) read(ctx context.Context, function byte, address, quantity uint16) ([]byte, error) {
	answer, err := c.ask(ctx, two(function, address, quantity))
	if err != nil {
		return nil, err
	}
	return readData(answer, quantity)
}

// write sends one write request. The device's answer must echo the request's function, address and value or quantity:
// another echo leaves open what was written, and is ErrGarbled.
func (c *client) write(ctx context.Context, pdu []byte) error {
	answer, err := c.ask(ctx, pdu)
	if err != nil {
		return err
	}
	if !bytes.Equal(answer, pdu[:5]) {
		return fmt.Errorf("%w: the device acknowledged something else", drivers.ErrGarbled)
	}
	return nil
}

// fetch reads points in as few requests as their addresses allow and returns each one's own bytes. A point that the
// device refuses is missing from the result. Where a request for several is refused, they are asked for one by one.
func (c *client) fetch(ctx context.Context, points []point) (map[drivers.SettingID][]byte, error) {
	raw := make(map[drivers.SettingID][]byte, len(points))
	for spans := group(points); len(spans) > 0; spans = spans[1:] {
		s := spans[0]
		data, err := c.read(ctx, s.table.readFunction(), s.start, s.count)
		switch {
		case err == nil:
			for _, p := range s.points {
				raw[p.id] = p.cut(data, s.start)
			}
		case !errors.Is(err, drivers.ErrRefused) && !errors.Is(err, drivers.ErrUnsupported):
			return nil, err
		case len(s.points) > 1:
			for _, p := range s.points {
				spans = append(spans, span{table: p.table, start: p.address, count: p.size(), points: []point{p}})
			}
		}
	}
	return raw, nil
}
