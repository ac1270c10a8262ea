package preflight

import (
	"golang.org/x/sys/unix"

	"countersign/internal/disk"
)

// Free returns how many bytes this user can still write to the file system that holds path, which must exist. What only
// the administrator may use is not counted; nor is what macOS would purge to make room.
func Free(path string) (bytes int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, disk.Fault(path, err)
	}
	return product(s.Bavail, uint64(s.Bsize)), nil
}
