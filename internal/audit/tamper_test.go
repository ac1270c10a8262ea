package audit_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/cryptotest"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

// In all, of rows and of the file. One case costs some milliseconds, most of them to open the database.
const manyEdits, fewEdits = 10_000, 1_000

// raw opens a database past the console: nothing of ours is in the way, and neither are the table's own checks.
func raw(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "PRAGMA synchronous=OFF; PRAGMA ignore_check_constraints=ON")
	return db, err
}

// row is a record as the database has it.
type row struct {
	seq        int64
	leaf, hash string
}

// content is what must not change: all records in their order, and the state beside them.
type content struct {
	rows  []row
	state []string
}

func contentOf(ctx context.Context, db *sql.DB) (c content, err error) {
	err = each(ctx, db, func(into func(...any) error) error {
		var r row
		defer func() { c.rows = append(c.rows, r) }()
		return into(&r.seq, &r.leaf, &r.hash)
	}, "SELECT seq, leaf, leaf_hash FROM log ORDER BY seq")
	if err != nil {
		return c, err
	}
	return c, each(ctx, db, func(into func(...any) error) error {
		var origin, frontier, last string
		defer func() { c.state = append(c.state, origin, frontier, last) }()
		return into(&origin, &frontier, &last)
	}, "SELECT origin, frontier, last_leaf FROM log_state WHERE id = 1")
}

func each(ctx context.Context, db *sql.DB, scan func(into func(...any) error) error, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// firstDifference returns the number of the first row that is not the original's in this place; where the rows only end
// too early it is the number of the first that is missing.
func firstDifference(was, is []row) (number int64, differs bool) {
	for i, r := range is {
		if i == len(was) || r != was[i] {
			return r.seq, true
		}
	}
	return int64(len(is)), len(is) != len(was)
}

// pristine is a log as it is before somebody edits its file.
type pristine struct {
	file     []byte
	content  content
	triggers string // that make the log append-only
	health   string
	head     audit.Head
}

// newPristine makes the same file every time: a founding, two statements with the log's head, long and short records, a
// projection and free pages.
func newPristine(t *testing.T) *pristine {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 7)
	folder := t.TempDir()
	c := found(t, folder)
	c.record(t, 60)
	c.sign(t)
	c.record(t, 90)
	c.sign(t)
	c.record(t, 47)
	p := &pristine{head: c.log.Head()}
	c.close(t)
	path := filepath.Join(folder, dbFile)
	db, err := raw(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err = db.ExecContext(t.Context(), "CREATE TABLE x(y); INSERT INTO x VALUES(zeroblob(50000)); DROP TABLE x"); err != nil {
		t.Fatal(err)
	}
	if p.content, err = contentOf(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	err = db.QueryRowContext(t.Context(), "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'").Scan(&p.triggers)
	if err != nil {
		t.Fatal(err)
	}
	if p.health, err = healthOf(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if p.file, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
		t.Fatalf("not one file: %v", left)
	}
	return p
}

// put makes path the only file of a database.
func put(path string, file []byte) error {
	for _, beside := range []string{"-wal", "-shm", "-journal"} {
		_ = os.Remove(path + beside)
	}
	return os.WriteFile(path, file, 0o600)
}

// inMemory returns a folder on a file system that is no disk, where there is one.
func inMemory(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "countersign-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// outcome is what an edit did, found by comparing rows and never by asking the log.
type outcome struct {
	unreadable bool
	differs    bool  // a record's bytes, the order or the number of records
	number     int64 // of the first record that differs
	state      bool  // the state beside the records differs
}

func (o outcome) effective() bool { return o.unreadable || o.differs || o.state }

func (p *pristine) compare(ctx context.Context, db *sql.DB) (o outcome) {
	is, err := contentOf(ctx, db)
	if err != nil {
		return outcome{unreadable: true}
	}
	o.number, o.differs = firstDifference(p.content.rows, is.rows)
	o.state = !slices.Equal(is.state, p.content.state)
	return o
}

// tally counts edits by what they were and what became of them.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[fmt.Sprintf(format, args...)]++
}

// inWorkers calls try for every case on all processors, each worker with a folder of its own. Case i is the same in
// every run.
func inWorkers(t *testing.T, cases int, try func(folder string, rng *rand.Rand, i int)) {
	t.Helper()
	base := inMemory(t)
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		folder := filepath.Join(base, fmt.Sprint(w))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for i := int(next.Add(1)); i <= cases && !t.Failed(); i = int(next.Add(1)) {
				try(folder, rand.New(rand.NewPCG(2026, uint64(i))), i)
			}
		})
	}
	all.Wait()
}

func (c *tally) log(t *testing.T) {
	t.Helper()
	for _, line := range slices.Sorted(maps.Keys(c.counts)) {
		t.Logf("%6d  %s", c.counts[line], line)
	}
}

// edits returns how many edits each of the two tests tries. The race detector makes an edit many times as slow and looks
// at the same code in every one.
func edits() int {
	build, ok := debug.ReadBuildInfo()
	raced := ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
	if raced || testing.Short() {
		return fewEdits / 2
	}
	return manyEdits / 2
}

