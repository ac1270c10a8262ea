package bundle

import (
	"context"
	"encoding/hex"
	"time"

	"countersign/internal/audit"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// schema keeps the exports and the receipts. Nothing in it may refuse a record.
const schema = `CREATE TABLE export_made(
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  manifest TEXT NOT NULL,
  first INTEGER NOT NULL,
  next INTEGER NOT NULL,
  size INTEGER NOT NULL,
  root TEXT NOT NULL,
  scope TEXT NOT NULL,
  shown INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  file TEXT NOT NULL,
  signed INTEGER NOT NULL,
  failed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX export_made_manifest ON export_made(manifest);
CREATE TABLE export_receipt(
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  auditor TEXT NOT NULL,
  key TEXT NOT NULL,
  state TEXT NOT NULL) STRICT;
CREATE INDEX export_receipt_manifest ON export_receipt(manifest);
CREATE INDEX export_receipt_auditor ON export_receipt(auditor);
`

// Projection keeps the tables of exports and receipts.
func Projection() audit.Projection {
	return audit.Projection{Name: "bundle", Schema: schema, Tables: []string{"export_made", "export_receipt"}, Rows: project}
}

func project(l leaf.Leaf) ([]audit.Row, error) {
	text := func(key string) string { t, _ := l.Body.Text(key); return t }
	number := func(key string) int64 { n, _ := l.Body.Int(key); return n }
	at := l.At.Wall.UnixMilli()
	switch l.Kind {
	case KindMade:
		return []audit.Row{{
			SQL: `INSERT INTO export_made(seq, at, actor, name, role, manifest, first, next, size, root, scope, shown, purpose, file, signed)
				VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			Args: []any{l.Seq, at, l.Actor.ID, l.Actor.Name, l.Actor.Role, text("manifest"), number("from"), number("to"), number("size"), text("root"),
				text("scope"), number("shown"), text("for"), text("file"), l.Stmt != ""},
		}}, nil
	case KindFailed:
		return []audit.Row{{SQL: "UPDATE export_made SET failed = 1 WHERE manifest = ?", Args: []any{text("manifest")}}}, nil
	case KindReceipt:
		return []audit.Row{{
			SQL:  "INSERT INTO export_receipt(seq, at, manifest, auditor, key, state) VALUES(?, ?, ?, ?, ?, ?)",
			Args: []any{l.Seq, at, text("manifest"), text("auditor"), text("key"), text("state")},
		}}, nil
	}
	return nil, nil
}

// Exports knows the exports that were made and the receipts for them.
type Exports struct{ query audit.Query }

// NewExports reads the tables that Projection keeps.
func NewExports(query audit.Query) *Exports { return &Exports{query} }

// Export is one that was made.
type Export struct {
	Seq         int64 // of its record
	At          time.Time
	By          leaf.Actor
	Signed      bool // by that person; else the machine signed alone
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

const selectExports = `SELECT e.seq, e.at, e.actor, e.name, e.role, e.manifest, e.first, e.next, e.size, e.root, e.scope, e.shown, e.purpose, e.file,
	e.signed, e.failed, COALESCE(r.state, ''), COALESCE(r.auditor, '')
	FROM export_made e LEFT JOIN export_receipt r ON r.seq = (SELECT MAX(seq) FROM export_receipt WHERE manifest = e.manifest) `

// List returns the exports, the newest first.
func (e *Exports) List(ctx context.Context) ([]Export, error) {
	return e.list(ctx, selectExports+"ORDER BY e.seq DESC")
}

// Last returns the last one that did not fail, and false where there is none.
func (e *Exports) Last(ctx context.Context) (last Export, there bool, err error) {
	all, err := e.list(ctx, selectExports+"WHERE e.failed = 0 ORDER BY e.seq DESC LIMIT 1")
	if err != nil || len(all) == 0 {
		return last, false, err
	}
	return all[0], true, nil
}

func (e *Exports) list(ctx context.Context, sql string, args ...any) (all []Export, err error) {
	err = e.query.Query(ctx, func(into func(...any) error) error {
		var x Export
		var at int64
		var manifest, root string
		if err := into(&x.Seq, &at, &x.By.ID, &x.By.Name, &x.By.Role, &manifest, &x.From, &x.To, &x.Head.Size, &root, &x.Scope, &x.Shown, &x.For, &x.File,
			&x.Signed, &x.Failed, &x.Receipt, &x.Auditor); err != nil {
			return err
		}
		x.At = time.UnixMilli(at)
		if b, err := hex.DecodeString(manifest); err == nil {
			copy(x.Manifest[:], b)
		}
		if b, err := strict64.DecodeString(root); err == nil {
			copy(x.Head.Root[:], b)
		}
		x.Fingerprint = formats.Fingerprint(x.Manifest)
		all = append(all, x)
		return nil
	}, sql, args...)
	return all, err
}

// known says whether this log exported the bundle with this manifest.
func (e *Exports) known(ctx context.Context, manifest [32]byte) (bool, error) {
	all, err := e.list(ctx, selectExports+"WHERE e.manifest = ?", hex.EncodeToString(manifest[:]))
	return len(all) > 0, err
}

// keys returns the keys with which receipts by this auditor were signed, each once.
func (e *Exports) keys(ctx context.Context, auditor string) (keys []string, err error) {
	err = e.query.Query(ctx, func(into func(...any) error) error {
		var key string
		err := into(&key)
		keys = append(keys, key)
		return err
	}, "SELECT DISTINCT key FROM export_receipt WHERE auditor = ? ORDER BY key", auditor)
	return keys, err
}
