package mdns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grandcat/zeroconf"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// network answers questions in place of a real one, in a bubble's time.
type network struct {
	mu      sync.Mutex
	ifis    []net.Interface
	hosts   []*zeroconf.ServiceEntry // all of them Modbus
	fails   error
	alive   int
	most    int
	asked   []string // "1.1s eth0 _mbap._tcp", for the first type only
	started time.Time
}

func (n *network) browse(ctx context.Context, ifi net.Interface, service string, found func(*zeroconf.ServiceEntry)) error {
	n.mu.Lock()
	n.alive++
	n.most = max(n.most, n.alive)
	var hosts []*zeroconf.ServiceEntry
	if service == "_mbap._tcp" {
		n.asked = append(n.asked, fmt.Sprintf("%s %s", time.Since(n.started), ifi.Name))
		hosts = n.hosts
	}
	fails := n.fails
	n.mu.Unlock()
	defer n.change(func() { n.alive-- })
	if fails != nil {
		return fails
	}
	for _, e := range hosts {
		found(e)
	}
	select {
	case <-time.After(window):
	case <-ctx.Done():
	}
	return nil
}

// change changes the network while it is in use.
func (n *network) change(to func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	to()
}

func host(name string, ttl uint32, ip string, text ...string) *zeroconf.ServiceEntry {
	e := zeroconf.NewServiceEntry(name, "_mbap._tcp", "local.")
	e.HostName, e.Port, e.TTL, e.Text = "host.local.", 502, ttl, text
	if addr := net.ParseIP(ip); addr.To4() != nil {
		e.AddrIPv4 = []net.IP{addr}
	} else {
		e.AddrIPv6 = []net.IP{addr}
	}
	return e
}

var eth0 = net.Interface{Index: 2, Name: "eth0", Flags: net.FlagUp | net.FlagMulticast}

// watch runs a source over a pretended network in a bubble; last waits for quiet and returns what was last emitted.
func watch(t *testing.T, hosts []*zeroconf.ServiceEntry, test func(n *network, s *Source, last func() ([]drivers.Endpoint, discovery.Status))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &network{ifis: []net.Interface{eth0}, hosts: hosts, started: time.Now()}
		s := New(func() (ifis []net.Interface, err error) {
			n.change(func() { ifis = n.ifis })
			return ifis, nil
		}, Repeat)
		s.browse = n.browse
		ctx, cancel := context.WithCancel(t.Context())
		var list []drivers.Endpoint
		var status discovery.Status
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, func(now []drivers.Endpoint, st discovery.Status) {
				n.change(func() { list, status = now, st })
			})
		}()
		test(n, s, func() (now []drivers.Endpoint, st discovery.Status) {
			synctest.Wait()
			n.change(func() { now, st = list, status })
			return now, st
		})
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if n.alive != 0 {
			t.Fatalf("%d resolvers outlived the source", n.alive)
		}
	})
}

func TestRoundsComeAtTheirTimes(t *testing.T) {
	watch(t, nil, func(n *network, s *Source, last func() ([]drivers.Endpoint, discovery.Status)) {
		time.Sleep(150 * time.Second)
		last()
		// Two batches of four types take twice the window, so the second and third rounds wait for their turn.
		want := []string{"0s", "3s", "6s", "9s", "27s", "1m27s", "2m27s"}
		for i := range want {
			want[i] += " eth0"
		}
		if !slices.Equal(n.asked, want) {
			t.Fatalf("asked at %v, want %v", n.asked, want)
		}
		if n.most != maxResolvers {
			t.Fatalf("%d resolvers at once", n.most)
		}
		n.change(func() { n.asked = nil })
		s.Rescan()
		last()
		if len(n.asked) != 1 {
			t.Fatalf("a rescan asked %v", n.asked)
		}
	})
}

func TestItIsQuietWhereNobodyAllowedIt(t *testing.T) {
	hosts := []*zeroconf.ServiceEntry{host("pump", 4500, "10.0.0.5")}
	watch(t, hosts, func(n *network, _ *Source, last func() ([]drivers.Endpoint, discovery.Status)) {
		time.Sleep(time.Second)
		if list, status := last(); len(list) != 1 || status.State != discovery.Running {
			t.Fatalf("%+v %+v", list, status)
		}
		n.change(func() { n.ifis = nil })
		time.Sleep(2 * time.Second)
		if list, status := last(); len(list) != 0 || status.State != discovery.Quiet {
			t.Fatalf("after consent was taken back: %+v %+v", list, status)
		}
		n.change(func() { n.asked = nil })
		time.Sleep(10 * time.Minute)
		if last(); len(n.asked) != 0 {
			t.Fatalf("asked at %v", n.asked)
		}
		n.change(func() { n.ifis = []net.Interface{eth0} })
		time.Sleep(2 * time.Second)
		if list, status := last(); len(list) != 1 || status.State != discovery.Running {
			t.Fatalf("after consent was given again: %+v %+v", list, status)
		}
	})
}

