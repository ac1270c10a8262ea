package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// childFolder makes the test program a second process that opens the database and prints how that went.
const childFolder = "COUNTERSIGN_TEST_FOLDER"

// hurry keeps a child that was built with the race detector from lingering for a second.
const hurry = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if folder, child := os.LookupEnv(childFolder); child {
		db, err := Open(context.Background(), folder, origin)
		fmt.Printf("kind=%s\n", fault.KindOf(err))
		if err == nil {
			_ = db.Close()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// elsewhere opens folder in another process, started through the words in front, and returns the fault's kind.
func elsewhere(t *testing.T, folder string, front ...string) fault.Kind {
	t.Helper()
	words := append(front, os.Args[0])
	child := exec.CommandContext(t.Context(), words[0], words[1:]...)
	child.Env = append(os.Environ(), childFolder+"="+folder, hurry)
	out, err := child.CombinedOutput()
	_, kind, ok := strings.Cut(string(out), "kind=")
	if err != nil || !ok {
		t.Fatalf("the other process: %v\n%s", err, out)
	}
	return fault.Kind(strings.TrimSpace(kind))
}

func TestTryingAgainWhileTheDatabaseIsBusyKeepsNoFileOpen(t *testing.T) {
	const files = "/proc/self/fd"
	if _, err := os.ReadDir(files); err != nil {
		t.Skipf("no list of open files here: %v", err)
	}
	folder := t.TempDir()
	open(t, folder)
	count := func() int {
		list, err := os.ReadDir(files)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	before := count()
	for range 10 {
		if _, err := Open(t.Context(), folder, origin); !fault.Is(err, fault.LogBusy) {
			t.Fatal(err)
		}
	}
	if after := count(); after >= before+10 {
		t.Errorf("%d open files became %d", before, after)
	}
}

func TestASecondProcessIsToldThatTheDatabaseIsBusyAndTheFirstGoesOn(t *testing.T) {
	folder := t.TempDir()
	db := open(t, folder)
	log := logOn(t, db)
	record(t, log, thing("before"))
	if kind := elsewhere(t, folder); kind != fault.LogBusy {
		t.Errorf("the second process was told %q", kind)
	}
	_, err := Open(t.Context(), folder, origin)
	mustBe(t, err, fault.LogBusy)
	record(t, log, thing("after"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if kind := elsewhere(t, folder); kind != "" {
		t.Errorf("after the first closed, the second was told %q", kind)
	}
}

// asNobody returns the words that run this test program without root's rights, from a place that everybody can reach.
func asNobody(t *testing.T) (folder string, run func(folder string) fault.Kind) {
	t.Helper()
	folder, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if os.Geteuid() != 0 {
		return folder, func(f string) fault.Kind { return elsewhere(t, f) }
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "program")
	copyFile(t, program, os.Args[0])
	return folder, func(f string) fault.Kind {
		t.Helper()
		words := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", childFolder + "=" + f, hurry, program}
		out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput()
		_, kind, ok := strings.Cut(string(out), "kind=")
		if err != nil || !ok {
			t.Fatalf("the other process: %v\n%s", err, out)
		}
		return fault.Kind(strings.TrimSpace(kind))
	}
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(out, in); errors.Join(err, out.Close()) != nil {
		t.Fatal(err)
	}
}

func TestAFolderThatCannotBeWrittenIsDenied(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("another user is made with setpriv, which is Linux's")
	}
	base, run := asNobody(t)
	empty, used := filepath.Join(base, "empty"), filepath.Join(base, "used")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, used).Close()
	for _, folder := range []string{used, empty} { // as another user's, who lets everybody look
		if err := os.Chmod(folder, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{empty, used, filepath.Join(empty, "below")} {
		if kind := run(folder); kind != fault.LogDenied && !(os.Geteuid() != 0 && folder == used) {
			t.Errorf("%s: told %q", folder, kind)
		}
	}
	if err := os.Chmod(used, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(used, lockName), 0o666); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if kind := run(used); kind != fault.LogDenied { // the lock can be had, the database cannot be written
			t.Errorf("another user's database: told %q", kind)
		}
	}
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), file, origin)
	mustBe(t, err, fault.LogDenied)
}

func TestAnotherFileInTheDatabasesPlaceIsBrokenAndStaysAsItIs(t *testing.T) {
	for what, make := range map[string]func(path string){
		"a short text": func(path string) { write(t, path, "hello") },
		"a long text":  func(path string) { write(t, path, strings.Repeat("not a database\n", 10_000)) },
		"a header and nothing behind it": func(path string) {
			write(t, path, "SQLite format 3\x00"+strings.Repeat("\xff", 4080))
		},
		"another program's tables": func(path string) {
			foreign(t, path, "CREATE TABLE log(x)", "INSERT INTO log VALUES(1)")
		},
		"another program's tables in WAL": func(path string) {
			foreign(t, path, "PRAGMA journal_mode=WAL", "CREATE TABLE mail(x)", "INSERT INTO mail VALUES(1)")
		},
		"another program's mark": func(path string) { foreign(t, path, "PRAGMA application_id=42") },
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, fileName)
		make(path)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), folder, origin)
		if !fault.Is(err, fault.LogBroken) {
			t.Errorf("%s: %v", what, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s: the file was changed (%v)", what, err)
		}
		if kind := elsewhere(t, folder); kind != fault.LogBroken {
			t.Errorf("%s: the refused folder is still locked: %q", what, kind)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedDatabaseIsBroken(t *testing.T) {
	folder := t.TempDir()
	db := open(t, folder)
	record(t, logOn(t, db), thing("a"))
	db.Close()
	path := filepath.Join(folder, fileName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[100:4096]) // the page that lists the tables
	write(t, path, string(content))
	_, err = Open(t.Context(), folder, origin)
	mustBe(t, err, fault.LogBroken)
}

// small mounts a file system of two mebibytes.
func small(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

func TestAFullDiskKeepsWhatWasRecordedAndGoesOnWhenThereIsRoom(t *testing.T) {
	folder := small(t)
	ballast := filepath.Join(folder, "ballast")
	write(t, ballast, strings.Repeat("x", 1<<20))
	db := open(t, folder, things())
	log := logOn(t, db)
	fill := func(n int) audit.Draft {
		d := thing(fmt.Sprint(n))
		d.Body.Set("text", strings.Repeat("t", 8<<10))
		return d
	}
	var full error
	for n := 0; full == nil && n < 1000; n++ {
		_, full = log.Append(t.Context(), fill(n))
	}
	mustBe(t, full, fault.LogFull)
	recorded := log.Head().Size
	_, err := log.Append(t.Context(), fill(1000))
	mustBe(t, err, fault.LogFull)
	if v, err := log.Verify(t.Context(), nil, func(_, _ int64) {}); err != nil || v.Head.Size != recorded || recorded < 10 {
		t.Errorf("on the full disk %d of %d records: %v", v.Head.Size, recorded, err)
	}
	if got := rows(t, db, "SELECT count(*) FROM thing"); got[0] != fmt.Sprint(recorded) {
		t.Errorf("%d records and %s rows", recorded, got[0])
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	record(t, log, fill(1001))
	if v, err := log.Verify(t.Context(), nil, func(_, _ int64) {}); err != nil || v.Head.Size != recorded+1 {
		t.Errorf("with room again %d records: %v", v.Head.Size, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if size := logOn(t, open(t, folder, things())).Head().Size; size != recorded+1 {
		t.Errorf("%d records after a reopen, want %d", size, recorded+1)
	}
}

func TestADiskThatIsFullFromTheStartIsCalledFull(t *testing.T) {
	folder := small(t)
	file, err := os.Create(filepath.Join(folder, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	chunk := bytes.Repeat([]byte("x"), 4096)
	for err == nil {
		_, err = file.Write(chunk)
	}
	file.Close()
	_, err = Open(t.Context(), folder, origin)
	mustBe(t, err, fault.LogFull)
}
