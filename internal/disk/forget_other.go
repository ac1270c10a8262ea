//go:build !linux

package disk

import "os"

// Forget does nothing here: this system has no such call.
func Forget(*os.File) {}
