package instance

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// peer returns the process that listens at the other end, or 0. The kernel noted it when the process began to listen,
// so it is told of a process that hangs, too. It is 0 for a process of another container.
func peer(conn *net.UnixConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	err = raw.Control(func(fd uintptr) {
		if c, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(c.Pid)
		}
	})
	if err != nil || pid <= 1 {
		return 0
	}
	return pid
}

// runsThis says whether the process pid is there and runs a program of this program's name.
func runsThis(pid int) bool {
	own, err := os.Executable()
	if err != nil || !lives(pid) {
		return false
	}
	its, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	// An update puts another file in the place of one that runs.
	return err == nil && filepath.Base(strings.TrimSuffix(its, " (deleted)")) == filepath.Base(strings.TrimSuffix(own, " (deleted)"))
}
