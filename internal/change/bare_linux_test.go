package change_test

import (
	"os"
	"syscall"
)

// dataSync syncs what a file holds.
func dataSync(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }
