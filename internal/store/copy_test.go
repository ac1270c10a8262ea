package store

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

func untold(int64, int64) {}

// copied is a database with records and a copy of it.
func copied(t *testing.T, n int) (log *audit.Log, path string, head audit.Head) {
	t.Helper()
	db := open(t, t.TempDir(), things())
	log = logOn(t, db)
	for i := range n {
		record(t, log, thing(strconv.Itoa(i)))
	}
	path = filepath.Join(t.TempDir(), "copy.db")
	if err := db.Copy(t.Context(), path, untold); err != nil {
		t.Fatal(err)
	}
	return log, path, log.Head()
}

func TestACopyIsTheLogAsItWasAndOpensAsADatabase(t *testing.T) {
	log, path, head := copied(t, 700)
	record(t, log, thing("later"))
	got, err := Inspect(t.Context(), path, untold)
	if err != nil || got != head {
		t.Fatalf("%+v, %v; it was %+v", got, err, head)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if files, _ := filepath.Glob(path + "-*"); len(files) > 0 {
		t.Errorf("beside it are %v", files)
	}
	folder := t.TempDir()
	if err := os.Rename(path, filepath.Join(folder, FileName)); err != nil {
		t.Fatal(err)
	}
	again := logOn(t, open(t, folder, things()))
	if again.Head() != head {
		t.Errorf("%+v", again.Head())
	}
	record(t, again, thing("goes on"))
}

func TestACopyIsMadeWhileRecordsAreAppended(t *testing.T) {
	db := open(t, t.TempDir(), things())
	log := logOn(t, db)
	record(t, log, thing("first"))
	var appending sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	appending.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if _, err := log.Append(t.Context(), thing("x"+strconv.Itoa(i))); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 20 {
		before := log.LastHead().Size
		path := filepath.Join(t.TempDir(), strconv.Itoa(i))
		if err := db.Copy(t.Context(), path, untold); err != nil {
			t.Error(err)
			break
		}
		head, err := Inspect(t.Context(), path, untold)
		if after := log.LastHead().Size; err != nil || head.Size < before || head.Size > after {
			t.Errorf("%d records between %d and %d, %v", head.Size, before, after, err)
		}
	}
	cancel()
	appending.Wait()
}

func TestWhatIsThereIsNotOverwrittenAndACancelledCopyLeavesNothing(t *testing.T) {
	db := open(t, t.TempDir(), things())
	record(t, logOn(t, db), thing("1"))
	path := filepath.Join(t.TempDir(), "somebody's")
	if err := os.WriteFile(path, []byte("a film"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustBe(t, db.Copy(t.Context(), path, untold), fault.LogDenied)
	if b, err := os.ReadFile(path); string(b) != "a film" {
		t.Errorf("%q, %v", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path += " new"
	mustBe(t, db.Copy(ctx, path, untold), fault.Cancelled)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("something is left: %v", err)
	}
}

func TestACopyThatWasMeddledWithIsBroken(t *testing.T) {
	for what, statement := range map[string]string{
		"a record fewer":     "DELETE FROM log WHERE seq = 9",
		"one in the middle":  "DELETE FROM log WHERE seq = 4",
		"another hash":       "UPDATE log SET leaf_hash = zeroblob(32) WHERE seq = 4",
		"another content":    "UPDATE log SET leaf = (SELECT leaf FROM log WHERE seq = 5) WHERE seq = 4",
		"no state":           "DELETE FROM log_state",
		"somebody else's":    "PRAGMA application_id = 7",
		"a last hash of its": "UPDATE log_state SET last_leaf = zeroblob(32)",
	} {
		t.Run(what, func(t *testing.T) {
			_, path, _ := copied(t, 10)
			edit, err := sql.Open("sqlite3", path)
			if err != nil {
				t.Fatal(err)
			}
			defer edit.Close()
			for _, s := range triggersOf(t, edit) {
				if _, err := edit.Exec("DROP TRIGGER " + s); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := edit.Exec(statement); err != nil {
				t.Fatal(err)
			}
			_, err = Inspect(t.Context(), path, untold)
			mustBe(t, err, fault.LogBroken)
		})
	}
	path := filepath.Join(t.TempDir(), "no database")
	if err := os.WriteFile(path, []byte("SQLite format 4"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Inspect(t.Context(), path, untold)
	mustBe(t, err, fault.LogBroken)
}

func triggersOf(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAFolderThatIsLockedKeepsConsolesAway(t *testing.T) {
	folder := t.TempDir()
	release, err := Lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(folder)
	mustBe(t, err, fault.LogBusy)
	_, err = Open(t.Context(), folder, origin)
	mustBe(t, err, fault.LogBusy)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
}
