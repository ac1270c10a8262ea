package serialport

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// System lists the serial ports that Linux shows under /sys.
//
// Both lists of go.bug.st/serial (GetPortsList, and GetDetailedPortsList on top of it) open every /dev/ttyS* and
// /dev/ttyHS* on Linux, to tell real ports from placeholders. That moves DTR and RTS of a device that may be connected
// there and changes the settings of a port that may be in use, every second. The kernel tells the same without it.
func System() ([]Port, error) { return listTTYs("/sys/class/tty", "/dev") }

// maxTTYs bounds how many entries of /sys are looked at, and usbDepth how far above a port its USB device can be
// (port, interface, device for usb-serial; interface, device for cdc-acm).
const (
	maxTTYs  = 4096
	usbDepth = 4
)

func listTTYs(sys, dev string) ([]Port, error) {
	entries, err := os.ReadDir(sys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a system without terminals has no serial ports
	}
	if err != nil {
		return nil, err
	}
	var ports []Port
	for _, entry := range entries[:min(len(entries), maxTTYs)] {
		tty := filepath.Join(sys, entry.Name())
		if !isSerial(tty) {
			continue
		}
		p := Port{Path: filepath.Join(dev, entry.Name())}
		addUSB(&p, filepath.Join(tty, "device"))
		ports = append(ports, p)
	}
	return ports, nil
}

// isSerial says whether a terminal is a port: it has a device behind it (consoles and pseudo-terminals have none), or
// is a Bluetooth one; and it is not a placeholder, which the kernel shows as a UART of type 0.
func isSerial(tty string) bool {
	if _, err := os.Stat(filepath.Join(tty, "device")); err != nil {
		return strings.HasPrefix(filepath.Base(tty), "rfcomm")
	}
	return attribute(tty, "type") != "0"
}

// addUSB looks for the USB device that the port belongs to.
func addUSB(p *Port, device string) {
	dir, err := filepath.EvalSymlinks(device)
	if err != nil {
		return
	}
	for range usbDepth {
		if vid := attribute(dir, "idVendor"); vid != "" {
			p.VID, p.PID = vid, attribute(dir, "idProduct")
			p.Serial, p.Product = attribute(dir, "serial"), attribute(dir, "product")
			return
		}
		dir = filepath.Dir(dir)
	}
}

// attribute returns one attribute of a device, or "" when there is none. The kernel's attributes fit one page.
func attribute(dir, name string) string {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
