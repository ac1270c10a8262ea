package preflight

import (
	"golang.org/x/sys/unix"

	"countersign/internal/disk"
)

// Free returns how many bytes this user can still write to the file system that holds path, which must exist. What only
// the administrator may use is not counted; a quota is, where the file system tells it.
func Free(path string) (bytes int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, disk.Fault(path, err)
	}
	size := s.Frsize // the unit in which blocks are counted; Bsize is how much is best read at a time
	if size <= 0 {
		size = s.Bsize
	}
	return product(s.Bavail, uint64(size)), nil
}
