package breakglass

import (
	"context"
	"encoding/base32"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
)

// LadderTime is how long the places together may take over one record before the emergency goes on without it.
const LadderTime = 300 * time.Millisecond

// Sink is a place that takes records. Put may hang: it has a goroutine of its own, and its context ends after LadderTime
// only for the one who waits.
type Sink struct {
	Name    string
	Durable bool // whether what it took is there after a power cut; another kind counts only when no durable one took it
	Put     func(ctx context.Context, f journal.Frame) error
}

// hangsAfter is how long a place may be busy with an earlier record before a later one does not wait for it any more: the records
// of one press of a button take no longer together than LadderTime lets one take.
const hangsAfter = LadderTime / 2

// queueSize is how many records wait for a place that hangs; a session has about ten.
const queueSize = 1024

// Recorder gives each record to every place at once and says which have it. It is safe for concurrent use.
type Recorder struct {
	clock   clock.Clock
	chain   *journal.Chain
	offset  int64 // between wall and boot clock when the program began, in milliseconds
	sinks   []*place
	stepped atomic.Bool
	stop    context.CancelFunc
	ended   sync.WaitGroup

	making sync.Mutex // frames reach every place in the order of their numbers

	mu     sync.Mutex
	failed map[string]error // by place, of its last record
}

// place is a sink with what waits for it.
type place struct {
	Sink
	waiting chan errand
	since   atomic.Pointer[time.Time] // of what it is busy with; nil for nothing
}

func (p *place) hangs() bool {
	since := p.since.Load()
	return since != nil && time.Since(*since) >= hangsAfter
}

type errand struct {
	frame journal.Frame
	done  chan<- answer
}

type answer struct {
	place *place
	err   error
}

// NewRecorder starts one goroutine a place. Sign may be nil.
func NewRecorder(clock clock.Clock, sign journal.Sign, sinks ...Sink) *Recorder {
	ctx, cancel := context.WithCancel(context.Background())
	now := clock.Now()
	r := &Recorder{clock: clock, chain: journal.NewChain(sign), offset: now.Wall.UnixMilli() - now.BootMS, stop: cancel, failed: map[string]error{}}
	for _, s := range sinks {
		p := &place{Sink: s, waiting: make(chan errand, queueSize)}
		r.sinks = append(r.sinks, p)
		r.ended.Go(func() { r.serve(ctx, p) })
	}
	return r
}

// serve hands a place what waits for it, until the recorder is closed and nothing waits.
func (r *Recorder) serve(ctx context.Context, p *place) {
	for {
		select {
		case e := <-p.waiting:
			r.hand(ctx, p, e)
			continue
		default:
		}
		select {
		case e := <-p.waiting:
			r.hand(ctx, p, e)
		case <-ctx.Done():
			if len(p.waiting) == 0 {
				return
			}
		}
	}
}

func (r *Recorder) hand(ctx context.Context, p *place, e errand) {
	began := time.Now()
	p.since.Store(&began)
	err := fault.Guard(p.Name, func() error { return p.Put(context.WithoutCancel(ctx), e.frame) })
	p.since.Store(nil)
	r.mu.Lock()
	r.failed[p.Name] = err
	r.mu.Unlock()
	e.done <- answer{p, err}
}

// Chain returns the name of this process's chain of records.
func (r *Recorder) Chain() string { return r.chain.ID() }

// Failed returns why the last record did not reach a place, or nil.
func (r *Recorder) Failed(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[name]
}

// Record makes a record and offers it to every place at once. It returns as soon as a durable one has it; where none takes
// it, when each has refused or hangs since an earlier one, and in any case after LadderTime. It cannot fail: what is in the Receipt is what is known.
func (r *Recorder) Record(kind string, actor leaf.Actor, body leaf.Body, stmt string) Receipt {
	now := r.now()
	done := make(chan answer, len(r.sinks))
	r.making.Lock()
	frame, err := r.chain.Next(kind, now, actor, body, stmt)
	if err != nil { // a text that cannot be recorded must not stop an emergency: the record says so instead
		var plain leaf.Body
		plain.Set("unrecordable", string(fault.KindOf(err)))
		if session, ok := body.Text("session"); ok && session != "" {
			plain.Set("session", session)
		}
		frame, err = r.chain.Next(kind, now, console, plain, "")
	}
	if err != nil {
		r.making.Unlock()
		return Receipt{At: now, Lost: true}
	}
	asked, prompt := 0, map[*place]bool{}
	for _, p := range r.sinks {
		hangs := p.hangs()
		select {
		case p.waiting <- errand{frame, done}:
			asked++
			prompt[p] = !hangs
		default: // it hangs; what waits for it is enough
		}
	}
	r.making.Unlock()
	a := &answers{}
	a.collect(done, asked, prompt)
	took := a.names()
	return Receipt{Code: ReceiptCode(frame.Hash), At: now, Took: took, Lost: len(took) == 0, later: a}
}

// now reads the clocks. From the first step of the wall clock on every record says so.
func (r *Recorder) now() clock.Reading {
	now := r.clock.Now()
	if moved := now.Wall.UnixMilli() - now.BootMS - r.offset; moved > 2000 || moved < -2000 || now.State == clock.Stepped {
		r.stepped.Store(true) // a second step may set it right again
	}
	if r.stepped.Load() {
		now.State = clock.Stepped
	}
	return now
}

// Stepped says whether the wall clock was set since the program began. A reading says so once, to whoever comes first.
func (r *Recorder) Stepped() bool { return r.now().State == clock.Stepped }

// answers are what the places say of one record, also after nobody waits for them any more.
type answers struct {
	mu      sync.Mutex
	took    []string
	durable bool
}

// collect waits for a durable place, for all that are prompt, or for the time to be over. What comes later is taken in, too.
func (a *answers) collect(done <-chan answer, asked int, prompt map[*place]bool) {
	timer := time.NewTimer(LadderTime)
	defer timer.Stop()
	maps.DeleteFunc(prompt, func(_ *place, is bool) bool { return !is })
	for asked > 0 && len(prompt) > 0 {
		select {
		case one := <-done:
			asked--
			delete(prompt, one.place)
			if a.take(one) {
				prompt = nil
			}
		case <-timer.C:
			prompt = nil
		}
	}
	if asked > 0 {
		go a.rest(done, asked)
	}
}

// rest takes in what comes later. A place that hangs for good keeps one goroutine for each record that waits for it.
func (a *answers) rest(done <-chan answer, left int) {
	for range left {
		a.take(<-done)
	}
}

// take says whether a durable place has the record now.
func (a *answers) take(one answer) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one.err == nil {
		a.took = append(a.took, one.place.Name)
		a.durable = a.durable || one.place.Durable
	}
	return a.durable
}

// names are the places that have it, in alphabetical order.
func (a *answers) names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(slices.Values(a.took))
}

// Close lets every place finish what waits for it, and returns when they have or ctx ends.
func (r *Recorder) Close(ctx context.Context) {
	r.stop()
	finished := make(chan struct{})
	go func() {
		r.ended.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
	}
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ReceiptCode is what a person writes down of a record: sixty bits of its hash, which find a record that was taken away
// later.
func ReceiptCode(hash [32]byte) string {
	code := crockford.EncodeToString(hash[:8])[:12]
	return "BG-" + code[:4] + "-" + code[4:8] + "-" + code[8:]
}
