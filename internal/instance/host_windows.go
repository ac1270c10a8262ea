package instance

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

func refused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }

// private cannot be told from a folder's mode here. The folder for temporary files is this user's own.
func private(fs.FileInfo) bool { return true }

// peer is not known here; the file beside the log says it.
func peer(*net.UnixConn) int { return 0 }

// stillActive is the exit code of a process that has not ended.
const stillActive = 259

// runsThis says whether the process pid is there and runs a program of this program's name.
func runsThis(pid int) bool {
	own, err := os.Executable()
	if err != nil {
		return false
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return false
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var code uint32
	if err := windows.GetExitCodeProcess(process, &code); err != nil || code != stillActive {
		return false
	}
	name := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(name))
	if err := windows.QueryFullProcessImageName(process, 0, &name[0], &size); err != nil {
		return false
	}
	return strings.EqualFold(filepath.Base(windows.UTF16ToString(name[:size])), filepath.Base(own))
}
