package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// dataSync syncs what the file holds. Its size and blocks have been there since it was made, so its metadata need not be.
func dataSync(file *os.File) func() error {
	return func() error {
		for {
			if err := unix.Fdatasync(int(file.Fd())); err != unix.EINTR {
				return err
			}
		}
	}
}
