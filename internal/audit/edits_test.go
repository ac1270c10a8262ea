package audit_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"

	"countersign/internal/leaf"
)

// dropTriggers is the first thing that somebody does who wants to edit a log.
const dropTriggers = "DROP TRIGGER log_no_update; DROP TRIGGER log_no_delete; DROP TRIGGER log_next_only;" +
	"DROP TRIGGER checkpoint_no_update; DROP TRIGGER checkpoint_no_delete; DROP TRIGGER checkpoint_next_only"

// allTriggers puts them back.
const allTriggers = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'"

// editor is somebody with the database open, who knows what is in it. The first error stops it.
type editor struct {
	ctx  context.Context
	db   *sql.DB
	rng  *rand.Rand
	rows []row
	err  error

	thief thief // where there is one
}

func (e *editor) do(query string, args ...any) {
	if e.err == nil {
		_, e.err = e.db.ExecContext(e.ctx, query, args...)
	}
}

func (e *editor) any() (int, row) {
	i := e.rng.IntN(len(e.rows))
	return i, e.rows[i]
}

// kept is a checkpoint as the database has it.
type kept struct {
	size, epoch int64
	note        string
}

func (e *editor) checkpoint() (c kept) {
	all := e.checkpoints()
	if len(all) == 0 {
		return c
	}
	return all[e.rng.IntN(len(all))]
}

func (e *editor) checkpoints() (all []kept) {
	if e.err == nil {
		e.err = each(e.ctx, e.db, func(into func(...any) error) error {
			var one kept
			defer func() { all = append(all, one) }()
			return into(&one.size, &one.epoch, &one.note)
		}, "SELECT size, epoch, note FROM checkpoint ORDER BY size")
	}
	return all
}

func (e *editor) two() (a, b row) {
	order := e.rng.Perm(len(e.rows))
	return e.rows[order[0]], e.rows[order[1]]
}

// flipped returns s with one bit of it changed.
func flipped(rng *rand.Rand, s string) []byte {
	b := []byte(s)
	b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
	return b
}

func (e *editor) setLeaf(seq int64, leaf []byte) {
	e.do("UPDATE log SET leaf = ? WHERE seq = ?", leaf, seq)
}

func (e *editor) setHash(seq int64, hash []byte) {
	e.do("UPDATE log SET leaf_hash = ? WHERE seq = ?", hash, seq)
}

func (e *editor) swapHashes(a, b row) {
	e.setHash(a.seq, make([]byte, 32)) // no two records may have one hash
	e.setHash(b.seq, []byte(a.hash))
	e.setHash(a.seq, []byte(b.hash))
}

func (e *editor) swapLeaves(a, b row) {
	e.setLeaf(a.seq, []byte(b.leaf))
	e.setLeaf(b.seq, []byte(a.leaf))
}

func (e *editor) insert(seq int64) {
	_, r := e.any()
	e.do("INSERT INTO log(seq, leaf, leaf_hash) VALUES(?, ?, ?)", seq, []byte(r.leaf), flipped(e.rng, r.hash))
}

// revalue gives a record another number in its text and the hash that belongs to it. Nothing is wrong with it then but
// that the next record, or the root, does not follow.
func (e *editor) revalue() {
	for {
		_, r := e.any()
		if at := strings.Index(r.leaf, `"n":`); at > 0 {
			digit := []byte(r.leaf)
			digit[at+4] = '1' + (digit[at+4]-'0'+byte(e.rng.IntN(8)))%9 // never 0, which cannot lead, and never the same
			hash := leaf.Hash(digit)
			e.setLeaf(r.seq, digit)
			e.setHash(r.seq, hash[:])
			return
		}
	}
}

// stateOf returns the frontier and the last hash of the log's first n records.
func stateOf(rows []row) (frontier, last []byte) {
	var r leaf.Range
	last = make([]byte, 32)
	for _, one := range rows {
		last = []byte(one.hash)
		r.Append([32]byte(last))
	}
	frontier, _ = r.MarshalBinary() // never fails
	return frontier, last
}

func (e *editor) setState(frontier, last []byte) {
	e.do("UPDATE log_state SET frontier = ?, last_leaf = ?", frontier, last)
}

