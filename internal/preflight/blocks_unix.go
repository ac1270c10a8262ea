//go:build unix

package preflight

import (
	"io/fs"
	"math"
	"math/bits"
	"syscall"
)

// blockUnit is what st_blocks counts, in bytes, whatever the file system's own blocks are.
const blockUnit = 512

// allocated returns how many bytes of the disk the file has blocks for.
func allocated(info fs.FileInfo) int64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return product(uint64(max(0, int64(stat.Blocks))), blockUnit)
}

// product multiplies without going round: file systems on a network tell fantastic numbers.
func product(a, b uint64) int64 {
	high, low := bits.Mul64(a, b)
	if high != 0 || low > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(low)
}
