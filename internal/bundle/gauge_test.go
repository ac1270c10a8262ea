package bundle

import "runtime"

// gauge notes the most memory that the program had from the system for what it keeps.
type gauge struct{ base, peak uint64 }

func newGauge() *gauge {
	runtime.GC()
	g := &gauge{}
	g.base = inUse()
	return g
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

func (g *gauge) look() {
	if now := inUse(); now > g.base {
		g.peak = max(g.peak, now-g.base)
	}
}
