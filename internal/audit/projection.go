package audit

import (
	"context"
	"errors"

	"countersign/internal/leaf"
)

// ErrConflict is what Append returns, wrapped, when a projection's table refuses a row: the second use of something
// that may be used once.
var ErrConflict = errors.New("a table refuses this record")

// Row is one change to a projection's tables.
type Row struct {
	SQL  string
	Args []any
}

// Projection keeps tables that say what the log means now. They are a cache: the store can drop them and make them
// again from the records, and does so whenever Schema changed. Rows run in the transaction that appends the leaf.
type Projection struct {
	Name   string
	Schema string // CREATE statements, each ending in ";\n"
	Tables []string
	Rows   func(leaf.Leaf) ([]Row, error)
}

// Query reads projections. Scan is called once a row with the row's Scan method.
type Query interface {
	Query(ctx context.Context, scan func(into func(...any) error) error, sql string, args ...any) error
}
