//go:build unix

package people

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUs says whether a file belongs to the user who runs this program.
func ownedByUs(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(owner.Uid) == os.Geteuid()
}
