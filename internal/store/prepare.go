package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	sqlite "github.com/mattn/go-sqlite3"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

//go:embed log.sql
var logSchema string

// applicationID is "CSGN": it tells this database from any other SQLite file.
const applicationID = 0x4353474E

// settings are what must be in force on the connection that writes; each is set and then read back.
var settings = []struct{ pragma, value string }{
	{"journal_mode", "wal"},
	{"synchronous", "2"}, // FULL: one sync for each commit
	{"foreign_keys", "1"},
	{"recursive_triggers", "1"}, // without it INSERT OR REPLACE passes the triggers by
	{"trusted_schema", "0"},
	{"cell_size_check", "1"},
	{"fullfsync", "1"}, // macOS: flush the drive, too
	{"checkpoint_fullfsync", "1"},
	{"wal_autocheckpoint", "256"},
	{"journal_size_limit", "4194304"},
	{"mmap_size", "0"},
	{"temp_store", "2"},
}

func (db *DB) prepare(ctx context.Context, origin string) error {
	if err := db.mark(ctx); err != nil {
		return err
	}
	for _, s := range settings {
		if s.pragma != "journal_mode" { // the DSN set it, and setting it again takes a lock
			if _, err := db.write.ExecContext(ctx, "PRAGMA "+s.pragma+"="+s.value); err != nil {
				return err
			}
		}
		var got string
		if err := db.write.QueryRowContext(ctx, "PRAGMA "+s.pragma).Scan(&got); err != nil {
			return err
		}
		if got != s.value {
			return fault.Newf(fault.LogSettings, s.pragma, "%s instead of %s", got, s.value)
		}
	}
	if err := db.checkLog(ctx); err != nil {
		return err
	}
	if _, err := db.write.ExecContext(ctx, logSchema); err != nil {
		return err
	}
	var empty leaf.Range
	frontier, _ := empty.MarshalBinary()
	// Records without their state are not a new log: State then says that something is missing.
	_, err := db.write.ExecContext(ctx, `INSERT INTO log_state(id, origin, frontier, last_leaf)
		SELECT 1, ?, ?, zeroblob(32) WHERE NOT EXISTS(SELECT * FROM log) ON CONFLICT DO NOTHING`, origin, frontier)
	return err
}

// claim refuses a database that is somebody else's. It only reads: opening it as ours would already change its journal.
func (db *DB) claim(ctx context.Context) error {
	info, err := os.Stat(db.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	err = db.look(ctx, "ro")
	var failed sqlite.Error
	if errors.As(err, &failed) && failed.ExtendedCode == sqlite.ErrReadonlyRollback {
		// The power went while somebody wrote, here during the first start. Whoever opens the database next must undo
		// that half, and only then can it be seen whose it is.
		err = db.look(ctx, "rw")
	}
	return err
}

// look says whether the database is ours, or nobody's yet.
func (db *DB) look(ctx context.Context, mode string) (err error) {
	look, err := sql.Open("sqlite3", dsn(db.path, mode)+"&_query_only=1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, look.Close()) }()
	var id, tables int64
	if err := look.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := look.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if id != applicationID && (id != 0 || tables > 0) {
		return fault.Newf(fault.LogBroken, db.path, "a database of another program (application_id %d)", id)
	}
	return nil
}

// mark makes a new database ours. One that is needs no write, which a full disk would refuse.
func (db *DB) mark(ctx context.Context) error {
	var id int64
	if err := db.write.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil || id == applicationID {
		return err
	}
	_, err := db.write.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id=%d", applicationID))
	return err
}

// project makes the projections' tables, anew from the log where a schema is not the one they were made with.
func (db *DB) project(ctx context.Context) error {
	for _, p := range db.projections {
		schema, tables, err := db.made(ctx, p)
		if err != nil {
			return err
		}
		if schema == p.Schema {
			continue
		}
		if err := db.rebuild(ctx, p, append(oldTables(tables), p.Tables...)); err != nil {
			return err
		}
	}
	return nil
}

// made returns how a projection's tables were made; both are empty where they never were.
func (db *DB) made(ctx context.Context, p audit.Projection) (schema, tables string, err error) {
	err = db.write.QueryRowContext(ctx, "SELECT schema, tables FROM projection WHERE name = ?", p.Name).Scan(&schema, &tables)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return schema, tables, err
}

// tableName is what a projection's table may be called. The list is read from the database, which others can edit.
var tableName = regexp.MustCompile(`^[a-z][a-z_]*$`)

// oldTables are the tables that a projection had under an earlier schema. None of the record's own is ever among them.
func oldTables(list string) []string {
	return slices.DeleteFunc(strings.Fields(list), func(name string) bool {
		return !tableName.MatchString(name) || slices.Contains([]string{"log", "log_state", "checkpoint", "projection"}, name)
	})
}

// Rebuild drops every projection and makes it again from the log.
func (db *DB) Rebuild(ctx context.Context) error {
	for _, p := range db.projections {
		if err := db.rebuild(ctx, p, p.Tables); err != nil {
			return db.fault(err)
		}
	}
	return nil
}

func (db *DB) rebuild(ctx context.Context, p audit.Projection, old []string) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := remake(ctx, tx, p, old); err != nil {
		return err
	}
	return tx.Commit()
}

// remake drops a projection's tables and makes them from the log.
func remake(ctx context.Context, tx *sql.Tx, p audit.Projection, old []string) error {
	for i := len(old) - 1; i >= 0; i-- { // last made, first dropped: tables refer to earlier ones
		if _, err := tx.ExecContext(ctx, "DROP TABLE IF EXISTS "+old[i]); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, p.Schema); err != nil {
		return err
	}
	if err := replay(ctx, tx, p); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO projection(name, tables, schema) VALUES(?, ?, ?)
		ON CONFLICT(name) DO UPDATE SET tables = excluded.tables, schema = excluded.schema`, p.Name, strings.Join(p.Tables, " "), p.Schema)
	return err
}

// replay runs the whole log through a projection, page by page.
func replay(ctx context.Context, tx *sql.Tx, p audit.Projection) error {
	for from := int64(0); ; from += scanPage {
		rows, err := tx.QueryContext(ctx, "SELECT leaf FROM log WHERE seq >= ? ORDER BY seq LIMIT ?", from, scanPage)
		if err != nil {
			return err
		}
		leaves, err := collect(rows)
		if err != nil {
			return err
		}
		for _, l := range leaves {
			if err := run(ctx, tx, p, l); err != nil {
				return err
			}
		}
		if len(leaves) < scanPage {
			return nil
		}
	}
}

func collect(rows *sql.Rows) (leaves []leaf.Leaf, err error) {
	defer rows.Close()
	for rows.Next() {
		var bytes []byte
		if err := rows.Scan(&bytes); err != nil {
			return nil, err
		}
		l, err := leaf.Decode(bytes)
		if err != nil {
			return nil, fault.New(fault.LogBroken, "", err)
		}
		leaves = append(leaves, l)
	}
	return leaves, rows.Err()
}

func run(ctx context.Context, tx *sql.Tx, p audit.Projection, l leaf.Leaf) error {
	rows, err := p.Rows(l)
	if err != nil {
		return fault.New(fault.Internal, p.Name, err)
	}
	for _, row := range rows {
		if _, err := tx.ExecContext(ctx, row.SQL, row.Args...); err != nil {
			return err
		}
	}
	return nil
}
