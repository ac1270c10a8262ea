package instance

import (
	"net"
	"syscall"
	"testing"
)

// A console that has hung for hours has been asked often: the kernel then takes no further question.
func TestAConsoleWhoseQueueIsFullHangs(t *testing.T) {
	folder := t.TempDir()
	first := other(t, folder) // for its process number alone
	p, err := placeOf(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Unlink(p.socket); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: p.socket}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		var conn net.Conn
		if conn, err = net.Dial("unix", p.socket); err == nil {
			defer conn.Close()
		}
	}
	if got, err := ask(t.Context(), folder, short); err != nil || got != (Answer{PID: first.Process.Pid}) {
		t.Errorf("got %+v, %v", got, err)
	}
}
