package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/discovery"
	"countersign/internal/inventory"
	"countersign/internal/store"
)

// port is a registry with one port.
type port struct{}

func (port) Changed() <-chan struct{} { return nil }
func (port) List() []discovery.Found {
	return []discovery.Found{{Endpoint: drivers.Endpoint{Scheme: "serial", Address: "sim"}, Present: true}}
}

func TestClosingWaitsForWhatWasBegunAndStillRecordsItsEnd(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		e, err := newEngine(options{data: folder})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.open(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it goes on with the inventory that it was opened with
		monitor := capnostream20.NewUnit("B355987654")
		connect := func(ctx context.Context, _ drivers.Endpoint, _ drivers.Line) (drivers.Conn, error) {
			return sim.Connect(context.WithoutCancel(ctx), monitor), nil
		}
		e.inventory = inventory.New(port{}, connect, all.All(), notebook{e})
		d, err := e.inventory.Device("serial://sim")
		if err != nil {
			t.Fatal(err)
		}
		if err := e.inventory.Identify(t.Context(), console, "serial://sim", d.Candidates); err != nil {
			t.Fatal(err)
		}
		if d, err = e.inventory.Device("serial://sim"); err != nil {
			t.Fatal(err)
		}
		begun, done := make(chan struct{}), false
		go func() {
			_ = d.Session().Exclusive(context.Background(), func(context.Context, drivers.Session) error {
				close(begun)
				time.Sleep(10 * stopTime) // a write that takes longer than closing may
				done = true
				return nil
			})
		}()
		<-begun
		if err := e.close(); err != nil || !done {
			t.Errorf("%v; what was begun is done: %v", err, done)
		}
	})
	db, err := store.Open(t.Context(), folder, "ignored")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, err := audit.Open(t.Context(), db, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	last, err := log.Record(t.Context(), log.Head().Size-1)
	if err != nil || last.Kind != kindStopped {
		t.Errorf("the last record is %q, %v", last.Kind, err)
	}
	v, err := log.Verify(t.Context(), func(audit.Record) (*audit.Head, error) { return nil, nil }, func(_, _ int64) {})
	if err != nil || v.Epochs != 1 || v.Checkpoints < 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAWardThatDoesNotEndByItselfIsEnded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands for the ward")
	}
	program := filepath.Join(t.TempDir(), "deaf")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho ready 0\nexec sleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWard(program, t.TempDir())
	if err := os.WriteFile(filepath.Join(w.folder, "ward.json"), []byte(`{"ports": "ports"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	w.patience = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func([]drivers.Endpoint, discovery.Status) { cancel() }) }()
	select {
	case <-ended:
		if ctx.Err() == nil {
			t.Error("it ended before it was ready")
		}
	case <-time.After(time.Minute):
		t.Fatal("the console waits for a ward that does not end")
	}
}
