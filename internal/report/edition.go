package report

import (
	"runtime"
	"strings"
)

// forms numbers the spelling of all derived files together. Whoever changes a byte of any makes it one more: a verifier compares
// only what it can make, and says so where it cannot.
const forms = "1"

// Edition names the bytes of the derived files: the number of their spelling, and the release of Go, whose compressor packs the
// fonts of the PDF: "1 go1.26".
func Edition() string {
	release := strings.SplitN(strings.Fields(runtime.Version())[0], ".", 3)
	return forms + " " + strings.Join(release[:min(len(release), 2)], ".")
}
