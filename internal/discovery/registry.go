package discovery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/drivers"
	"countersign/internal/notify"
)

const (
	firstRest = time.Second // before a failed source is started again; doubled each time
	longRest  = time.Minute // the longest rest; a source that ran this long starts over with firstRest
	maxGone   = 2000        // endpoints remembered after they are gone; the longest gone are forgotten
)

// Registry merges what its sources see. It is safe for concurrent use.
type Registry struct {
	sources []Source
	changed notify.Signal

	mu      sync.Mutex
	status  []SourceStatus                // beside sources
	seen    []map[string]drivers.Endpoint // beside sources: what each sees now, by key
	entries map[string]*Found
	sorted  []Found // of entries; nil when it must be made again
}

// NewRegistry returns a registry over these sources, the most trusted first. Nothing happens before Run.
func NewRegistry(sources ...Source) *Registry {
	r := &Registry{
		sources: sources,
		status:  make([]SourceStatus, len(sources)),
		seen:    make([]map[string]drivers.Endpoint, len(sources)),
		entries: map[string]*Found{},
	}
	for i, s := range sources {
		r.status[i] = SourceStatus{Name: s.Name(), Status: Status{State: Stopped}, Since: time.Now()}
	}
	return r
}

// Run lets every source look until ctx ends, and starts those that fail again. It is called once at a time.
func (r *Registry) Run(ctx context.Context) {
	var all sync.WaitGroup
	for i := range r.sources {
		all.Go(func() { r.supervise(ctx, i) })
	}
	all.Wait()
}

func (r *Registry) supervise(ctx context.Context, i int) {
	rest := firstRest
	for ctx.Err() == nil {
		r.emit(i, nil, Status{State: Running})
		start := time.Now()
		err := r.sources[i].Run(ctx, func(list []drivers.Endpoint, s Status) { r.emit(i, list, s) })
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			err = errors.New("the source ended by itself")
		}
		r.emit(i, nil, Status{State: Failed, Err: err})
		if time.Since(start) >= longRest {
			rest = firstRest
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
		}
		rest = min(2*rest, longRest)
	}
	r.emit(i, nil, Status{State: Stopped})
}

// Changed returns a channel that is closed at the next change of List or Sources. Take it before looking.
func (r *Registry) Changed() <-chan struct{} { return r.changed.Changed() }

// List returns every endpoint of this session, gone ones included, sorted by key. The facts must not be changed.
func (r *Registry) List() []Found {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sorted == nil {
		r.sorted = make([]Found, 0, len(r.entries))
		for _, key := range slices.Sorted(maps.Keys(r.entries)) {
			r.sorted = append(r.sorted, *r.entries[key])
		}
	}
	return slices.Clone(r.sorted)
}

// Sources returns how every source is doing, in the registry's order.
func (r *Registry) Sources() []SourceStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.status)
}

// emit takes one source's full list.
func (r *Registry) emit(i int, list []drivers.Endpoint, status Status) {
	if r.take(i, list, status) {
		r.changed.Notify()
	}
}

func (r *Registry) take(i int, list []drivers.Endpoint, status Status) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	before := r.seen[i]
	after := make(map[string]drivers.Endpoint, len(list))
	for _, ep := range list {
		after[ep.Key()] = ep
	}
	r.seen[i] = after
	for key, ep := range after {
		old, known := before[key]
		if known && same(old, ep) {
			r.entries[key].LastSeen = now
			continue
		}
		r.merge(key, now)
		changed = true
	}
	for key := range before {
		if _, still := after[key]; !still {
			r.merge(key, now)
			changed = true
		}
	}
	r.sorted = nil // LastSeen is part of the list, though no reason to wake anybody
	if changed {
		r.forget()
	}
	return r.note(i, status, len(after)) || changed
}

// merge makes the entry for key again from what every source sees now.
func (r *Registry) merge(key string, now time.Time) {
	var sightings []drivers.Endpoint
	var names []string
	for i, seen := range r.seen {
		if ep, ok := seen[key]; ok {
			sightings = append(sightings, ep)
			names = append(names, r.status[i].Name)
		}
	}
	e := r.entries[key]
	if len(sightings) == 0 {
		e.Present = false
		return
	}
	if e == nil {
		e = &Found{FirstSeen: now}
		r.entries[key] = e
	}
	e.Endpoint, e.Sources, e.Present, e.LastSeen = combine(sightings), names, true, now
}

func combine(sightings []drivers.Endpoint) drivers.Endpoint {
	ep := sightings[0]
	if len(sightings) == 1 {
		return ep
	}
	ep.Facts = maps.Clone(ep.Facts)
	if ep.Facts == nil {
		ep.Facts = map[string]string{}
	}
	for _, other := range sightings[1:] {
		if ep.Label == "" {
			ep.Label = other.Label
		}
		for fact, value := range other.Facts {
			if _, known := ep.Facts[fact]; !known {
				ep.Facts[fact] = value
			}
		}
	}
	return ep
}

func same(a, b drivers.Endpoint) bool {
	return a.Label == b.Label && a.Source == b.Source && maps.Equal(a.Facts, b.Facts)
}

// note records a source's status. The text of an error is its identity: a source may make a new one each time.
func (r *Registry) note(i int, status Status, endpoints int) (changed bool) {
	s := &r.status[i]
	if s.State != status.State || text(s.Err) != text(status.Err) {
		s.Status, s.Since, changed = status, time.Now(), true
	}
	s.Endpoints = endpoints
	return changed
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// forget bounds what is kept of endpoints that are gone: a network can announce new names for ever.
func (r *Registry) forget() {
	if len(r.entries) <= maxGone {
		return
	}
	var gone []string
	for key, e := range r.entries {
		if !e.Present {
			gone = append(gone, key)
		}
	}
	if len(gone) <= maxGone {
		return
	}
	slices.SortFunc(gone, func(a, b string) int { return r.entries[a].LastSeen.Compare(r.entries[b].LastSeen) })
	for _, key := range gone[:len(gone)-maxGone] {
		delete(r.entries, key)
	}
}
