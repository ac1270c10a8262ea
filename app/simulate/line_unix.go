//go:build linux || darwin

package main

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// hasPorts says whether there are pseudo-terminals to make serial ports of.
const hasPorts = true

const (
	turn     = 50 * time.Millisecond  // between looks at whether the line was closed
	idle     = 20 * time.Millisecond  // between looks at whether somebody opened the port
	patience = 200 * time.Millisecond // for a host that does not read; then its bytes are lost
	arrival  = 50 * time.Millisecond  // for the last bytes to arrive before the port goes
)

// serialLine is the device's end of a serial line whose other end is a port with a name of ours.
//
// As on a real line nobody tells the device who listens: the line stays when the host closes the port and serves the
// next one that opens it. What the device says while the port is closed, or while nobody reads and the buffers are
// full, is lost, and what is said at a speed that the device does not follow is garbled. Parity, stop bits and modem
// lines are not simulated: pseudo-terminals have none.
type serialLine struct {
	name   string // the symbolic link
	tty    string // what it points to
	speeds []int  // in bit/s, that the device follows; none means all
	master *os.File
	fd     syscall.RawConn
	inUse  bool // whether somebody had the port open at the last look; Read's own
	closed chan struct{}
	once   sync.Once
}

// openLine makes a port with this name, which may be in use for a port that is gone. The device follows the speeds, in
// bit/s, or all where none is named.
func openLine(name string, speeds ...int) (*serialLine, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, err
	}
	fd, err := master.SyscallConn()
	l := &serialLine{name: name, tty: tty.Name(), speeds: speeds, master: master, fd: fd, closed: make(chan struct{})}
	err = errors.Join(err, makeRaw(int(tty.Fd())), tty.Close())
	if err == nil {
		err = l.control(func(fd int) error { return unix.SetNonblock(fd, true) })
	}
	if err == nil {
		err = pointTo(name, l.tty)
	}
	if err != nil {
		_ = master.Close()
		return nil, err
	}
	return l, nil
}

// pointTo puts a symbolic link in the place of whatever link is there, in one step: a search never misses the port, and
// never sees another, because the draft is made outside the folder of the ports.
func pointTo(name, target string) error {
	dir, base := filepath.Split(name)
	draft := filepath.Join(filepath.Dir(filepath.Clean(dir)), "."+base+".new")
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, draft); err != nil {
		return err
	}
	return os.Rename(draft, name)
}

// Read waits for the host's next bytes, across hosts. It returns io.EOF when the line is closed, and when the port can
// not be opened again.
func (l *serialLine) Read(b []byte) (n int, err error) {
	for {
		err := l.control(func(fd int) (err error) {
			if wait(fd, unix.POLLIN, turn) == 0 {
				l.inUse = true // a port that nobody has open hangs up at once
				return nil
			}
			n, err = unix.Read(fd, b)
			l.distort(fd, b[:max(n, 0)])
			return err
		})
		switch {
		case n > 0:
			l.inUse = true
			return n, nil
		case errors.Is(err, os.ErrClosed):
			return 0, io.EOF
		case err == nil || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EIO):
			return 0, err
		}
		if !l.hungUp() {
			continue
		}
		if l.inUse && !l.freshen() {
			return 0, io.EOF
		}
		l.inUse = false
		select {
		case <-l.closed:
			return 0, io.EOF
		case <-time.After(idle):
		}
	}
}

// freshen throws away what the last host did not read, as closing a real port does. It returns false for a port that
// nobody can open any more, because a host that was killed had it for itself.
func (l *serialLine) freshen() bool {
	tty, err := os.OpenFile(l.tty, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return !l.hungUp() // it is the next host's already
	}
	_ = discardInput(int(tty.Fd())) // what cannot be discarded is noise to the next host
	return tty.Close() == nil
}

// Write sends b, or after patience loses what nobody takes. It fails only on a closed line.
func (l *serialLine) Write(b []byte) (int, error) {
	b = slices.Clone(b)
	if err := l.control(func(fd int) error { l.distort(fd, b); return nil }); err != nil {
		return 0, io.ErrClosedPipe
	}
	limit := time.Now().Add(patience)
	for sent := 0; sent < len(b) && time.Now().Before(limit); {
		err := l.control(func(fd int) error {
			switch events := wait(fd, unix.POLLOUT, idle); {
			case events&unix.POLLHUP != 0:
				return unix.EIO
			case events == 0:
				return nil
			}
			n, err := unix.Write(fd, b[sent:])
			sent += max(n, 0)
			return err
		})
		switch {
		case errors.Is(err, unix.EIO):
			return len(b), nil
		case err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return sent, io.ErrClosedPipe
		}
	}
	return len(b), nil
}

// distort makes of b what arrives when the host's speed is none of the device's.
func (l *serialLine) distort(fd int, b []byte) {
	t, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil || len(l.speeds) == 0 || slices.Contains(l.speeds, speedOf(t)) {
		return
	}
	for i := range b {
		b[i] = bits.Reverse8(b[i]) | 0x81 // bits that are cut in the wrong places, with edges where there were none
	}
}

// Close takes the port away, as pulling out its adapter does: its name goes and the host's reads end.
func (l *serialLine) Close() (err error) {
	l.once.Do(func() {
		if target, _ := os.Readlink(l.name); target == l.tty {
			err = os.Remove(l.name)
		}
		if !l.hungUp() {
			time.Sleep(arrival)
		}
		close(l.closed)
		err = errors.Join(err, l.master.Close())
	})
	return err
}

// hungUp says whether nobody has the port open.
func (l *serialLine) hungUp() (up bool) {
	err := l.control(func(fd int) error {
		up = wait(fd, 0, 0)&unix.POLLHUP != 0
		return nil
	})
	return up || err != nil
}

// control runs do while the descriptor is sure to stay open. Deadlines of an os.File are not used, because ptys have
// none on macOS.
func (l *serialLine) control(do func(fd int) error) error {
	var failed error
	if err := l.fd.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return fmt.Errorf("%w: %w", os.ErrClosed, err)
	}
	return failed
}

// wait returns what has become of the descriptor, or 0 when nothing did in this time.
func wait(fd int, events int16, limit time.Duration) int16 {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	if _, err := unix.Poll(fds, int(limit/time.Millisecond)); err != nil {
		return 0 // interrupted: the next look follows
	}
	return fds[0].Revents
}

// makeRaw lets bytes through as they are: no echo, no signals, no line editing.
func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, setTermios, t)
}

// isTerminal says whether a person may be typing into f.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	return err == nil
}
