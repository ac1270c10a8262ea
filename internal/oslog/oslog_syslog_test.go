//go:build unix

package oslog

import (
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"countersign/internal/fault"
)

// daemon listens as a log's daemon does. The address is short enough for every system.
func daemon(t *testing.T) (*net.UnixConn, string) {
	t.Helper()
	t.Chdir(t.TempDir())
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "log", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, "log"
}

// to is a line to the daemon at this address.
func to(address string) *line {
	return newLine(func(text string) error { return sendTo("unixgram", address, text) })
}

func TestTheSystemsLogGetsTheTextWithTheProgramsName(t *testing.T) {
	conn, address := daemon(t)
	if err := to(address).write(t.Context(), "emergency BG-7K3M\nopened"); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := conn.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	// 37 is auth (4) times eight and notice (5).
	form := regexp.MustCompile(`^<37>\w{3} [ \d]\d \d\d:\d\d:\d\d countersign\[\d+\]: emergency BG-7K3M opened\n$`)
	if got := string(buffer[:n]); !form.MatchString(got) {
		t.Errorf("it got %q", got)
	}
}

func TestASystemWithoutALogIsDenied(t *testing.T) {
	l := to(filepath.Join(t.TempDir(), "none"))
	for range 2 {
		if err := l.write(t.Context(), "x"); !fault.Is(err, fault.LogDenied) {
			t.Errorf("got %v", err)
		}
	}
}

// Nobody reads this socket, so its queue fills up, and the next line hangs in the kernel.
func TestADaemonThatNeverReadsHoldsNobodyUp(t *testing.T) {
	conn, address := daemon(t)
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1) }); err != nil {
		t.Fatal(err)
	}
	l := to(address)
	text := strings.Repeat("x", MaxText)
	err = nil
	for range 100_000 {
		if err = l.write(t.Context(), text); err != nil {
			break
		}
	}
	// macOS refuses where Linux lets the sender wait.
	if !fault.Is(err, fault.LogBusy) && !fault.Is(err, fault.LogDenied) {
		t.Fatalf("it never ended: %v", err)
	}
	if fault.Is(err, fault.LogBusy) {
		if err := l.write(t.Context(), "x"); !fault.Is(err, fault.LogBusy) {
			t.Errorf("the next one: %v", err)
		}
		buffer := make([]byte, 4096)
		for range 2 {
			if _, err := conn.Read(buffer); err != nil {
				t.Fatal(err)
			}
		}
		<-l.free // it went on when somebody read
	}
}