func TestASilentHostExpiresWithItsTimeToLive(t *testing.T) {
	hosts := []*zeroconf.ServiceEntry{host("pump", 3, "10.0.0.5")}
	watch(t, hosts, func(n *network, _ *Source, last func() ([]drivers.Endpoint, discovery.Status)) {
		for range 300 { // as long as it lives it stays, though the usual gap is far longer than its time to live
			time.Sleep(time.Second)
			if list, _ := last(); len(list) != 1 {
				t.Fatalf("a live host was lost after %s", time.Since(n.started))
			}
		}
		n.change(func() { n.hosts = nil })
		time.Sleep(8 * time.Second) // its time to live and the round after it
		if list, _ := last(); len(list) != 0 {
			t.Fatalf("a dead host is still there: %+v", list)
		}
	})
}

func TestAHostThatMissesThreeRoundsIsGone(t *testing.T) {
	hosts := []*zeroconf.ServiceEntry{host("pump", 4500, "10.0.0.5")}
	watch(t, hosts, func(n *network, _ *Source, last func() ([]drivers.Endpoint, discovery.Status)) {
		time.Sleep(30 * time.Second) // rounds 1 to 5
		n.change(func() { n.hosts = nil })
		time.Sleep(120 * time.Second) // two more
		if list, _ := last(); len(list) != 1 {
			t.Fatal("given up too early")
		}
		time.Sleep(60 * time.Second)
		if list, _ := last(); len(list) != 0 {
			t.Fatal("still there")
		}
	})
}

func TestTheTimeToLiveIsCapped(t *testing.T) {
	c, q, now := cache{}, question{"eth0", 2, "_mbap._tcp"}, time.Now()
	c.hear(q, eth0, host("pump", 1<<32-1, "10.0.0.5"), 1, now)
	if c.ended(q, 2, false, now.Add(75*time.Minute-1)) || !c.ended(q, 2, false, now.Add(75*time.Minute)) {
		t.Fatal("not gone after 75 minutes")
	}
	if c.hear(q, eth0, host("other", 0, "10.0.0.6"), 1, now) {
		t.Fatal("a goodbye was taken as news")
	}
}

func TestABrokenInterfaceIsReportedAndTheRestGoesOn(t *testing.T) {
	hosts := []*zeroconf.ServiceEntry{host("pump", 4500, "10.0.0.5")}
	watch(t, hosts, func(n *network, _ *Source, last func() ([]drivers.Endpoint, discovery.Status)) {
		time.Sleep(2 * time.Second)
		broken := errors.New("failed to join")
		n.change(func() { n.fails = broken })
		time.Sleep(10 * time.Second)
		list, status := last()
		if len(list) != 1 || status.State != discovery.Running || !errors.Is(status.Err, broken) || !strings.Contains(status.Err.Error(), "eth0") {
			t.Fatalf("%+v %+v", list, status)
		}
		if strings.Count(status.Err.Error(), "failed to join") != 1 {
			t.Fatalf("said more than once: %v", status.Err)
		}
		n.change(func() { n.fails = nil })
		time.Sleep(30 * time.Second)
		if _, status := last(); status.Err != nil {
			t.Fatalf("%+v", status)
		}
	})
}

