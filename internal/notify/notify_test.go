package notify_test

import (
	"sync"
	"testing"

	"countersign/internal/notify"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestEveryWatcherIsWoken(t *testing.T) {
	var s notify.Signal
	a, b := s.Changed(), s.Changed()
	if closed(a) || closed(b) {
		t.Fatal("woken before anything changed")
	}
	s.Notify()
	if !closed(a) || !closed(b) {
		t.Fatal("a watcher was not woken")
	}
	if closed(s.Changed()) {
		t.Fatal("an old change woke a new watcher")
	}
}

func TestAWatcherNeverMissesTheLastState(t *testing.T) {
	const last = 1000
	var (
		s     notify.Signal
		mu    sync.Mutex
		state int
		wg    sync.WaitGroup
	)
	for range 4 {
		wg.Go(func() {
			for {
				changed := s.Changed()
				mu.Lock()
				seen := state
				mu.Unlock()
				if seen == last {
					return
				}
				<-changed
			}
		})
	}
	for i := 1; i <= last; i++ {
		mu.Lock()
		state = i
		mu.Unlock()
		s.Notify()
	}
	wg.Wait() // a missed last state would never end
}
