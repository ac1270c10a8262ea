package powercut

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

// The test program runs itself as the process whose power is cut: in this folder, in this way.
const (
	childFolder = "COUNTERSIGN_POWERCUT_FOLDER"
	childWay    = "COUNTERSIGN_POWERCUT_WAY"
)

// What a child can do. Each acknowledges what it recorded in the file behind the descriptor after the standard three.
const (
	appendAndClose = "append and close"
	appendAndDie   = "append and die" // the record is left as it was, its write-ahead log with it
	libraryDefault = "library default"
)

const (
	origin        = "clinic.example/ward7"
	appends       = 100 // by each child
	ackDescriptor = 3
)

func TestMain(m *testing.M) {
	if folder, child := os.LookupEnv(childFolder); child {
		if err := beTheChild(folder, os.Getenv(childWay), os.NewFile(ackDescriptor, "acks")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func beTheChild(folder, way string, acks io.Writer) error {
	ctx := context.Background()
	switch way {
	case libraryDefault:
		return insertWithDefaults(ctx, folder, acks)
	case emergencies, withoutALog:
		return haveEmergencies(ctx, folder, way, acks)
	case unsynced:
		return journalWithoutSync(folder, acks)
	}
	db, err := store.Open(ctx, folder, origin, things())
	if err != nil {
		return err
	}
	log, err := openMachine(ctx, db, folder)
	if err != nil {
		return err
	}
	if err := appendRecords(ctx, log, acks); err != nil || way == appendAndDie {
		return err
	}
	return errors.Join(log.Close(ctx), db.Close())
}

// things is a projection that keeps a row for each record, as the package of changes does.
func things() audit.Projection {
	return audit.Projection{
		Name:   "things",
		Schema: "CREATE TABLE thing(seq INTEGER PRIMARY KEY, size INTEGER NOT NULL, text TEXT NOT NULL) STRICT;\n",
		Tables: []string{"thing"},
		Rows: func(l leaf.Leaf) ([]audit.Row, error) {
			text, _ := l.Body.Text("text")
			return []audit.Row{{SQL: "INSERT INTO thing(seq, size, text) VALUES(?, ?, ?)", Args: []any{l.Seq, len(text), text[:min(len(text), 64)]}}}, nil
		},
	}
}

// sizes go round: most records are small, some fill a page, some need a chain of them.
var sizes = []int{40, 300, 90, 1200, 60, 700, 4000, 150, 30, 500, 80, 9000, 250, 110, 2100, 20, 400}

func drafts(n int) []audit.Draft {
	all := make([]audit.Draft, 1+n%7/6) // every seventh append is of two records
	for i := range all {
		all[i] = audit.Draft{Kind: "thing", Actor: leaf.Actor{ID: "console"}}
		all[i].Body.Set("text", fmt.Sprintf("%06d ", n)+strings.Repeat("x", sizes[(n+i)%len(sizes)]))
	}
	if n%10 == 3 {
		all[0].Stmt = "a statement, which has a checkpoint behind it"
	}
	return all
}

func openLog(ctx context.Context, db *store.DB, options ...audit.Option) (*audit.Log, error) {
	return audit.Open(ctx, db, clock.NewFake(time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)), options...)
}

// openMachine opens the log as the console does: with a machine key, and a copy of the last checkpoint beside it.
func openMachine(ctx context.Context, db *store.DB, folder string) (*audit.Log, error) {
	return openLog(ctx, db, audit.WithMachine(folder, folder))
}

func appendRecords(ctx context.Context, log *audit.Log, acks io.Writer) error {
	for n := range appends {
		records, err := log.Append(ctx, drafts(n)...)
		if err != nil {
			return err
		}
		last := records[len(records)-1]
		if _, err := fmt.Fprintf(acks, "%d %x\n", last.Seq, last.Hash); err != nil {
			return err
		}
	}
	return nil
}

// insertWithDefaults writes as many records of the same sizes through the same library, in the same journal mode, with
// checkpoints as often, but without asking for durability.
func insertWithDefaults(ctx context.Context, folder string, acks io.Writer) (err error) {
	db, err := openDefault(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, `PRAGMA wal_autocheckpoint=256; CREATE TABLE log(
		seq INTEGER PRIMARY KEY CHECK(seq >= 0), leaf BLOB NOT NULL, leaf_hash BLOB NOT NULL UNIQUE) STRICT`)
	if err != nil {
		return err
	}
	for n := range appends {
		text, _ := drafts(n)[0].Body.Text("text")
		hash := leaf.Hash([]byte(text))
		if _, err := db.ExecContext(ctx, "INSERT INTO log(seq, leaf, leaf_hash) VALUES(?, ?, ?)", n, []byte(text), hash[:]); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(acks, "%d %x\n", n, hash); err != nil {
			return err
		}
	}
	return nil
}

func openDefault(folder string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "default.db")+"?_journal_mode=WAL")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}
