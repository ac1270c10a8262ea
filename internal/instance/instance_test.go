package instance

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/fault"
)

// short is a Limit for tests in which nobody answers.
const short = 50 * time.Millisecond

// answers serves folder from this process.
func answers(t *testing.T, folder string, answer func(context.Context) error) *Server {
	t.Helper()
	s, err := Serve(t.Context(), folder, answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// long returns a folder in which a socket's path is too long.
func long(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestAConsoleThatIsThereAnswersWithItsProcess(t *testing.T) {
	for _, folder := range []string{t.TempDir(), long(t)} {
		first := other(t, folder)
		got, err := Ask(t.Context(), folder)
		if want := (Answer{PID: first.Process.Pid, Alive: true}); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		first.quit()
		if _, err := Ask(t.Context(), folder); !fault.Is(err, fault.NotFound) {
			t.Errorf("after it quit: %v", err)
		}
		left, err := os.ReadDir(folder)
		if err != nil || len(left) > 0 {
			t.Errorf("it left %v (%v)", left, err)
		}
	}
}

func TestWhatADeadConsoleLeftIsTakenAway(t *testing.T) {
	for _, folder := range []string{t.TempDir(), long(t)} {
		first := other(t, folder)
		if err := first.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = first.Wait()
		p, err := placeOf(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{p.socket, p.pidFile()} {
			if _, err := os.Lstat(name); err != nil {
				t.Fatalf("the dead console left nothing: %v", err)
			}
		}
		if got, err := Ask(t.Context(), folder); !fault.Is(err, fault.NotFound) || got != (Answer{}) {
			t.Errorf("got %+v, %v", got, err)
		}
		answers(t, folder, well)
		if got, err := Ask(t.Context(), folder); err != nil || got != (Answer{PID: os.Getpid(), Alive: true}) {
			t.Errorf("its successor: %+v, %v", got, err)
		}
	}
}

func TestNobodyIsThereBeforeAnybodyWas(t *testing.T) {
	for _, folder := range []string{t.TempDir(), long(t), filepath.Join(t.TempDir(), "none")} {
		if got, err := Ask(t.Context(), folder); !fault.Is(err, fault.NotFound) || got != (Answer{}) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestOneConsoleAnswersForAFolder(t *testing.T) {
	folder := t.TempDir()
	first := answers(t, folder, well)
	if _, err := Serve(t.Context(), folder, well); !fault.Is(err, fault.LogBusy) {
		t.Errorf("the second: %v", err)
	}
	if got, err := Ask(t.Context(), folder); err != nil || !got.Alive {
		t.Errorf("the first no longer answers: %+v, %v", got, err)
	}
	if err := errors.Join(first.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}
	answers(t, folder, well)
}

func TestWhatIsNoSocketStaysWhereItIs(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, socketName)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(t.Context(), folder, well); !fault.Is(err, fault.LogDenied) {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("it holds %q now (%v)", text, err)
	}
}

func TestTheServerEndsWithItsContext(t *testing.T) {
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Serve(ctx, folder, well)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-s.accepted
	if err := s.Close(); err != nil { // waits for the other closing
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
}

func TestAWindowThatDoesNotComeBackIsNotAlive(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for what, answer := range map[string]func(context.Context) error{
		"waits for its context": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"says so too late":      func(ctx context.Context) error { <-ctx.Done(); return nil },
		"looks at nothing":      func(context.Context) error { <-release; return nil },
		"fails":                 func(context.Context) error { return io.EOF },
	} {
		folder := t.TempDir()
		s, err := serve(t.Context(), folder, answer, short)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ask(t.Context(), folder, 3*short); err != nil || got != (Answer{PID: os.Getpid()}) && peerIsTold(t, s) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// peerIsTold says whether this system tells whose a connection is.
func peerIsTold(t *testing.T, s *Server) bool {
	conn, err := s.place.dial(t.Context())
	if err != nil {
		return false
	}
	defer conn.Close()
	return peer(conn) != 0
}

func TestNoMoreThanFourAreAnsweredAtOnce(t *testing.T) {
	var now atomic.Int32
	var tooMany atomic.Bool
	entered, release := make(chan struct{}), make(chan struct{})
	s, err := serve(t.Context(), t.TempDir(), func(context.Context) error {
		if now.Add(1) > atOnce {
			tooMany.Store(true)
		}
		entered <- struct{}{}
		<-release
		now.Add(-1)
		return nil
	}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const all = 3 * atOnce
	for range all {
		conn, err := net.Dial("unix", s.place.socket)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for range atOnce {
		<-entered
	}
	for range all - atOnce {
		release <- struct{}{}
		<-entered
	}
	close(release)
	if tooMany.Load() {
		t.Error("more were")
	}
}

func TestWhoeverTalksToTheConsoleIsCutOffAndTheNextIsAnswered(t *testing.T) {
	folder := t.TempDir()
	s, err := serve(t.Context(), folder, func(ctx context.Context) error { return nil }, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn, err := net.Dial("unix", s.place.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	noise := []byte(strings.Repeat("x", 1<<16))
	for err == nil { // until the console hangs up: it reads none of it
		_, err = conn.Write(noise)
	}
	if got, err := Ask(t.Context(), folder); err != nil || !got.Alive {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestGarbageInAConsolesPlaceIsNoAnswerAndIsNotReadToItsEnd(t *testing.T) {
	for what, text := range map[string]string{
		"nothing": "", "half a line": "countersign 7", "another program": "SSH-2.0-x\n", "no number": "countersign seven\n",
		"nought": "countersign 0\n", "no end": strings.Repeat("countersign ", 1<<18), "a late end": "countersign 7" + strings.Repeat(" ", maxLine) + "\n",
	} {
		folder := t.TempDir()
		p, err := placeOf(folder)
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("unix", p.socket)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, text) // fails where the other end has heard enough
				_ = conn.Close()
			}
		}()
		if got, err := ask(t.Context(), folder, short); err != nil || got.Alive {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
		listener.Close()
	}
}

func TestALineOfALaterConsoleIsUnderstood(t *testing.T) {
	for text, want := range map[string]int{line(77): 77, "countersign 77 and more\n": 77, "countersign 77": 0, "countersign\n": 0, "countersign  77\n": 0} {
		if pid, ok := parse(text); pid != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v", text, pid, ok)
		}
	}
}

func TestSomebodyWhoGivesUpIsToldThatAndNotThatItHangs(t *testing.T) {
	folder := t.TempDir()
	asked := make(chan struct{}, 9)
	answers(t, folder, func(ctx context.Context) error { asked <- struct{}{}; <-ctx.Done(); return ctx.Err() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if got, err := Ask(ctx, folder); !fault.Is(err, fault.Cancelled) || got != (Answer{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAConsoleThatIsBeingClosedIsNotTakenForOneThatHangs(t *testing.T) {
	folder := t.TempDir()
	var s *Server
	ready := make(chan struct{})
	s = answers(t, folder, func(ctx context.Context) error {
		<-ready
		go s.Close()
		<-ctx.Done()
		return ctx.Err()
	})
	close(ready)
	if got, err := Ask(t.Context(), folder); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestALongPathLeavesNothingBehind(t *testing.T) {
	s := answers(t, long(t), well)
	if !s.place.apart || len(s.place.socket) > maxSocket+3 {
		t.Fatalf("the socket is %s", s.place.socket)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Dir(s.place.socket)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder is still there: %v", err)
	}
}
