package disk

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// full are the errors that mean a full disk; a quota that is used up is one for this user.
var full = []error{syscall.ENOSPC, windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
