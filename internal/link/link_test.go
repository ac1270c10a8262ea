package link_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/link"
)

// childOpens makes the test binary open this address and print what came of it, for tests that need another user.
const childOpens = "LINK_TEST_OPENS"

func TestMain(m *testing.M) {
	if address := os.Getenv(childOpens); address != "" {
		_, err := link.New().Open(context.Background(), "child", drivers.Endpoint{Scheme: "serial", Address: address}, drivers.Line{})
		fmt.Print(fault.KindOf(err))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// openAsAnother opens a serial port in a process that is not root, and returns the kind of fault.
func openAsAnother(t *testing.T, address string) fault.Kind {
	t.Helper()
	dir, err := os.MkdirTemp("", "link")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skipf("no /proc to start another process of this test from: %v", err)
	}
	program := filepath.Join(dir, "child")
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	command := []string{program}
	if os.Getuid() == 0 {
		if _, err := exec.LookPath("setpriv"); err != nil {
			t.Skip("root, and no setpriv to become somebody else")
		}
		command = []string{"setpriv", "--reuid=65534", "--clear-groups", program}
	}
	child := exec.Command(command[0], command[1:]...)
	child.Env = append(os.Environ(), childOpens+"="+address)
	child.Dir = dir
	out, err := child.Output()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return fault.Kind(out)
}

func openPTY(t *testing.T) (device *os.File, ep drivers.Endpoint) {
	t.Helper()
	device, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = device.Close(); _ = tty.Close() })
	return device, drivers.Endpoint{Scheme: "serial", Address: tty.Name()}
}

