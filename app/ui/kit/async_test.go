package kit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// queue stands in for the window: what is posted runs when the test says so.
type queue struct{ posted []func() }

func (q *queue) runner() *Runner {
	return &Runner{spawn: func(f func()) { f() }, post: func(f func()) { q.posted = append(q.posted, f) }, ticks: true}
}

func (q *queue) run() {
	for _, f := range q.posted {
		f()
	}
	q.posted = nil
}

func TestOnlyTheNewestLoadIsShown(t *testing.T) {
	q := &queue{}
	lane := q.runner().Lane(t.Context())
	var shown []int
	for i := range 3 {
		Load(lane, func(context.Context) (int, error) { return i, nil }, func(n int, _ error) { shown = append(shown, n) })
	}
	q.run()
	if len(shown) != 1 || shown[0] != 2 {
		t.Errorf("shown %v, want only 2", shown)
	}
}

func TestAStoppedLaneShowsNothing(t *testing.T) {
	q := &queue{}
	lane := q.runner().Lane(t.Context())
	var seen context.Context
	Load(lane, func(ctx context.Context) (int, error) { seen = ctx; return 1, nil }, func(int, error) { t.Error("shown") })
	lane.Stop()
	q.run()
	if seen.Err() == nil {
		t.Error("the work was not cancelled")
	}
}

func TestAnInlineLaneShowsAtOnce(t *testing.T) {
	want, got := errors.New("no"), error(nil)
	Load(Inline().Lane(t.Context()), func(context.Context) (int, error) { return 0, want }, func(_ int, err error) { got = err })
	if got != want {
		t.Errorf("shown %v", got)
	}
}

func TestEveryTicksUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := &Runner{post: func(f func()) { f() }, ticks: true}
		n := 0
		r.Every(ctx, time.Second, func() { n++ })
		<-time.After(3500 * time.Millisecond)
		synctest.Wait()
		if n != 3 {
			t.Errorf("%d ticks in 3.5 s", n)
		}
		cancel()
		<-time.After(5 * time.Second)
		if n != 3 {
			t.Errorf("%d ticks after the end", n)
		}
	})
}

func TestABusyWindowGetsOneTickAndNotAHundred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		posted := make(chan func(), 1000)
		r := &Runner{post: func(f func()) { posted <- f }, ticks: true}
		r.Every(ctx, 10*time.Millisecond, func() {})
		<-time.After(time.Second)
		synctest.Wait()
		if len(posted) != 1 {
			t.Errorf("%d calls wait for a window that is busy", len(posted))
		}
		cancel()
	})
}

func TestSignalsThatArriveTogetherAreOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := make(chan struct{}, 1)
		posted := make(chan func(), 1000)
		r := &Runner{post: func(f func()) { posted <- f }, ticks: true}
		n := 0
		r.Watch(t.Context(), changed, func() { n++ })
		for range 50 {
			select {
			case changed <- struct{}{}:
			default:
			}
			synctest.Wait()
		}
		for range 2 {
			(<-posted)()
			synctest.Wait()
		}
		if n != 2 || len(posted) != 0 {
			t.Errorf("50 signals made %d calls and %d more wait", n, len(posted))
		}
		close(changed)
	})
}
