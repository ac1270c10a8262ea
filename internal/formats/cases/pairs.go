package cases

import (
	"cmp"
	"slices"
	"time"

	"countersign/internal/leaf"
)

// Quick is the time in which nobody reads and enters a change: an approval that came sooner is counted.
const Quick = 3 * time.Second

// Pairs counts who approved whose requests. Consent among people who always ask each other, or that comes at once, is worth a
// question.
type Pairs struct {
	of map[[2]string]*Pair
}

// Pair is one person who approved requests of another.
type Pair struct {
	Proposer, Approver leaf.Actor
	First, Last        Place // the first and the last approval
	Count              int
	Quick              int           // approvals within Quick of the request
	Blind              int           // approvals with values entered blind
	Median             time.Duration // from request to approval
	Timed              int           // approvals of which that is known
	Reciprocal         int           // approvals in which the two changed places
	Share              int           // of the proposer's approvals that came from this approver, in tenths of a percent
	took               []int32       // milliseconds
}

const (
	maxTook  = 1<<31 - 1
	maxPairs = 20_000 // more than any site has; what comes then is not counted
)

// Add counts an approval. One of a request that the bundle does not show has no proposer and is not counted.
func (p *Pairs) Add(c *Change, a *Approval) {
	if !c.Request.There {
		return
	}
	if p.of == nil {
		p.of = map[[2]string]*Pair{}
	}
	key := [2]string{c.Proposer.ID, a.By.ID}
	one := p.of[key]
	if one == nil && len(p.of) >= maxPairs {
		return
	}
	if one == nil {
		one = &Pair{Proposer: c.Proposer, Approver: a.By, First: a.Place}
		p.of[key] = one
	}
	one.Count++
	one.Last = a.Place
	if a.Blind {
		one.Blind++
	}
	if a.Timed {
		one.took = append(one.took, int32(min(a.After.Milliseconds(), maxTook)))
		if a.After < Quick {
			one.Quick++
		}
	}
}

// List returns the pairs, the largest count first.
func (p *Pairs) List() []Pair {
	asked := map[string]int{}
	for key, one := range p.of {
		asked[key[0]] += one.Count
	}
	all := make([]Pair, 0, len(p.of))
	for key, one := range p.of {
		pair := *one
		if back := p.of[[2]string{key[1], key[0]}]; back != nil {
			pair.Reciprocal = back.Count
		}
		pair.Share = 1000 * pair.Count / asked[key[0]]
		pair.Median, pair.Timed, pair.took = median(one.took), len(one.took), nil
		all = append(all, pair)
	}
	slices.SortFunc(all, func(a, b Pair) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Proposer.ID, b.Proposer.ID), cmp.Compare(a.Approver.ID, b.Approver.ID))
	})
	return all
}

// median is the middle one of the times, the lower one of two; 0 for none.
func median(took []int32) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return time.Duration(sorted[(len(sorted)-1)/2]) * time.Millisecond
}
