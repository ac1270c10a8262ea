package serialport_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"countersign/drivers"
	"countersign/internal/discovery"
	"countersign/internal/discovery/serialport"
)

// system is a list of ports that a test changes while it is in use.
type system struct {
	mu    sync.Mutex
	ports []serialport.Port
	fails error
}

func (s *system) list() ([]serialport.Port, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ports, s.fails
}

func (s *system) set(ports []serialport.Port, fails error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports, s.fails = ports, fails
}

type look struct {
	list   []drivers.Endpoint
	status discovery.Status
}

// watch runs a source in a bubble and hands out what it last emitted.
func watch(t *testing.T, s *serialport.Source, test func(last func() look)) error {
	var err error
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var (
			mu  sync.Mutex
			now look
		)
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, func(list []drivers.Endpoint, status discovery.Status) {
				mu.Lock()
				defer mu.Unlock()
				now = look{list, status}
			})
		}()
		test(func() look {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return now
		})
		cancel()
		err = <-done
	})
	return err
}

func TestPortsComeAndGoWithTheSystemsList(t *testing.T) {
	ports := []serialport.Port{
		{Path: "/dev/ttyUSB0", VID: "0403", PID: "6001", Serial: "A1\x00B2", Product: "FT232R\u202e UART"},
		{Path: "/dev/ttyS0"},
		{Path: "/dev/ttyS0"},
		{Path: "COM3", VID: "1A7", PID: "none"},
	}
	system := &system{ports: ports}
	err := watch(t, serialport.NewWith(system.list, time.Second), func(last func() look) {
		got := last()
		if got.status != (discovery.Status{State: discovery.Running}) || len(got.list) != 3 {
			t.Fatalf("%+v", got)
		}
		want := map[string]string{"usb.vid": "0403", "usb.pid": "6001", "usb.serial": "A1B2", "usb.product": "FT232R UART"}
		if ep := got.list[0]; ep.Key() != "serial:///dev/ttyUSB0" || ep.Label != "FT232R UART (ttyUSB0)" || !maps.Equal(ep.Facts, want) {
			t.Fatalf("%+v", ep)
		}
		if ep := got.list[1]; ep.Label != "ttyS0" || len(ep.Facts) != 0 || ep.Source != serialport.Name {
			t.Fatalf("%+v", ep)
		}
		if ep := got.list[2]; !maps.Equal(ep.Facts, map[string]string{"usb.vid": "01a7"}) {
			t.Fatalf("%+v", ep)
		}
		system.set(ports[1:2], nil)
		if len(last().list) != 3 {
			t.Fatal("it looked before its time")
		}
		time.Sleep(time.Second)
		if got := last().list; len(got) != 1 || got[0].Address != "/dev/ttyS0" {
			t.Fatalf("%+v", got)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestOneFailedLookKeepsTheList(t *testing.T) {
	broken := errors.New("in the middle of an unplug")
	ports := []serialport.Port{{Path: "/dev/ttyS0"}}
	system := &system{ports: ports}
	err := watch(t, serialport.NewWith(system.list, time.Second), func(last func() look) {
		last()
		for range 2 {
			system.set(nil, broken)
			time.Sleep(time.Second)
			if got := last(); len(got.list) != 1 || !errors.Is(got.status.Err, broken) {
				t.Fatalf("%+v", got)
			}
			system.set(ports, nil)
			time.Sleep(time.Second)
			if got := last(); got.status.Err != nil {
				t.Fatalf("%+v", got)
			}
		}
		system.set(nil, broken)
		time.Sleep(3 * time.Second)
		last()
	})
	if !errors.Is(err, broken) {
		t.Fatalf("three failures in a row ended in %v", err)
	}
}

func TestAGlobFindsPseudoTerminalsOnly(t *testing.T) {
	device, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = device.Close(); _ = tty.Close() })
	ward := t.TempDir()
	if err := os.Symlink(tty.Name(), filepath.Join(ward, "pump-1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", filepath.Join(ward, "dangling")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ward, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_ = watch(t, serialport.NewWith(nil, time.Second, filepath.Join(ward, "*")), func(last func() look) {
		if got := last().list; len(got) != 1 || got[0].Address != filepath.Join(ward, "pump-1") || got[0].Label != "pump-1" {
			t.Fatalf("%+v", got)
		}
	})
	err = watch(t, serialport.NewWith(nil, time.Second, "["), func(func() look) { time.Sleep(time.Minute) })
	if !errors.Is(err, filepath.ErrBadPattern) {
		t.Fatalf("a bad glob ended in %v", err)
	}
}

func TestTheListIsBounded(t *testing.T) {
	var ports []serialport.Port
	for n := range 5000 {
		ports = append(ports, serialport.Port{Path: fmt.Sprintf("/dev/ttyUSB%d", n)})
	}
	list := func() ([]serialport.Port, error) { return ports, nil }
	_ = watch(t, serialport.NewWith(list, time.Second), func(last func() look) {
		if n := len(last().list); n != 2000 {
			t.Fatalf("%d ports", n)
		}
	})
}
