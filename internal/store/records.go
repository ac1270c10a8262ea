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

// append looks at ctx itself, between statements that take microseconds: handing it to each would cost as much as they do.
func (db *DB) append(ctx context.Context, records []audit.Record, after audit.State) error {
	steady := context.WithoutCancel(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := db.write.BeginTx(steady, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for i := range records {
		if err := errors.Join(db.insert(steady, tx, &records[i]), ctx.Err()); err != nil {
			return err
		}
	}
	frontier, err := after.Range.MarshalBinary()
	if err != nil {
		return err
	}
	if _, err := tx.StmtContext(steady, db.setState).ExecContext(steady, frontier, after.Last[:]); err != nil {
		return err
	}
	return tx.Commit()
}

func (db *DB) insert(ctx context.Context, tx *sql.Tx, r *audit.Record) error {
	if _, err := tx.StmtContext(ctx, db.addRecord).ExecContext(ctx, r.Seq, r.Bytes, r.Hash[:]); err != nil {
		return err
	}
	if r.Checkpoint != "" {
		if _, err := tx.StmtContext(ctx, db.addCheckpoint).ExecContext(ctx, r.Seq+1, r.Epoch, r.Checkpoint); err != nil {
			return err
		}
	}
	for _, p := range db.projections {
		if err := run(ctx, tx, p, r.Leaf); err != nil {
			return err
		}
	}
	return nil
}

// statements are prepared once: every append uses them.
func (db *DB) statements(ctx context.Context) error {
	for _, one := range []struct {
		prepared **sql.Stmt
		text     string
	}{
		{&db.addRecord, "INSERT INTO log(seq, leaf, leaf_hash) VALUES(?, ?, ?)"},
		{&db.addCheckpoint, "INSERT INTO checkpoint(size, epoch, note) VALUES(?, ?, ?)"},
		{&db.setState, "UPDATE log_state SET frontier = ?, last_leaf = ?"},
	} {
		var err error
		if *one.prepared, err = db.write.PrepareContext(ctx, one.text); err != nil {
			return err
		}
	}
	return nil
}

// Seal implements audit.Sealed.
func (db *DB) Seal(ctx context.Context, c audit.Checkpoint) error {
	_, err := db.addCheckpoint.ExecContext(ctx, c.Size, c.Epoch, c.Note)
	return db.fault(err)
}

// Checkpoints implements audit.Sealed.
func (db *DB) Checkpoints(ctx context.Context, after int64, visit func(audit.Checkpoint) error) error {
	rows, err := db.read.QueryContext(ctx, "SELECT size, epoch, note FROM checkpoint WHERE size > ? ORDER BY size", after)
	if err != nil {
		return db.fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c audit.Checkpoint
		if err := rows.Scan(&c.Size, &c.Epoch, &c.Note); err != nil {
			return db.fault(err)
		}
		if err := visit(c); err != nil {
			return err
		}
	}
	return db.fault(rows.Err())
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
