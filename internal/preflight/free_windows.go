package preflight

import (
	"math"

	"golang.org/x/sys/windows"

	"countersign/internal/disk"
)

// Free returns how many bytes this user can still write to the volume that holds the folder path, which must exist.
// This user's quota is counted.
func Free(path string) (bytes int64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, disk.Fault(path, err)
	}
	var mine uint64
	if err := windows.GetDiskFreeSpaceEx(name, &mine, nil, nil); err != nil {
		return 0, disk.Fault(path, err)
	}
	return int64(min(mine, math.MaxInt64)), nil
}
