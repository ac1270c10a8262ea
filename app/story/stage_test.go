package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/app/ui/kit"
)

// stage is a virtual display with the real program on it, driven by real key and mouse events. It sees what a person
// could see through the outline that the program keeps of its window.
type stage struct {
	t        *testing.T
	display  string
	outline  string
	pictures string
	shots    int
	data     string
	mirror   string
	console  *exec.Cmd
	output   *bytes.Buffer
	acts     int           // keys and clicks so far
	waited   time.Duration // for the program, so far
}

// patience is how long the story waits for something to appear: far more than a slow machine needs.
const patience = 45 * time.Second

// settled is how long the window needs at the most to show what a key did.
const settled = 500 * time.Millisecond

// size is that of the virtual display.
const size = "1280x740x24"

// seen is what the program writes into its outline.
type seen struct {
	Title string
	Items []kit.Item
}

// raised are the tests that have a stage: one with two laptops asks twice, and is parallel to others once.
var raised sync.Map

// raise starts a display and the program on it, and skips with a reason where that cannot be.
func raise(t *testing.T, arguments ...string) *stage {
	t.Helper()
	if os.Getenv("COUNTERSIGN_WINDOW") == "" {
		t.Skip("the real window is tested by make test and make demo")
	}
	for _, tool := range []string{"Xvfb", "xdotool", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if _, again := raised.LoadOrStore(t, true); !again && alone()[0] != "env" {
		t.Parallel()
	}
	s := &stage{t: t, outline: filepath.Join(t.TempDir(), "outline.json"), data: t.TempDir(), mirror: t.TempDir(), pictures: os.Getenv("COUNTERSIGN_STORY_OUT"), output: &bytes.Buffer{}}
	if s.pictures == "" {
		s.pictures = t.TempDir()
	}
	if err := os.MkdirAll(s.pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	s.display = startDisplay(t)
	s.launch(arguments...)
	s.find("button", "People") // the whole console: an emergency does not wait for it, but what follows does
	return s
}

// startDisplay lets Xvfb choose a free display and returns its name.
func startDisplay(t testing.TB) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	xvfb := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp")
	xvfb.ExtraFiles = []*os.File{write}
	if err := xvfb.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = xvfb.Process.Kill()
		_ = xvfb.Wait()
	})
	write.Close()
	number, err := io.ReadAll(read)
	if err != nil || len(bytes.TrimSpace(number)) == 0 {
		t.Fatalf("Xvfb named no display: %v", err)
	}
	return ":" + string(bytes.TrimSpace(number))
}

// alone runs a program in a network of its own, so that two stories at once do not see each other's ward. Where that may not be
// done they see both, and find the devices of the first.
var alone = sync.OnceValue(func() []string {
	own := []string{"unshare", "--net", "--", "sh", "-c",
		"ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo && exec \"$@\"", "sh"}
	if os.Geteuid() != 0 || exec.Command(own[0], append(slices.Clone(own[1:]), "true")...).Run() != nil {
		return []string{"env"}
	}
	return own
})

// launch starts the console with a data folder of its own.
func (s *stage) launch(arguments ...string) {
	s.t.Helper()
	arguments = append([]string{"--data", s.data, "--mirror", s.mirror, "--outline", s.outline, "--language", "en"}, arguments...)
	s.console = exec.Command(alone()[0], append(append(slices.Clone(alone()[1:]), binary(s.t, "COUNTERSIGN_BIN", "countersign")), arguments...)...)
	s.console.Env = append(os.Environ(), "DISPLAY="+s.display, "FYNE_PLATFORM=x11", "LANG=en_US.UTF-8", "WAYLAND_DISPLAY=")
	s.console.Stdout, s.console.Stderr = s.output, s.output
	s.console.WaitDelay = patience // for what the console started and that does not end with it
	if err := s.console.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = s.console.Process.Kill()
		_ = s.console.Wait()
		if s.t.Failed() {
			s.t.Logf("the console said:\n%s", s.output)
		}
	})
}

// binary returns a built program, by environment or from bin/ below the module's root.
func binary(t testing.TB, variable, name string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		path = filepath.Join("..", "..", "bin", name)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not built: make build", name)
	}
	return path
}

// until waits for what the story needs, and ends the test where it does not come.
func (s *stage) until(what string, ready func(seen) bool) seen {
	s.t.Helper()
	now, ok := s.within(patience, ready)
	if !ok {
		s.picture("failed")
		s.t.Fatalf("%s did not appear. The window %q shows:\n%s", what, now.Title, listing(now))
	}
	return now
}

