package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"countersign/app/ui/devices"
	"countersign/internal/discovery/mdns"
	"countersign/internal/fault"
)

// network remembers on which interfaces a person allowed multicast DNS questions. An interface that appears later is
// quiet until somebody says yes again.
type network struct {
	file     string
	training bool // always on, on the loopback alone

	mu    sync.Mutex
	names []string
}

func newNetwork(file string) *network {
	n := &network{file: file}
	text, err := os.ReadFile(file)
	if err == nil && len(text) < 64<<10 {
		// A file that cannot be read means quiet, which is the safe meaning.
		_ = json.Unmarshal(text, &n.names)
	}
	return n
}

// allowed is an mdns.Interfaces.
func (n *network) allowed() ([]net.Interface, error) {
	if n.training {
		return mdns.Loopback()
	}
	usable, err := mdns.Usable()
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(usable, func(i net.Interface) bool { return !slices.Contains(n.names, i.Name) }), nil
}

// list returns the interfaces that could be searched, and which of them are.
func (n *network) list() []devices.Interface {
	usable, err := mdns.Usable()
	if err != nil {
		return nil // the source says so on the same screen
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []devices.Interface
	for _, i := range usable {
		list = append(list, devices.Interface{Name: i.Name, Addresses: addresses(i), On: slices.Contains(n.names, i.Name)})
	}
	return list
}

func addresses(i net.Interface) string {
	all, err := i.Addrs()
	if err != nil {
		return ""
	}
	var texts []string
	for _, a := range all {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// set allows questions on these interfaces alone and remembers that.
func (n *network) set(names []string) error {
	text, err := json.Marshal(names)
	if err != nil {
		return fault.New(fault.Internal, n.file, err)
	}
	if err := replaceFile(n.file, text); err != nil {
		return fault.New(fault.LogDenied, n.file, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names = names
	return nil
}

// replaceFile writes a file whole or leaves the old one.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
