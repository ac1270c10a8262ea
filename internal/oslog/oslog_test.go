package oslog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"countersign/internal/fault"
)

func TestATextIsOneBoundedLine(t *testing.T) {
	for text, want := range map[string]string{
		"BG-7K3M-9QXT-2HWD, Bett 7, Süd": "BG-7K3M-9QXT-2HWD, Bett 7, Süd",
		"a\nsshd: b\r\tc\x00d\x1b[2Je":   "a sshd: b  c d [2Je",
		"a\u202eb\u2028c\u0085d":         "a b c d",
		"a\xffb":                         "a?b",
		"":                               "",
		strings.Repeat("x", MaxText):     strings.Repeat("x", MaxText),
		strings.Repeat("x", 1<<20):       strings.Repeat("x", MaxText),
		strings.Repeat("€", MaxText):     strings.Repeat("€", MaxText/3),
		strings.Repeat("\xff", 1<<20):    "?",
	} {
		if got := plain(text); got != want {
			t.Errorf("%.40q is written as %.40q (%d bytes), want %.40q", text, got, len(got), want)
		}
	}
}

func TestNoTextIsTooLongOrHasASecondLine(t *testing.T) {
	for n := range 2*MaxText + 9 {
		for _, part := range []string{"x", "ü", "€", "\U0001f6d1", "\n", "\xf0\x9f"} {
			got := plain(strings.Repeat("x", n%5) + strings.Repeat(part, n/len(part)))
			if len(got) > MaxText || !utf8.ValidString(got) || strings.Contains(got, "\n") {
				t.Fatalf("%d bytes of %q became %d bytes", n, part, len(got))
			}
		}
	}
}

func TestALogThatHangsHoldsOneLineAndNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		release := make(chan struct{})
		l := newLine(func(text string) error {
			<-release
			sent = append(sent, text)
			return nil
		})
		start := time.Now()
		if err := l.write(t.Context(), "first"); !fault.Is(err, fault.LogBusy) || time.Since(start) != Limit {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		start = time.Now()
		for range 100 {
			if err := l.write(t.Context(), "next"); !fault.Is(err, fault.LogBusy) || time.Since(start) != 0 {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
		}
		close(release)
		synctest.Wait()
		if err := l.write(t.Context(), "after"); err != nil {
			t.Errorf("when it goes on: %v", err)
		}
		if got := strings.Join(sent, " "); got != "first after" {
			t.Errorf("it took %q", got)
		}
	})
}

func TestOneLineAfterTheOtherIsTaken(t *testing.T) {
	taken := 0
	l := newLine(func(string) error { taken++; return nil })
	for range 1000 {
		if err := l.write(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if taken != 1000 {
		t.Errorf("%d of 1000", taken)
	}
}

func TestWhoeverGivesUpIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := newLine(func(string) error { <-release; return nil })
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := l.write(ctx, "x"); !fault.Is(err, fault.Cancelled) || time.Since(start) != 20*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if err := l.write(ctx, "x"); !fault.Is(err, fault.Cancelled) {
			t.Errorf("with a context that is done: %v", err)
		}
		close(release)
	})
}

func TestALogThatRefusesIsDenied(t *testing.T) {
	refusal := errors.New("no")
	l := newLine(func(string) error { return refusal })
	for range 2 { // the second time, too: nothing is under way
		if err := l.write(t.Context(), "x"); !fault.Is(err, fault.LogDenied) || !errors.Is(err, refusal) {
			t.Errorf("got %v", err)
		}
	}
}
