package main

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
	inputQueue = 1 // FREAD of sys/fcntl.h
)

func discardInput(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, inputQueue) }

// speedOf returns the host's speed in bit/s.
func speedOf(t *unix.Termios) int { return int(t.Ispeed) }
