package sim_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"countersign/drivers/sim"
)

type echo struct{ faults sim.Faults }

func (*echo) Label() string         { return "Echo, SN 1" }
func (e *echo) Faults() *sim.Faults { return &e.faults }
func (e *echo) Serve(_ context.Context, line io.ReadWriter) error {
	_, err := io.Copy(line, line)
	return err
}

func take(n int) func([]byte, bool) (int, []byte, error) {
	return func(data []byte, _ bool) (int, []byte, error) {
		if len(data) < n {
			return 0, nil, nil
		}
		return n, data[:n], nil
	}
}

func TestAPulledCableEndsTheConversationAtTheByte(t *testing.T) {
	device := &echo{}
	if err := device.Faults().Set(sim.Unplug, 3); err != nil {
		t.Fatal(err)
	}
	conn := sim.Connect(t.Context(), device)
	defer conn.Close()
	if err := conn.Send(t.Context(), []byte("abcdef")); err != nil {
		t.Fatal(err)
	}
	got, err := conn.Receive(t.Context(), take(3))
	if err != nil || string(got) != "abc" {
		t.Fatalf("before the pull: %q, %v", got, err)
	}
	if got, err = conn.Receive(t.Context(), take(1)); err == nil {
		t.Fatalf("after the pull came %q", got)
	}
}

func TestGarbageChangesEveryNthByteAndNoOther(t *testing.T) {
	device := &echo{}
	if err := device.Faults().Set(sim.Garbage, 4); err != nil {
		t.Fatal(err)
	}
	conn := sim.Connect(t.Context(), device)
	defer conn.Close()
	sent := bytes.Repeat([]byte{'x'}, 12)
	if err := conn.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	got, err := conn.Receive(t.Context(), take(12))
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range got {
		if changed := b != 'x'; changed != ((i+1)%4 == 0) {
			t.Errorf("byte %d is %q", i, b)
		}
	}
}

func TestAFaultThatDoesNotExistIsNamed(t *testing.T) {
	var faults sim.Faults
	if err := faults.Set("explode", 1); err == nil {
		t.Fatal("an unknown fault was accepted")
	}
}
