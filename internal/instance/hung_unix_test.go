//go:build unix

package instance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"countersign/internal/fault"
)

// stop makes the other console hang, and returns when it does.
func (c child) stop(t *testing.T) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("it did not stop: %v, %v", status, err)
	}
}

func TestAConsoleThatHangsIsNamedInTimeAndCanBeEnded(t *testing.T) {
	folder := t.TempDir()
	first := other(t, folder)
	first.stop(t)
	start := time.Now()
	got, err := Ask(t.Context(), folder)
	if want := (Answer{PID: first.Process.Pid}); err != nil || got != want {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	if took := time.Since(start); took < Limit || took > Limit+time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := Serve(t.Context(), folder, well); !fault.Is(err, fault.LogBusy) {
		t.Errorf("its place was taken: %v", err)
	}
	if err := End(got.PID); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if _, err := Ask(t.Context(), folder); !fault.Is(err, fault.NotFound) {
		t.Errorf("after its end: %v", err)
	}
	if err := End(got.PID); !fault.Is(err, fault.NotFound) {
		t.Errorf("ended again: %v", err)
	}
}

func TestAConsoleThatGoesOnAnswersAgain(t *testing.T) {
	folder := t.TempDir()
	first := other(t, folder)
	first.stop(t)
	if got, err := ask(t.Context(), folder, 50*time.Millisecond); err != nil || got.Alive {
		t.Fatalf("got %+v, %v", got, err)
	}
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if got, err := Ask(t.Context(), folder); err != nil || !got.Alive {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAConsoleThatHangsIsNamedByItsFileWhereTheSystemDoesNotTell(t *testing.T) {
	folder := t.TempDir()
	first := other(t, folder)
	first.stop(t)
	p, err := placeOf(folder)
	if err != nil {
		t.Fatal(err)
	}
	if pid := p.process(); pid != first.Process.Pid {
		t.Errorf("the file names %d, want %d", pid, first.Process.Pid)
	}
}

func TestANumberThatIsNoConsolesIsNotTakenForOne(t *testing.T) {
	sleeper := exec.CommandContext(t.Context(), "sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Skipf("no other program here: %v", err)
	}
	t.Cleanup(func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	})
	ended := other(t, t.TempDir())
	ended.quit()
	texts := []string{"", "\n", "0\n", "1\n", "-7\n", "seven\n", "99999999999999999999\n", fmt.Sprintf("%d\n", os.Getpid()), fmt.Sprintf("%d\n", ended.Process.Pid)}
	if runtime.GOOS == "linux" || runtime.GOOS == "darwin" {
		texts = append(texts, fmt.Sprintf("%d\n", sleeper.Process.Pid))
	}
	for _, text := range texts {
		p := place{folder: t.TempDir()}
		if err := os.WriteFile(p.pidFile(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if pid := p.process(); pid != 0 {
			t.Errorf("%q was taken for %d", text, pid)
		}
	}
	p := place{folder: t.TempDir()}
	if err := syscall.Mkfifo(p.pidFile(), 0o600); err != nil {
		t.Fatal(err)
	}
	if pid := p.process(); pid != 0 { // opening it would wait for somebody who writes
		t.Errorf("a pipe was taken for %d", pid)
	}
}

// unwritable returns a folder in which nothing can be made.
func unwritable(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if os.Geteuid() != 0 {
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	if runtime.GOOS != "linux" {
		t.Skip("here root can write everywhere")
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

func TestAFolderThatCannotBeWrittenIsDenied(t *testing.T) {
	folder := unwritable(t)
	if _, err := Serve(t.Context(), folder, well); !fault.Is(err, fault.LogDenied) {
		t.Errorf("got %v", err)
	}
	if _, err := Ask(t.Context(), folder); !fault.Is(err, fault.NotFound) {
		t.Errorf("asked: %v", err)
	}
}

func TestOnlyThisUserReachesTheConsole(t *testing.T) {
	for _, folder := range []string{t.TempDir(), long(t)} {
		s := answers(t, folder, well)
		if info, err := os.Lstat(s.place.socket); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if info, err := os.Lstat(s.place.pidFile()); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}

func TestAPlaceThatSomebodyElseMadeIsNotUsed(t *testing.T) {
	folder := long(t)
	p, err := placeOf(folder)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Dir(p.socket)
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(own) })
	if err := os.Chmod(own, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(t.Context(), folder, well); !fault.Is(err, fault.LogDenied) {
		t.Errorf("served: %v", err)
	}
	if _, err := Ask(t.Context(), folder); !fault.Is(err, fault.LogDenied) {
		t.Errorf("asked: %v", err)
	}
}

func TestThisProcessAndTheFirstOneAreNeverEnded(t *testing.T) {
	for _, pid := range []int{os.Getpid(), 1, 0, -1, -os.Getpid()} {
		if err := End(pid); !fault.Is(err, fault.Internal) || fault.SubjectOf(err) != strconv.Itoa(pid) {
			t.Errorf("%d: %v", pid, err)
		}
	}
}
