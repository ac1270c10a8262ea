package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/house/figures"
)

// BenchmarkDurableAppend times one record with its projection, chain and tree, and a signed checkpoint over the log where
// there is a machine key, against two things that take turns with it, so that the disk's moods hit all: one bare insert
// of as many bytes into a table of a database with the same settings, and as many bytes at the end of a file that is
// synced. Copies of the checkpoint would be
// written beside it and disturb the yardstick more than the append, so there are none.
func BenchmarkDurableAppend(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchmarkAppend(b, "durable audit append", thing) })
	signed := func(id string) audit.Draft {
		d := thing(id)
		d.Stmt = "a statement"
		return d
	}
	b.Run("sealed", func(b *testing.B) { benchmarkAppend(b, "durable sealed append", signed) })
}

func benchmarkAppend(b *testing.B, name string, draft func(string) audit.Draft) {
	folder := b.TempDir()
	db := open(b, folder, things())
	var options []audit.Option
	if draft("").Stmt != "" {
		options = append(options, audit.WithMachine(folder))
	}
	log, err := audit.Open(b.Context(), db, clock.NewFake(time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)), options...)
	if err != nil {
		b.Fatal(err)
	}
	first, err := log.Append(b.Context(), draft("first"))
	if err != nil {
		b.Fatal(err)
	}
	bare, file := bareDatabase(b), bareFile(b)
	var ours, theirs, synced time.Duration
	n := 0
	for b.Loop() {
		n++
		start := time.Now()
		if _, err := log.Append(b.Context(), draft(fmt.Sprintf("%08d", n))); err != nil {
			b.Fatal(err)
		}
		second := time.Now()
		if _, err := bare.ExecContext(b.Context(), "INSERT INTO t(b) VALUES(?)", first[0].Bytes); err != nil {
			b.Fatal(err)
		}
		third := time.Now()
		if _, err := file.Write(first[0].Bytes); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		ours, theirs, synced = ours+second.Sub(start), theirs+third.Sub(second), synced+time.Since(third)
	}
	perSecond := func(d time.Duration) float64 { return float64(n) / d.Seconds() }
	figures.Report(b, figures.Figure{
		Name: name + " / bare SQLite insert, same settings", Value: perSecond(ours), Unit: "records/s", Yardstick: perSecond(theirs), Goal: "ratio >= 0.8",
	})
	figures.Report(b, figures.Figure{
		Name: name + " / write and sync of a file", Value: perSecond(ours), Unit: "records/s ", Yardstick: perSecond(synced),
	})
}

func bareDatabase(b *testing.B) *sql.DB {
	b.Helper()
	bare, err := sql.Open("sqlite3", dsn(filepath.Join(b.TempDir(), "bare.db"), "rwc")+"&"+durable)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = bare.Close() })
	bare.SetMaxOpenConns(1)
	for _, s := range settings {
		if _, err := bare.ExecContext(b.Context(), "PRAGMA "+s.pragma+"="+s.value); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := bare.ExecContext(b.Context(), "CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT"); err != nil {
		b.Fatal(err)
	}
	return bare
}

func bareFile(b *testing.B) *os.File {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = file.Close() })
	return file
}
