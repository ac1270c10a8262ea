//go:build !linux

package journal

import "os"

// dataSync syncs the file: on macOS Go asks with F_FULLFSYNC, on Windows with FlushFileBuffers.
func dataSync(file *os.File) func() error { return file.Sync }
