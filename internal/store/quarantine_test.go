package store

import (
	"crypto/sha256"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/internal/fault"
)

// found is when a database was found to be damaged: in summer, two hours before UTC's clock shows it.
var found = time.Date(2026, 9, 30, 12, 5, 7, 999, time.FixedZone("", 2*3600))

const foundPrefix = "damaged-20260930T100507Z-"

// files returns what a folder holds but for the lock, by name.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range list {
		if entry.Name() == lockName || !entry.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(content)
	}
	return all
}

// damaged makes a folder with these files, whose content is their name.
func damaged(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		write(t, filepath.Join(folder, name), name)
	}
	return folder
}

func TestADamagedDatabaseIsPutAsideAsItIsAndANewOneBegins(t *testing.T) {
	folder := t.TempDir()
	db := open(t, folder)
	record(t, logOn(t, db), thing("a"))
	db.Close()
	path := filepath.Join(folder, fileName)
	content := files(t, folder)[fileName]
	torn := content[:100] + strings.Repeat("\x00", 3996) + content[4096:]
	write(t, path, torn)
	write(t, path+"-wal", "what was newest")
	_, err := Open(t.Context(), folder, origin)
	mustBe(t, err, fault.LogBroken)
	before := files(t, folder)

	moved, digest, err := Quarantine(folder, found)
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256([]byte(before[fileName])); digest != want {
		t.Errorf("the digest is %x, want %x", digest, want)
	}
	after := files(t, folder)
	if len(moved) != len(before) || len(after) != len(before) || moved[0] != foundPrefix+fileName {
		t.Errorf("%d files became %d: %v", len(before), len(after), moved)
	}
	for name, text := range before {
		if after[foundPrefix+name] != text || !slices.Contains(moved, foundPrefix+name) {
			t.Errorf("%s was changed or not moved", name)
		}
	}
	record(t, logOn(t, open(t, folder)), thing("b"))
	for name, text := range after {
		if files(t, folder)[name] != text {
			t.Errorf("the new log changed %s", name)
		}
	}
}

func TestADatabasesFilesAreMovedTogetherWhicheverThereAre(t *testing.T) {
	for _, names := range [][]string{
		{fileName}, {fileName, fileName + "-wal"}, {fileName, fileName + "-wal", fileName + "-shm"}, {fileName, fileName + "-journal"}, {fileName + "-wal"},
	} {
		folder := damaged(t, append(names, "emergency.jnl")...)
		moved, digest, err := Quarantine(folder, found)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"emergency.jnl": "emergency.jnl"}
		for _, name := range names {
			want[foundPrefix+name] = name
		}
		if got := files(t, folder); !maps.Equal(got, want) {
			t.Errorf("%v became %v", names, slices.Sorted(maps.Keys(got)))
		}
		if moved[0] != foundPrefix+names[0] || len(moved) != len(names) {
			t.Errorf("%v are told as %v", names, moved)
		}
		if has := names[0] == fileName; has != (digest == sha256.Sum256([]byte(fileName))) || has == (digest == [32]byte{}) {
			t.Errorf("%v have the digest %x", names, digest)
		}
	}
}

func TestADamagedDatabaseNeverTakesTheNameOfAnother(t *testing.T) {
	folder := damaged(t, fileName)
	write(t, filepath.Join(folder, foundPrefix+fileName+"-wal"), "first") // one of the names is enough
	for _, want := range []string{"damaged-20260930T100507Z-2-", "damaged-20260930T100507Z-3-", "damaged-20260930T100507Z-4-"} {
		for _, ending := range []string{"", "-wal"} {
			write(t, filepath.Join(folder, fileName+ending), want)
		}
		moved, _, err := Quarantine(folder, found)
		if err != nil || !slices.Equal(moved, []string{want + fileName, want + fileName + "-wal"}) {
			t.Errorf("moved %v, want %s (%v)", moved, want, err)
		}
	}
	if got := files(t, folder); got[foundPrefix+fileName+"-wal"] != "first" || len(got) != 7 {
		t.Errorf("now there are %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestADatabaseInUseStaysWhereItIs(t *testing.T) {
	folder := t.TempDir()
	db := open(t, folder)
	log := logOn(t, db)
	_, _, err := Quarantine(folder, found)
	mustBe(t, err, fault.LogBusy)
	record(t, log, thing("after"))
	db.Close()
	if _, _, err := Quarantine(folder, found); err != nil {
		t.Fatal(err)
	}
	_, _, err = Quarantine(folder, found)
	mustBe(t, err, fault.NotFound)
	if kind := elsewhere(t, folder); kind != "" {
		t.Errorf("the folder is still locked: %q", kind)
	}
}

func TestWhatIsNoFileIsNotMoved(t *testing.T) {
	folder := damaged(t, fileName+"-wal")
	if err := os.Mkdir(filepath.Join(folder, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, err := Quarantine(folder, found)
	mustBe(t, err, fault.LogDenied)
	if got := files(t, folder); got[fileName+"-wal"] == "" {
		t.Errorf("its log was moved: %v", slices.Sorted(maps.Keys(got)))
	}
	_, _, err = Quarantine(filepath.Join(folder, "none"), found)
	mustBe(t, err, fault.LogDenied)
}

func TestAfterAMoveThatFailedEverythingHasItsOldName(t *testing.T) {
	for cause, kind := range map[error]fault.Kind{syscall.ENOSPC: fault.LogFull, syscall.EACCES: fault.LogDenied} {
		for fails := range 4 {
			folder := damaged(t, fileName, fileName+"-wal", fileName+"-shm", fileName+"-journal")
			before, calls := files(t, folder), 0
			moved, _, err := quarantine(folder, found, func(from, to string) error {
				if calls++; calls == fails+1 {
					return cause
				}
				return os.Rename(from, to)
			})
			mustBe(t, err, kind)
			if !errors.Is(err, cause) || moved != nil || !maps.Equal(files(t, folder), before) {
				t.Errorf("after move %d failed: %v, %v", fails, err, slices.Sorted(maps.Keys(files(t, folder))))
			}
		}
	}
}

func TestTheMainFileIsMovedLast(t *testing.T) {
	folder := damaged(t, fileName, fileName+"-wal", fileName+"-shm", fileName+"-journal")
	last := ""
	if _, _, err := quarantine(folder, found, func(from, to string) error { last = from; return os.Rename(from, to) }); err != nil {
		t.Fatal(err)
	}
	if filepath.Base(last) != fileName {
		t.Errorf("the last one was %s", last)
	}
}
