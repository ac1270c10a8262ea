//go:build !linux && !darwin && !windows

package preflight

import "errors"

// Free is not known here.
func Free(path string) (bytes int64, err error) { return 0, fileFault(path, errors.ErrUnsupported) }
