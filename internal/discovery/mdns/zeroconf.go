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

	"github.com/grandcat/zeroconf"
)

// browse is a browser over the real network. A responder on both families answers each with that family's addresses
// alone, and the library tells of the first answer only; one resolver for both would make an instance change its address
// from round to round. So each family has its own resolver, and what came over IPv6 is told when the window closes.
func browse(ctx context.Context, ifi net.Interface, service string, found func(*zeroconf.ServiceEntry)) error {
	v4, v6 := families(ifi)
	switch {
	case !v6, v4 && ifi.Flags&net.FlagLoopback != 0: // on loopback every answer would come twice
		return browseOver(ctx, zeroconf.IPv4, ifi, service, found)
	case !v4:
		return browseOver(ctx, zeroconf.IPv6, ifi, service, found)
	}
	var late []*zeroconf.ServiceEntry
	done := make(chan struct{})
	go func() {
		defer close(done)
		// IPv6 may be switched off in ways that addresses do not show, so that it fails is no trouble.
		_ = browseOver(ctx, zeroconf.IPv6, ifi, service, func(e *zeroconf.ServiceEntry) {
			if len(late) < maxInstances {
				late = append(late, e)
			}
		})
	}()
	err := browseOver(ctx, zeroconf.IPv4, ifi, service, found)
	<-done
	for _, e := range late {
		found(e)
	}
	return err
}

// browseOver browses over one family: a fresh resolver, always drained until the library closes the channel (it closes
// it, also after an error; a second close would panic). A panic of the library on this goroutine becomes an error; it
// has its own goroutines too, which nobody can catch.
func browseOver(ctx context.Context, family zeroconf.IPType, ifi net.Interface, service string, found func(*zeroconf.ServiceEntry)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("multicast DNS failed: %v", p)
		}
	}()
	resolver, err := zeroconf.NewResolver(zeroconf.SelectIfaces([]net.Interface{ifi}), zeroconf.SelectIPTraffic(family))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	entries := make(chan *zeroconf.ServiceEntry, 64)
	err = resolver.Browse(ctx, service, "", entries)
	if err != nil {
		cancel()
	}
	for e := range entries {
		found(e)
	}
	return err
}

func families(ifi net.Interface) (v4, v6 bool) {
	addrs, err := ifi.Addrs()
	if err != nil {
		return true, true
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			isV4 := n.IP.To4() != nil
			v4, v6 = v4 || isV4, v6 || !isV4
		}
	}
	return v4, v6
}

// Service is what a simulated device announces.
type Service struct {
	Instance string            // as people read it: "Pump 3"
	Type     string            // "_mbap._tcp"
	Host     string            // one label: "pump-3"
	IPs      []string          // where it listens; one on loopback when announced there
	Port     int               // 1 to 65535
	TXT      map[string]string // what it says of itself
}

// Announcement is a service that answers until it is shut down.
type Announcement struct {
	server *zeroconf.Server
	once   sync.Once
	forget func() bool
}

// Announce makes a service known on these interfaces only (see Usable), until ctx ends or Shutdown is called.
func Announce(ctx context.Context, s Service, ifis []net.Interface) (*Announcement, error) {
	if len(ifis) == 0 { // which the library takes as: everywhere
		return nil, errors.New("announcing needs an interface")
	}
	if s.Instance == "" || len(s.Instance) > 63 || len(s.IPs) == 0 || s.Port < 1 || s.Port > 65535 {
		return nil, fmt.Errorf("announcing %q on port %d: a name of up to 63 bytes, an address and a port are needed", s.Instance, s.Port)
	}
	var text []string
	for _, key := range slices.Sorted(maps.Keys(s.TXT)) {
		pair := key + "=" + s.TXT[key]
		if !isKey(key) || strings.Contains(key, "=") || len(pair) > 255 {
			return nil, fmt.Errorf("announcing %q: TXT %q is not a key and a value of up to 255 bytes", s.Instance, pair)
		}
		text = append(text, strings.ReplaceAll(pair, `\`, `\\`))
	}
	server, err := zeroconf.RegisterProxy(escape(s.Instance), s.Type, "local.", s.Port, escape(s.Host), s.IPs, text, ifis)
	if err != nil {
		return nil, fmt.Errorf("announcing %q: %w", s.Instance, err)
	}
	a := &Announcement{server: server}
	a.forget = context.AfterFunc(ctx, func() { a.once.Do(a.server.Shutdown) })
	return a, nil
}

// Shutdown says goodbye and ends the answers. It may be called more than once, and returns when the sockets are closed.
func (a *Announcement) Shutdown() {
	a.forget()
	a.once.Do(a.server.Shutdown)
}
