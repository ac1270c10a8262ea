package breakglass

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// A journal may lie where others can write, on a stick for instance. What no session can have written is kept as it is, and
// means nothing: a record of its kind would.

// KindStrange is the kind of the record that keeps a frame which no session can have written, or which contradicts another.
const KindStrange = "emergency.strange"

const (
	strangeChain = "strange.chain"
	strangeN     = "strange.n"
	strangeHash  = "strange.hash"
	strangeBytes = "strange.bytes" // base64
)

// sessionKinds are the endings of the kinds that a session writes.
var sessionKinds = []string{KindOpened, kindExtended, KindIntent, kindOutcome, kindStopped, kindClosed, kindInterrupted, kindContinued, "emergency.done"}

// asideKinds are what the console makes frames of while the log takes nothing: what devices were asked, and on which network. They
// are links of its chain like those of a session, and mean nothing to it.
var asideKinds = []string{"device.identified", "device.read", "device.released", "console.network"}

func sessionKind(kind string) bool {
	if ending, drill := strings.CutPrefix(kind, drillPrefix); drill {
		kind = "emergency." + ending
	}
	return slices.Contains(sessionKinds, kind) || slices.Contains(asideKinds, kind)
}

func strangeDraft(f journal.Frame) audit.Draft {
	d := audit.Draft{Kind: KindStrange, Actor: console}
	d.Body.Set(strangeChain, f.Chain)
	d.Body.SetInt(strangeN, f.N)
	d.Body.Set(strangeHash, hex.EncodeToString(f.Hash[:]))
	d.Body.Set(strangeBytes, base64.StdEncoding.EncodeToString(f.Bytes))
	return d
}

// whereabouts of a frame.
type whereabouts int

const (
	missingYet   whereabouts = iota
	thereAlready             // in the log
	elsewhere                // another frame has its place, or it does not follow the one before it
)

// place says whether a frame is in the log, or could take its place there. Last are the frames that are on their way.
func (i *Importer) place(ctx context.Context, f journal.Frame, last map[string]journal.Frame) (whereabouts, error) {
	hash := hex.EncodeToString(f.Hash[:])
	_, taken, err := i.at(ctx, f.Chain, f.N)
	switch {
	case err != nil:
		return missingYet, err
	case taken == hash:
		return thereAlready, nil
	}
	if there, err := i.strange(ctx, hash); err != nil || there {
		return thereAlready, err
	}
	if taken != "" {
		return elsewhere, nil
	}
	if way, ok := last[f.Chain]; ok && way.N == f.N {
		return elsewhere, nil
	}
	l, err := f.Leaf()
	if err != nil {
		return elsewhere, nil
	}
	_, before, err := i.at(ctx, f.Chain, f.N-1)
	if way, ok := last[f.Chain]; ok && way.N == f.N-1 {
		before = hex.EncodeToString(way.Hash[:])
	}
	first := f.N == 0 && l.Prev != [32]byte{}
	if err == nil && (first || before != "" && before != hex.EncodeToString(l.Prev[:])) {
		return elsewhere, nil
	}
	return missingYet, err
}

// at returns the frame that has a place in the log: the number of its record, and its hash; "" for none.
func (i *Importer) at(ctx context.Context, chain string, n int64) (seq int64, hash string, err error) {
	err = i.query.Query(ctx, func(into func(...any) error) error { return into(&seq, &hash) },
		"SELECT seq, hash FROM journal_frame WHERE chain = ? AND n = ?", chain, n)
	return seq, hash, err
}

func (i *Importer) strange(ctx context.Context, hash string) (there bool, err error) {
	_, there, err = i.kept(ctx, hash)
	return there, err
}

// kept returns the number of the record that keeps a strange frame.
func (i *Importer) kept(ctx context.Context, hash string) (seq int64, there bool, err error) {
	err = i.query.Query(ctx, func(into func(...any) error) error {
		there = true
		return into(&seq)
	}, "SELECT seq FROM journal_strange WHERE hash = ?", hash)
	return seq, there, err
}

// holds says whether the log verifies with this record's statement in it, and whether the statement is about it. Its signer's
// key may have been replaced since, the frame may be forged around somebody's real signature, and the log may not be the one
// that its signer saw: an older copy of the database was put back. Signed are the statements that are on their way.
func (i *Importer) holds(ctx context.Context, l leaf.Leaf, signed map[string]bool) (bool, error) {
	if l.Stmt == "" {
		return true, nil
	}
	id, about := isAbout(l)
	if !about || signed[id] || i.check(l.Stmt) != nil {
		return false, nil
	}
	used := false
	err := i.query.Query(ctx, func(into func(...any) error) error {
		var seq int64
		used = true
		return into(&seq)
	}, "SELECT seq FROM journal_signed WHERE id = ?", id)
	if err != nil || used {
		return false, err
	}
	seen, err := i.seen(ctx, l.Stmt)
	signed[id] = seen
	return seen, err
}

// isAbout returns the number of a record's statement, and whether it says what the record says.
func isAbout(l leaf.Leaf) (id string, about bool) {
	text := func(key string) string { t, _ := l.Body.Text(key); return t }
	switch s := signedIn(l.Stmt).(type) {
	case statement.Opening:
		device := statement.Device{Manufacturer: text("manufacturer"), Model: text("model"), Serial: text("serial"), Firmware: text("firmware")}
		return s.ID, l.Kind == KindOpened && slices.Equal(s.Signatories(), []string{l.Actor.ID}) &&
			s.Device == device && s.Tier == text("tier") && s.Category == text("category")
	case statement.Extension:
		return s.ID, l.Kind == kindExtended && slices.Equal(s.Signatories(), []string{l.Actor.ID}) && s.Session == text("session")
	}
	return "", false
}

// seen says whether the log's history is the one that a statement's signer saw.
func (i *Importer) seen(ctx context.Context, note string) (bool, error) {
	saw, ok := witnessed(note)
	now := i.log.LastHead()
	switch {
	case !ok || saw.Origin != now.Origin || saw.Size > now.Size:
		return false, nil
	case saw.Size == now.Size:
		return saw.Root == now.Root, nil
	}
	hashes, err := i.log.Hashes(ctx, saw.Size)
	if err != nil {
		return false, err
	}
	var tree leaf.Range
	for _, hash := range hashes {
		tree.Append(hash)
	}
	return saw.Root == tree.Root(), nil
}

// signedIn reads a statement without its signatures; nil for none.
func signedIn(note string) statement.Statement {
	text, _, _ := strings.Cut(note, "\n\n")
	signed, err := statement.Parse([]byte(text + "\n"))
	if err != nil {
		return nil
	}
	return signed
}

// witnessed reads the head of the log that a statement names.
func witnessed(note string) (statement.LogHead, bool) {
	signed := signedIn(note)
	if signed == nil {
		return statement.LogHead{}, false
	}
	return signed.Witnessed()
}
