package main

import (
	"fmt"
	"net"
	"os"

	"countersign/internal/discovery/mdns"
)

// Where devices announce themselves.
const (
	onLoopback = "loopback"
	onAll      = "all"
	onNone     = "none"
)

// audience is who hears of the ward's network devices and can connect to them.
type audience struct {
	interfaces []net.Interface // none: nothing is announced
	ips        []string        // that are announced
	listenAt   string          // TCP address with port 0
	name       string          // of the ward, "" for none
	note       string          // what people should know about it
}

// hearers finds the audience. Where nothing but loopback is up, all means loopback.
func hearers(which, name string) (audience, error) {
	a := audience{ips: []string{"127.0.0.1"}, listenAt: "127.0.0.1:0", name: name}
	var err error
	switch which {
	case onNone:
	case onLoopback:
		a.interfaces, err = mdns.Loopback()
	case onAll:
		if a.interfaces, err = mdns.Usable(); err != nil {
			break
		}
		if ips := addresses(a.interfaces); len(ips) > 0 {
			a.ips, a.listenAt = ips, "0.0.0.0:0"
			break
		}
		a.note = "no network is up: devices are announced on this machine alone"
		a.interfaces, err = mdns.Loopback()
	default:
		return a, fmt.Errorf("--interfaces is %s, %s or %s, not %q: %w", onLoopback, onAll, onNone, which, errUsage)
	}
	if err != nil {
		return a, fmt.Errorf("looking for network interfaces: %w", err)
	}
	if which != onNone && len(a.interfaces) == 0 {
		a.note = "there is no interface to announce devices on"
	}
	if which == onAll && name == "" {
		a.name, _ = os.Hostname() // two wards on one network can be told apart by it
	}
	const most = 24 // bytes: an announced name has at most 63
	a.name = a.name[:min(len(a.name), most)]
	return a, nil
}

// addresses lists the IPv4 addresses that others can connect to.
func addresses(interfaces []net.Interface) []string {
	var ips []string
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := ifi.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
				ips = append(ips, n.IP.String())
			}
		}
	}
	return ips
}

// service is what a Modbus device announces; its port is filled in when it listens.
func (a audience) service(what, host, product, serial string) *mdns.Service {
	if len(a.interfaces) == 0 {
		return nil
	}
	instance := what + " (simulated)"
	if a.name != "" {
		instance = fmt.Sprintf("%s (simulated, %s)", what, a.name)
	}
	return &mdns.Service{
		Instance: instance, Type: "_mbap._tcp", Host: host, IPs: a.ips,
		TXT: map[string]string{"txtvers": "1", "vendor": "Example Works", "product": product, "serial": serial, "simulated": "yes"},
	}
}
