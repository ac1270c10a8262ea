package capnostream20

import (
	"context"
	"time"

	"countersign/drivers"
)

// link is a Conn that knows frames.
type link struct {
	conn   drivers.Conn
	frames framer
	said   time.Time // when the console last sent anything
}

func newLink(conn drivers.Conn) *link { return &link{conn: conn} }

func (l *link) send(ctx context.Context, frame []byte) error {
	err := l.conn.Send(ctx, frame)
	if err == nil {
		l.said = time.Now()
	}
	return err
}

// await returns the body of the next good frame with this code, or context.DeadlineExceeded after within. Other frames
// are dropped unread, patient identities among them.
func (l *link) await(ctx context.Context, code byte, within time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		body, err := l.conn.Receive(ctx, l.frames.split)
		if err != nil {
			return nil, err
		}
		if body[0] == code {
			return body, nil
		}
	}
}