// rowEdits are the ways to touch a database through SQL. Later is how far behind the first record that differs is the
// one that gives it away.
var rowEdits = []struct {
	what      string
	effective bool
	later     int64
	edit      func(*editor)
}{
	{"a bit of a leaf", true, 0, func(e *editor) { _, r := e.any(); e.setLeaf(r.seq, flipped(e.rng, r.leaf)) }},
	{"a leaf cut short", true, 0, func(e *editor) { _, r := e.any(); e.setLeaf(r.seq, []byte(r.leaf[:2+e.rng.IntN(len(r.leaf)-2)])) }},
	{"a byte behind a leaf", true, 0, func(e *editor) { _, r := e.any(); e.setLeaf(r.seq, append([]byte(r.leaf), byte(e.rng.Uint32()))) }},
	{"another record's leaf", true, 0, func(e *editor) { a, b := e.two(); e.setLeaf(a.seq, []byte(b.leaf)) }},
	{"two leaves swapped", true, 0, func(e *editor) { e.swapLeaves(e.two()) }},
	{"a bit of a stored hash", true, 0, func(e *editor) { _, r := e.any(); e.setHash(r.seq, flipped(e.rng, r.hash)) }},
	{"two stored hashes swapped", true, 0, func(e *editor) { e.swapHashes(e.two()) }},
	{"two records swapped", true, 0, func(e *editor) { a, b := e.two(); e.swapLeaves(a, b); e.swapHashes(a, b) }},
	{"another value with its hash", true, 1, (*editor).revalue},
	{"a record removed", true, 0, func(e *editor) { _, r := e.any(); e.do("DELETE FROM log WHERE seq = ?", r.seq) }},
	{"several records removed", true, 0, func(e *editor) {
		_, r := e.any()
		e.do("DELETE FROM log WHERE seq BETWEEN ? AND ?", r.seq, r.seq+e.rng.Int64N(9))
	}},
	{"the end removed", true, 0, func(e *editor) { _, r := e.any(); e.do("DELETE FROM log WHERE seq >= ?", r.seq) }},
	{"a record added at the end", true, 0, func(e *editor) { e.insert(int64(len(e.rows))) }},
	{"a record added far behind the end", true, 0, func(e *editor) { e.insert(int64(len(e.rows)) + 1 + e.rng.Int64N(1<<40)) }},
	{"a record added before the first", true, 0, func(e *editor) { e.insert(-1 - e.rng.Int64N(1<<40)) }},
	{"a record's number raised", true, 0, func(e *editor) {
		_, r := e.any()
		e.do("UPDATE log SET seq = ? WHERE seq = ?", int64(len(e.rows))+e.rng.Int64N(1000), r.seq)
	}},
	{"a record's number made negative", true, 0, func(e *editor) { _, r := e.any(); e.do("UPDATE log SET seq = ? WHERE seq = ?", -1-r.seq, r.seq) }},
	{"all numbers from one on moved up", true, 0, func(e *editor) {
		_, r := e.any()
		e.do("UPDATE log SET seq = -seq - 1000 WHERE seq >= ?", r.seq)
		e.do("UPDATE log SET seq = 1 - (seq + 1000) WHERE seq < 0")
	}},
	{"state: another origin", true, 0, func(e *editor) {
		e.do("UPDATE log_state SET origin = ?", fmt.Sprintf("clinic.example/ward%d", 8+e.rng.IntN(90)))
	}},
	{"state: of fewer records", true, 0, func(e *editor) { n, _ := e.any(); e.setState(stateOf(e.rows[:n])) }},
	{"state: a bit of the last hash", true, 0, func(e *editor) {
		frontier, last := stateOf(e.rows)
		e.setState(frontier, flipped(e.rng, string(last)))
	}},
	{"state: a bit of the frontier", true, 0, func(e *editor) {
		frontier, last := stateOf(e.rows)
		e.setState(flipped(e.rng, string(frontier)), last)
	}},
	{"state: removed", true, 0, func(e *editor) { e.do("DELETE FROM log_state") }},
	{"state: its row renumbered", true, 0, func(e *editor) { e.do("UPDATE log_state SET id = ?", 2+e.rng.IntN(9)) }},
	{"checkpoint: a bit of its note", true, 0, func(e *editor) {
		c := e.checkpoint()
		e.do("UPDATE checkpoint SET note = ? WHERE size = ?", string(flipped(e.rng, c.note)), c.size)
	}},
	{"checkpoint: another epoch", true, 0, func(e *editor) { e.do("UPDATE checkpoint SET epoch = 3 - epoch WHERE size = ?", e.checkpoint().size) }},
	{"checkpoint: over more records", true, 0, func(e *editor) {
		e.do("UPDATE OR REPLACE checkpoint SET size = size + ? WHERE size = ?", 1+e.rng.Int64N(1<<30), e.checkpoint().size)
	}},
	{"checkpoint: over fewer records", true, 0, func(e *editor) {
		e.do("UPDATE OR REPLACE checkpoint SET size = size - ? WHERE size = ?", 1+e.rng.Int64N(1<<30), e.checkpoint().size)
	}},
	{"checkpoint: another one's note", true, 0, func(e *editor) {
		e.do(`UPDATE checkpoint SET note = (SELECT note FROM checkpoint AS o WHERE o.size <> checkpoint.size LIMIT 1) WHERE size = ?`, e.checkpoint().size)
	}},
	{"checkpoint: removed", true, 0, func(e *editor) { e.do("DELETE FROM checkpoint WHERE size = ?", e.checkpoint().size) }},
	{"checkpoint: all removed", true, 0, func(e *editor) { e.do("DELETE FROM checkpoint") }},
	{"checkpoint: one added", true, 0, func(e *editor) {
		c := e.checkpoint()
		e.do("INSERT INTO checkpoint SELECT max(size) + ?, ?, ? FROM checkpoint", 1+e.rng.Int64N(99), c.epoch, c.note)
	}},
	{"a second row beside the state", false, 0, func(e *editor) {
		e.do("INSERT INTO log_state SELECT 2, 'clinic.example/ward8', frontier, last_leaf FROM log_state")
	}},
	{"the same bytes again", false, 0, func(e *editor) { _, r := e.any(); e.setLeaf(r.seq, []byte(r.leaf)) }},
	{"a projection's rows", false, 0, func(e *editor) { e.do("UPDATE note SET n = n + ? WHERE seq % 3 = 0", 1+e.rng.IntN(9)) }},
	{"a projection emptied", false, 0, func(e *editor) { e.do("DELETE FROM note WHERE seq > ?", e.rng.IntN(9)) }},
	{"a projection made with another schema", false, 0, func(e *editor) { e.do("UPDATE projection SET schema = 'x'") }},
	{"a projection's entry removed", false, 0, func(e *editor) { e.do("DELETE FROM projection") }},
	{"the file packed", false, 0, func(e *editor) { e.do("VACUUM") }},
}

