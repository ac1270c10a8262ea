package changes

import (
	"slices"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/change"
)

// view is one way to look at the queue.
type view string

// The views, in the order of their tabs.
const (
	forMe    view = "for_me"
	mine     view = "mine"
	expiring view = "expiring"
	all      view = "all"
)

var views = []view{forMe, mine, expiring, all}

// soon is how little time a request has left that is listed as expiring.
const soon = 15 * time.Minute

// within says whether a request belongs into a view.
func (m *model) within(v view, r change.Request) bool {
	switch v {
	case forMe:
		return m.waitsFor(m.me, r)
	case mine:
		return m.me.ID != "" && r.Signer.ID == m.me.ID
	case expiring:
		rest := expires(r).Sub(m.now)
		return (r.State == change.Waiting || r.State == change.Approved) && rest > 0 && rest <= soon
	}
	return true
}

// count is how many requests a view holds.
func (m *model) count(v view) int {
	n := 0
	for _, r := range m.requests {
		if m.within(v, r) {
			n++
		}
	}
	return n
}

// viewName is what a view's tab says. What waits for nobody in particular waits for a person.
func (m *model) viewName(v view) string {
	key := "changes.view." + string(v)
	if v == forMe && m.me.ID == "" {
		key = "changes.view.for_anybody"
	}
	return kit.T(key, kit.Data{"Count": m.count(v)})
}

// first is the view that is shown to who opens the queue: what waits for them, where anything does.
func (m *model) first() view {
	if m.count(forMe) > 0 {
		return forMe
	}
	return all
}

// entry is a request as the queue lists it. It has no values.
type entry struct {
	request                               change.Request
	device, settings, when, expiry, wants string
	outcome                               kit.State // "" before there is one
}

func (m *model) entries(v view) []entry {
	list := make([]entry, 0, len(m.requests))
	for _, r := range m.requests {
		if !m.within(v, r) {
			continue
		}
		e := entry{request: r, device: deviceName(r.Device), settings: m.settingNames(r), when: kit.Age(r.Issued.Wall, m.now), expiry: left(r, m.now), wants: m.wantsShort(r)}
		if r.State == change.Done {
			e.outcome = state(r.Outcome)
		}
		list = append(list, e)
	}
	return list
}

func (e entry) same(o entry) bool {
	return e.request.ID == o.request.ID && e.request.State == o.request.State && e.settings == o.settings && e.when == o.when && e.expiry == o.expiry &&
		e.outcome == o.outcome && e.wants == o.wants
}

// wantsShort says in a few words who a request waits for.
func (m *model) wantsShort(r change.Request) string {
	switch {
	case r.State == change.Waiting:
		return m.wanted(r).short()
	case r.State == change.Approved:
		return kit.T("changes.wants.write")
	case r.State == change.Returned && !m.edited(r):
		return kit.T("changes.wants.edit", kit.Data{"Name": r.Signer.Name})
	case r.State == change.Done && !r.Accepted && tookAnother(r):
		return kit.T("changes.wants.accept")
	case r.State == change.Done && r.Outcome == change.Unknown:
		return kit.T("changes.wants.read")
	}
	return ""
}

func viewAt(i int) view { return views[min(max(i, 0), len(views)-1)] }

func tabOf(v view) int { return max(slices.Index(views, v), 0) }
