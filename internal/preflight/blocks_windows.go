package preflight

import (
	"io/fs"
)

// allocated returns how many bytes of the disk the file has. NTFS makes a file sparse only when it is told to, and
// random bytes are not compressed.
func allocated(info fs.FileInfo) int64 { return info.Size() }
