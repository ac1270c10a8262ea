package kit

import (
	"sync"
	"testing"
)

// TestTheLastOneLeavesAfterAllThatIsUnderWay: what comes later is dropped, because the toolkit is gone.
func TestTheLastOneLeavesAfterAllThatIsUnderWay(t *testing.T) {
	var mutex sync.Mutex
	var order []string
	say := func(word string) func() {
		return func() {
			mutex.Lock()
			defer mutex.Unlock()
			order = append(order, word)
		}
	}
	handed, release := make(chan struct{}), make(chan struct{})
	first := true
	e := &exit{}
	e.do = func(f func()) {
		if first {
			first = false
			close(handed)
			<-release
		}
		f()
	}
	var under sync.WaitGroup
	under.Go(func() { e.post(say("under way")) })
	<-handed
	e.close(say("last"))
	e.close(say("twice"))
	e.post(say("too late"))
	close(release)
	under.Wait()
	if len(order) != 2 || order[0] != "under way" || order[1] != "last" {
		t.Errorf("the window saw %q", order)
	}
}

// TestAWindowMayEndFromItsOwnGoroutine: what is handed over runs at once there, and asks for the end itself.
func TestAWindowMayEndFromItsOwnGoroutine(t *testing.T) {
	var order []string
	e := &exit{do: func(f func()) { f() }}
	e.post(func() {
		e.post(func() { order = append(order, "inner") })
		e.close(func() { order = append(order, "last") })
		order = append(order, "outer")
	})
	if len(order) != 3 || order[2] != "last" {
		t.Errorf("the window saw %q", order)
	}
}
