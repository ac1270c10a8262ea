package mdns

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// eventually polls, because the library's goroutines and a real network tell nobody when they are done.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// loopback returns the loopback interface, or skips where multicast does not work on it.
func loopback(t *testing.T) []net.Interface {
	t.Helper()
	ifis, err := Loopback()
	if err != nil || len(ifis) == 0 {
		t.Skipf("no loopback interface: %v", err)
	}
	group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}
	c, err := net.ListenMulticastUDP("udp4", &ifis[0], group)
	if err != nil {
		t.Skipf("no multicast on loopback: %v", err)
	}
	_ = c.Close()
	return ifis
}

func TestAnAnnouncedServiceIsFoundOnLoopback(t *testing.T) {
	ifis := loopback(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	name := fmt.Sprintf("Pumpe Nr. 3 (Lübeck) %d", os.Getpid())
	a, err := Announce(ctx, Service{
		Instance: name, Type: "_mbap._tcp", Host: "pump-3", IPs: []string{"127.0.0.1"}, Port: 15020,
		TXT: map[string]string{"md": "Infusa 310", "note": `a\b "c"`, "p": "secret"},
	}, ifis)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Shutdown()
	registry := discovery.NewRegistry(New(func() ([]net.Interface, error) { return ifis, nil }, Repeat))
	go registry.Run(ctx)
	var found discovery.Found
	eventually(t, "the service is listed", func() bool {
		for _, f := range registry.List() {
			if f.Label == name && f.Present {
				found = f
				return true
			}
		}
		return false
	})
	want := map[string]string{
		"mdns.type": "_mbap._tcp", "mdns.host": "pump-3.local", "mdns.txt.md": "Infusa 310", "mdns.txt.note": `a\b "c"`,
	}
	if found.Key() != "tcp://127.0.0.1:15020" || found.Source != Name || fmt.Sprint(found.Facts) != fmt.Sprint(want) {
		t.Fatalf("%+v", found)
	}
	a.Shutdown()
	a.Shutdown()
}

func TestStartingAndStoppingLeavesNothingBehind(t *testing.T) {
	ifis := loopback(t)
	s := New(func() ([]net.Interface, error) { return ifis, nil }, Repeat)
	for range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Run(ctx, func(_ []drivers.Endpoint, status discovery.Status) {
			if status.Err != nil {
				t.Error(status.Err)
			}
			cancel()
		})
		if err != context.Canceled {
			t.Fatal(err)
		}
	}
	a, err := Announce(t.Context(), Service{Instance: "x", Type: "_mbap._tcp", Host: "x", IPs: []string{"127.0.0.1"}, Port: 1}, ifis)
	if err != nil {
		t.Fatal(err)
	}
	a.Shutdown()
	stacks := make([]byte, 1<<20)
	eventually(t, "no goroutine of the library is left", func() bool {
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "grandcat/zeroconf")
	})
}

func TestAnnouncementsThatMakeNoSense(t *testing.T) {
	good := Service{Instance: "x", Type: "_mbap._tcp", Host: "x", IPs: []string{"127.0.0.1"}, Port: 502}
	ifis := []net.Interface{{Index: 1, Name: "lo"}}
	for name, spoil := range map[string]func(*Service){
		"no name":       func(s *Service) { s.Instance = "" },
		"a long name":   func(s *Service) { s.Instance = strings.Repeat("x", 64) },
		"no address":    func(s *Service) { s.IPs = nil },
		"not an IP":     func(s *Service) { s.IPs = []string{"localhost"} },
		"no port":       func(s *Service) { s.Port = 0 },
		"an empty key":  func(s *Service) { s.TXT = map[string]string{"": "x"} },
		"a key with =":  func(s *Service) { s.TXT = map[string]string{"a=b": "x"} },
		"a long string": func(s *Service) { s.TXT = map[string]string{"a": strings.Repeat("x", 254)} },
	} {
		bad := good
		spoil(&bad)
		if a, err := Announce(t.Context(), bad, ifis); err == nil {
			a.Shutdown()
			t.Errorf("%s was announced", name)
		}
	}
	if a, err := Announce(t.Context(), good, nil); err == nil {
		a.Shutdown()
		t.Error("announced everywhere")
	}
}

func TestUsableInterfacesAreUp(t *testing.T) {
	ifis, err := Usable()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range ifis {
		if ifi.Flags&net.FlagUp == 0 {
			t.Errorf("%+v", ifi)
		}
		if ifi.Flags&net.FlagLoopback != 0 && len(ifis) > 1 {
			t.Errorf("loopback beside others: %+v", ifis)
		}
	}
}