// fileEdits are the ways to touch the bytes of the database's one file. Each may hit records, their state, SQLite's own
// structure, or nothing that matters.
var fileEdits = []struct {
	what string
	edit func(*rand.Rand, []byte) []byte
}{
	{"one bit", func(rng *rand.Rand, f []byte) []byte { return flipped(rng, string(f)) }},
	{"random bytes", func(rng *rand.Rand, f []byte) []byte {
		for at, n := rng.IntN(len(f)), 1+rng.IntN(16); n > 0 && at < len(f); at, n = at+1, n-1 {
			f[at] = byte(rng.Uint32())
		}
		return f
	}},
	{"bytes from elsewhere", func(rng *rand.Rand, f []byte) []byte {
		n := 1 + rng.IntN(64)
		copy(f[rng.IntN(len(f)-n):], f[rng.IntN(len(f)-n):][:n])
		return f
	}},
	{"a sector of noughts", func(rng *rand.Rand, f []byte) []byte { clear(f[512*rng.IntN(len(f)/512):][:512]); return f }},
	{"two pages swapped", func(rng *rand.Rand, f []byte) []byte {
		a, b := f[page*rng.IntN(len(f)/page):][:page], f[page*rng.IntN(len(f)/page):][:page]
		was := bytes.Clone(a)
		copy(a, b)
		copy(b, was)
		return f
	}},
	{"the file cut short", func(rng *rand.Rand, f []byte) []byte { return f[:rng.IntN(len(f))] }},
	{"bytes behind the file", func(rng *rand.Rand, f []byte) []byte { return append(f, f[:1+rng.IntN(page)]...) }},
}

const page = 4096 // bytes, SQLite's
