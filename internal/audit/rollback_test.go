package audit_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
)

const (
	ward   = "clinic.example/ward7"
	dbFile = "countersign.db"
)

// notes is a projection, so that the database has a cache that may be edited without harm.
func notes() audit.Projection {
	return audit.Projection{
		Name:   "notes",
		Schema: "CREATE TABLE note(seq INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;\n",
		Tables: []string{"note"},
		Rows: func(l leaf.Leaf) ([]audit.Row, error) {
			n, ok := l.Body.Int("n")
			if !ok {
				return nil, nil
			}
			return []audit.Row{{SQL: "INSERT INTO note(seq, n) VALUES(?, ?)", Args: []any{l.Seq, n}}}, nil
		},
	}
}

// forgetful keeps no key files: these tests sign with the keys that founding hands out.
type forgetful struct{}

func (forgetful) Save(string, ed25519.PrivateKey, string) error { return nil }
func (forgetful) Remove(string)                                 {}

// console is a log in a database with two founders who can sign.
type console struct {
	db      *store.DB
	log     *audit.Log
	roster  *people.Roster
	founded people.Founded
}

func begin(t testing.TB, folder string, options ...audit.Option) *console {
	t.Helper()
	db, err := store.Open(t.Context(), folder, ward, notes())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // again, where a test closed it
	c := &console{db: db, log: openLog(t, db, options...)}
	if c.roster, err = people.Load(t.Context(), c.log); err != nil {
		t.Fatal(err)
	}
	return c
}

