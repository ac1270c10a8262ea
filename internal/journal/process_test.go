package journal

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

// With this folder in its environment the test program is another process: it claims a journal in it, puts as many records
// as it is told, says where, and waits for the end of what it reads.
const (
	childFolder = "COUNTERSIGN_JOURNAL_FOLDER"
	childPuts   = "COUNTERSIGN_JOURNAL_PUTS"
	hurry       = "GORACE=atexit_sleep_ms=0" // the race detector would linger for a second
)

func TestMain(m *testing.M) {
	if folder, child := os.LookupEnv(childFolder); child {
		if err := beTheChild(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func beTheChild(folder string) error {
	f, err := Claim(folder, "boot-of-the-child")
	if err != nil {
		return err
	}
	puts := 0
	_, _ = fmt.Sscan(os.Getenv(childPuts), &puts)
	chain, now := NewChain(nil), clock.NewFake(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
	for range puts {
		frame, err := chain.Next("emergency.intent", now.Now(), leaf.Actor{ID: "p"}, leaf.Body{}, "")
		if err == nil {
			err = f.Put(frame)
		}
		if err != nil {
			return err
		}
	}
	fmt.Println(f.Path())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// child is another process that holds a journal until it is let go or killed.
type child struct {
	path string
	pid  int
	end  func(kill bool)
}

func start(t *testing.T, folder string, puts int) child {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+folder, fmt.Sprintf("%s=%d", childPuts, puts), hurry)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	path, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func(violently bool) {
		if ended {
			return
		}
		ended = true
		if violently {
			kill()
		}
		_ = in.Close()
		if err := cmd.Wait(); err != nil && !violently {
			t.Error(err)
		}
		kill()
	}
	t.Cleanup(func() { end(true) })
	return child{strings.TrimSpace(path), cmd.Process.Pid, end}
}

func TestAnotherProcesssJournalIsItsOwnUntilItEnds(t *testing.T) {
	for _, violently := range []bool{true, false} {
		folder := t.TempDir()
		other := start(t, folder, 0)
		if !Held(other.path) {
			t.Error("it is not held")
		}
		mustBe(t, Recycle(other.path), fault.LogBusy)
		mine := claim(t, folder)
		if mine.Path() == other.path {
			t.Fatal("it was claimed while its process lives")
		}
		other.end(violently)
		if Held(other.path) {
			t.Error("it is held by a process that is gone")
		}
		if c := read(t, other.path); c.PID != other.pid || c.Boot != "boot-of-the-child" {
			t.Errorf("process %d of %q, want %d", c.PID, c.Boot, other.pid)
		}
		if again := claim(t, folder); again.Path() != other.path { // it held nothing
			t.Errorf("killed %t: %s was claimed", violently, again.Path())
		}
	}
}

func TestAJournalThatAKilledProcessLeftWithRecordsIsKeptForThem(t *testing.T) {
	folder := t.TempDir()
	other := start(t, folder, 3)
	other.end(true)
	if f := claim(t, folder); f.Path() == other.path {
		t.Error("it was claimed with its records")
	}
	if c := read(t, other.path); len(c.Frames) != 3 || c.Damaged != 0 {
		t.Errorf("%d records, %d damaged", len(c.Frames), c.Damaged)
	}
}

func TestClaimsAtOnceGetAJournalEach(t *testing.T) {
	folder := t.TempDir()
	claim(t, folder).Close()
	claimed := make(chan *File)
	const many = 16
	for range many {
		go func() {
			f, err := Claim(folder, "b")
			if err != nil {
				t.Error(err)
			}
			claimed <- f
		}()
	}
	seen := map[string]bool{}
	for range many {
		f := <-claimed
		if f == nil {
			continue
		}
		if seen[f.Path()] {
			t.Errorf("%s was claimed twice", f.Path())
		}
		seen[f.Path()] = true
		defer f.Close()
	}
}

// mounted returns a folder on a small file system of its own.
func mounted(t *testing.T, kind string) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := t.TempDir()
	words := []string{"mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder}
	if kind == "ext4" {
		image := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(image, make([]byte, 8<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "mkfs.ext4", "-q", image).CombinedOutput(); err != nil {
			t.Skipf("no file system can be made here: %v: %s", err, out)
		}
		words = []string{"mount", "-o", "loop", image, folder}
	}
	if out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

// fillUp leaves no byte free.
func fillUp(t *testing.T, folder string) {
	t.Helper()
	file, err := os.Create(filepath.Join(folder, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 64 << 10; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(bytes.Repeat([]byte("x"), size))
		}
	}
}

func TestOnAFullDiskASpareJournalTakesEveryRecord(t *testing.T) {
	for _, kind := range []string{"tmpfs", "ext4"} {
		t.Run(kind, func(t *testing.T) {
			folder := mounted(t, kind)
			journals := filepath.Join(folder, "journals")
			spare := claim(t, journals)
			if err := spare.Close(); err != nil {
				t.Fatal(err)
			}
			fillUp(t, folder)
			f, next := claim(t, journals), newChain(nil)
			defer f.Close()
			if f.Path() != spare.Path() {
				t.Fatalf("%s is not the spare one", f.Path())
			}
			var want []Frame
			for {
				frame := next(t, 6000)
				if err := f.Put(frame); err != nil {
					mustBe(t, err, fault.LogFull)
					break
				}
				want = append(want, frame)
			}
			mustHold(t, read(t, f.Path()), want...)
			if f.Used() < 99 {
				t.Errorf("only %d percent were used", f.Used())
			}
			_, err := Claim(journals, "b")
			mustBe(t, err, fault.LogFull)
			if left := Paths(journals); len(left) != 1 {
				t.Errorf("half a journal was left: %v", left)
			}
			t.Logf("%d records of 6 kB on a full disk", len(want))
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if err := Recycle(f.Path()); err != nil {
				t.Error(err)
			}
			mustHold(t, read(t, claim(t, journals).Path()))
			for _, f := range Paths(journals) {
				_ = os.Remove(f)
			}
		})
	}
}

func TestAPutIsOneWriteAndOneSyncAndNothingElse(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skipf("strace is not installed: %v", err)
	}
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(t.ArtifactDir(), "trace")
	probe := exec.CommandContext(t.Context(), "strace", "-o", trace, "strace", "-V")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v: %s", err, out)
	}
	const puts = 50
	cmd := exec.CommandContext(t.Context(), "strace", "-f", "-y", "-xx", "-e", "signal=none", "-o", trace, os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+folder, fmt.Sprintf("%s=%d", childPuts, puts), hurry)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	calls := callsOn(t, trace, strings.TrimSpace(string(out)))
	last := calls[len(calls)-2*(puts+1):] // the first slot, too, is written and synced
	for i, call := range last {
		if want := []string{"pwrite64", "fdatasync"}[i%2]; call != want {
			t.Fatalf("call %d is %s, want %s: %v", i, call, want, last)
		}
	}
	t.Logf("%d calls for the first slot and %d records; before them %d to make the file", len(last), puts, len(calls)-len(last))
}

// callsOn returns the names of the calls that touch a file, in their order.
func callsOn(t *testing.T, trace, path string) (calls []string) {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var escaped strings.Builder
	for _, c := range []byte(path) {
		fmt.Fprintf(&escaped, `\x%02x`, c)
	}
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(line, " ")
		name, args, _ := strings.Cut(strings.TrimLeft(rest, " "), "(")
		if (strings.Contains(args, escaped.String()+">") || strings.Contains(args, escaped.String()+`"`)) && !strings.HasPrefix(name, "<...") {
			calls = append(calls, name)
		}
	}
	return calls
}
