package preflight_test

import (
	"bytes"
	"compress/flate"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/preflight"
)

func keep(t *testing.T, folder string) {
	t.Helper()
	if err := preflight.Keep(folder); err != nil {
		t.Fatal(err)
	}
	if kept := preflight.Kept(folder); kept != preflight.BallastSize {
		t.Fatalf("%d bytes are kept", kept)
	}
}

func content(t *testing.T, folder string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheBallastIsKeptOnceAndGivenBack(t *testing.T) {
	folder := t.TempDir()
	if kept := preflight.Kept(folder); kept != 0 {
		t.Errorf("%d bytes are kept before there is a ballast", kept)
	}
	keep(t, folder)
	before := content(t, folder)
	keep(t, folder)
	if !bytes.Equal(content(t, folder), before) {
		t.Error("a whole ballast was written again")
	}
	for range 2 { // the second time there is none
		if err := preflight.Release(folder); err != nil {
			t.Fatal(err)
		}
		if kept := preflight.Kept(folder); kept != 0 {
			t.Errorf("%d bytes are kept after the release", kept)
		}
	}
}

func TestACutBallastIsCompletedFromWhereItEnds(t *testing.T) {
	folder := t.TempDir()
	keep(t, folder)
	before := content(t, folder)
	const cut = 3<<20 + 77
	if err := os.Truncate(filepath.Join(folder, "ballast"), cut); err != nil {
		t.Fatal(err)
	}
	if kept := preflight.Kept(folder); kept != cut {
		t.Errorf("%d bytes are kept after the cut", kept)
	}
	keep(t, folder)
	if after := content(t, folder); len(after) != preflight.BallastSize || !bytes.Equal(after[:cut], before[:cut]) {
		t.Errorf("%d bytes, or other ones at the front", len(after))
	}
}

func TestAHollowBallastCountsForNothingAndIsFilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("here no file is hollow that was not made so on purpose")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "ballast")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, preflight.BallastSize); err != nil {
		t.Fatal(err)
	}
	if kept := preflight.Kept(folder); kept != 0 {
		t.Fatalf("%d bytes of nothing are kept", kept)
	}
	keep(t, folder)
}

func TestAFileSystemThatCompressesKeepsTheBallastAsLargeAsItIs(t *testing.T) {
	folder := t.TempDir()
	keep(t, folder)
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, bytes.NewReader(content(t, folder))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if small.Len() < preflight.BallastSize {
		t.Errorf("it can be stored in %d bytes", small.Len())
	}
}

func TestWhatIsNoFileIsLeftAloneAndDenied(t *testing.T) {
	folder := t.TempDir()
	victim := filepath.Join(folder, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(folder, "ballast")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if err := preflight.Keep(folder); !fault.Is(err, fault.LogDenied) {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != "mine" {
		t.Errorf("the file behind the link holds %d bytes now (%v)", len(b), err)
	}
	if err := preflight.Keep(filepath.Join(folder, "none")); !fault.Is(err, fault.LogDenied) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// disk mounts a file system of so many mebibytes.
func disk(t *testing.T, size string) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

func TestAFullDiskIsNoFullerForHavingTried(t *testing.T) {
	folder := disk(t, "5m")
	before, err := preflight.Free(folder)
	if err != nil || before != 5<<20 {
		t.Fatalf("%d bytes are free: %v", before, err)
	}
	if err := preflight.Keep(folder); !fault.Is(err, fault.LogFull) {
		t.Errorf("got %v", err)
	}
	if after, err := preflight.Free(folder); err != nil || after != before {
		t.Errorf("%d bytes are free, were %d (%v)", after, before, err)
	}
}

func TestTheBallastGivesItsRoomBack(t *testing.T) {
	folder := disk(t, "9m")
	keep(t, folder)
	if free, err := preflight.Free(folder); err != nil || free != 1<<20 {
		t.Errorf("%d bytes are free beside it: %v", free, err)
	}
	if err := preflight.Release(folder); err != nil {
		t.Fatal(err)
	}
	if free, err := preflight.Free(folder); err != nil || free != 9<<20 {
		t.Errorf("%d bytes are free without it: %v", free, err)
	}
}

func TestTheRoomWhereNothingIsCannotBeTold(t *testing.T) {
	if free, err := preflight.Free(t.TempDir()); err != nil || free <= 0 {
		t.Errorf("here: %d, %v", free, err)
	}
	if free, err := preflight.Free(filepath.Join(t.TempDir(), "none")); err == nil || free != 0 {
		t.Errorf("nowhere: %d, %v", free, err)
	}
}
