// Package mdns is the source of network endpoints that announce themselves by multicast DNS, and the announcer for
// simulated ones. It asks the multicast group and listens; it never addresses a host. On an interface that nobody
// allowed it neither asks nor listens. What it emits are claims of whoever answered, cleaned and bounded.
//
// It is the one home of grandcat/zeroconf v1.0.0, whose limits shape it: a browse stops asking after its first answer,
// reports nothing twice, and tells of no goodbye and no expiry. So every round asks with a fresh resolver that lives
// for window, and this package keeps the time to live of what was heard.
package mdns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grandcat/zeroconf"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// Name is the source's name.
const Name = "mDNS"

const (
	window       = 1500 * time.Millisecond // that one resolver listens
	settle       = 150 * time.Millisecond  // between the first news and telling it, so that a burst is told once
	look         = time.Second             // between looks at which interfaces are allowed
	minGap       = 2 * time.Second         // between rounds of a type that are asked early, before its answers expire
	maxResolvers = 4                       // rounds at once: each has two sockets, and more of them lose answers
	maxTTL       = 75 * time.Minute        // RFC 6762, 10
	maxMissed    = 3                       // rounds without an answer before an instance counts as gone
	maxInstances = 2000
)

// rounds are the times after the start at which each type is asked for; after them it is every repeat.
var rounds = [...]time.Duration{0, 1100 * time.Millisecond, 3 * time.Second, 9 * time.Second, 27 * time.Second}

// Repeat is the usual time between two rounds once the first ones are over.
const Repeat = 60 * time.Second

// Interfaces returns the interfaces on which a person allowed to look (in training: Usable). No interface means to be
// quiet. It is asked about once a second.
type Interfaces func() ([]net.Interface, error)

// Usable returns the interfaces that can carry multicast, and Loopback's where there is no other.
func Usable() ([]net.Interface, error) {
	usable, err := interfaces(func(flags net.Flags) bool {
		return flags&net.FlagMulticast != 0 && flags&(net.FlagLoopback|net.FlagPointToPoint) == 0
	})
	if err != nil || len(usable) > 0 {
		return usable, err
	}
	return Loopback()
}

// Loopback returns the loopback interface, on which a simulated ward is heard by this machine alone. Linux does not
// flag it as capable of multicast, though it is.
func Loopback() ([]net.Interface, error) {
	return interfaces(func(flags net.Flags) bool { return flags&net.FlagLoopback != 0 })
}

// interfaces returns those that are up and fit.
func interfaces(fit func(net.Flags) bool) ([]net.Interface, error) {
	all, err := net.Interfaces()
	return slices.DeleteFunc(all, func(ifi net.Interface) bool { return ifi.Flags&net.FlagUp == 0 || !fit(ifi.Flags) }), err
}

// browser asks once for one type on one interface and calls found, from one goroutine, for each answer within window.
type browser func(ctx context.Context, ifi net.Interface, service string, found func(*zeroconf.ServiceEntry)) error

// Source browses. Its endpoints have the scheme tcp, the instance's name as label, and the facts mdns.type, mdns.host
// and mdns.txt.<key>.
type Source struct {
	allowed Interfaces
	repeat  time.Duration
	types   []Type
	browse  browser
	rescan  chan struct{}
}

// New returns a source that looks on the allowed interfaces, after the first rounds every repeat.
func New(allowed Interfaces, repeat time.Duration) *Source {
	return &Source{allowed: allowed, repeat: repeat, types: Types(), browse: browse, rescan: make(chan struct{}, 1)}
}

// Name implements discovery.Source.
func (s *Source) Name() string { return Name }

// Rescan starts the rounds over, because a person asked.
func (s *Source) Rescan() {
	select {
	case s.rescan <- struct{}{}:
	default:
	}
}

// question is one type on one interface. An interface that was replaced has another index.
type question struct {
	ifi  string
	idx  int
	name string
}

// plan is when a question is asked next.
type plan struct {
	ifi   net.Interface
	since time.Time // the first round's, or that of the first after a rescan
	step  int       // rounds that were begun from since on
	round int       // rounds that were begun in all, so that a later one has a higher number
	last  time.Time // when the last one was begun
	due   time.Time
	busy  bool
}

// answer is an entry, or the end of a round when entry is nil.
type answer struct {
	question
	entry *zeroconf.ServiceEntry
	err   error
}

// looker is the state of one Run. One goroutine owns it; the browsers only send to answers.
type looker struct {
	*Source
	emit    func([]drivers.Endpoint, discovery.Status)
	plans   map[question]*plan
	cache   cache
	errs    map[question]error // of each question's last round
	answers chan answer
	alive   int
	dirty   bool
	told    time.Time
	status  discovery.Status
}

// Run implements discovery.Source. It returns after the last resolver has ended.
func (s *Source) Run(ctx context.Context, emit func([]drivers.Endpoint, discovery.Status)) error {
	ctx, cancel := context.WithCancel(ctx)
	var browsers sync.WaitGroup
	l := &looker{
		Source: s, emit: emit, plans: map[question]*plan{}, cache: cache{}, errs: map[question]error{},
		answers: make(chan answer, 64), dirty: true,
	}
	defer func() {
		cancel()
		go func() { browsers.Wait(); close(l.answers) }()
		for range l.answers { // a browser must never wait for us
		}
	}()
	nextLook := time.Now()
	for {
		now := time.Now()
		if !now.Before(nextLook) {
			if err := l.allow(now); err != nil {
				return err
			}
			nextLook = now.Add(look)
		}
		l.ask(ctx, now, &browsers)
		l.tell(now)
		wake := time.NewTimer(max(0, time.Until(l.wake(nextLook))))
		select {
		case a := <-l.answers:
			l.hear(a, time.Now())
			for range len(l.answers) { // a burst is taken at once
				l.hear(<-l.answers, time.Now())
			}
		case <-wake.C:
		case <-s.rescan:
			for _, p := range l.plans {
				p.since, p.step, p.due = now, 0, now
			}
		case <-ctx.Done():
			wake.Stop()
			return ctx.Err()
		}
		wake.Stop()
	}
}

