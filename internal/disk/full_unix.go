//go:build !windows

package disk

import "syscall"

// full are the errors that mean a full disk; a quota that is used up is one for this user.
var full = []error{syscall.ENOSPC, syscall.EDQUOT}
