// Package manual is the source of endpoints that a person typed in. It checks that an address can be one and no more:
// it resolves no name and opens nothing. Remembering what was typed until the next start is its caller's work.
package manual

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"countersign/drivers"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/notify"
)

// Name is the source's name.
const Name = "typed in"

const (
	maxText = 300 // bytes of what is typed
	maxList = 500 // endpoints
)

// Source holds the endpoints that were typed in. It is safe for concurrent use.
type Source struct {
	changed notify.Signal
	mu      sync.Mutex
	list    []drivers.Endpoint
}

// New returns a source without endpoints.
func New() *Source { return &Source{} }

// Name implements discovery.Source.
func (s *Source) Name() string { return Name }

// Run implements discovery.Source.
func (s *Source) Run(ctx context.Context, emit func([]drivers.Endpoint, discovery.Status)) error {
	for {
		changed := s.changed.Changed()
		emit(s.List(), discovery.Status{State: discovery.Running})
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Add takes what a person typed, as for Parse, and lists it. Typing the same again changes nothing.
func (s *Source) Add(text string) (drivers.Endpoint, error) {
	ep, err := Parse(text)
	if err != nil {
		return drivers.Endpoint{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.list {
		if known.Key() == ep.Key() {
			return known, nil
		}
	}
	if len(s.list) == maxList {
		return drivers.Endpoint{}, fault.Newf(fault.OutOfRange, text, "%d addresses are listed already", maxList)
	}
	s.list = append(s.list, ep)
	s.changed.Notify()
	return ep, nil
}

// Remove takes an endpoint off the list, by its Key, and says whether it was there.
func (s *Source) Remove(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, ep := range s.list {
		if ep.Key() == key {
			s.list = append(s.list[:i:i], s.list[i+1:]...)
			s.changed.Notify()
			return true
		}
	}
	return false
}

// List returns the endpoints in the order in which they were typed.
func (s *Source) List() []drivers.Endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]drivers.Endpoint(nil), s.list...)
}

// Parse reads an endpoint as people type it and as Endpoint.Key spells it: "tcp 10.0.0.5:502", "tcp://pump-3:502",
// "tcp [fe80::1%eth0]:502", "serial /dev/ttyUSB0", "serial COM3". Its faults, with the text as subject, are Unsupported
// for another scheme and BadNumber for an address or port that cannot be one.
func Parse(text string) (drivers.Endpoint, error) {
	if len(text) > maxText {
		return drivers.Endpoint{}, fault.Newf(fault.BadNumber, discovery.Clean(text, 40), "longer than %d bytes", maxText)
	}
	subject := discovery.Clean(text, maxText)
	scheme, address, ok := strings.Cut(strings.TrimSpace(text), "://")
	if !ok {
		scheme, address, _ = strings.Cut(strings.TrimSpace(text), " ")
	}
	address = strings.TrimSpace(address)
	var err error
	switch scheme = strings.ToLower(scheme); scheme {
	case "tcp":
		address, err = parseTCP(subject, address)
	case "serial":
		address, err = parsePort(subject, address)
	default:
		err = fault.Newf(fault.Unsupported, subject, "neither tcp nor serial")
	}
	if err != nil {
		return drivers.Endpoint{}, err
	}
	return drivers.Endpoint{Scheme: scheme, Address: address, Label: address, Source: Name}, nil
}

func parseTCP(subject, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fault.New(fault.BadNumber, subject, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fault.Newf(fault.BadNumber, subject, "a TCP port is a number from 1 to 65535")
	}
	if ip, err := netip.ParseAddr(host); err == nil && discovery.Printable(ip.Zone()) {
		host = ip.String() // one spelling, so that one key
	} else if !isHostName(host) {
		return "", fault.Newf(fault.BadNumber, subject, "%q is neither an IP address nor a host name", host)
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// isHostName allows what DNS and mDNS names are made of. A name of digits and dots only is a mistyped IP address.
func isHostName(host string) bool {
	if host == "" || len(host) > 253 || strings.Trim(host, "0123456789.") == "" {
		return false
	}
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// parsePort allows an absolute path or a Windows port name. Whether it exists is found out when it is opened.
func parsePort(subject, path string) (string, error) {
	number, isCOM := strings.CutPrefix(strings.ToUpper(path), "COM")
	if n, err := strconv.ParseUint(number, 10, 12); isCOM && err == nil && n > 0 {
		return "COM" + strconv.FormatUint(n, 10), nil
	}
	if !strings.HasPrefix(path, "/") || len(path) < 2 || !discovery.Printable(path) {
		return "", fault.Newf(fault.BadNumber, subject, "a serial port is written /dev/ttyUSB0 or COM3")
	}
	return path, nil
}
