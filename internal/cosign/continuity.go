package cosign

import (
	"cmp"
	"slices"

	"countersign/internal/leaf"
)

// Continuity says how another console's log stands to what this one remembers of it.
type Continuity string

// The continuities. Forked and RolledBack refuse everything until a person compares the words again.
const (
	First      Continuity = "first"       // nothing is remembered
	Continues  Continuity = "continues"   // it is the same log, by proof
	Unproven   Continuity = "unproven"    // it is longer, and nothing shows that it is the same
	Forked     Continuity = "forked"      // it is another log
	RolledBack Continuity = "rolled-back" // it is shorter than it was
)

// memory is a head that is remembered, with the digest of the request that was signed over it where that was seen.
type memory struct {
	head
	request string
}

// Refused says whether nothing may be signed or taken in.
func (c Continuity) Refused() bool { return c == Forked || c == RolledBack }

// judge compares a signed head with those that are remembered of its log. A full package names the last heads that its
// console handed out: one that is remembered here and too new to be left out there means that the console lost the record
// of having handed it out.
//
// No two requests are signed over one head, because recording the first makes the log longer. Another request over a head
// that is remembered is therefore from a log that went on differently.
func judge(now memory, remembered []memory, links []link, full bool) Continuity {
	if len(remembered) == 0 {
		return First
	}
	for _, r := range remembered {
		if r.size == now.size {
			if r.root != now.root || r.request != now.request && r.request != "" && now.request != "" {
				return Forked
			}
			return Continues
		}
	}
	last := slices.MaxFunc(remembered, func(a, b memory) int { return cmp.Compare(a.size, b.size) })
	at := slices.IndexFunc(links, func(l link) bool { return l.size == last.size })
	switch {
	case at >= 0 && links[at].root == last.root && links[at].joins(now.head):
		return Continues
	case now.size < last.size:
		return RolledBack
	case at >= 0:
		return Forked
	case full && mustName(links, last.size):
		return Forked
	}
	return Unproven
}

// mustName says whether a full package that remembers a head of this size would name it.
func mustName(links []link, size int64) bool {
	return len(links) < keptHeads || slices.ContainsFunc(links, func(l link) bool { return l.size < size })
}

// joins says whether the proof shows that the link's head and this one are of one log, whichever is the longer.
func (l link) joins(now head) bool {
	older, newer := l.head, now
	if older.size > newer.size {
		older, newer = newer, older
	}
	return leaf.CheckConsistency(l.proof, newer.size, newer.root, older.size, older.root) == nil
}

// proven returns the heads that are shown to be of one log with this one: whoever remembers them knows a package that is
// opened out of order for what it is.
func proven(now memory, links []link) []memory {
	heads := []memory{now}
	for _, l := range links {
		if l.joins(now.head) {
			heads = append(heads, memory{head: l.head})
		}
	}
	return heads
}
