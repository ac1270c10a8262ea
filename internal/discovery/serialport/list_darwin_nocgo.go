//go:build darwin && !cgo

package serialport

import "path/filepath"

// System lists the call-out ports by their names. A build for macOS without cgo cannot ask IOKit: the USB facts are
// missing, so that no driver can be more than a guess.
func System() ([]Port, error) {
	paths, err := filepath.Glob("/dev/cu.*")
	if err != nil {
		return nil, err
	}
	ports := make([]Port, 0, len(paths))
	for _, path := range paths {
		ports = append(ports, Port{Path: path})
	}
	return ports, nil
}
