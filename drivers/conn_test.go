package drivers_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
)

// exactly splits off n bytes at a time.
func exactly(n int) func([]byte, bool) (int, []byte, error) {
	return func(data []byte, _ bool) (int, []byte, error) {
		if len(data) < n {
			return 0, nil, nil
		}
		return n, data[:n], nil
	}
}

// inBubble gives a test both ends of a cable, with the Stream on the near one.
func inBubble(t *testing.T, test func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser)) {
	synctest.Test(t, func(t *testing.T) {
		near, far := sim.Cable()
		conn := drivers.NewStream(near, nil)
		test(t, conn, far)
		conn.Close()
		far.Close()
		<-conn.Done()
	})
}

func TestATokenIsFoundAcrossPieces(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		var device sync.WaitGroup
		defer device.Wait()
		device.Go(func() {
			for _, piece := range []string{"ab", "cde", "f"} {
				_, _ = far.Write([]byte(piece))
				time.Sleep(time.Second)
			}
		})
		for _, want := range []string{"abc", "def"} {
			if got, err := conn.Receive(t.Context(), exactly(3)); err != nil || string(got) != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		}
	})
}

func TestASplitMaySkipGarbage(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		go func() { _, _ = far.Write([]byte("???#ok")) }()
		afterHash := func(data []byte, _ bool) (int, []byte, error) {
			switch {
			case len(data) > 0 && data[0] != '#':
				return 1, nil, nil
			case len(data) < 3:
				return 0, nil, nil
			}
			return 3, data[1:3], nil
		}
		if got, err := conn.Receive(t.Context(), afterHash); err != nil || string(got) != "ok" {
			t.Errorf("got %q, %v", got, err)
		}
		broken := errors.New("broken")
		_, err := conn.Receive(t.Context(), func([]byte, bool) (int, []byte, error) { return 0, nil, broken })
		if err != broken {
			t.Errorf("the split's error became %v", err)
		}
	})
}

func TestAnEndInsideATokenIsUnexpected(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		go func() {
			_, _ = far.Write([]byte("abcd"))
			far.Close()
		}()
		if got, err := conn.Receive(t.Context(), exactly(3)); err != nil || string(got) != "abc" {
			t.Fatalf("got %q, %v", got, err)
		}
		if _, err := conn.Receive(t.Context(), exactly(3)); err != io.ErrUnexpectedEOF {
			t.Errorf("inside a token: %v", err)
		}
		conn.Discard()
		if _, err := conn.Receive(t.Context(), exactly(3)); err != io.EOF {
			t.Errorf("between tokens: %v", err)
		}
	})
}

func TestDiscardForgetsWhatHasArrived(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		_, _ = far.Write([]byte("stale"))
		synctest.Wait()
		conn.Discard()
		go func() { _, _ = far.Write([]byte("fresh")) }()
		if got, err := conn.Receive(t.Context(), exactly(5)); err != nil || string(got) != "fresh" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestAFloodDropsTheOldestBytesAndStaysBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		const limit = 64 << 10
		_, _ = far.Write(bytes.Repeat([]byte{'o'}, limit+100))
		_, _ = far.Write([]byte("newest"))
		synctest.Wait()
		var held []byte
		_, err := conn.Receive(t.Context(), func(data []byte, _ bool) (int, []byte, error) {
			held = append(held, data...)
			return len(data), data, nil
		})
		if err != nil || len(held) != limit || !bytes.HasSuffix(held, []byte("onewest")) {
			t.Errorf("%d bytes are held, the last %q: %v", len(held), held[max(0, len(held)-7):], err)
		}
	})
}

func TestReceiveEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := conn.Receive(ctx, exactly(1)); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		_, _ = far.Write([]byte("x"))
		synctest.Wait()
		if got, err := conn.Receive(ctx, exactly(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a talkative device outlasts the deadline: %q, %v", got, err)
		}
		if got, err := conn.Receive(t.Context(), exactly(1)); err != nil || string(got) != "x" {
			t.Errorf("the byte was lost with the deadline: %q, %v", got, err)
		}
	})
}

func TestABlockedWriteIsAbandonedAndDoesNotMixWithTheNext(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		frame := []byte("first")
		if err := conn.Send(ctx, frame); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a write that nobody takes ended with %v", err)
		}
		copy(frame, "XXXXX") // the caller has it back
		second := make(chan error, 1)
		go func() { second <- conn.Send(t.Context(), []byte("second")) }()
		synctest.Wait()
		got := make([]byte, len("firstsecond"))
		if _, err := io.ReadFull(far, got); err != nil || string(got) != "firstsecond" {
			t.Errorf("the device heard %q, %v", got, err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
		if err := conn.Send(ctx, []byte("late")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a send after its deadline: %v", err)
		}
	})
}

func TestAWriteThatWaitsForAnAbandonedOneIsNotSentAfterItsOwnDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		for _, frame := range []string{"first", "second"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := conn.Send(ctx, []byte(frame)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", frame, err)
			}
			cancel()
		}
		heard := make(chan []byte)
		go func() {
			all, _ := io.ReadAll(far)
			heard <- all
		}()
		synctest.Wait()
		conn.Close()
		if got := <-heard; string(got) != "first" {
			t.Errorf("the device heard %q", got)
		}
	})
}

func TestClosingEndsReadersAndWriters(t *testing.T) {
	inBubble(t, func(t *testing.T, conn *drivers.Stream, far io.ReadWriteCloser) {
		time.AfterFunc(time.Second, func() { conn.Close() })
		if _, err := conn.Receive(t.Context(), exactly(1)); err == nil {
			t.Error("a byte came out of a closed conversation")
		}
		if err := conn.Send(t.Context(), []byte("x")); err == nil {
			t.Error("a byte went into a closed conversation")
		}
		if err := conn.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	})
}

func TestRetuneReachesTheLineAndIsNothingWithoutOne(t *testing.T) {
	near, far := sim.Cable()
	defer far.Close()
	var got drivers.Line
	conn := drivers.NewStream(near, func(l drivers.Line) error { got = l; return io.ErrClosedPipe })
	defer conn.Close()
	if err := conn.Retune(drivers.Line{Baud: 9600}); err != io.ErrClosedPipe || got.Baud != 9600 {
		t.Errorf("%+v, %v", got, err)
	}
	plain := drivers.NewStream(far, nil)
	if err := plain.Retune(drivers.Line{Baud: 9600}); err != nil {
		t.Error(err)
	}
}
