package preflight

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// diskFull are the errors that mean a full disk; a quota that is used up is one for this user.
var diskFull = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}

// allocated returns how many bytes of the disk the file has. NTFS makes a file sparse only when it is told to, and
// random bytes are not compressed.
func allocated(info fs.FileInfo) int64 { return info.Size() }
