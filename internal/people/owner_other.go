//go:build !unix

package people

import "io/fs"

// ownedByUs cannot be told here: a folder in the user's own profile is the user's.
func ownedByUs(fs.FileInfo) bool { return true }
