// Package store keeps the console's records in SQLite. It is the one package that knows the SQLite library, and it
// implements audit.Store and audit.Query. It does not know what records mean: rows come from projections.
//
// The durability settings are those under which no acknowledged record is lost in a power cut: write-ahead log with
// synchronous=FULL. The library's own default is not durable, so every setting is read back when the database opens.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	sqlite "github.com/mattn/go-sqlite3"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// DB is one open database. One connection writes; any number read.
type DB struct {
	path        string
	write, read *sql.DB
	lock        *flock.Flock
	projections []audit.Projection

	addRecord, addCheckpoint, setState *sql.Stmt
}

var (
	_ audit.Sealed = (*DB)(nil)
	_ audit.Query  = (*DB)(nil)
)

// The names of the files in the data folder.
const (
	fileName = "countersign.db"
	lockName = "countersign.lock"
)

// Open opens or makes the database in folder. Origin names the log when it is made, and is ignored after that. The
// faults are LogDenied for a folder that cannot be written, LogBusy when another process has the database, LogBroken
// when the file is no database of ours, and LogSettings when SQLite does not run as it must.
func Open(ctx context.Context, folder, origin string, projections ...audit.Projection) (*DB, error) {
	return openWith(ctx, folder, origin, projections, (*DB).project)
}

// openWith opens the database and has its projections' tables made by project.
func openWith(ctx context.Context, folder, origin string, projections []audit.Projection, project func(*DB, context.Context) error) (*DB, error) {
	folder, err := filepath.Abs(folder) // the URI form has no relative paths
	if err != nil {
		return nil, fault.New(fault.LogDenied, folder, err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fault.New(fault.LogDenied, folder, err)
	}
	db := &DB{path: filepath.Join(folder, fileName), lock: flock.New(filepath.Join(folder, lockName)), projections: projections}
	held, err := db.lock.TryLock()
	if err != nil {
		return nil, fault.New(fault.LogDenied, folder, err)
	}
	if !held {
		_ = db.lock.Close() // it holds the file open even so
		return nil, fault.New(fault.LogBusy, folder, nil)
	}
	if err := db.open(ctx, origin, project); err != nil {
		db.Close()
		return nil, db.fault(err)
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, origin string, project func(*DB, context.Context) error) (err error) {
	if err := db.claim(ctx); err != nil {
		return err
	}
	if db.write, err = sql.Open("sqlite3", dsn(db.path, "rwc")+"&"+durable+statementCache); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	db.write.SetMaxIdleConns(1)
	if err := db.prepare(ctx, origin); err != nil {
		return err
	}
	if err := project(db, ctx); err != nil {
		return err
	}
	if err := db.checkSchema(ctx); err != nil {
		return err
	}
	if err := db.statements(ctx); err != nil {
		return err
	}
	if db.read, err = sql.Open("sqlite3", dsn(db.path, "ro")+"&"+durable+"&_query_only=1"); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(2)
	return nil
}

// durable is set by the DSN, so that no connection is ever without it.
const durable = "_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_foreign_keys=1&_recursive_triggers=1"

// statementCache keeps what projections run with every record from being compiled every time.
const statementCache = "&_stmt_cache_size=64"

// dsn returns an absolute path in URI form, so that a folder with a question mark or a percent sign in its name works.
func dsn(path, mode string) string {
	path = filepath.ToSlash(path)
	if path[0] != '/' {
		path = "/" + path // a drive letter is no host
	}
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?mode=" + mode + "&_busy_timeout=50"
}

// Close closes the database and lets the next process have it.
func (db *DB) Close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{db.addRecord, db.addCheckpoint, db.setState} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(append(errs, db.lock.Close())...)
}

// Path returns the database's file.
func (db *DB) Path() string { return db.path }

// fault gives SQLite's errors their kind.
func (db *DB) fault(err error) error {
	var known *fault.Fault
	var failed sqlite.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, sql.ErrTxDone):
		// a transaction that is done before it was committed was ended by its context
		return fault.New(fault.Cancelled, db.path, err)
	case errors.As(err, &failed):
		return fault.New(sqliteKind(failed), db.path, wrapConflict(failed))
	case errors.Is(err, syscall.ENOSPC):
		return fault.New(fault.LogFull, db.path, err)
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.LogDenied, db.path, err)
	}
	return fault.New(fault.Internal, db.path, err)
}

func sqliteKind(err sqlite.Error) fault.Kind {
	if err.SystemErrno == syscall.ENOSPC {
		return fault.LogFull // whatever SQLite was doing
	}
	switch err.Code {
	case sqlite.ErrInterrupt:
		return fault.Cancelled
	case sqlite.ErrBusy, sqlite.ErrLocked:
		return fault.LogBusy
	case sqlite.ErrFull:
		return fault.LogFull
	case sqlite.ErrReadonly, sqlite.ErrPerm, sqlite.ErrCantOpen, sqlite.ErrAuth, sqlite.ErrIoErr:
		return fault.LogDenied
	case sqlite.ErrCorrupt, sqlite.ErrNotADB:
		return fault.LogBroken
	case sqlite.ErrError:
		if strings.Contains(err.Error(), "unsupported file format") { // of the schema, in a header that was damaged: it has no code of its own
			return fault.LogBroken
		}
	}
	return fault.Internal
}

// wrapConflict marks the refusal of a UNIQUE constraint or of a trigger, so that a caller need not know SQLite to recognise it.
func wrapConflict(err sqlite.Error) error {
	switch err.ExtendedCode {
	case sqlite.ErrConstraintUnique, sqlite.ErrConstraintPrimaryKey, sqlite.ErrConstraintTrigger:
		return fmt.Errorf("%w: %w", audit.ErrConflict, err)
	}
	return err
}
