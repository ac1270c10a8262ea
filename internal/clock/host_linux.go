package clock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// uptime reads CLOCK_BOOTTIME, which runs on during suspend (clock_gettime(2)). It is slewed together with the wall
// clock, so that only a step makes the two differ.
func uptime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// bootID returns the kernel's random name of this start-up (random(4)), "" when it does not tell.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// synced asks the kernel whether something disciplines its clock (adjtimex(2)); asking changes nothing.
func synced() bool {
	var tx unix.Timex
	_, err := unix.Adjtimex(&tx)
	return err == nil && tx.Status&unix.STA_UNSYNC == 0
}
