package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

const origin = "clinic.example/ward7"

// things is a projection of the records of kind "thing": each may be there once.
func things() audit.Projection {
	return audit.Projection{
		Name:   "things",
		Schema: "CREATE TABLE thing(id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;\n",
		Tables: []string{"thing"},
		Rows: func(l leaf.Leaf) ([]audit.Row, error) {
			id, ok := l.Body.Text("id")
			if l.Kind != "thing" || !ok {
				return nil, nil
			}
			return []audit.Row{{SQL: "INSERT INTO thing(id, seq) VALUES(?, ?)", Args: []any{id, l.Seq}}}, nil
		},
	}
}

func thing(id string) audit.Draft {
	d := audit.Draft{Kind: "thing", Actor: leaf.Actor{ID: "console"}}
	d.Body.Set("id", id)
	return d
}

func open(t testing.TB, folder string, projections ...audit.Projection) *DB {
	t.Helper()
	db, err := Open(t.Context(), folder, origin, projections...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // again, where a test closed it
	return db
}

func logOn(t testing.TB, db *DB) *audit.Log {
	t.Helper()
	log, err := audit.Open(t.Context(), db, clock.NewFake(time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func record(t testing.TB, log *audit.Log, drafts ...audit.Draft) {
	t.Helper()
	if _, err := log.Append(t.Context(), drafts...); err != nil {
		t.Fatal(err)
	}
}

// rows returns what a query of one column yields.
func rows(t testing.TB, db *DB, query string, args ...any) []string {
	t.Helper()
	var all []string
	err := db.Query(t.Context(), func(into func(...any) error) error {
		var s string
		err := into(&s)
		all = append(all, s)
		return err
	}, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustBe(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind)
	}
}

func TestEverySettingIsInForceAfterAReopen(t *testing.T) {
	folder := t.TempDir()
	open(t, folder).Close()
	db := open(t, folder)
	for _, s := range settings {
		var got string
		if err := db.write.QueryRowContext(t.Context(), "PRAGMA "+s.pragma).Scan(&got); err != nil || got != s.value {
			t.Errorf("%s is %q, want %q (%v)", s.pragma, got, s.value, err)
		}
	}
	for pragma, want := range map[string]string{"query_only": "1", "journal_mode": "wal"} {
		if got := rows(t, db, "PRAGMA "+pragma); !slices.Equal(got, []string{want}) {
			t.Errorf("for reading, %s is %q", pragma, got)
		}
	}
	if err := db.Query(t.Context(), nil, "CREATE TABLE x(y)"); err == nil {
		t.Error("the reading side wrote")
	}
}

// A pool may open another connection at any time: what no acknowledged record is lost without is in the DSN.
func TestEveryConnectionIsDurableFromItsFirstStatement(t *testing.T) {
	pool, err := sql.Open("sqlite3", dsn(filepath.Join(t.TempDir(), fileName), "rwc")+"&"+durable)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1", "busy_timeout": "50"} {
		var got string
		if err := pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func TestASettingThatDoesNotTakeIsRefused(t *testing.T) {
	before := settings
	defer func() { settings = before }()
	settings = slices.Clone(before)
	settings = append(settings, settings[0])
	settings[len(settings)-1].pragma, settings[len(settings)-1].value = "page_size", "1000" // no power of two: SQLite keeps what it has
	_, err := Open(t.Context(), t.TempDir(), origin)
	mustBe(t, err, fault.LogSettings)
	if fault.SubjectOf(err) != "page_size" {
		t.Errorf("the fault concerns %q", fault.SubjectOf(err))
	}
}

func TestTheLogTakesNothingButItsNextRecord(t *testing.T) {
	db := open(t, t.TempDir())
	log := logOn(t, db)
	record(t, log, thing("a"), thing("b"), thing("c"))
	head := log.Head()
	for _, attack := range []string{
		"UPDATE log SET leaf = x'7b7d' WHERE seq = 1",
		"UPDATE log SET seq = 9 WHERE seq = 2",
		"DELETE FROM log WHERE seq = 2",
		"DELETE FROM log",
		"INSERT OR REPLACE INTO log(seq, leaf, leaf_hash) VALUES(1, x'7b7d', zeroblob(32))",
		"REPLACE INTO log(seq, leaf, leaf_hash) SELECT 3, x'7b7d', leaf_hash FROM log WHERE seq = 1", // would throw record 1 out
		"INSERT INTO log(seq, leaf, leaf_hash) VALUES(4, x'7b7d', zeroblob(32))",
		"INSERT INTO log(seq, leaf, leaf_hash) VALUES(-1, x'7b7d', zeroblob(32))",
		"INSERT INTO log(seq, leaf, leaf_hash) VALUES(NULL, x'7b7d', zeroblob(31))",
		"INSERT INTO log(seq, leaf, leaf_hash) VALUES(3, x'7b', zeroblob(32))",
		"INSERT INTO log(seq, leaf, leaf_hash) VALUES(3, zeroblob(524289), zeroblob(32))",
		"INSERT INTO log_state SELECT 2, origin, frontier, last_leaf FROM log_state",
	} {
		if _, err := db.write.ExecContext(t.Context(), attack); err == nil {
			t.Errorf("%s was done", attack)
		}
	}
	if v, err := log.Verify(t.Context(), nil, func(_, _ int64) {}); err != nil || v.Head != head {
		t.Errorf("afterwards: %+v, %v", v, err)
	}
}

func TestARecordThatDoesNotFollowIsRefusedWhole(t *testing.T) {
	db := open(t, t.TempDir(), things())
	log, other := logOn(t, db), logOn(t, db)
	record(t, log, thing("a"))
	if _, err := other.Append(t.Context(), thing("b")); err == nil {
		t.Fatal("two logs wrote record 0")
	}
	if got := rows(t, db, "SELECT id FROM thing"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("rows: %q", got)
	}
	if _, err := other.Append(t.Context(), thing("b")); err != nil {
		t.Errorf("after the refusal it did not go on from what is stored: %v", err)
	}
}

func TestFoldersMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"two words", "what?mode=memory", "100%41", "a#b", "Süd-Station ß", "a&b=c;d+e", "quo'te\"s"} {
		folder := filepath.Join(t.TempDir(), name)
		db := open(t, folder)
		record(t, logOn(t, db), thing(name))
		if _, err := os.Stat(filepath.Join(folder, fileName)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if size := logOn(t, open(t, folder)).Head().Size; size != 1 {
			t.Errorf("%q: %d records after a reopen", name, size)
		}
	}
}

func TestARelativeFolderIsTakenFromHere(t *testing.T) {
	t.Chdir(t.TempDir())
	db := open(t, "data")
	if _, err := os.Stat(filepath.Join("data", fileName)); err != nil || !filepath.IsAbs(db.Path()) {
		t.Errorf("%s: %v", db.Path(), err)
	}
}

func TestAConflictLeavesNeitherRecordNorRow(t *testing.T) {
	db := open(t, t.TempDir(), things())
	log := logOn(t, db)
	record(t, log, thing("a"))
	head := log.Head()
	for _, drafts := range [][]audit.Draft{{thing("a")}, {thing("b"), thing("a")}, {thing("b"), thing("b")}} {
		if _, err := log.Append(t.Context(), drafts...); !errors.Is(err, audit.ErrConflict) {
			t.Errorf("%d drafts: %v", len(drafts), err)
		}
	}
	if log.Head() != head {
		t.Errorf("the head moved to %+v", log.Head())
	}
	if got := rows(t, db, "SELECT id FROM thing"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("rows: %q", got)
	}
	if got := rows(t, db, "SELECT count(*) FROM log"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("records: %q", got)
	}
	record(t, log, thing("b"))
}

func TestAnotherRefusalOfATableIsNoConflict(t *testing.T) {
	p := things()
	p.Schema = "CREATE TABLE thing(id TEXT PRIMARY KEY CHECK(id <> 'bad'), seq INTEGER NOT NULL) STRICT;\n"
	log := logOn(t, open(t, t.TempDir(), p))
	_, err := log.Append(t.Context(), thing("bad"))
	mustBe(t, err, fault.Internal)
	if errors.Is(err, audit.ErrConflict) || log.Head().Size != 0 {
		t.Errorf("%v, head %+v", err, log.Head())
	}
}

func TestAnAppendCancelledHalfwayLeavesNothingAndTheNextOneWorks(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := things()
	rowsOf := p.Rows
	p.Rows = func(l leaf.Leaf) ([]audit.Row, error) {
		if id, _ := l.Body.Text("id"); id == "cancel" {
			cancel()
		}
		return rowsOf(l)
	}
	db := open(t, t.TempDir(), p)
	log := logOn(t, db)
	_, err := log.Append(ctx, thing("before"), thing("cancel"), thing("after"))
	mustBe(t, err, fault.Cancelled)
	if log.Head().Size != 0 || len(rows(t, db, "SELECT id FROM thing")) != 0 {
		t.Errorf("something was left: %+v", log.Head())
	}
	_, err = log.Append(ctx, thing("x"))
	mustBe(t, err, fault.Cancelled)
	record(t, log, thing("x"))
}

func TestRebuildMakesEqualTables(t *testing.T) {
	db := open(t, t.TempDir(), things())
	log := logOn(t, db)
	const many = scanPage + 40
	drafts := make([]audit.Draft, 0, many)
	for i := range many {
		drafts = append(drafts, thing(fmt.Sprintf("id-%04d", many-i)))
	}
	record(t, log, drafts...)
	const all = "SELECT id || ' ' || seq FROM thing ORDER BY id"
	before := rows(t, db, all)
	if _, err := db.write.ExecContext(t.Context(), "DELETE FROM thing WHERE seq % 3 = 0; UPDATE thing SET seq = 0 WHERE seq = 1"); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(rows(t, db, all), before) {
		t.Fatal("the tables were not damaged, so nothing is shown")
	}
	if err := db.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := rows(t, db, all); !slices.Equal(after, before) || len(after) != many {
		t.Errorf("%d rows before, %d after", len(before), len(after))
	}
}

func TestAProjectionWithAnotherSchemaIsMadeAnewAtOpen(t *testing.T) {
	folder := t.TempDir()
	db := open(t, folder, things())
	record(t, logOn(t, db), thing("a"), thing("b"))
	db.Close()
	p := things()
	p.Schema = "CREATE TABLE item(name TEXT PRIMARY KEY) STRICT;\nCREATE TABLE note(name TEXT REFERENCES item(name)) STRICT;\n"
	p.Tables = []string{"item", "note"}
	p.Rows = func(l leaf.Leaf) ([]audit.Row, error) {
		id, _ := l.Body.Text("id")
		return []audit.Row{{SQL: "INSERT INTO item VALUES(?)", Args: []any{id}}, {SQL: "INSERT INTO note VALUES(?)", Args: []any{id}}}, nil
	}
	db = open(t, folder, p)
	if got := rows(t, db, "SELECT name FROM note ORDER BY name"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("rows: %q", got)
	}
	if got := rows(t, db, "SELECT name FROM sqlite_schema WHERE name = 'thing'"); len(got) > 0 {
		t.Error("the old table is still there")
	}
	db.Close()
	open(t, folder, things()).Close() // and back, dropping tables that refer to each other
}

func TestAnUnchangedProjectionIsNotReadAgain(t *testing.T) {
	folder, p, calls := t.TempDir(), things(), 0
	rowsOf := p.Rows
	p.Rows = func(l leaf.Leaf) ([]audit.Row, error) { calls++; return rowsOf(l) }
	db := open(t, folder, p)
	record(t, logOn(t, db), thing("a"))
	db.Close()
	open(t, folder, p)
	if calls != 1 {
		t.Errorf("%d calls for one record", calls)
	}
}

func TestScanGoesOnOverItsPages(t *testing.T) {
	db := open(t, t.TempDir())
	log := logOn(t, db)
	const many = 2*scanPage + 3
	record(t, log, slices.Repeat([]audit.Draft{thing("same")}, many)...)
	for _, from := range []int64{0, 1, scanPage, many - 1, many, many + 5} {
		next := from
		err := db.Scan(t.Context(), from, func(seq int64, bytes, hash []byte) error {
			if seq != next || leaf.Hash(bytes) != [32]byte(hash) {
				return fmt.Errorf("record %d where %d should be", seq, next)
			}
			next++
			return nil
		})
		if err != nil || next != max(from, many) {
			t.Errorf("from %d to %d: %v", from, next, err)
		}
	}
	stop := errors.New("enough")
	if err := db.Scan(t.Context(), 0, func(int64, []byte, []byte) error { return stop }); err != stop {
		t.Errorf("the visitor's error became %v", err)
	}
	// A visitor may append: no read transaction is open.
	err := db.Scan(t.Context(), many-1, func(seq int64, _, _ []byte) error {
		if seq == many-1 {
			record(t, log, thing("during"))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAQueryEndsWithItsContext(t *testing.T) {
	db := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := db.Query(ctx, func(into func(...any) error) error {
		if seen++; seen == 10 {
			cancel()
		}
		var n int
		return into(&n)
	}, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
	mustBe(t, err, fault.Cancelled)
	mustBe(t, db.Query(ctx, nil, "SELECT 1"), fault.Cancelled)
	if got := rows(t, db, "SELECT 1"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the next query: %q", got)
	}
}

func TestAStateThatCannotBeReadIsABrokenLog(t *testing.T) {
	db := open(t, t.TempDir())
	if _, err := db.write.ExecContext(t.Context(), "UPDATE log_state SET frontier = x'0102'"); err != nil {
		t.Fatal(err)
	}
	_, err := db.State(t.Context())
	mustBe(t, err, fault.LogBroken)
}

func TestTheOriginIsTheOneOfTheFirstOpen(t *testing.T) {
	folder := t.TempDir()
	open(t, folder).Close()
	db, err := Open(t.Context(), folder, "another.example/log")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := logOn(t, db).Head().Origin; got != origin {
		t.Errorf("origin %q", got)
	}
}

// foreign makes a database of another program.
func foreign(t *testing.T, path string, statements ...string) {
	t.Helper()
	other, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, s := range statements {
		if _, err := other.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}