func mustOpen(t *testing.T, o *link.Opener, ep drivers.Endpoint) drivers.Conn {
	t.Helper()
	c, err := o.Open(t.Context(), "the test", ep, drivers.Line{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func bound(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestAConversationOverAPseudoTerminal(t *testing.T) {
	device, ep := openPTY(t)
	c := mustOpen(t, link.New(), ep)
	go func() {
		question, _ := bufio.NewReader(device).ReadString('\r')
		fmt.Fprintf(device, "heard %q\n\x00\xff\n", question)
	}()
	if err := c.Send(bound(t), []byte("ID?\r")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`heard "ID?\r"`, "\x00\xff"} {
		got, err := c.Receive(bound(t), bufio.ScanLines)
		if err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	if err := c.Retune(drivers.Line{Baud: 115200, Bits: 7, Parity: drivers.EvenParity, StopBits: 2}); err != nil {
		t.Fatal(err)
	}
}

func TestAFrameLongerThanOnePieceArrivesWhole(t *testing.T) {
	device, ep := openPTY(t)
	c := mustOpen(t, link.New(), ep)
	frame := bytes.Repeat([]byte("0123456789"), 500)
	got := make(chan []byte, 1)
	go func() {
		b := make([]byte, len(frame))
		_, _ = io.ReadFull(device, b)
		got <- b
	}()
	if err := c.Send(bound(t), frame); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(<-got, frame) {
		t.Fatal("the frame was changed on its way")
	}
}

func TestUnpluggingEndsReceiveAndSend(t *testing.T) {
	device, ep := openPTY(t)
	c := mustOpen(t, link.New(), ep)
	received := make(chan error, 1)
	go func() {
		_, err := c.Receive(bound(t), bufio.ScanLines)
		received <- err
	}()
	if err := device.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-received; !fault.Is(err, fault.PortGone) || !errors.Is(err, io.EOF) || fault.SubjectOf(err) != ep.Address {
		t.Fatalf("Receive said %v", err)
	}
	if err := c.Send(bound(t), []byte("hello")); !fault.Is(err, fault.PortGone) {
		t.Fatalf("Send said %v", err)
	}
}

func TestASecondOpenIsToldWhoHolds(t *testing.T) {
	_, ep := openPTY(t)
	o := link.New()
	c, err := o.Open(t.Context(), "Pump 3", ep, drivers.Line{})
	if err != nil {
		t.Fatal(err)
	}
	alias := filepath.Join(t.TempDir(), "by-id")
	if err := os.Symlink(ep.Address, alias); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{ep.Address, alias} {
		_, err := o.Open(t.Context(), "identify", drivers.Endpoint{Scheme: "serial", Address: address}, drivers.Line{})
		if !fault.Is(err, fault.PortBusy) || !strings.Contains(err.Error(), "Pump 3") {
			t.Fatalf("%s: %v", address, err)
		}
	}
	if holder, ok := o.Holder(ep); !ok || holder != "Pump 3" {
		t.Fatalf("held by %q, %v", holder, ok)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal("a second Close failed:", err)
	}
	if _, held := o.Holder(ep); held {
		t.Fatal("still held after Close")
	}
	mustOpen(t, o, ep)
}

func TestAPortThatMayNotBeOpenedIsDenied(t *testing.T) {
	_, ep := openPTY(t)
	if err := os.Chmod(ep.Address, 0); err != nil {
		t.Fatal(err)
	}
	if kind := openAsAnother(t, ep.Address); kind != fault.PortDenied {
		t.Fatalf("got %q", kind)
	}
}

func TestAPortOfAnotherProgramIsBusy(t *testing.T) {
	_, ep := openPTY(t)
	if err := os.Chmod(ep.Address, 0o666); err != nil {
		t.Fatal(err)
	}
	c := mustOpen(t, link.New(), ep)
	if kind := openAsAnother(t, ep.Address); kind != fault.PortBusy {
		t.Fatalf("got %q while held", kind)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if kind := openAsAnother(t, ep.Address); kind != "" {
		t.Fatalf("got %q after it was let go", kind)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, port := openPTY(t)
	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := quiet.Addr().String()
	_ = quiet.Close()
	even := drivers.Line{Baud: 9600, Bits: 7, Parity: drivers.EvenParity, StopBits: 1}
	for name, c := range map[string]struct {
		ep   drivers.Endpoint
		line drivers.Line
		want fault.Kind
	}{
		"no such port":     {drivers.Endpoint{Scheme: "serial", Address: file + "x"}, even, fault.PortGone},
		"not a port":       {drivers.Endpoint{Scheme: "serial", Address: file}, even, fault.PortGone},
		"nobody listens":   {drivers.Endpoint{Scheme: "tcp", Address: closed}, even, fault.PortGone},
		"not an address":   {drivers.Endpoint{Scheme: "tcp", Address: "nothing"}, even, fault.PortGone},
		"unknown scheme":   {drivers.Endpoint{Scheme: "gpib", Address: "7"}, even, fault.Unsupported},
		"five bits":        {port, drivers.Line{Baud: 9600, Bits: 5, Parity: drivers.NoParity, StopBits: 1}, fault.Unsupported},
		"unknown parity":   {port, drivers.Line{Baud: 9600, Bits: 8, Parity: 'M', StopBits: 1}, fault.Unsupported},
		"no baud rate":     {port, drivers.Line{Bits: 8, Parity: drivers.NoParity, StopBits: 1}, fault.Unsupported},
		"three stop bits":  {port, drivers.Line{Baud: 9600, Bits: 8, Parity: drivers.NoParity, StopBits: 3}, fault.Unsupported},
		"negative baud":    {port, drivers.Line{Baud: -1, Bits: 8, Parity: drivers.NoParity, StopBits: 1}, fault.Unsupported},
		"a plain 8N1 line": {port, drivers.Line{Baud: 9600, Bits: 8, Parity: drivers.NoParity, StopBits: 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := link.New()
			conn, err := o.Open(bound(t), "the test", c.ep, c.line)
			if fault.KindOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil {
				_ = conn.Close()
			}
			if holder, held := o.Holder(c.ep); held {
				t.Fatalf("left held by %q", holder)
			}
		})
	}
}

func TestACancelledOpenSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := link.New().Open(ctx, "the test", drivers.Endpoint{Scheme: "tcp", Address: "127.0.0.1:9"}, drivers.Line{})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestALineThatTakesNoMoreIsGivenUp(t *testing.T) {
	device, serial := openPTY(t)
	accept, tcp := listen(t)
	for _, ep := range []drivers.Endpoint{serial, tcp} {
		t.Run(ep.Scheme, func(t *testing.T) {
			o := link.New()
			c := mustOpen(t, o, ep)
			var far io.Reader = device
			if ep.Scheme == "tcp" {
				peer, err := accept()
				if err != nil {
					t.Fatal(err)
				}
				far = peer
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() { // the device takes the first byte and never another
				_, _ = far.Read(make([]byte, 1))
				cancel()
			}()
			// More than any buffer between here and there takes.
			if err := c.Send(ctx, make([]byte, 64<<20)); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if err := c.Send(bound(t), []byte("next")); !fault.Is(err, fault.PortGone) || !errors.Is(err, link.ErrStuck) {
				t.Fatalf("a frame was let through behind half a frame: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if holder, held := o.Holder(ep); held {
				t.Fatalf("left held by %q", holder)
			}
			mustOpen(t, o, ep)
		})
	}
}

// listen returns a TCP endpoint and a function that accepts one connection on it.
func listen(t *testing.T) (accept func() (*net.TCPConn, error), ep drivers.Endpoint) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	accept = func() (*net.TCPConn, error) {
		c, err := l.Accept()
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { _ = c.Close() })
		return c.(*net.TCPConn), nil
	}
	return accept, drivers.Endpoint{Scheme: "tcp", Address: l.Addr().String()}
}

func TestAHangUpInsideAFrameIsUnexpected(t *testing.T) {
	accept, ep := listen(t)
	c := mustOpen(t, link.New(), ep)
	device, err := accept()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(device, "whole\rhal")
	_ = device.Close()
	toCR := func(data []byte, _ bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '\r'); i >= 0 {
			return i + 1, data[:i], nil
		}
		return 0, nil, nil
	}
	if got, err := c.Receive(bound(t), toCR); err != nil || string(got) != "whole" {
		t.Fatal(string(got), err)
	}
	if _, err := c.Receive(bound(t), toCR); !fault.Is(err, fault.PortGone) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
}

func TestAResetIsTheEnd(t *testing.T) {
	accept, ep := listen(t)
	c := mustOpen(t, link.New(), ep)
	device, err := accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := device.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = device.Close()
	if _, err := c.Receive(bound(t), bufio.ScanLines); !fault.Is(err, fault.PortGone) || !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func TestClosingEndsReceiveAndTheReader(t *testing.T) {
	_, serial := openPTY(t)
	accept, tcp := listen(t)
	go func() { _, _ = accept() }()
	for _, ep := range []drivers.Endpoint{serial, tcp} {
		t.Run(ep.Scheme, func(t *testing.T) {
			c := mustOpen(t, link.New(), ep)
			received := make(chan error, 1)
			go func() {
				_, err := c.Receive(bound(t), bufio.ScanLines)
				received <- err
			}()
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-received; !fault.Is(err, fault.Cancelled) || !errors.Is(err, os.ErrClosed) {
				t.Fatalf("Receive said %v", err)
			}
			if err := c.Send(bound(t), []byte("x")); !fault.Is(err, fault.Cancelled) {
				t.Fatalf("Send said %v", err)
			}
			if err := c.Retune(drivers.Line{}); !fault.Is(err, fault.Cancelled) {
				t.Fatalf("Retune said %v", err)
			}
			<-c.(interface{ Done() <-chan struct{} }).Done()
		})
	}
}
