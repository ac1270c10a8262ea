package store

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/house/figures"
)

// BenchmarkDurableAppend times one record with its projection, chain and tree against one bare insert of as many bytes
// into a table of a database with the same settings. The two take turns, so that the disk's moods hit both.
func BenchmarkDurableAppend(b *testing.B) {
	db := open(b, b.TempDir(), things())
	log := logOn(b, db)
	first, err := log.Append(b.Context(), thing("first"))
	if err != nil {
		b.Fatal(err)
	}
	bare, err := sql.Open("sqlite3", dsn(filepath.Join(b.TempDir(), "bare.db"), "rwc")+"&"+durable)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	bare.SetMaxOpenConns(1)
	for _, s := range settings {
		if _, err := bare.ExecContext(b.Context(), "PRAGMA "+s.pragma+"="+s.value); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := bare.ExecContext(b.Context(), "CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT"); err != nil {
		b.Fatal(err)
	}
	var ours, theirs time.Duration
	n := 0
	for b.Loop() {
		n++
		start := time.Now()
		if _, err := log.Append(b.Context(), thing(fmt.Sprintf("%08d", n))); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		if _, err := bare.ExecContext(b.Context(), "INSERT INTO t(b) VALUES(?)", first[0].Bytes); err != nil {
			b.Fatal(err)
		}
		ours, theirs = ours+between.Sub(start), theirs+time.Since(between)
	}
	perRecord := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 / float64(n) }
	figures.Report(b, figures.Figure{
		Name: "durable audit append / bare SQLite insert, same settings", Value: perRecord(ours), Unit: "ms", Yardstick: perRecord(theirs), Goal: "ratio <= 1.5",
	})
}
