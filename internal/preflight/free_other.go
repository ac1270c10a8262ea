//go:build !linux && !darwin && !windows

package preflight

import (
	"errors"

	"countersign/internal/disk"
)

// Free is not known here.
func Free(path string) (bytes int64, err error) { return 0, disk.Fault(path, errors.ErrUnsupported) }
