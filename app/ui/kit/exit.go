package kit

import "sync"

// exit hands functions to the toolkit until it is shut.
type exit struct {
	do    func(func())
	mutex sync.Mutex
	shut  bool
	under int    // functions that are being handed over
	last  func() // what is handed over as the last one
}

func (e *exit) post(f func()) {
	e.mutex.Lock()
	closed := e.shut
	if !closed {
		e.under++
	}
	e.mutex.Unlock()
	if closed {
		return
	}
	defer e.passed()
	e.do(f)
}

// passed counts down, and hands over the last function after all others.
func (e *exit) passed() {
	e.mutex.Lock()
	e.under--
	var last func()
	if e.shut && e.under == 0 {
		last, e.last = e.last, nil
	}
	e.mutex.Unlock()
	if last != nil {
		e.do(last)
	}
}

func (e *exit) close(last func()) {
	e.mutex.Lock()
	if e.shut {
		e.mutex.Unlock()
		return
	}
	e.shut, e.last = true, last
	e.under++ // this one
	e.mutex.Unlock()
	e.passed()
}

// Quit runs last on the window's goroutine after everything that is on its way there, and lets nothing follow.
func Quit(last func()) { gate.close(last) }
