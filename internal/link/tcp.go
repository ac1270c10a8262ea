package link

import (
	"context"
	"net"
	"time"

	"countersign/drivers"
)

// DialTime bounds how long a TCP connection may take when the caller's context allows more.
const DialTime = 10 * time.Second

// tcpWire is a TCP connection. It has no line settings.
type tcpWire struct{ net.Conn }

func dialTCP(ctx context.Context, address string) (wire, error) {
	dialer := net.Dialer{Timeout: DialTime}
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, openFault(ctx, address, err)
	}
	return tcpWire{c}, nil
}

// abandon implements wire: a deadline in the past ends a blocked Write at once.
func (w tcpWire) abandon() { _ = w.SetWriteDeadline(time.Unix(1, 0)) }

func (w tcpWire) retune(drivers.Line) error { return nil }
