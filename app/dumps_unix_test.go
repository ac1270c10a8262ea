//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"countersign/internal/people"
)

// crashing is set in the child that crashes with a key in its hands.
const crashing = "COUNTERSIGN_TEST_CRASH"

func TestACrashShowsNoPassphraseAndLeavesNoDump(t *testing.T) {
	if os.Getenv(crashing) != "" {
		crash(t)
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestACrashShowsNoPassphraseAndLeavesNoDump$", "-test.v")
	child.Env = append(os.Environ(), crashing+"=1", "GOTRACEBACK=all")
	out, err := child.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("panic: forced")) {
		t.Fatalf("the child did not crash: %v\n%s", err, out)
	}
	for _, founder := range trainees {
		if bytes.Contains(out, []byte(founder.Passphrase)) {
			t.Errorf("the passphrase of %s is in the crash", founder.Name)
		}
	}
}

// crash founds a console, unlocks a key, gets a passphrase wrong, and panics with what holds them.
func crash(t *testing.T) {
	var limit syscall.Rlimit
	if err := forbidDumps(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Fatalf("core dumps of up to %d bytes, %v", limit.Cur, err)
	}
	e, err := newEngine(options{training: true, data: t.TempDir(), ward: "/nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := e.record.Load()
	all, err := r.roster.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signer, err := r.seat.Prove(t.Context(), all[0].ID, hint(all[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	_, wrong := r.seat.Prove(t.Context(), all[0].ID, hint(all[1].Name))
	panic(fmt.Sprintf("forced with %v %+v %v %v", signer, *signer, wrong, []*people.Signer{signer}))
}
