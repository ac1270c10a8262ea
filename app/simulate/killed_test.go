package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/link"
)

// hold is what a console does that will be killed in the middle of a session.
func hold(address string) {
	ep, line := drivers.Endpoint{Scheme: "serial", Address: address}, capnostream20.Driver{}.Line()
	conn, err := link.New().Open(context.Background(), "a console", ep, line)
	if err == nil {
		_, err = capnostream20.Driver{}.Probe(context.Background(), conn)
	}
	fmt.Println("held", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// TestAConsoleThatWasKilledLeavesThePortUsable is about the exclusive hold, which a killed console cannot give back and
// which the operating system does not apply to root. So root runs it as somebody else.
func TestAConsoleThatWasKilledLeavesThePortUsable(t *testing.T) {
	needPorts(t)
	if os.Getuid() == 0 {
		asSomebodyElse(t)
		return
	}
	_, file := newWard(t)
	address := entry(t, file, story).Address
	console, lines := start(t, exec.CommandContext(t.Context(), executable(t)), isConsole+"="+address)
	if !lines.Scan() || lines.Text() != "held <nil>" {
		t.Fatalf("the console says %q, %v", lines.Text(), lines.Err())
	}
	ep := drivers.Endpoint{Scheme: "serial", Address: address}
	if _, err := link.New().Open(bound(t), "another", ep, drivers.Line{}); err == nil {
		t.Fatal("two consoles share a port")
	}
	if err := console.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = console.Wait() // says that it was killed
	eventually(t, "the next console can open the port", func() bool {
		conn, err := link.New().Open(bound(t), "the next console", ep, capnostream20.Driver{}.Line())
		if err != nil {
			return false
		}
		defer conn.Close()
		id, err := capnostream20.Driver{}.Probe(bound(t), conn)
		return err == nil && id.Serial == story
	})
}

// asSomebodyElse runs the calling test again without the rights of root.
func asSomebodyElse(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("root, and no setpriv to become somebody else")
	}
	dir := filepath.Dir(newFolder(t))
	copied := filepath.Join(dir, "test")
	program, err := os.ReadFile(executable(t))
	if err := errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(copied, program, 0o755)); err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), "setpriv", "--reuid=65534", "--clear-groups", copied, "-test.run=^"+t.Name()+"$", "-test.v")
	again.Dir = dir
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
