package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// edited is a closed database with a record and a checkpoint, after these statements.
func edited(t *testing.T, projections []audit.Projection, statements ...string) string {
	t.Helper()
	folder := t.TempDir()
	db := open(t, folder, projections...)
	record(t, logOn(t, db), thing("a"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", filepath.Join(folder, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := raw.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestASchemaThatSomebodyEditedIsRefusedByTheNameOfTheObject(t *testing.T) {
	for _, c := range []struct {
		what, name string
		statements []string
	}{
		{"a trigger dropped", "trigger log_no_update", []string{"DROP TRIGGER log_no_update"}},
		{"a trigger that allows", "trigger log_no_delete", []string{
			"DROP TRIGGER log_no_delete", "CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT 1; END"}},
		{"a trigger of a checkpoint dropped", "trigger checkpoint_no_delete", []string{"DROP TRIGGER checkpoint_no_delete"}},
		{"a trigger added to the log", "trigger own", []string{"CREATE TRIGGER own AFTER INSERT ON log BEGIN DELETE FROM thing; END"}},
		{"a trigger added to a projection", "trigger own", []string{"CREATE TRIGGER own AFTER INSERT ON thing BEGIN SELECT 1; END"}},
		{"an index added", "index own", []string{"CREATE INDEX own ON log(leaf)"}},
		{"a table added", "table own", []string{"CREATE TABLE own(x)"}},
		{"a view added", "view own", []string{"CREATE VIEW own AS SELECT * FROM log"}},
		{"a projection's table dropped", "table thing", []string{"DROP TABLE thing"}},
		{"a projection's table without its key", "table thing", []string{"DROP TABLE thing", "CREATE TABLE thing(id TEXT, seq INTEGER NOT NULL) STRICT"}},
		{"a check gone", "table log", []string{"PRAGMA writable_schema=1",
			"UPDATE sqlite_schema SET sql = replace(sql, ' CHECK(seq >= 0)', '') WHERE name = 'log'"}},
		{"a table added with an entry for another projection", "trigger own", []string{
			"INSERT INTO projection VALUES('mine', 'own log', 'x')", "CREATE TRIGGER own AFTER INSERT ON log BEGIN SELECT 1; END"}},
	} {
		folder := edited(t, []audit.Projection{things()}, c.statements...)
		_, err := Open(t.Context(), folder, origin, things())
		if !fault.Is(err, fault.LogBroken) || !strings.Contains(err.Error(), "the "+c.name+" ") {
			t.Errorf("%s: %v, want %s", c.what, err, c.name)
		}
		if _, again := Open(t.Context(), folder, origin, things()); again == nil {
			t.Errorf("%s: the second start found nothing", c.what)
		}
	}
}

func TestWhatSQLiteMakesForItselfAndOthersProjectionsAreNoEdit(t *testing.T) {
	folder := edited(t, []audit.Projection{things()}, "ANALYZE", "VACUUM", "REINDEX")
	open(t, folder, things()).Close()
	db := open(t, folder) // a tool that only reads the log
	if n := logOn(t, db).Head().Size; n != 1 {
		t.Errorf("%d records", n)
	}
}

func TestADatabaseFromBeforeCheckpointsIsGivenTheirTable(t *testing.T) {
	folder := edited(t, []audit.Projection{things()}, "DROP TABLE checkpoint")
	db := open(t, folder, things())
	if got := rows(t, db, "SELECT count(*) FROM checkpoint"); got[0] != "0" {
		t.Errorf("%s checkpoints", got)
	}
}

func TestAFirstStartThatWasInterruptedIsFinished(t *testing.T) {
	folder := t.TempDir()
	open(t, folder, things()).Close()
	raw, err := sql.Open("sqlite3", filepath.Join(folder, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "DROP TABLE thing; DELETE FROM projection; DROP TABLE checkpoint; DROP TRIGGER log_next_only"); err != nil {
		t.Fatal(err)
	}
	raw.Close()
	record(t, logOn(t, open(t, folder, things())), thing("a"))
}

func TestTheCheckpointsTakeNothingButTheNextOne(t *testing.T) {
	db := open(t, t.TempDir())
	log := logOn(t, db)
	record(t, log, thing("a"), thing("b"), thing("c"))
	if err := db.Seal(t.Context(), audit.Checkpoint{Size: 2, Epoch: 1, Note: "a note"}); err != nil {
		t.Fatal(err)
	}
	for _, attack := range []string{
		"UPDATE checkpoint SET note = 'other'",
		"DELETE FROM checkpoint",
		"INSERT OR REPLACE INTO checkpoint VALUES(2, 1, 'other')",
		"INSERT INTO checkpoint VALUES(1, 1, 'below')",
		"INSERT INTO checkpoint VALUES(4, 1, 'beyond')",
		"INSERT INTO checkpoint VALUES(3, 0, 'no epoch')",
		"INSERT INTO checkpoint VALUES(3, 1, '')",
	} {
		if _, err := db.write.ExecContext(t.Context(), attack); err == nil {
			t.Errorf("%s was done", attack)
		}
	}
	if got := rows(t, db, "SELECT size || note FROM checkpoint"); len(got) != 1 || got[0] != "2a note" {
		t.Errorf("left: %q", got)
	}
}
