package clock

import (
	"crypto/rand"
	"encoding/hex"
)

// unknownBoot names a start-up of which nothing is known but that it is this process's.
func unknownBoot() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program first
	return "unknown-" + hex.EncodeToString(b[:])
}
