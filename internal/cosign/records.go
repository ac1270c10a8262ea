package cosign

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// The kinds of record that this package writes. None carries a statement of its own: foreign notes stand in bodies, because
// this log's roster does not know their keys. Wanted values are in none but the record of a signature, after they were entered.
const (
	kindExported = "cosign.exported" // a request left for another console
	kindTrusted  = "cosign.trusted"  // a person compared the words of another console
	kindSeen     = "cosign.seen"     // heads of another console's log
	kindRefused  = "cosign.refused"  // another console's log was forked or rolled back
	kindMismatch = "cosign.mismatch" // a blind entry differed; which settings, never which values
	kindReturned = "cosign.returned" // it differed too often
	kindWrong    = "cosign.wrong-passphrase"
	kindSigned   = "cosign.signed" // an approval left for another console
	kindTaken    = "cosign.taken"  // an approval came in
)

// keptHeads is how many of the heads that were handed out a package proves.
const keptHeads = 8

// The tables: which consoles people compared, the heads that are remembered of others, the heads of this log that were handed
// out, and how often a blind entry differed.
const schema = `CREATE TABLE peer(
  origin TEXT PRIMARY KEY,
  genesis TEXT NOT NULL CHECK(length(genesis) = 64),
  roster TEXT NOT NULL,
  seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE peer_head(
  origin TEXT NOT NULL,
  size INTEGER NOT NULL CHECK(size > 0),
  root TEXT NOT NULL CHECK(length(root) = 44),
  request TEXT NOT NULL CHECK(length(request) IN (0, 64)),
  seq INTEGER NOT NULL,
  PRIMARY KEY(origin, size)) STRICT, WITHOUT ROWID;
CREATE TABLE peer_refused(
  origin TEXT PRIMARY KEY,
  continuity TEXT NOT NULL CHECK(continuity IN ('forked','rolled-back')),
  seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE handed_out(
  size INTEGER PRIMARY KEY CHECK(size > 0),
  root TEXT NOT NULL CHECK(length(root) = 44),
  seq INTEGER NOT NULL) STRICT;
CREATE TABLE blind_entry(
  origin TEXT NOT NULL,
  request TEXT NOT NULL CHECK(length(request) = 64),
  tries INTEGER NOT NULL,
  PRIMARY KEY(origin, request)) STRICT, WITHOUT ROWID;
CREATE TABLE foreign_guess(
  person TEXT PRIMARY KEY,
  wrong INTEGER NOT NULL,
  boot TEXT NOT NULL,
  boot_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

// Projection keeps the tables of other consoles.
func Projection() audit.Projection {
	return audit.Projection{Name: "cosign", Schema: schema,
		Tables: []string{"peer", "peer_head", "peer_refused", "handed_out", "blind_entry", "foreign_guess"}, Rows: project}
}

func project(l leaf.Leaf) ([]audit.Row, error) {
	if !strings.HasPrefix(l.Kind, "cosign.") {
		return nil, nil
	}
	text := func(key string) string {
		s, _ := l.Body.Text(key)
		return s
	}
	origin := text("origin")
	switch l.Kind {
	case kindExported, kindSigned:
		size, _ := l.Body.Int("size")
		return []audit.Row{
			{SQL: "INSERT OR IGNORE INTO handed_out(size, root, seq) VALUES(?, ?, ?)", Args: []any{size, text("root"), l.Seq}},
			{SQL: "DELETE FROM foreign_guess WHERE person = ?", Args: []any{text("person")}},
		}, nil
	case kindTrusted:
		rows := []audit.Row{
			{SQL: "DELETE FROM peer_head WHERE origin = ?", Args: []any{origin}},
			{SQL: "DELETE FROM peer_refused WHERE origin = ?", Args: []any{origin}},
			{SQL: "INSERT OR REPLACE INTO peer(origin, genesis, roster, seq) VALUES(?, ?, ?, ?)", Args: []any{origin, text("genesis"), text("roster"), l.Seq}},
		}
		return addHeads(rows, l, origin, text("heads"))
	case kindSeen, kindTaken:
		var rows []audit.Row
		if roster := text("roster"); roster != "" {
			rows = append(rows, audit.Row{SQL: "UPDATE peer SET roster = ? WHERE origin = ?", Args: []any{roster, origin}})
		}
		return addHeads(rows, l, origin, text("heads"))
	case kindRefused:
		return []audit.Row{{SQL: "INSERT OR REPLACE INTO peer_refused(origin, continuity, seq) VALUES(?, ?, ?)", Args: []any{origin, text("continuity"), l.Seq}}}, nil
	case kindMismatch:
		return []audit.Row{{
			SQL:  "INSERT INTO blind_entry(origin, request, tries) VALUES(?, ?, 1) ON CONFLICT DO UPDATE SET tries = tries + 1",
			Args: []any{origin, text("digest")},
		}}, nil
	case kindWrong:
		return []audit.Row{{
			SQL: `INSERT INTO foreign_guess(person, wrong, boot, boot_ms) VALUES(?, 1, ?, ?)
				ON CONFLICT DO UPDATE SET wrong = wrong + 1, boot = excluded.boot, boot_ms = excluded.boot_ms`,
			Args: []any{text("person"), l.At.Boot, l.At.BootMS},
		}}, nil
	case kindReturned:
		return nil, nil
	}
	return nil, fmt.Errorf("no kind of record is called %q", l.Kind)
}

// addHeads remembers the heads that a record names, each in a line of a size, a root and, where it was seen, the digest of
// the request that was signed over it.
func addHeads(rows []audit.Row, l leaf.Leaf, origin, lines string) ([]audit.Row, error) {
	for line := range strings.Lines(lines) {
		fields := append(strings.Fields(line), "", "", "")
		h, err := parseHead(fields[0], fields[1])
		if err != nil {
			return nil, err
		}
		rows = append(rows, audit.Row{
			SQL: `INSERT INTO peer_head(origin, size, root, request, seq) VALUES(?, ?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET request = excluded.request WHERE request = ''`,
			Args: []any{origin, h.size, fields[1], fields[2], l.Seq},
		})
	}
	return rows, nil
}

func headLines(heads []memory) string {
	var lines strings.Builder
	for _, h := range heads {
		line := fmt.Sprintf("%d %s %s", h.size, strict64.EncodeToString(h.root[:]), h.request)
		lines.WriteString(strings.TrimSuffix(line, " ") + "\n")
	}
	return lines.String()
}

func hexDigest(digest [32]byte) string { return hex.EncodeToString(digest[:]) }

// draft makes a record. Pairs are keys and texts; an empty text is left out.
func draft(kind string, actor leaf.Actor, origin string, pairs ...string) audit.Draft {
	d := audit.Draft{Kind: kind, Actor: actor}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			d.Body.Set(pairs[i], pairs[i+1])
		}
	}
	if origin != "" {
		d.Body.Set("origin", origin)
	}
	return d
}

// handsOut says in a record which head of this log it lets go.
func handsOut(d audit.Draft, log statement.LogHead) audit.Draft {
	d.Body.SetInt("size", log.Size)
	d.Body.Set("root", strict64.EncodeToString(log.Root[:]))
	return d
}

// heads reads a query's sizes, roots and requests.
func (s *Station) heads(ctx context.Context, sql string, args ...any) (heads []memory, err error) {
	err = s.query.Query(ctx, func(into func(...any) error) error {
		var h memory
		var root string
		if err := into(&h.size, &root, &h.request); err != nil {
			return err
		}
		if h.root, err = parseHash(root); err != nil {
			return err
		}
		heads = append(heads, h)
		return nil
	}, sql, args...)
	return heads, err
}

// remembered returns the heads of another console's log, the newest last.
func (s *Station) remembered(ctx context.Context, origin string) ([]memory, error) {
	return s.heads(ctx, "SELECT size, root, request FROM peer_head WHERE origin = ? ORDER BY size", origin)
}

// handedOut returns the last heads of this log that other consoles may remember, but not the one of this size.
func (s *Station) handedOut(ctx context.Context, but int64) (heads []head, err error) {
	all, err := s.heads(ctx, "SELECT size, root, '' FROM handed_out WHERE size <> ? ORDER BY size DESC LIMIT ?", but, keptHeads)
	for _, h := range all {
		heads = append(heads, h.head)
	}
	return heads, err
}

// lastKnown returns the newest head that is remembered of each other console.
func (s *Station) lastKnown(ctx context.Context) (known []statement.LogHead, err error) {
	err = s.query.Query(ctx, func(into func(...any) error) error {
		var k statement.LogHead
		var root string
		if err := into(&k.Origin, &k.Size, &root); err != nil {
			return err
		}
		if k.Root, err = parseHash(root); err != nil {
			return err
		}
		known = append(known, k)
		return nil
	}, `SELECT origin, size, root FROM peer_head AS a WHERE size = (SELECT max(size) FROM peer_head WHERE origin = a.origin)
		ORDER BY seq DESC LIMIT ?`, maxKnown)
	return known, err
}

// tries returns how often blind entries for a request differed.
func (s *Station) tries(ctx context.Context, origin string, digest [32]byte) (n int, err error) {
	err = s.query.Query(ctx, func(into func(...any) error) error { return into(&n) },
		"SELECT tries FROM blind_entry WHERE origin = ? AND request = ?", origin, hexDigest(digest))
	return n, err
}

// pinned is a console whose words a person compared.
type pinned struct {
	origin, genesis string
	roster          []string
}

// rosterMark stands between the statements of a roster in a record. No signed note has control characters.
const rosterMark = "\x1e"

func (s *Station) pinned(ctx context.Context, origin string) (all []pinned, err error) {
	err = s.query.Query(ctx, func(into func(...any) error) error {
		var p pinned
		var roster string
		err := into(&p.origin, &p.genesis, &roster)
		p.roster = strings.Split(roster, rosterMark)
		all = append(all, p)
		return err
	}, "SELECT origin, genesis, roster FROM peer WHERE ? IN ('', origin) ORDER BY origin", origin)
	return all, err
}
