package instance

import (
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// peer returns the process at the other end, or 0. It is told of a process that hangs, too.
func peer(conn *net.UnixConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	err = raw.Control(func(fd uintptr) {
		if n, err := unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID); err == nil {
			pid = n
		}
	})
	if err != nil || pid <= 1 {
		return 0
	}
	return pid
}

// runsThis says whether the process pid is there and runs a program of this program's name, of which the system tells
// the first sixteen bytes.
func runsThis(pid int) bool {
	own, err := os.Executable()
	if err != nil || !lives(pid) {
		return false
	}
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return false
	}
	its, own := unix.ByteSliceToString(info.Proc.P_comm[:]), filepath.Base(own)
	return its == own[:min(len(own), len(info.Proc.P_comm)-1)]
}
