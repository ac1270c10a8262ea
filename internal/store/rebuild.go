package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// Content is what a table holds: its rows, and the SHA-256 over all of them in the order of their values, so that neither
// the order in which they were written nor where they lie matters.
type Content struct {
	Rows   int64 // -1 where the table could not be read
	SHA256 [32]byte
}

// Rebuilt says what a projection's table held and what the log makes of it.
type Rebuilt struct {
	Projection, Table string
	Was, Is           Content
}

// Same says whether the table held what the log makes of it.
func (r Rebuilt) Same() bool { return r.Was == r.Is }

// Rebuild makes the projections of the database in folder again from the log, and reports table by table whether they
// held that before. What was made is kept. Nobody else may have the database open.
func Rebuild(ctx context.Context, folder, origin string, projections ...audit.Projection) (report []Rebuilt, err error) {
	db, err := openWith(ctx, folder, origin, projections, func(db *DB, ctx context.Context) (err error) {
		report, err = db.remakeAll(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return report, db.fault(db.Close())
}

// remakeAll does so in one transaction, so that a power cut leaves the tables as they were.
func (db *DB) remakeAll(ctx context.Context) (report []Rebuilt, err error) {
	old := make([][]string, len(db.projections))
	for i, p := range db.projections {
		_, tables, err := db.made(ctx, p)
		if err != nil {
			return nil, err
		}
		old[i] = append(oldTables(tables), p.Tables...)
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for i, p := range db.projections {
		tables := make([]Rebuilt, len(p.Tables))
		for n, table := range p.Tables {
			tables[n] = Rebuilt{p.Name, table, contentOr(ctx, tx, table), Content{}}
		}
		if err := remake(ctx, tx, p, old[i]); err != nil {
			return nil, err
		}
		for n, table := range p.Tables {
			if tables[n].Is, err = contentOf(ctx, tx, table); err != nil {
				return nil, err
			}
		}
		report = append(report, tables...)
	}
	return report, tx.Commit()
}

// contentOr is contentOf for a table that may not be there, or not be one.
func contentOr(ctx context.Context, tx *sql.Tx, table string) Content {
	c, err := contentOf(ctx, tx, table)
	if err != nil {
		return Content{Rows: -1}
	}
	return c
}

// contentOf reads a table with its columns' names.
func contentOf(ctx context.Context, tx *sql.Tx, table string) (c Content, err error) {
	if !tableName.MatchString(table) {
		return c, fault.Newf(fault.Internal, table, "not a table's name")
	}
	columns, err := columnsOf(ctx, tx, table)
	if err != nil {
		return c, err
	}
	order := make([]string, len(columns))
	for i := range order {
		order[i] = strconv.Itoa(i + 1)
	}
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY "+strings.Join(order, ", "))
	if err != nil {
		return c, err
	}
	defer rows.Close()
	sum := sha256.New()
	for _, name := range columns {
		addBytes(sum, 'c', []byte(name))
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for ; rows.Next(); c.Rows++ {
		if err := rows.Scan(into...); err != nil {
			return c, err
		}
		for _, v := range values {
			addValue(sum, v)
		}
	}
	sum.Sum(c.SHA256[:0])
	return c, rows.Err()
}

func columnsOf(ctx context.Context, tx *sql.Tx, table string) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	names, err = rows.Columns()
	return slices.Clone(names), err
}

// addValue adds a value with its type: 1 and '1' are two things.
func addValue(sum hash.Hash, v any) {
	switch v := v.(type) {
	case nil:
		addBytes(sum, 'n', nil)
	case int64:
		addBytes(sum, 'i', binary.BigEndian.AppendUint64(nil, uint64(v)))
	case float64:
		addBytes(sum, 'f', binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
	case []byte:
		addBytes(sum, 'b', v)
	case string:
		addBytes(sum, 't', []byte(v))
	default:
		addBytes(sum, '?', fmt.Append(nil, v))
	}
}

func addBytes(sum io.Writer, kind byte, b []byte) {
	head := binary.BigEndian.AppendUint64([]byte{kind}, uint64(len(b)))
	_, _ = sum.Write(append(head, b...)) // a hash takes everything
}
