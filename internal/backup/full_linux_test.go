package backup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"countersign/internal/fault"
)

// mounted returns a folder on a file system of eight mebibytes of its own.
func mounted(t *testing.T, kind string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	does := func(words ...string) {
		if out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%v cannot be done here: %v: %s", words, err, out)
		}
	}
	folder := filepath.Join(t.TempDir(), "mounted")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if kind == "ext4" {
		image := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(image, make([]byte, 8<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		does("mkfs.ext4", "-q", image)
		does("mount", "-o", "loop", image, folder)
		if err := os.RemoveAll(filepath.Join(folder, "lost+found")); err != nil {
			t.Fatal(err)
		}
	} else {
		does("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

// TestADiskThatFillsUpInTheMiddleIsToldAndLeavesNothing does not believe that there was room when it was asked.
func TestADiskThatFillsUpInTheMiddleIsToldAndLeavesNothing(t *testing.T) {
	c := starts(t, t.TempDir())
	noise := make([]byte, 5<<20)
	seed := uint32(1) // DEFLATE makes nothing shorter of this
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = byte(seed >> 24)
	}
	for _, name := range []string{"a.txt", "b.txt"} {
		if err := os.WriteFile(filepath.Join(c.folder, name), noise, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.records(1000)
	made := c.backup(t.TempDir())
	for _, kind := range []string{"tmpfs", "ext4"} {
		t.Run(kind, func(t *testing.T) {
			to := mounted(t, kind)
			_, err := Make(t.Context(), c.request(to), untold)
			mustBe(t, err, fault.LogFull)
			if left := names(t, to); len(left) > 0 {
				t.Errorf("a backup leaves %v", left)
			}
			_, err = restore(t, Restore{File: made.Path, Folder: filepath.Join(to, "data")})
			mustBe(t, err, fault.LogFull)
			if left := names(t, to); len(left) > 0 {
				t.Errorf("a restore leaves %v", left)
			}
			if err := errors.Join(os.Mkdir(filepath.Join(to, "old"), 0o700), os.WriteFile(filepath.Join(to, "old", "x"), []byte("kept"), 0o600)); err != nil {
				t.Fatal(err)
			}
			_, err = restore(t, Restore{File: made.Path, Folder: filepath.Join(to, "old"), SetAside: true})
			mustBe(t, err, fault.LogFull)
			if b, err := os.ReadFile(filepath.Join(to, "old", "x")); string(b) != "kept" {
				t.Errorf("the old folder: %q, %v", b, err)
			}
		})
	}
}
