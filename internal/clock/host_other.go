//go:build !linux && !darwin && !windows

package clock

import (
	"errors"
	"time"
)

func uptime() (time.Duration, error) { return 0, errors.ErrUnsupported }

func bootID() string { return "" }

func synced() bool { return false }
