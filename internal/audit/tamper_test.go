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
	err = each(ctx, db, func(into func(...any) error) error {
		var origin, frontier, last string
		defer func() { c.state = append(c.state, origin, frontier, last) }()
		return into(&origin, &frontier, &last)
	}, "SELECT origin, frontier, last_leaf FROM log_state WHERE id = 1")
	if err != nil {
		return c, err
	}
	return c, each(ctx, db, func(into func(...any) error) error {
		var size, epoch, note string
		defer func() { c.state = append(c.state, size, epoch, note) }()
		return into(&size, &epoch, &note)
	}, "SELECT size, epoch, note FROM checkpoint ORDER BY size")
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
	c := found(t, folder, audit.WithMachine(folder))
	c.record(t, 60)
	c.sign(t)
	c.record(t, 90)
	c.sign(t)
	c.record(t, 47)
	c.close(t)
	c = begin(t, folder, audit.WithMachine(folder)) // the second epoch
	c.record(t, 300)
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
	err = db.QueryRowContext(t.Context(), allTriggers).Scan(&p.triggers)
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
	e.do(dropTriggers)
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
