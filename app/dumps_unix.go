//go:build unix

package main

import "syscall"

// forbidDumps keeps the operating system from writing the program's memory, and the keys in it, to a file when it
// crashes. A system that does not let us is no worse off than before.
func forbidDumps() error {
	return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
