//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/instance"
)

// holdEverything is a first console: it has the record, answers whoever asks for it, and talks to a monitor on a serial port.
func holdEverything(words []string) int {
	data, mirror, port := words[0], words[1], words[2]
	e, err := newEngine(options{data: data, mirror: mirror})
	if err != nil {
		return failed(err)
	}
	if err := e.open(context.Background()); err != nil {
		return failed(err)
	}
	if _, err := instance.Serve(context.Background(), data, func(context.Context) error { return nil }); err != nil {
		return failed(err)
	}
	if _, err := e.know(context.Background(), port, capnostream20.Driver{}); err != nil {
		return failed(err)
	}
	fmt.Println("ready")
	tillEnd()
	return 0
}

// cabled puts a monitor at the end of a serial line.
func cabled(t *testing.T, unit *capnostream20.Unit) (address string) {
	t.Helper()
	device, port, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() {
		_ = device.Close()
		_ = port.Close() // it was held open so that the line stays when the console hangs up
	})
	go func() { _ = unit.Serve(context.Background(), unit.Faults().Line(device)) }()
	return "serial " + port.Name()
}

// stopped makes another process hang.
func (c *child) stopped() {
	c.Helper()
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		c.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		c.Fatalf("it did not stop: %v, %v", status, err)
	}
}

func TestMatrixAFirstConsoleThatHangsKeepsNobodyFromAnEmergencyAndIsEndedByName(t *testing.T) {
	t.Parallel()
	data := site(t)
	unit := capnostream20.NewUnit("B355987654")
	port := cabled(t, unit)
	first := other(t, "first", data, t.TempDir(), port)
	first.says("ready")
	first.stopped()

	b := starts(t, data, t.TempDir())
	b.must(b.open(t.Context()), fault.LogBusy)
	r := b.room()
	s := b.arms(r.key, b.shows(b.ids[robin], "", trainees[robin].Passphrase), to(high, 2)) // by the copy of the roster
	b.took(s, "journal", "mirror")
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	asked, err := instance.Ask(t.Context(), data)
	if err != nil || asked.Alive || asked.PID != first.Process.Pid {
		t.Fatalf("%+v, %v; it is %d", asked, err, first.Process.Pid)
	}
	if os.Geteuid() != 0 { // root opens a port that somebody has for himself
		_, err = b.know(t.Context(), port, capnostream20.Driver{})
		b.must(err, fault.PortBusy)
	}
	if err := instance.End(asked.PID); err != nil {
		t.Fatal(err)
	}
	_ = first.Cmd.Wait()
	b.opens()
	s.Seal(breakglass.Sealed)
	b.settle()
	if e := b.registered(s); !e.Signed || len(e.Actions) != 1 {
		t.Errorf("%+v", e)
	}
	key := b.meet(port, capnostream20.Driver{})
	s = b.arms(key, b.shows("", "", b.sealed[0]), limit(6, 60))
	b.writes(s, key, limit(6, 60))
	if got := unit.Limit(6); got != 60 {
		t.Errorf("the monitor holds %d", got)
	}
	s.Seal(breakglass.Sealed)
	b.settle()
}
