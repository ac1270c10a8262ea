package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// Forget has the system drop what it remembers of a file that was synced, so that what is read next comes from the medium. It
// is a wish: what other programs use, and some file systems, keep it.
func Forget(file *os.File) { _ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED) }
