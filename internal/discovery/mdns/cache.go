package mdns

import (
	"cmp"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grandcat/zeroconf"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// instance names one announced service as one question heard of it.
type instance struct {
	question
	name string // lower case: names are compared without case
}

// heard is what was last heard of an instance.
type heard struct {
	endpoint drivers.Endpoint
	at       time.Time
	ttl      time.Duration
	round    int // in which it was heard
	missed   int // rounds since then
}

func (h heard) expiry() time.Time { return h.at.Add(h.ttl) }

// cache keeps instances for as long as they said.
type cache map[instance]heard

// hear takes an entry and says whether the endpoints have changed. An entry without an address that can be dialled, a
// port or time to live is nothing.
func (c cache) hear(q question, ifi net.Interface, e *zeroconf.ServiceEntry, round int, now time.Time) bool {
	ep, ok := endpoint(ifi, q.name, e)
	if !ok {
		return false
	}
	key := instance{q, strings.ToLower(e.Instance)}
	old, known := c[key]
	if !known && len(c) >= maxInstances {
		return false
	}
	// One that has answered with an IPv4 address keeps it until that misses its rounds, or it would come and go.
	if known && isIPv4(old.endpoint) && !isIPv4(ep) {
		return false
	}
	ttl := min(time.Duration(e.TTL)*time.Second, maxTTL)
	c[key] = heard{endpoint: ep, at: now, ttl: ttl, round: round}
	return !known || old.endpoint.Key() != ep.Key() || old.endpoint.Label != ep.Label ||
		!maps.Equal(old.endpoint.Facts, ep.Facts)
}

// ended takes the end of a round and drops what should have been heard in it and was not: what has outlived its time to
// live, and what missed maxMissed rounds, because goodbyes are not delivered and a time to live can be an hour. A round
// that failed misses nothing. Time alone drops nothing either: before it runs out the question is asked again, and an
// answer may be on its way.
func (c cache) ended(q question, round int, failed bool, now time.Time) bool {
	for i, h := range c {
		if i.question == q && round > h.round && !failed {
			h.missed++
			c[i] = h
		}
	}
	return c.remove(func(i instance, h heard) bool {
		return i.question == q && round > h.round && (h.missed >= maxMissed || !now.Before(h.expiry()))
	})
}

// drop forgets everything heard to one question.
func (c cache) drop(q question) bool {
	return c.remove(func(i instance, _ heard) bool { return i.question == q })
}

func (c cache) remove(which func(instance, heard) bool) bool {
	before := len(c)
	maps.DeleteFunc(c, which)
	return len(c) != before
}

// refresh is when a question should be asked again so that nothing of it expires while its host lives: at 80 % of the
// shortest time to live (RFC 6762, 5.2).
func (c cache) refresh(q question) (at time.Time, ok bool) {
	for i, h := range c {
		if i.question != q {
			continue
		}
		if r := h.at.Add(h.ttl * 4 / 5); !ok || r.Before(at) {
			at, ok = r, true
		}
	}
	return at, ok
}

// endpoints lists every address once. An address that two instances claim goes to the first by type and name.
func (c cache) endpoints() []drivers.Endpoint {
	order := slices.SortedFunc(maps.Keys(c), func(a, b instance) int {
		return cmp.Or(strings.Compare(a.question.name, b.question.name), strings.Compare(a.name, b.name), cmp.Compare(a.idx, b.idx))
	})
	list := make([]drivers.Endpoint, 0, len(c))
	taken := make(map[string]bool, len(c))
	for _, i := range order {
		if ep := c[i].endpoint; !taken[ep.Key()] {
			taken[ep.Key()] = true
			list = append(list, ep)
		}
	}
	return list
}

// endpoint makes an endpoint of what was announced, as far as it is fit for one.
func endpoint(ifi net.Interface, service string, e *zeroconf.ServiceEntry) (drivers.Endpoint, bool) {
	ip, ok := address(ifi, e)
	if !ok || e.Port < 1 || e.Port > 65535 || e.TTL == 0 {
		return drivers.Endpoint{}, false
	}
	facts := map[string]string{"mdns.type": service}
	if host := hostName(e.HostName); host != "" {
		facts["mdns.host"] = host
	}
	txtFacts(facts, e.Text)
	ep := drivers.Endpoint{
		Scheme:  "tcp",
		Address: net.JoinHostPort(ip.String(), strconv.Itoa(e.Port)),
		Label:   discovery.Clean(unescape(e.Instance), maxName),
		Source:  Name,
		Facts:   facts,
	}
	if ep.Label == "" {
		ep.Label = ep.Address
	}
	return ep, true
}

// isIPv4 tells by the bracket that an IPv6 address in an endpoint has.
func isIPv4(ep drivers.Endpoint) bool { return !strings.HasPrefix(ep.Address, "[") }

// address is the first IPv4 address that can be a host's, or else the first such IPv6 address; a link-local one is on
// the interface that it was heard on. The lowest counts as first, so that the order of records in a packet does not
// matter. Loopback addresses mean this machine only when heard on loopback.
func address(ifi net.Interface, e *zeroconf.ServiceEntry) (netip.Addr, bool) {
	for _, ips := range [][]net.IP{e.AddrIPv4, e.AddrIPv6} {
		var best netip.Addr
		for _, ip := range ips {
			addr, ok := netip.AddrFromSlice(ip)
			addr = addr.Unmap()
			if !ok || addr.IsUnspecified() || addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) ||
				addr.IsLoopback() != (ifi.Flags&net.FlagLoopback != 0) {
				continue
			}
			if addr.Is6() && addr.IsLinkLocalUnicast() {
				addr = addr.WithZone(ifi.Name)
			}
			if !best.IsValid() || addr.Less(best) {
				best = addr
			}
		}
		if best.IsValid() {
			return best, true
		}
	}
	return netip.Addr{}, false
}
