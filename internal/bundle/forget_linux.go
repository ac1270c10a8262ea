package bundle

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget lets the system drop what it keeps of a file in memory, so that reading it reads the medium. The file must be synced.
// The system may refuse; then the reading shows less.
func forget(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
