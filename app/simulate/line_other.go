//go:build !linux && !darwin

package main

import (
	"errors"
	"io"
	"os"
)

// hasPorts is false where there are no pseudo-terminals: every device is offered over TCP alone.
const hasPorts = false

// serialLine cannot be made here.
type serialLine struct{ io.ReadWriteCloser }

func openLine(string, ...int) (*serialLine, error) { return nil, errors.ErrUnsupported }

// isTerminal says whether a person may be typing into f.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
