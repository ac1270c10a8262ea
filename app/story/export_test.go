package story_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheStoryIsExported hands out the log of a change that two persons made, and has it checked by the auditor's tool, which
// knows nothing but the file and the founding words. `make demo` plays it and keeps pictures and file.
func TestTheStoryIsExported(t *testing.T) {
	s := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	s.inFolder("export")
	s.identify("bay1-capnostream", idleMonitor)
	s.signIn("Robin Sample", robinsPassphrase)
	s.click("button", "Audit log")
	s.click("button", "Export")
	s.see("What the file will hold")
	s.picture("export-form")
	s.key("ctrl+k")
	s.write("earlier")
	s.key("Return")
	s.see("Take in a receipt")
	s.picture("export-earlier")
	s.leave()
}

// inFolder keeps the pictures apart from those of another story.
func (s *stage) inFolder(name string) {
	s.t.Helper()
	s.pictures = filepath.Join(s.pictures, name)
	if err := os.MkdirAll(s.pictures, 0o755); err != nil {
		s.t.Fatal(err)
	}
}
