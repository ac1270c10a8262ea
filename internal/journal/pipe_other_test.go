//go:build !unix

package journal

import "errors"

func makePipe(string) error { return errors.ErrUnsupported }
