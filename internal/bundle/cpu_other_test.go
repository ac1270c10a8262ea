//go:build !unix

package bundle

import (
	"testing"
	"time"
)

// processorTime is not asked for here: nought.
func processorTime(testing.TB) time.Duration { return 0 }
