package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime reads CLOCK_MONOTONIC_RAW, which on macOS is mach_continuous_time in nanoseconds: it runs on during sleep and
// is not adjusted (clock_gettime(3)).
func uptime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC_RAW, &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// bootID returns the kernel's random name of this start-up, "" when it does not tell.
func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

// synced says no: macOS does not tell a program without extra rights whether its clock follows a reference.
func synced() bool { return false }
