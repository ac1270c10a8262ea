package house

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// believes are what the auditor's tool may be made of besides the standard library, with what those need themselves. None of it
// writes the log that the tool checks.
var believes = []string{
	"countersign/app/verify", "countersign/internal/verify", "countersign/internal/statement", "countersign/internal/leaf", "countersign/internal/formats",
	"countersign/internal/report", "countersign/internal/founding", "countersign/internal/fault", "countersign/internal/clock", "countersign/internal/qr", "countersign/drivers",
	"golang.org/x/", "filippo.io/age", "filippo.io/hpke", "github.com/tyler-smith/go-bip39", "codeberg.org/go-pdf/fpdf", "rsc.io/qr",
}

// TestTheVerifierBelievesNothing lists what the auditor's tool is linked from, as the go command says it without cgo for each
// system: nothing of the console's that writes, nothing of C, and no network.
func TestTheVerifierBelievesNothing(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{if .CgoFiles}} cgo{{end}}{{else}}std {{.ImportPath}}{{end}}", "./app/verify")
		list.Dir, list.Env = "../..", append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
		out, err := list.Output()
		if err != nil {
			t.Fatal(system, err)
		}
		n := 0
		for line := range strings.Lines(string(out)) {
			path := strings.TrimSpace(line)
			if standard, is := strings.CutPrefix(path, "std "); is {
				if system == "windows" && (standard == "net" || standard == "net/netip") {
					continue // golang.org/x/sys/windows, which reads the clock, names its types
				}
				if standard == "net" || strings.HasPrefix(standard, "net/") || standard == "runtime/cgo" || standard == "plugin" {
					t.Errorf("%s: %s", system, standard)
				}
				continue
			}
			n++
			if !slices.ContainsFunc(believes, func(own string) bool { return path == own || strings.HasPrefix(path, strings.TrimSuffix(own, "/")+"/") }) {
				t.Errorf("%s: %s", system, path)
			}
		}
		if n < len(believes)/2 {
			t.Errorf("%s: only %d packages are listed", system, n)
		}
	}
}
