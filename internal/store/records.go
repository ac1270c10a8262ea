package store

import (
	"context"
	"database/sql"
	"errors"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// State implements audit.Store.
func (db *DB) State(ctx context.Context) (audit.State, error) {
	var state audit.State
	var frontier, last []byte
	err := db.write.QueryRowContext(ctx, "SELECT origin, frontier, last_leaf FROM log_state WHERE id = 1").Scan(&state.Origin, &frontier, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return state, fault.Newf(fault.LogBroken, db.path, "records without the log's state")
	}
	if err != nil {
		return state, db.fault(err)
	}
	if err := state.Range.UnmarshalBinary(frontier); err != nil {
		return state, fault.New(fault.LogBroken, db.path, err)
	}
	if copy(state.Last[:], last) != len(state.Last) {
		return state, fault.Newf(fault.LogBroken, db.path, "a last hash of %d bytes", len(last))
	}
	return state, nil
}

// Append implements audit.Store.
func (db *DB) Append(ctx context.Context, records []audit.Record, after audit.State) error {
	return db.fault(db.append(ctx, records, after))
}

func (db *DB) append(ctx context.Context, records []audit.Record, after audit.State) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, r := range records {
		if _, err := tx.ExecContext(ctx, "INSERT INTO log(seq, leaf, leaf_hash) VALUES(?, ?, ?)", r.Seq, r.Bytes, r.Hash[:]); err != nil {
			return err
		}
		for _, p := range db.projections {
			if err := run(ctx, tx, p, r.Leaf); err != nil {
				return err
			}
		}
	}
	frontier, err := after.Range.MarshalBinary()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE log_state SET frontier = ?, last_leaf = ?", frontier, after.Last[:]); err != nil {
		return err
	}
	return tx.Commit()
}

// scanPage bounds what Scan holds at once. Its first page is one record, because many visits want no more, and each page
// is twice the one before.
const scanPage = 512

// Scan implements audit.Store. It reads page by page, so that a long visit holds no read transaction open.
func (db *DB) Scan(ctx context.Context, from int64, visit func(seq int64, leaf, hash []byte) error) error {
	type record struct {
		seq        int64
		leaf, hash []byte
	}
	for size := 1; ; size = min(2*size, scanPage) {
		page := make([]record, 0, size)
		err := db.Query(ctx, func(into func(...any) error) error {
			var r record
			err := into(&r.seq, &r.leaf, &r.hash)
			page = append(page, r)
			return err
		}, "SELECT seq, leaf, leaf_hash FROM log WHERE seq >= ? ORDER BY seq LIMIT ?", from, size)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := visit(r.seq, r.leaf, r.hash); err != nil {
				return err
			}
			from = r.seq + 1
		}
		if len(page) < size {
			return nil
		}
	}
}

// Query implements audit.Query.
func (db *DB) Query(ctx context.Context, scan func(into func(...any) error) error, sql string, args ...any) error {
	rows, err := db.read.QueryContext(ctx, sql, args...)
	if err != nil {
		return db.fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return db.fault(err)
		}
	}
	return db.fault(rows.Err())
}
