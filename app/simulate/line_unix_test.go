//go:build linux || darwin

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"countersign/drivers"
	"countersign/internal/link"
)

func newLine(t *testing.T) *serialLine {
	t.Helper()
	ports := filepath.Join(newFolder(t), "ports")
	if err := os.MkdirAll(ports, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := openLine(filepath.Join(ports, "bay"))
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// host opens the port without setting it, as the console must not have to.
func host(t *testing.T, l *serialLine) *os.File {
	t.Helper()
	f, err := os.OpenFile(l.name, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// heard sends everything that the host says, in pieces.
func heard(l *serialLine) <-chan string {
	said := make(chan string)
	go func() {
		defer close(said)
		b := make([]byte, 100)
		for {
			n, err := l.Read(b)
			if err != nil {
				return
			}
			said <- string(b[:n])
		}
	}()
	return said
}

// waiting is how many bytes the host could read.
func waiting(t *testing.T, h *os.File) int {
	t.Helper()
	n, err := unix.IoctlGetInt(int(h.Fd()), inputWaiting)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryByteGoesThroughAsItIs(t *testing.T) {
	l := newLine(t)
	said := heard(l)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	h := host(t, l)
	if _, err := h.Write(all); err != nil {
		t.Fatal(err)
	}
	var got string
	for len(got) < len(all) {
		got += <-said
	}
	if got != string(all) {
		t.Fatalf("to the device came %q", got)
	}
	if _, err := l.Write(all); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, len(all))
	if _, err := io.ReadFull(h, back); err != nil || !bytes.Equal(back, all) {
		t.Fatalf("to the host came %q, %v", back, err)
	}
}

func TestADeviceIsUnderstoodAtItsSpeedOnly(t *testing.T) {
	l := newLine(t)
	l.speeds = []int{9600, 115200}
	said := heard(l)
	line := drivers.Line{Baud: 4800, Bits: 8, Parity: drivers.NoParity, StopBits: 1}
	conn, err := link.New().Open(bound(t), "the test", drivers.Endpoint{Scheme: "serial", Address: l.name}, line)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, baud := range []int{4800, 9600, 38400, 115200} {
		line.Baud = baud
		understood := baud == 9600 || baud == 115200
		if err := errors.Join(conn.Retune(line), conn.Send(bound(t), []byte("hello"))); err != nil {
			t.Fatal(err)
		}
		var got string
		for len(got) < len("hello") {
			got += <-said
		}
		_, err := l.Write([]byte("yes\n"))
		answer, err2 := conn.Receive(bound(t), func(b []byte, _ bool) (int, []byte, error) {
			if len(b) < 4 {
				return 0, nil, nil
			}
			return 4, b[:4], nil
		})
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if (got == "hello") != understood || (string(answer) == "yes\n") != understood {
			t.Errorf("at %d baud the device heard %q and the host %q", baud, got, answer)
		}
	}
}

func TestWhatNobodyListensToIsLost(t *testing.T) {
	l := newLine(t)
	said := heard(l)
	if n, err := l.Write([]byte("before anybody opened")); n != 21 || err != nil {
		t.Fatal(n, err)
	}
	first := host(t, l)
	if _, err := first.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	<-said
	if n := waiting(t, first); n != 0 {
		t.Fatalf("%d bytes were kept for the first host", n)
	}
	_, err := l.Write([]byte("read by nobody"))
	eventually(t, "the bytes are there", func() bool { return err != nil || waiting(t, first) == 14 })
	if err := errors.Join(err, first.Close()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was not read is thrown away", func() bool {
		h, err := os.OpenFile(l.name, os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		return waiting(t, h) == 0
	})
	second := host(t, l)
	if _, err := second.Write([]byte("again")); err != nil {
		t.Fatal(err)
	}
	if got := <-said; got != "again" {
		t.Fatalf("the device heard %q", got)
	}
	if _, err := l.Write([]byte("yes")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(second, got); err != nil || string(got) != "yes" {
		t.Fatalf("the second host heard %q, %v", got, err)
	}
}

func TestAHostThatDoesNotReadBlocksNobody(t *testing.T) {
	l := newLine(t)
	said := heard(l)
	h := host(t, l)
	flood := make([]byte, 1<<20)
	if n, err := l.Write(flood); n != len(flood) || err != nil {
		t.Fatal(n, err)
	}
	if _, err := h.Write([]byte("still there?")); err != nil {
		t.Fatal(err)
	}
	if got := <-said; got != "still there?" {
		t.Fatalf("the device heard %q", got)
	}
}

func TestAClosedLineIsGone(t *testing.T) {
	l := newLine(t)
	said := heard(l)
	h := host(t, l)
	if _, err := h.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	<-said
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := <-said; open {
		t.Fatal("the device reads on")
	}
	if n, err := h.Read(make([]byte, 1)); err == nil {
		t.Fatalf("the host reads on: %d", n)
	}
	if _, err := os.Lstat(l.name); !os.IsNotExist(err) {
		t.Fatal("the port's name is still there:", err)
	}
	if _, err := l.Write([]byte("x")); err == nil {
		t.Fatal("a closed line takes bytes")
	}
}

func TestALineTakesOverTheNameOfOneThatIsGone(t *testing.T) {
	old := newLine(t)
	next, err := openLine(old.name)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(old.name); err != nil || target != next.tty {
		t.Fatalf("the name leads to %q, %v", target, err)
	}
}
