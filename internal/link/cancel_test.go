package link

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
)

// lazy is a wire that takes its time over each frame, and calls begun first.
type lazy struct {
	takes     time.Duration
	begun     func()
	closed    chan struct{}
	abandoned chan struct{}
}

func (w *lazy) Read([]byte) (int, error)  { <-w.closed; return 0, errors.New("closed") }
func (w *lazy) Close() error              { close(w.closed); return nil }
func (w *lazy) abandon()                  { close(w.abandoned) }
func (w *lazy) retune(drivers.Line) error { return nil }
func (w *lazy) Write(b []byte) (int, error) {
	w.begun()
	select {
	case <-time.After(w.takes):
		return len(b), nil
	case <-w.abandoned:
		return 1, ErrStuck
	}
}

// TestAFrameThatIsOnItsWayWhenItsContextEndsLeavesWhole is what happens whenever a device is watched and something else
// is asked of it.
func TestAFrameThatIsOnItsWayWhenItsContextEndsLeavesWhole(t *testing.T) {
	for _, c := range []struct {
		takes time.Duration
		stuck bool
	}{{wholeTime / 2, false}, {2 * wholeTime, true}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			w := &lazy{takes: c.takes, begun: cancel, closed: make(chan struct{}), abandoned: make(chan struct{})}
			conn := newConn(w, "line", func() {})
			err := conn.Send(ctx, []byte("frame"))
			if c.stuck != errors.Is(err, context.Canceled) {
				t.Errorf("a frame that takes %v: %v", c.takes, err)
			}
			w.begun = func() {}
			if err := conn.Send(t.Context(), []byte("next")); c.stuck != errors.Is(err, ErrStuck) || c.stuck != fault.Is(err, fault.PortGone) {
				t.Errorf("after a frame that takes %v: %v", c.takes, err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			<-conn.Done()
		})
	}
}
