//go:build !linux && !darwin && !windows

package preflight

import "errors"

// Free returns how many bytes this user can still write where path is.
func Free(path string) (bytes int64, err error) { return 0, errors.ErrUnsupported }
