//go:build unix

package story_test

import (
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// TestAConsoleThatHangsIsEndedFromTheNextOne stops a console in its tracks and starts another one on its folder.
func TestAConsoleThatHangsIsEndedFromTheNextOne(t *testing.T) {
	first := raise(t, "--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	if err := first.console.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	second := *first
	second.outline = filepath.Join(t.TempDir(), "outline.json")
	second.launch("--training", "--ward", binary(t, "COUNTERSIGN_SIM_BIN", "countersign-sim"))
	end := "End process " + strconv.Itoa(first.console.Process.Pid)
	second.see("The other Countersign does not answer")
	second.find("button", end)
	second.picture("other-console-hangs")
	second.click("button", end)
	second.find("button", "People")
	second.picture("after-the-other-console")
	second.leave()
}
