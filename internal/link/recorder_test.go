package link_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/transcript"
	"countersign/internal/link"
)

func TestARecordingReadsBackAsATranscript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		console, device := net.Pipe()
		stream := drivers.NewStream(console, nil)
		var text bytes.Buffer
		r := link.NewRecorder(stream, &text)
		go func() {
			_, _ = bufio.NewReader(device).ReadString('\r')
			time.Sleep(120 * time.Millisecond) // of the bubble's clock
			fmt.Fprint(device, "\x00\xffSN \"é\"\n")
			synctest.Wait()
			_ = device.Close()
		}()
		if err := r.Send(t.Context(), []byte("ID?\r")); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Receive(t.Context(), bufio.ScanLines); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Receive(ctx, bufio.ScanLines); err == nil {
			t.Fatal("something came out of a closed pipe")
		}
		_ = r.Close()
		<-stream.Done()
		read, err := transcript.Parse("recording", text.Bytes())
		if err != nil || r.Err() != nil {
			t.Fatalf("%v, %v in\n%s", err, r.Err(), text.String())
		}
		var steps []string
		for _, s := range read.Steps {
			steps = append(steps, fmt.Sprintf("%c %q %s", s.Op, s.Bytes, s.For))
		}
		want := []string{`> "ID?\r" 0s`, `~ "" 120ms`, `< "\x00\xffSN \"é\"\n" 0s`}
		if strings.Join(steps, "\n") != strings.Join(want, "\n") {
			t.Fatalf("got %s\nfrom\n%s", strings.Join(steps, "\n"), text.String())
		}
		if !strings.Contains(text.String(), "# receiving failed") {
			t.Fatalf("the end is not on record:\n%s", text.String())
		}
	})
}

// sink is a Conn that takes everything and answers nothing.
type sink struct{ drivers.Conn }

func (sink) Send(context.Context, []byte) error { return nil }

func TestARecordingIsBounded(t *testing.T) {
	var text bytes.Buffer
	r := link.NewRecorder(sink{}, &text)
	for range link.RecordLines + 1000 {
		if err := r.Send(t.Context(), bytes.Repeat([]byte{0xff}, 100)); err != nil {
			t.Fatal(err)
		}
	}
	if text.Len() > link.RecordSize+100 {
		t.Fatalf("%d bytes", text.Len())
	}
	if n := strings.Count(text.String(), "reached its limit"); n != 1 {
		t.Fatalf("the end was remarked %d times", n)
	}
	if _, err := transcript.Parse("recording", text.Bytes()); err != nil {
		t.Fatal(err)
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAFullDiskDoesNotDisturbTheConversation(t *testing.T) {
	r := link.NewRecorder(sink{}, fullDisk{})
	for range 2 {
		if err := r.Send(t.Context(), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if !errors.Is(r.Err(), errFull) {
		t.Fatal(r.Err())
	}
}
