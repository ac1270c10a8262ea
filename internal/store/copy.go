package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"countersign/internal/audit"
	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

// FileName is the database's file in the data folder.
const FileName = fileName

// copyTold is how often Copy tells how far it is.
const copyTold = 100 * time.Millisecond

// Size returns how many bytes of the disk the database takes, its write-ahead log apart.
func (db *DB) Size(ctx context.Context) (bytes int64, err error) {
	err = db.Query(ctx, func(into func(...any) error) error { return into(&bytes) },
		"SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
	return bytes, err
}

// Copy writes what the database holds at one moment into a new file, durably. SQLite makes the copy: a file that is being
// written to, copied as it lies there, is no database. Records go on being appended meanwhile. It has to be a new file; what
// an end before the end leaves of it is removed. The faults are those of Open, and Cancelled.
func (db *DB) Copy(ctx context.Context, path string, progress func(done, of int64)) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite would let everybody read it
	if err != nil {
		return disk.Fault(path, err)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	of, err := db.Size(ctx)
	if err != nil {
		return err
	}
	source, err := sql.Open("sqlite3", dsn(db.path, "ro"))
	if err != nil {
		return db.fault(err)
	}
	defer source.Close()
	source.SetMaxOpenConns(1)
	done := make(chan error, 1)
	go func() {
		_, err := source.ExecContext(ctx, "VACUUM INTO ?", path)
		done <- err
	}()
	ticker := time.NewTicker(copyTold)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return db.fault(errors.Join(ctx.Err(), err))
			}
			return syncNew(file, path)
		case <-ticker.C:
			if info, err := os.Stat(path); err == nil {
				progress(min(info.Size(), of), of)
			}
		}
	}
}

func syncNew(file *os.File, path string) error {
	if err := errors.Join(file.Sync(), disk.SyncFolder(filepath.Dir(path))); err != nil {
		return disk.Fault(path, err)
	}
	return nil
}

// Inspect says which log a database holds that nobody has open, and changes nothing. It reads every record, follows the
// chain and folds the tree: a log that does not end where its state says is fault.LogBroken, and so is a database of another
// program. Progress is told how many records are done.
func Inspect(ctx context.Context, path string, progress func(done, of int64)) (head audit.Head, err error) {
	db := &DB{path: path}
	if path, err = filepath.Abs(path); err != nil {
		return head, fault.New(fault.LogDenied, path, err)
	}
	if db.read, err = sql.Open("sqlite3", dsn(path, "ro")+"&immutable=1&_query_only=1"); err != nil {
		return head, db.fault(err)
	}
	defer func() { err = errors.Join(err, db.read.Close()) }()
	db.write = db.read // State asks the one that writes
	var id int64
	if err := db.read.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return head, db.fault(err)
	}
	if id != applicationID {
		return head, fault.Newf(fault.LogBroken, path, "a database of another program (application_id %d)", id)
	}
	state, err := db.State(ctx)
	if err != nil {
		return head, err
	}
	head = audit.Head{Origin: state.Origin, Size: state.Range.Size(), Root: state.Range.Root()}
	return head, db.refold(ctx, state, progress)
}

// inspectTold is how many records lie between two reports.
const inspectTold = 1024

// refold follows the records from the first to the last and holds what they come to against the state.
func (db *DB) refold(ctx context.Context, state audit.State, progress func(done, of int64)) error {
	var seen leaf.Range
	var last [32]byte
	broken := func(why string) error {
		return fault.Newf(fault.LogBroken, fmt.Sprint(seen.Size()), "%s", why)
	}
	err := db.Scan(ctx, -1<<63, func(seq int64, bytes, hash []byte) error {
		l, err := leaf.Decode(bytes)
		switch own := leaf.Hash(bytes); {
		case err != nil:
			return fault.New(fault.LogBroken, fmt.Sprint(seq), err)
		case seq != seen.Size() || l.Seq != seq || l.Prev != last || string(hash) != string(own[:]):
			return broken("a record that does not follow the one before it")
		default:
			seen.Append(own)
			last = own
		}
		if seen.Size()%inspectTold == 0 {
			progress(seen.Size(), state.Range.Size())
			if err := ctx.Err(); err != nil {
				return fault.New(fault.Cancelled, db.path, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if seen.Size() != state.Range.Size() || seen.Root() != state.Range.Root() || last != state.Last {
		return broken("the records end in another root than the log's")
	}
	return nil
}

// Lock keeps every console away from a data folder until release is called. Where one has it, that is fault.LogBusy.
func Lock(folder string) (release func() error, err error) {
	lock := flock.New(filepath.Join(folder, lockName))
	held, err := lock.TryLock()
	if err != nil {
		return nil, disk.Fault(folder, err)
	}
	if !held {
		_ = lock.Close() // it holds the file open even so
		return nil, fault.New(fault.LogBusy, folder, nil)
	}
	return lock.Close, nil
}

// Origin names the log, as it was made; "" where the database does not say.
func (db *DB) Origin() string {
	state, err := db.State(context.Background())
	if err != nil {
		return ""
	}
	return state.Origin
}
