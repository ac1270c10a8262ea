// Package disk is the little that every package does which keeps files of its own: making names durable, and telling a full
// disk from one that may not be written. It opens, writes and removes nothing.
package disk

import (
	"errors"
	"os"
	"runtime"

	"countersign/internal/fault"
)

// SyncFolder makes the names in a folder durable: a file that was made, renamed or removed stays so after a power cut. Windows
// has no such call and needs none.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Fault gives an error of a file its kind: LogFull where there is no room, by every name that an operating system has for
// that, and else LogDenied.
func Fault(path string, err error) error {
	for _, one := range full {
		if errors.Is(err, one) {
			return fault.New(fault.LogFull, path, err)
		}
	}
	return fault.New(fault.LogDenied, path, err)
}
