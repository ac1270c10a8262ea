package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"countersign/app/ui/export"
	"countersign/internal/fault"
)

func TestAMediumThatIsFullReadOnlyOrGoneHoldsNothingThatLooksComplete(t *testing.T) {
	b := newBed(t).opens()
	e, stick := b.exporting(), mounted(t, "tmpfs")
	try := func(ctx context.Context, want fault.Kind, state string) {
		t.Helper()
		_, err := e.Write(ctx, export.Order{For: "Compliance", Folder: stick}, quiet)
		if !fault.Is(err, want) {
			t.Errorf("%s: %v, want %s", state, err, want)
		}
		files, _ := os.ReadDir(stick)
		for _, f := range files {
			if strings.HasPrefix(f.Name(), "countersign") && !strings.HasSuffix(f.Name(), ".partial") {
				t.Errorf("%s: %s is there", state, f.Name())
			}
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	try(stopped, fault.Cancelled, "cancelled")
	readOnly(t, stick, true)
	try(t.Context(), fault.MediumGone, "read-only")
	readOnly(t, stick, false)
	fillUp(t, stick)
	try(t.Context(), fault.NoRoom, "full")
	stick += "/unplugged"
	try(t.Context(), fault.MediumGone, "gone")
	if list, err := e.List(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("in the list is %+v, %v", list, err)
	}
}
