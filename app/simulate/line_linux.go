package main

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

func discardInput(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }

// speedOf returns the host's speed in bit/s, or 0 for one that no simulated device follows.
func speedOf(t *unix.Termios) int {
	switch t.Cflag & unix.CBAUD {
	case unix.B9600:
		return 9600
	case unix.B19200:
		return 19200
	case unix.B57600:
		return 57600
	case unix.B115200:
		return 115200
	}
	return 0
}
