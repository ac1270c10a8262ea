//go:build !linux

package change_test

import "os"

// dataSync syncs what a file holds.
func dataSync(file *os.File) error { return file.Sync() }
