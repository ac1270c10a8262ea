package serialport

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"countersign/drivers"
)

// tree makes the files of a pretended /sys; a value that starts with "->" is a symbolic link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if len(text) > 2 && text[:2] == "->" {
			err = os.Symlink(filepath.Join(root, text[2:]), path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestPortsAreReadFromWhatTheKernelShows(t *testing.T) {
	const usb = "devices/pci0/usb1/"
	root := tree(t, map[string]string{
		"class/tty/tty0/dev":       "4:0", // a console
		"class/tty/ptmx/dev":       "5:2", // pseudo-terminals
		"class/tty/rfcomm0/dev":    "216:0",
		"class/tty/ttyS0/type":     "4\n",
		"class/tty/ttyS0/device":   "->devices/pnp0/00:01",
		"class/tty/ttyS1/type":     "0\n", // a placeholder
		"class/tty/ttyS1/device":   "->devices/pnp0/00:01",
		"devices/pnp0/00:01/id":    "PNP0501",
		"class/tty/ttyUSB0/device": "->" + usb + "1-1/1-1:1.0/ttyUSB0",
		"class/tty/ttyACM0/device": "->" + usb + "1-2/1-2:1.0",

		usb + "1-1/1-1:1.0/ttyUSB0/port_number": "0",
		usb + "1-1/idVendor":                    "0403\n",
		usb + "1-1/idProduct":                   "6001\n",
		usb + "1-1/serial":                      "A10K\n",
		usb + "1-1/product":                     "FT232R USB UART\n",
		usb + "1-2/1-2:1.0/x":                   "",
		usb + "1-2/idVendor":                    "1a79\n",
		usb + "1-2/idProduct":                   "6002\n",
	})
	got, err := listTTYs(filepath.Join(root, "class/tty"), "/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	want := []Port{
		{Path: "/nowhere/rfcomm0"},
		{Path: "/nowhere/ttyACM0", VID: "1a79", PID: "6002"},
		{Path: "/nowhere/ttyS0"},
		{Path: "/nowhere/ttyUSB0", VID: "0403", PID: "6001", Serial: "A10K", Product: "FT232R USB UART"},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func TestASystemWithoutTerminalsHasNoPorts(t *testing.T) {
	if got, err := listTTYs("/nowhere", "/dev"); got != nil || err != nil {
		t.Fatal(got, err)
	}
}

func TestThisSystemCanBeListed(t *testing.T) {
	ports, err := System()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ports {
		if !filepath.IsAbs(p.Path) {
			t.Errorf("%+v", p)
		}
	}
}

func TestLookingOpensNoPort(t *testing.T) {
	device, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	defer func() { _ = device.Close(); _ = tty.Close() }()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Skipf("no inotify here: %v", err)
	}
	defer func() { _ = unix.Close(watch) }()
	if _, err := unix.InotifyAddWatch(watch, tty.Name(), unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	opened := func() bool {
		n, err := unix.Read(watch, make([]byte, 4096))
		return err == nil && n > 0
	}
	if found, err := New(tty.Name()).look(); err != nil || !slices.ContainsFunc(found, hasAddress(tty.Name())) {
		t.Fatal(found, err)
	}
	if opened() {
		t.Fatal("the port was opened")
	}
	again, err := os.OpenFile(tty.Name(), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
	if !opened() {
		t.Fatal("this test would not have noticed")
	}
}

func hasAddress(address string) func(drivers.Endpoint) bool {
	return func(ep drivers.Endpoint) bool { return ep.Address == address }
}
