package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	sqlite "github.com/mattn/go-sqlite3"

	"countersign/internal/fault"
)

// scanPage bounds what Scan holds at once. Its first page is one record, because many visits want no more, and each page
// is twice the one before. From scanAhead on the next page is read while this one is visited.
const (
	scanPage  = 512
	scanAhead = 64
)

// stored is a record as the table has it.
type stored struct {
	seq        int64
	leaf, hash []byte
}

// Scan implements audit.Store. It reads page by page, so that a long visit holds no read transaction open.
func (db *DB) Scan(ctx context.Context, from int64, visit func(seq int64, leaf, hash []byte) error) error {
	size := 1
	page, err := db.page(ctx, from, size)
	for {
		if err != nil {
			return db.fault(err)
		}
		more, next := len(page) == size, func(bool) ([]stored, error) { return nil, nil }
		if size = min(2*size, scanPage); more {
			next = db.begin(ctx, page[len(page)-1].seq+1, size)
		}
		for _, r := range page {
			if err := visit(r.seq, r.leaf, r.hash); err != nil {
				_, _ = next(false) // nothing is left running
				return err
			}
		}
		if !more {
			return nil
		}
		page, err = next(true)
	}
}

// begin returns what waits for a page: a large one is being read already, a small one is read if it is wanted.
func (db *DB) begin(ctx context.Context, from int64, size int) func(wanted bool) ([]stored, error) {
	if size <= scanAhead {
		return func(wanted bool) ([]stored, error) {
			if !wanted {
				return nil, nil
			}
			return db.page(ctx, from, size)
		}
	}
	type answer struct {
		page []stored
		err  error
	}
	ready := make(chan answer, 1)
	go func() {
		page, err := db.page(ctx, from, size)
		ready <- answer{page, err}
	}()
	return func(bool) ([]stored, error) { a := <-ready; return a.page, a.err }
}

const pageQuery = "SELECT seq, leaf, leaf_hash FROM log WHERE seq >= ? ORDER BY seq LIMIT ?"

// page reads at most size records. It asks the driver itself: the standard library's rows copy every value once more and
// look at ctx with every row, which for a page of a millisecond it is enough to do before.
func (db *DB) page(ctx context.Context, from int64, size int) (page []stored, err error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	err = conn.Raw(func(raw any) error {
		rows, err := raw.(*sqlite.SQLiteConn).QueryContext(context.Background(), pageQuery,
			[]driver.NamedValue{{Ordinal: 1, Value: from}, {Ordinal: 2, Value: int64(size)}})
		if err != nil {
			return err
		}
		page, err = collectPage(rows, size)
		return errors.Join(err, rows.Close())
	})
	return page, err
}

func collectPage(rows driver.Rows, size int) ([]stored, error) {
	page := make([]stored, 0, size)
	values := make([]driver.Value, 3)
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return page, nil
		case err != nil:
			return page, err
		}
		var r stored
		var known [3]bool
		r.seq, known[0] = values[0].(int64)
		r.leaf, known[1] = bytesOf(values[1])
		r.hash, known[2] = bytesOf(values[2])
		if known != [3]bool{true, true, true} {
			return page, fault.New(fault.LogBroken, fmt.Sprint(values[0]), errors.New("a row of another type"))
		}
		page = append(page, r)
	}
}

// bytesOf takes a text for its bytes: a record that somebody stored as one is still the record, and Verify decides.
func bytesOf(v driver.Value) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), true
	case nil:
		return nil, true
	}
	return nil, false
}
