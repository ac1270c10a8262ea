//go:build !unix

package figures

import (
	"testing"
	"time"
)

// ProcessorTime is not asked for here: nought.
func ProcessorTime(testing.TB) time.Duration { return 0 }
