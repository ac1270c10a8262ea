package bundle

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/preflight"
)

// tmpfs mounts a small file system.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := filepath.Join(t.TempDir(), "stick")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("a tmpfs cannot be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

func TestAFullMediumIsSaidBeforeAnythingIsWritten(t *testing.T) {
	d := newDesk(t)
	d.read(300)
	r := d.request(tmpfs(t, "64k"))
	if _, err := Write(t.Context(), r, nil); !fault.Is(err, fault.NoRoom) || fault.SubjectOf(err) != r.Folder {
		t.Fatal(err)
	}
	d.only(r.Folder)
}

// TestAMediumThatFillsUpMeanwhileHoldsNoBundle lets somebody else fill it once there was room.
func TestAMediumThatFillsUpMeanwhileHoldsNoBundle(t *testing.T) {
	d := newDesk(t)
	d.read(300)
	r := d.request(tmpfs(t, "8m"))
	other := filepath.Join(r.Folder, "somebody's film")
	r.create = func(path string) (file, error) {
		free, err := preflight.Free(r.Folder)
		d.ok(err)
		d.ok(os.WriteFile(other, make([]byte, free-8<<10), 0o600))
		return createFile(path)
	}
	if _, err := Write(t.Context(), r, nil); !fault.Is(err, fault.NoRoom) {
		t.Fatal(err)
	}
	d.only(r.Folder, filepath.Base(other))
	d.ok(os.Remove(other))
	r.create = nil
	d.write(r)
}

// TestAWriteProtectedMediumIsSaid mounts one read-only.
func TestAWriteProtectedMediumIsSaid(t *testing.T) {
	d := newDesk(t)
	r := d.request(tmpfs(t, "8m"))
	if err := syscall.Mount("", r.Folder, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be mounted read-only here: %v", err)
	}
	if _, err := Write(t.Context(), r, nil); !fault.Is(err, fault.MediumGone) {
		t.Fatal(err)
	}
}
