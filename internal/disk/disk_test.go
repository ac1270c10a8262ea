package disk_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

func TestAFullDiskIsToldFromOneThatMayNotBeWritten(t *testing.T) {
	for err, want := range map[error]fault.Kind{
		&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}: fault.LogFull,
		fmt.Errorf("behind %w", syscall.ENOSPC):                    fault.LogFull,
		fs.ErrPermission:                                           fault.LogDenied,
		syscall.EIO:                                                fault.LogDenied,
	} {
		if got := disk.Fault("x", err); fault.KindOf(got) != want || fault.SubjectOf(got) != "x" {
			t.Errorf("%v is %v", err, got)
		}
	}
}

func TestOnlyAFolderThatIsThereIsSynced(t *testing.T) {
	folder := t.TempDir()
	if err := disk.SyncFolder(folder); err != nil {
		t.Error(err)
	}
	if err := disk.SyncFolder(filepath.Join(folder, "none")); err == nil {
		t.Error("a folder that is not there was synced")
	}
}