func TestEveryEditOfTheRowsIsReportedWithTheFirstRecordThatDiffers(t *testing.T) {
	p, counted := newPristine(t), tally{counts: map[string]int{}}
	inWorkers(t, edits(), func(folder string, rng *rand.Rand, i int) {
		path, one := filepath.Join(folder, dbFile), rowEdits[rng.IntN(len(rowEdits))]
		was, err := p.editRows(t.Context(), path, rng, one.edit)
		if err != nil {
			t.Errorf("edit %d, %s: %v", i, one.what, err)
			return
		}
		v, err := examine(t.Context(), folder)
		named := was.number + one.later
		switch {
		case was.unreadable || was.effective() != one.effective:
			t.Errorf("edit %d, %s, did something else: %+v", i, one.what, was)
		case !was.effective() && (err != nil || v.Head != p.head):
			t.Errorf("edit %d, %s, changed nothing, but: %+v, %v", i, one.what, v.Head, err)
		case was.effective() && !fault.Is(err, fault.LogBroken):
			t.Errorf("edit %d, %s (%+v): %v", i, one.what, was, err)
		case was.differs && fault.SubjectOf(err) != fmt.Sprint(named):
			t.Errorf("edit %d, %s: %v, want record %d", i, one.what, err, named)
		}
		switch {
		case was.differs && one.later == 0:
			counted.add("found, with the record's number: %s", one.what)
		case was.differs:
			counted.add("found, with the next record's number: %s", one.what)
		case was.state:
			counted.add("found: %s", one.what)
		default:
			counted.add("no effect, verified: %s", one.what)
		}
	})
	counted.log(t)
}

// editRows puts the pristine file at path, edits it and says what that did to the rows. The triggers are there before
// and after, as somebody careful would leave them.
func (p *pristine) editRows(ctx context.Context, path string, rng *rand.Rand, edit func(*editor)) (outcome, error) {
	if err := put(path, p.file); err != nil {
		return outcome{}, err
	}
	db, err := raw(ctx, path)
	if err != nil {
		return outcome{}, err
	}
	defer db.Close()
	e := &editor{ctx: ctx, db: db, rng: rng, rows: p.content.rows}
	e.do("DROP TRIGGER log_no_update; DROP TRIGGER log_no_delete; DROP TRIGGER log_next_only")
	edit(e)
	e.do(p.triggers)
	if e.err != nil {
		return outcome{}, e.err
	}
	was := p.compare(ctx, db)
	return was, db.Close()
}

func TestEveryEditOfTheFileThatReachesTheLogIsReported(t *testing.T) {
	p, counted := newPristine(t), tally{counts: map[string]int{}}
	inWorkers(t, edits(), func(folder string, rng *rand.Rand, i int) {
		path := filepath.Join(folder, dbFile)
		one := fileEdits[rng.IntN(len(fileEdits))]
		file := one.edit(rng, bytes.Clone(p.file))
		for bytes.Equal(file, p.file) {
			file = one.edit(rng, file) // noughts over noughts are no edit
		}
		was, sound, err := p.look(t.Context(), path, file)
		if err == nil {
			err = put(path, file)
		}
		if err != nil {
			t.Errorf("edit %d: %v", i, err)
			return
		}
		v, err := examine(t.Context(), folder)
		numbered := fault.SubjectOf(err) == fmt.Sprint(was.number)
		opened := !strings.HasSuffix(fault.SubjectOf(err), dbFile)
		switch {
		case was.effective() && err == nil:
			t.Errorf("edit %d, %s (%+v), was not reported", i, one.what, was)
		case was.differs && !was.state && sound && !numbered, was.differs && !was.state && opened && !numbered:
			t.Errorf("edit %d, %s: %v, want record %d", i, one.what, err, was.number)
		case !was.effective() && sound && err != nil, err == nil && v.Head != p.head:
			t.Errorf("edit %d, %s, changed nothing, but: %+v, %v", i, one.what, v.Head, err)
		}
		switch {
		case was.unreadable:
			counted.add("%s: cannot be read, reported (%s)", one.what, fault.KindOf(err))
		case was.differs && numbered:
			counted.add("%s: found, with the record's number", one.what)
		case was.effective():
			counted.add("%s: found", one.what)
		case err != nil:
			counted.add("%s: no effect on the log, but the database is damaged: reported (%s)", one.what, fault.KindOf(err))
		default:
			counted.add("%s: no effect, verified", one.what)
		}
	})
	counted.log(t)
}

// look says what an edit of the file did to the rows, and whether SQLite still finds the same sound database around them.
func (p *pristine) look(ctx context.Context, path string, file []byte) (was outcome, sound bool, err error) {
	if err := put(path, file); err != nil {
		return was, false, err
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&immutable=1")
	if err != nil {
		return was, false, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if was = p.compare(ctx, db); was.unreadable {
		return was, false, nil
	}
	health, err := healthOf(ctx, db)
	return was, err == nil && health == p.health, nil
}

// healthOf returns what is wrong with the database ("ok"), whose it is, and the statements that made it.
func healthOf(ctx context.Context, db *sql.DB) (string, error) {
	var all []string
	for _, query := range []string{
		"PRAGMA integrity_check(1)", "PRAGMA application_id", "SELECT group_concat(sql, ';') FROM sqlite_schema",
	} {
		var one string
		if err := db.QueryRowContext(ctx, query).Scan(&one); err != nil {
			return "", err
		}
		all = append(all, one)
	}
	return strings.Join(all, "\n"), nil
}

// editor is somebody with the database open, who knows what is in it. The first error stops it.
type editor struct {
	ctx  context.Context
	db   *sql.DB
	rng  *rand.Rand
	rows []row
	err  error
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