// within polls the outline until it is as wanted or the time is over. It is the only place in which the story lets time
// pass.
func (s *stage) within(limit time.Duration, ready func(seen) bool) (now seen, ok bool) {
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	defer func(began time.Time) { s.waited += time.Since(began) }(time.Now())
	for ctx.Err() == nil {
		if text, err := os.ReadFile(s.outline); err == nil && json.Unmarshal(text, &now) == nil && ready(now) {
			return now, true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return now, false
}

func listing(now seen) string {
	var lines strings.Builder
	for _, i := range now.Items {
		fmt.Fprintf(&lines, "  %-8s %-10s %q %q\n", i.Role, i.State, i.Label, i.Text)
	}
	return lines.String()
}

// find waits for an item of this role whose label contains these words, and that can be used.
func (s *stage) find(role, words string) kit.Item {
	s.t.Helper()
	var found kit.Item
	s.until(role+" "+strconv.Quote(words), func(now seen) bool {
		for _, i := range now.Items {
			if (role == "" || i.Role == role) && strings.Contains(i.Label+" "+i.Text, words) && i.State != "disabled" {
				found = i
				return true
			}
		}
		return false
	})
	return found
}

// see waits for words anywhere in the window.
func (s *stage) see(words string) { s.t.Helper(); s.find("", words) }

// gone waits until no item contains these words.
func (s *stage) gone(words string) {
	s.t.Helper()
	s.until("the end of "+strconv.Quote(words), func(now seen) bool {
		for _, i := range now.Items {
			if strings.Contains(i.Label+" "+i.Text, words) {
				return false
			}
		}
		return true
	})
}

// now returns what the window shows.
func (s *stage) now() seen {
	s.t.Helper()
	return s.until("an outline", func(seen) bool { return true })
}

// click presses the mouse on an item once it stands still: what is still being laid out moves away under the mouse.
func (s *stage) click(role, words string) {
	s.t.Helper()
	item := s.find(role, words)
	for range 20 {
		written := s.written()
		s.within(time.Second, func(seen) bool { return s.written() != written })
		again := s.find(role, words)
		if still := again == item; still {
			break
		}
		item = again
	}
	x, y := item.Center()
	s.acts++
	s.xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "1")
}

// written is when the program last wrote its outline.
func (s *stage) written() time.Time {
	info, err := os.Stat(s.outline)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// key presses keys by name: "ctrl+f", "Return".
func (s *stage) key(names ...string) {
	s.t.Helper()
	s.acts += len(names)
	s.xdotool(append([]string{"key", "--delay", "40"}, names...)...)
}

// write types into what has the keyboard.
func (s *stage) write(text string) {
	s.t.Helper()
	s.acts += len([]rune(text))
	s.xdotool("type", "--delay", "25", text)
}

// clickUntil clicks an item until the window is as wanted. A press that comes while the window is still being drawn goes
// astray, so it is repeated, as a person would.
func (s *stage) clickUntil(role, words string, ready func(seen) bool) {
	s.t.Helper()
	for range 5 {
		if now := s.until(words, func(now seen) bool { return ready(now) || has(role, words, "")(now) }); ready(now) {
			return // the last click took its time
		}
		s.click(role, words)
		if _, ok := s.within(2*time.Second, ready); ok {
			return
		}
	}
	s.until("what follows a click on "+words, ready)
}

// has says whether the window shows an item of this role and state whose label or text contains these words. An empty
// state is any.
func has(role, words, state string) func(seen) bool {
	return func(now seen) bool {
		return slices.ContainsFunc(now.Items, func(i kit.Item) bool {
			return i.Role == role && strings.Contains(i.Label+" "+i.Text, words) && (state == "" || i.State == state)
		})
	}
}

// fill clicks an entry and types into it.
func (s *stage) fill(words, text string) {
	s.t.Helper()
	s.clickUntil("entry", words, has("entry", words, "focused"))
	s.write(text)
}

// choose picks an option of a select.
func (s *stage) choose(label, option string) {
	s.t.Helper()
	s.clickUntil("select", label, has("menu", option, ""))
	s.clickUntil("menu", option, has("select", option, ""))
}

// enter types into the entry that has the keyboard, waits until it is all there, and presses Return.
func (s *stage) enter(words, text string) {
	s.t.Helper()
	s.write(text)
	before := s.waited // nobody waits for what they type
	s.until(strconv.Quote(text)+" in "+words, func(now seen) bool {
		return slices.ContainsFunc(now.Items, func(i kit.Item) bool { return i.Role == "entry" && strings.Contains(i.Label, words) && i.Text == text })
	})
	s.waited = before
	s.key("Return")
}

// focused waits until an item has the keyboard.
func (s *stage) focused(role, words string) {
	s.t.Helper()
	s.until("the keyboard in "+words, has(role, words, "focused"))
}

func (s *stage) xdotool(arguments ...string) {
	s.t.Helper()
	if out, err := s.tryXdotool(arguments...); err != nil {
		s.t.Fatalf("xdotool %v: %v %s", arguments, err, out)
	}
}

func (s *stage) tryXdotool(arguments ...string) ([]byte, error) {
	command := exec.Command("xdotool", arguments...)
	command.Env = append(os.Environ(), "DISPLAY="+s.display)
	return command.CombinedOutput()
}

// picture takes the X server's own picture of the display.
func (s *stage) picture(name string) {
	s.t.Helper()
	s.shots++
	file := filepath.Join(s.pictures, fmt.Sprintf("%02d-%s.png", s.shots, name))
	command := exec.Command("import", "-display", s.display, "-window", "root", file)
	if out, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("import: %v %s", err, out)
	}
}

// ward makes a device of the simulated ward misbehave: "fault", "B355987654", "swap".
func (s *stage) ward(verb string, arguments ...string) {
	s.t.Helper()
	arguments = append([]string{verb, "--ward", filepath.Join(s.data, "ward")}, arguments...)
	if out, err := exec.Command(binary(s.t, "COUNTERSIGN_SIM_BIN", "countersign-sim"), arguments...).CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %v %s", arguments, err, out)
	}
}

// leave closes the window as a person does, who presses the keys again where nothing happens, and demands that the program ends
// well. One that does not end is asked where it hangs.
func (s *stage) leave() {
	s.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.console.Wait() }()
	var err error
	over := func(seen) bool {
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	}
	for range 4 {
		if text, failed := s.tryXdotool("key", "--delay", "40", "ctrl+q"); failed != nil {
			s.t.Logf("xdotool: %v %s", failed, text)
		}
		s.acts++
		if _, ok := s.within(patience/3, over); ok {
			if err != nil {
				s.t.Errorf("the console ended with %v", err)
			}
			return
		}
		s.t.Log("the console does not end: the keys are pressed again")
	}
	s.picture("stays")
	_ = s.console.Process.Signal(syscall.SIGQUIT)
	s.within(patience, over)
	s.t.Fatal("the console does not end")
}
