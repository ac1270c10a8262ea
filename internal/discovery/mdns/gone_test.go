package mdns

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grandcat/zeroconf"

	"countersign/drivers"
	"countersign/internal/discovery"
)

func TestAnIPv4AddressStaysUntilItMissesItsRounds(t *testing.T) {
	c, q, now := cache{}, question{"eth0", 2, "_mbap._tcp"}, time.Now()
	over4, over6 := host("pump", 4500, "10.0.0.5"), host("pump", 4500, "fe80::5")
	check := func(round int, want string) {
		t.Helper()
		if list := c.endpoints(); len(list) != 1 || list[0].Address != want {
			t.Fatalf("round %d: %+v, want %s", round, list, want)
		}
	}
	c.hear(q, eth0, over6, 1, now)
	check(1, "[fe80::5%eth0]:502")
	c.hear(q, eth0, over4, 2, now)
	check(2, "10.0.0.5:502")
	for round := 3; round < 2+maxMissed; round++ {
		if c.hear(q, eth0, over6, round, now) {
			t.Fatal("an answer over IPv6 was taken as news")
		}
		c.ended(q, round, false, now)
		check(round, "10.0.0.5:502")
	}
	c.ended(q, 2+maxMissed, false, now)
	c.hear(q, eth0, over6, 3+maxMissed, now)
	check(3+maxMissed, "[fe80::5%eth0]:502")
}

func TestARescanFindsThatAHostIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{hosts: []*zeroconf.ServiceEntry{host("pump", 4500, "10.0.0.5")}, started: time.Now()}
		s := New(func() ([]net.Interface, error) { return []net.Interface{eth0}, nil }, Repeat)
		s.browse = n.browse
		var list []drivers.Endpoint
		go s.Run(t.Context(), func(now []drivers.Endpoint, _ discovery.Status) { n.change(func() { list = now }) })
		time.Sleep(10 * time.Minute) // so many rounds that those of a rescan are fewer
		n.change(func() {
			if n.hosts = nil; len(list) != 1 {
				t.Errorf("%+v", list)
			}
		})
		s.Rescan()
		time.Sleep(10 * time.Second) // three rounds
		n.change(func() {
			if len(list) != 0 {
				t.Errorf("still there: %+v", list)
			}
		})
	})
}