func TestAnEndpointSaysWhatWasClaimed(t *testing.T) {
	lo := net.Interface{Index: 1, Name: "lo", Flags: net.FlagUp | net.FlagLoopback}
	both := host(`PACS\ L\195\188beck\.x`, 120, "10.0.0.9", "md=310", "MD=311", "u=admin", "p=secret", "bad=\\001", "flag", "=x", "k y=1")
	both.AddrIPv4 = append(both.AddrIPv4, net.IPv4(10, 0, 0, 7), net.IPv4zero, net.IPv4(127, 0, 0, 1))
	both.AddrIPv6 = []net.IP{net.ParseIP("fe80::1")}
	both.HostName = `Bed\.side\ 4.local.`
	ep, ok := endpoint(eth0, "_mbap._tcp", both)
	want := map[string]string{
		"mdns.type": "_mbap._tcp", "mdns.host": "Bed.side 4.local", "mdns.txt.md": "310", "mdns.txt.flag": "", "mdns.txt.k y": "",
	}
	delete(want, "mdns.txt.k y") // a space is allowed by RFC 6763, and not by us
	if !ok || ep.Key() != "tcp://10.0.0.7:502" || ep.Label != "PACS Lübeck.x" || fmt.Sprint(ep.Facts) != fmt.Sprint(want) {
		t.Fatalf("%+v", ep)
	}
	for name, c := range map[string]struct {
		ifi  net.Interface
		e    *zeroconf.ServiceEntry
		want string
	}{
		"a link-local address has a zone":       {eth0, host("a", 9, "fe80::1"), "[fe80::1%eth0]:502"},
		"a global one has none":                 {eth0, host("a", 9, "fd00::7"), "[fd00::7]:502"},
		"loopback is heard on loopback":         {lo, host("a", 9, "127.0.0.1"), "127.0.0.1:502"},
		"and from nowhere else":                 {eth0, host("a", 9, "127.0.0.1"), ""},
		"a foreign address on loopback is odd":  {lo, host("a", 9, "10.0.0.5"), ""},
		"a group is not a host":                 {eth0, host("a", 9, "224.0.0.251"), ""},
		"everybody is not a host":               {eth0, host("a", 9, "255.255.255.255"), ""},
		"an instance without a name is its own": {eth0, host(`\001`, 9, "10.0.0.5"), "10.0.0.5:502"},
	} {
		t.Run(name, func(t *testing.T) {
			if ep, _ := endpoint(c.ifi, "_mbap._tcp", c.e); ep.Address != c.want {
				t.Fatalf("%+v", ep)
			}
		})
	}
	noPort := host("a", 9, "10.0.0.5")
	noPort.Port = 0
	if _, ok := endpoint(eth0, "_mbap._tcp", noPort); ok {
		t.Fatal("an endpoint without a port")
	}
}

func TestAStormOfNamesIsBounded(t *testing.T) {
	var hosts []*zeroconf.ServiceEntry
	for i := range 5000 {
		hosts = append(hosts, host(fmt.Sprint("pump", i), 4500, fmt.Sprintf("10.0.%d.%d", i/250, i%250+1)))
	}
	watch(t, hosts, func(_ *network, _ *Source, last func() ([]drivers.Endpoint, discovery.Status)) {
		time.Sleep(10 * time.Second)
		list, _ := last()
		if len(list) != maxInstances {
			t.Fatalf("%d endpoints", len(list))
		}
	})
}

func TestTypesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, typ := range Types() {
		if !strings.HasPrefix(typ.Name, "_") || !strings.HasSuffix(typ.Name, "._tcp") || typ.What == "" || seen[typ.Name] {
			t.Errorf("%+v", typ)
		}
		seen[typ.Name] = true
	}
	if Types()[0].Name != "_mbap._tcp" {
		t.Error("Modbus is asked for first")
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{`PACS L\195\188beck`, `Infusion\ Pump\ #1`, `Printer\.With\.Dots`, `\`, `\9`, `\999x`, "é", `a\\.b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if len(unescape(name)) > len(name) {
			t.Fatalf("%q grew", name)
		}
		if back := unescape(escape(name)); back != name {
			t.Fatalf("%q became %q", name, back)
		}
		if labels := splitLabels(escape(name)); len(labels) != 1 {
			t.Fatalf("%q has %d labels", name, len(labels))
		}
		if h := hostName(name); len(h) > maxName || !discovery.Printable(h) {
			t.Fatalf("%q", h)
		}
	})
}

func FuzzTXT(f *testing.F) {
	f.Add("txtvers=1", `md=Infusa\032310`, "u=admin")
	f.Add(`path=/\195\188`, "=", "flag")
	f.Add("gensiostack=telnet(rfc2217),tcp", "provider=ser2net", strings.Repeat("k", 300)+"=v")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		facts := map[string]string{}
		txtFacts(facts, append(slices.Repeat([]string{a, b}, 20), c))
		if len(facts) > maxTXT {
			t.Fatalf("%d facts", len(facts))
		}
		for fact, value := range facts {
			key, ok := strings.CutPrefix(fact, "mdns.txt.")
			if !ok || !isKey(key) || key == "u" || key == "p" || len(value) > maxValue || !discovery.Printable(value) {
				t.Fatalf("%q = %q", fact, value)
			}
		}
	})
}
