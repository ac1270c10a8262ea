package story_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/house/figures"
)

// BenchmarkColdStart measures from the start of the process to a window on the screen that shows the list of devices, on a
// console that was set up before: the record is open and the search is on by then. The yardstick is an empty window of the
// same toolkit, started in turn with it.
func BenchmarkColdStart(b *testing.B) {
	if os.Getenv("COUNTERSIGN_WINDOW") == "" {
		b.Skip("the real window is measured by make bench")
	}
	for _, tool := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("%s is not installed", tool)
		}
	}
	empty := filepath.Join(b.TempDir(), "yardstick")
	build := exec.Command("go", "build", "-tags", "migrated_fynedo,no_emoji", "-o", empty, "./testdata/yardstick")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	display, data := startDisplay(b), b.TempDir()
	console := []string{binary(b, "COUNTERSIGN_BIN", "countersign"), "--training", "--data", data, "--language", "en"}
	untilWindow(b, display, "^Devices", console...) // the first start sets the console up and warms the disk
	untilWindow(b, display, "Yardstick", empty)
	var took, yardstick time.Duration
	n := 0
	for b.Loop() {
		took += untilWindow(b, display, "^Devices", console...)
		yardstick += untilWindow(b, display, "Yardstick", empty)
		n++
	}
	figures.Report(b, figures.Figure{
		Name: "cold start to a usable window / empty window", Value: float64(took.Milliseconds()) / float64(n), Unit: "ms",
		Yardstick: float64(yardstick.Milliseconds()) / float64(n), Goal: "ratio <= 2.0",
	})
}

// untilWindow starts a program, returns how long it took until a window with this title was on the screen, and ends it.
func untilWindow(b *testing.B, display, title string, command ...string) time.Duration {
	b.Helper()
	environment := append(os.Environ(), "DISPLAY="+display, "FYNE_PLATFORM=x11", "LANG=en_US.UTF-8", "WAYLAND_DISPLAY=")
	program := exec.Command(command[0], command[1:]...)
	program.Env = environment
	start := time.Now()
	if err := program.Start(); err != nil {
		b.Fatal(err)
	}
	for time.Since(start) < patience { // xdotool's own waiting looks only twice a second
		look := exec.Command("xdotool", "search", "--onlyvisible", "--name", title)
		look.Env = environment
		if look.Run() == nil {
			break
		}
	}
	took := time.Since(start)
	_ = program.Process.Signal(os.Interrupt)
	_ = program.Wait()
	if took >= patience {
		b.Fatalf("no window %q", title)
	}
	return took
}
