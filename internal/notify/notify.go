// Package notify tells any number of watchers that something changed. It is level-triggered: it carries no value and
// no count, so that a slow watcher misses intermediate states but never the last one. It is not an event bus.
package notify

import "sync"

// Signal is one thing that changes. The zero Signal is ready; it must not be copied.
type Signal struct {
	mu      sync.Mutex
	changed chan struct{}
}

// Changed returns a channel that is closed by the next Notify. A watcher takes the channel first, looks at the state
// second and waits third; then no change can slip through between looking and waiting.
func (s *Signal) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// Notify wakes everybody who waits. It never blocks.
func (s *Signal) Notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
