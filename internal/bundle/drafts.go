package bundle

import (
	"encoding/hex"
	"path/filepath"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// The kinds of records that tell of exports.
const (
	KindMade    = "export.made"    // a bundle was written and read back; it has its name unless KindFailed follows
	KindFailed  = "export.failed"  // a bundle that was recorded never got its name
	KindReceipt = "export.receipt" // an auditor's receipt came in
)

// Statement is what a person signs who exports: the one spelling of it is Text.
func (s Said) Statement(id string, signer statement.Person) statement.Export {
	return statement.Export{
		By: statement.By{ID: id, Signers: []statement.Person{signer}, Time: statement.TimeOf(s.Made),
			Log: statement.LogHead{Origin: s.Head.Origin, Size: s.Head.Size, Root: s.Head.Root}},
		From: s.From, To: s.To, Manifest: s.Manifest, For: s.For,
	}
}

// says holds a signed note against what was to be signed. Its signatures are checked when the bundle is read back.
func (s Said) says(note string) error {
	st := statementOf(&leaf.Leaf{Stmt: note})
	e, ok := st.(statement.Export)
	head := statement.LogHead{Origin: s.Head.Origin, Size: s.Head.Size, Root: s.Head.Root}
	if !ok || e.Manifest != s.Manifest || e.From != s.From || e.To != s.To || e.Log != head {
		return fault.Newf(fault.Internal, "export", "the note is not the statement that was asked for")
	}
	return nil
}

// draft is the record of the export.
func (w *writing) draft() audit.Draft {
	m := w.made.Manifest
	d := audit.Draft{Kind: KindMade, Actor: w.r.Actor, Stmt: w.note}
	d.Body.Set("manifest", hex.EncodeToString(w.made.Digest[:]))
	d.Body.SetInt("from", m.From)
	d.Body.SetInt("to", m.To)
	d.Body.SetInt("size", m.Head.Size)
	d.Body.Set("root", strict64.EncodeToString(m.Head.Root[:]))
	d.Body.Set("scope", string(m.Scope))
	d.Body.SetInt("shown", m.Shown)
	d.Body.Set("for", w.purpose())
	d.Body.Set("file", filepath.Base(w.made.Path))
	d.Body.Set("fingerprint", w.made.Fingerprint)
	if m.Filter != "" {
		d.Body.Set("filter", m.Filter)
	}
	if w.r.Recipient != "" {
		d.Body.Set("recipient", w.r.Recipient)
	}
	if w.made.Broken != "" {
		d.Body.Set("broken", plain(w.made.Broken))
	}
	return d
}

// failedDraft is the record that the file never got its name.
func failedDraft(m *Made, actor leaf.Actor, why error) audit.Draft {
	d := audit.Draft{Kind: KindFailed, Actor: actor}
	d.Body.Set("manifest", hex.EncodeToString(m.Digest[:]))
	d.Body.Set("file", filepath.Base(m.Path))
	d.Body.Set("why", string(fault.KindOf(why)))
	return d
}