func found(t testing.TB, folder string, options ...audit.Option) *console {
	t.Helper()
	c := begin(t, folder, options...)
	var err error
	c.founded, err = c.roster.Found(t.Context(), forgetful{}, [2]people.Founder{
		{Name: "Jo Example", Role: policy.Technician, Passphrase: "first of two passphrases"},
		{Name: "Kim Berg", Role: policy.Nursing, Passphrase: "second of two passphrases"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// record appends n records; the first fills several pages of the database.
func (c *console) record(t testing.TB, n int) {
	t.Helper()
	all := drafts(n)
	all[0].Body.Set("long", strings.Repeat("0123456789abcdef", 700))
	if _, err := c.log.Append(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
}

// sign appends a statement that both founders sign, with the log's head.
func (c *console) sign(t testing.TB) {
	t.Helper()
	if err := c.roster.AllowProfile(t.Context(), "a register map", []byte("its text"), c.founded.Signers); err != nil {
		t.Fatal(err)
	}
}

func (c *console) close(t testing.TB) {
	t.Helper()
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
}

// examine opens a folder as the console does at its start and verifies its log.
func examine(ctx context.Context, folder string) (v audit.Verified, err error) {
	db, err := store.Open(ctx, folder, ward, notes())
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	log, err := audit.Open(ctx, db, clock.NewFake(start))
	if err != nil {
		return v, err
	}
	roster, loading := people.Load(ctx, log)
	if v, err = log.Verify(ctx, roster.Check, quiet); err == nil {
		err = loading
	}
	return v, err
}

// A chain with its root says that the records belong together. It cannot say that they are all there were, or that
// nobody made all of them anew: the tests below show where the log on its own looks whole although it is not, and what
// kept elsewhere would tell.

// signedTwice is a folder with a closed log of about fifty records and two statements, which stand at records 21 and 42.
func signedTwice(t *testing.T) (folder string, head audit.Head) {
	t.Helper()
	folder = t.TempDir()
	c := found(t, folder)
	for range 2 {
		c.record(t, 20)
		c.sign(t)
	}
	c.record(t, 8)
	head = c.log.Head()
	c.close(t)
	return folder, head
}

const firstSigned, secondSigned = 21, 42

// mustLookWhole fails unless the console finds nothing wrong with the log, which has this many records.
func mustLookWhole(t *testing.T, folder string, size int64) audit.Head {
	t.Helper()
	v, err := examine(t.Context(), folder)
	if err != nil || v.Head.Size != size {
		t.Fatalf("%+v, %v; want a whole log of %d records", v, err, size)
	}
	return v.Head
}

// meddle lets edit change a closed database as somebody can who is not held back by its triggers.
func meddle(t testing.TB, folder string, edit func(*editor)) {
	t.Helper()
	db, err := raw(t.Context(), filepath.Join(folder, dbFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	is, err := contentOf(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	var triggers string
	must(t, db.QueryRowContext(t.Context(), allTriggers).Scan(&triggers))
	e := &editor{ctx: t.Context(), db: db, rows: is.rows}
	e.do(dropTriggers)
	edit(e)
	e.do(triggers)
	if err := errors.Join(e.err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// rewrite alters record n and makes every link and hash behind it anew, and the state. Statements stay as they are: nobody
// but their signers can make others.
func rewrite(t *testing.T, folder string, n int, alter func(*leaf.Leaf)) {
	t.Helper()
	meddle(t, folder, func(e *editor) {
		for i := n; i < len(e.rows); i++ {
			l, err := leaf.Decode([]byte(e.rows[i].leaf))
			if err != nil {
				t.Fatal(err)
			}
			if i == n {
				alter(&l)
			} else {
				l.Prev = [32]byte([]byte(e.rows[i-1].hash))
			}
			encoded, err := leaf.Encode(l)
			if err != nil {
				t.Fatal(err)
			}
			hash := leaf.Hash(encoded)
			e.rows[i].leaf, e.rows[i].hash = string(encoded), string(hash[:])
			e.do("UPDATE log SET leaf = ?, leaf_hash = ? WHERE seq = ?", encoded, hash[:], i)
		}
		e.setState(stateOf(e.rows))
	})
}

func revalued(l *leaf.Leaf) { l.Body.SetInt("n", 4711) }

func TestAnEndThatWasCutOffTogetherWithTheStateIsNotFound(t *testing.T) {
	for _, left := range []int{firstSigned, secondSigned + 1, 30, 1} { // cut in front of a statement, behind one, anywhere
		folder, head := signedTwice(t)
		meddle(t, folder, func(e *editor) {
			e.do("DELETE FROM log WHERE seq >= ?", left)
			e.setState(stateOf(e.rows[:left]))
		})
		if mustLookWhole(t, folder, int64(left)).Size >= head.Size {
			t.Error("nothing was cut off") // a head that is kept elsewhere is larger, and tells
		}
	}
}

func TestAnOlderCopyOfTheWholeFolderIsNotFound(t *testing.T) {
	folder := t.TempDir()
	c := found(t, folder)
	c.record(t, 20)
	c.sign(t)
	older := c.log.Head()
	c.close(t)
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	c = begin(t, folder)
	c.record(t, 20)
	newer := c.log.Head()
	c.close(t)
	mustLookWhole(t, folder, newer.Size)
	if err := errors.Join(os.RemoveAll(folder), os.Rename(kept, folder)); err != nil {
		t.Fatal(err)
	}
	if head := mustLookWhole(t, folder, older.Size); head != older || head == newer {
		t.Errorf("%+v, was %+v", head, older)
	}
}

func TestARewriteBehindTheLastStatementIsNotFound(t *testing.T) {
	folder, head := signedTwice(t)
	rewrite(t, folder, secondSigned+3, revalued)
	if mustLookWhole(t, folder, head.Size).Root == head.Root {
		t.Error("nothing was rewritten")
	}
}

// TestARewriteBeforeAStatementIsFoundAtTheStatement: every statement says which log its signers saw, so whoever rewrites
// what came before it must also have the signers' keys.
func TestARewriteBeforeAStatementIsFoundAtTheStatement(t *testing.T) {
	for _, c := range []struct {
		from int
		at   int64 // the statement that contradicts
	}{{5, firstSigned}, {firstSigned - 1, firstSigned}, {30, secondSigned}} {
		folder, _ := signedTwice(t)
		rewrite(t, folder, c.from, revalued)
		_, err := examine(t.Context(), folder)
		if !fault.Is(err, fault.LogBroken) || fault.SubjectOf(err) != fmt.Sprint(c.at) {
			t.Errorf("rewritten from %d: %v, want record %d", c.from, err, c.at)
		}
	}
}

func TestARewriteThatTouchesAStatementIsFound(t *testing.T) {
	for _, n := range []int{firstSigned, secondSigned} {
		folder, _ := signedTwice(t)
		rewrite(t, folder, n, func(l *leaf.Leaf) { l.Stmt = strings.Replace(l.Stmt, "a register map", "another map", 1) })
		_, err := examine(t.Context(), folder)
		if !fault.Is(err, fault.LogBroken) || fault.SubjectOf(err) != fmt.Sprint(n) {
			t.Errorf("%v, want record %d", err, n)
		}
	}
}

func TestALogFoundedByOthersInItsPlaceIsNotFoundAndOnlyTheFingerprintTells(t *testing.T) {
	var fingerprints []string
	for range 2 {
		folder := t.TempDir()
		c := found(t, folder)
		c.record(t, 9)
		c.sign(t)
		c.close(t)
		mustLookWhole(t, folder, 11)
		fingerprints = append(fingerprints, c.founded.Fingerprint)
	}
	if fingerprints[0] == fingerprints[1] {
		t.Error("two foundings have one fingerprint")
	}
}