// allow follows the interfaces that may be used: new ones get a plan, and what was heard on others is dropped.
func (l *looker) allow(now time.Time) error {
	ifis, err := l.allowed()
	if err != nil {
		return fmt.Errorf("listing network interfaces: %w", err)
	}
	wanted := map[question]bool{}
	for _, ifi := range ifis {
		for _, t := range l.types {
			q := question{ifi.Name, ifi.Index, t.Name}
			wanted[q] = true
			if l.plans[q] == nil {
				l.plans[q] = &plan{ifi: ifi, since: now, due: now}
			}
		}
	}
	for q := range l.plans {
		if !wanted[q] {
			delete(l.plans, q)
			delete(l.errs, q)
			l.dirty = l.cache.drop(q) || l.dirty
		}
	}
	return nil
}

// ask begins the rounds that are due, at most maxResolvers at a time, in the order of the types.
func (l *looker) ask(ctx context.Context, now time.Time, browsers *sync.WaitGroup) {
	for _, q := range l.due(now) {
		if l.alive == maxResolvers {
			return
		}
		p := l.plans[q]
		p.busy, p.last = true, now
		p.step++
		p.round++
		p.due = l.next(p, now)
		l.alive++
		browsers.Go(func() {
			err := l.browse(ctx, p.ifi, q.name, func(e *zeroconf.ServiceEntry) { l.answers <- answer{question: q, entry: e} })
			l.answers <- answer{question: q, err: err}
		})
	}
}

func (l *looker) due(now time.Time) []question {
	var due []question
	for q, p := range l.plans {
		if !p.busy && !now.Before(p.due) {
			due = append(due, q)
		}
	}
	order := func(q question) int {
		return slices.IndexFunc(l.types, func(t Type) bool { return t.Name == q.name })
	}
	slices.SortFunc(due, func(a, b question) int {
		if byTime := l.plans[a].due.Compare(l.plans[b].due); byTime != 0 {
			return byTime
		}
		if byType := order(a) - order(b); byType != 0 {
			return byType
		}
		return strings.Compare(a.ifi, b.ifi)
	})
	return due
}

// next is when a plan's next round begins: as rounds says, but never sooner after the last one than rounds wants,
// because responders do not repeat an answer within a second.
func (l *looker) next(p *plan, now time.Time) time.Time {
	if p.step >= len(rounds) {
		return now.Add(l.repeat)
	}
	gap := rounds[p.step] - rounds[p.step-1]
	at := p.since.Add(rounds[p.step])
	if soonest := now.Add(min(gap, minGap)); at.Before(soonest) {
		return soonest
	}
	return at
}

// hear takes one answer, or the end of a round.
func (l *looker) hear(a answer, now time.Time) {
	p := l.plans[a.question]
	if a.entry == nil {
		l.alive--
	}
	if p == nil { // the interface is not allowed any more
		return
	}
	if a.entry != nil {
		l.dirty = l.cache.hear(a.question, p.ifi, a.entry, p.round, now) || l.dirty
		return
	}
	p.busy = false
	l.errs[a.question] = a.err
	l.dirty = l.cache.ended(a.question, p.round, a.err != nil, now) || l.dirty
	// What lives shorter than the usual gap is asked for again before it expires, or a live host would come and go.
	if refresh, ok := l.cache.refresh(a.question); ok {
		if soonest := p.last.Add(minGap); refresh.Before(soonest) {
			refresh = soonest
		}
		if refresh.Before(p.due) {
			p.due = refresh
		}
	}
}

// wake is when something is to be done next without an answer.
func (l *looker) wake(at time.Time) time.Time {
	earlier := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}
	if l.alive < maxResolvers {
		for _, p := range l.plans {
			if !p.busy {
				earlier(p.due)
			}
		}
	}
	if l.dirty {
		earlier(l.told.Add(settle))
	}
	return at
}

// tell emits what is known, when that or the status has changed and the last time is settle ago.
func (l *looker) tell(now time.Time) {
	status := discovery.Status{State: discovery.Running, Err: l.trouble()}
	if len(l.plans) == 0 {
		status = discovery.Status{State: discovery.Quiet}
	}
	if fmt.Sprint(status) != fmt.Sprint(l.status) {
		l.status, l.dirty = status, true
	}
	if !l.dirty || now.Before(l.told.Add(settle)) {
		return
	}
	l.dirty, l.told = false, now
	l.emit(l.cache.endpoints(), status)
}

// trouble joins the errors of the last rounds, each once, in a fixed order.
func (l *looker) trouble() error {
	texts := map[string]error{}
	for q, err := range l.errs {
		if err != nil {
			err = fmt.Errorf("%s: %w", q.ifi, err)
			texts[err.Error()] = err
		}
	}
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		errs = append(errs, texts[text])
	}
	return errors.Join(errs...)
}
