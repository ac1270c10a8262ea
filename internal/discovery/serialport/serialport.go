// Package serialport is the source of the serial ports that the operating system knows of, with the USB facts of the
// adapter behind each. It reads what the system lists and never opens a port: opening raises DTR and RTS, and there are
// devices that restart on that. An adapter is not a device: what is behind it is for package identify to ask.
package serialport

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/discovery"
)

const (
	// Name is the source's name.
	Name = "serial ports"
	// Interval is the time between two looks unless a Source says otherwise.
	Interval = time.Second

	maxPorts    = 2000
	maxFact     = 255 // bytes
	maxFailures = 3   // looks in a row that may fail before the source gives up
)

// Port is one serial port as a Lister knows it. The USB fields are empty for a port without USB; they are what the
// adapter claims, in any spelling.
type Port struct {
	Path    string // what to open: "/dev/ttyUSB0", "COM3"
	VID     string // hexadecimal
	PID     string // hexadecimal
	Serial  string
	Product string
}

// Lister lists the serial ports of the system without opening any.
type Lister func() ([]Port, error)

// Source polls for serial ports. Its endpoints have the facts usb.vid and usb.pid (four lower-case hexadecimal digits),
// usb.serial and usb.product, each only where it is known.
type Source struct {
	list     Lister
	interval time.Duration
	globs    []string
}

// New returns a source over the system's ports and, beside them, every character device that one of the globs matches:
// the pseudo-terminals of a simulated ward, say. Globs are as for path/filepath.
func New(globs ...string) *Source { return NewWith(System, Interval, globs...) }

// NewWith is New with another list of ports, which may be nil for none, and another interval between looks.
func NewWith(list Lister, interval time.Duration, globs ...string) *Source {
	return &Source{list: list, interval: interval, globs: globs}
}

// Name implements discovery.Source.
func (s *Source) Name() string { return Name }

// Run implements discovery.Source. One look that fails keeps the list as it was: a port that is just being pulled out
// can spoil it.
func (s *Source) Run(ctx context.Context, emit func([]drivers.Endpoint, discovery.Status)) error {
	next := time.NewTicker(s.interval)
	defer next.Stop()
	var seen []drivers.Endpoint
	failures := 0
	for {
		now, err := s.look()
		switch {
		case err == nil:
			seen, failures = now, 0
		case failures+1 == maxFailures:
			return err
		default:
			failures++
		}
		emit(seen, discovery.Status{State: discovery.Running, Err: err})
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look lists every port once, the system's first.
func (s *Source) look() ([]drivers.Endpoint, error) {
	var ports []Port
	if s.list != nil {
		var err error
		if ports, err = s.list(); err != nil {
			return nil, fmt.Errorf("listing serial ports: %w", err)
		}
	}
	for _, glob := range s.globs {
		paths, err := filepath.Glob(glob)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", glob, err)
		}
		for _, path := range paths {
			if isDevice(path) {
				ports = append(ports, Port{Path: path})
			}
		}
	}
	known := make(map[string]bool, len(ports))
	endpoints := make([]drivers.Endpoint, 0, len(ports))
	for _, p := range ports {
		if p.Path == "" || known[p.Path] || len(endpoints) == maxPorts {
			continue
		}
		known[p.Path] = true
		endpoints = append(endpoints, endpoint(p))
	}
	return endpoints, nil
}

// isDevice follows symbolic links; asking for a file's mode does not open it.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func endpoint(p Port) drivers.Endpoint {
	ep := drivers.Endpoint{Scheme: "serial", Address: p.Path, Label: filepath.Base(p.Path), Source: Name}
	facts := map[string]string{
		"usb.vid":     usbID(p.VID),
		"usb.pid":     usbID(p.PID),
		"usb.serial":  discovery.Clean(p.Serial, maxFact),
		"usb.product": discovery.Clean(p.Product, maxFact),
	}
	if product := facts["usb.product"]; product != "" {
		ep.Label = fmt.Sprintf("%s (%s)", product, ep.Label)
	}
	for fact, value := range facts {
		if value == "" {
			delete(facts, fact)
		}
	}
	ep.Facts = facts
	return ep
}

// usbID spells a vendor or product number as drivers and profiles do, or returns "" for what is none.
func usbID(s string) string {
	s = strings.ToLower(s)
	if s == "" || len(s) > 4 || strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return strings.Repeat("0", 4-len(s)) + s
}
