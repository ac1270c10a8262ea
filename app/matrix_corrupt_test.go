//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/drivers/generic/modbus"
	"countersign/internal/breakglass"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/preflight"
)

// variants is how many damaged databases are opened, and whole how many of them with a whole console and a device.
var variants, whole = fewer(500), fewer(25)

// fewer is n, or a tenth of it with the race detector.
func fewer(n int) int {
	if raced {
		return max(2, n/10)
	}
	return n
}

// crashed is a site as a power cut leaves it: the newest records are in the write-ahead log.
func crashed(t *testing.T) map[string][]byte {
	t.Helper()
	b := starts(t, site(t), t.TempDir()).opens()
	for n := range 40 {
		if err := b.record.Load().note(t.Context(), "console.noted", "n", fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
	files := taken(t, b.data)
	if len(files["countersign.db"]) < 20<<10 || len(files["countersign.db-wal"]) < 20<<10 {
		t.Fatalf("a database of %d bytes with a log of %d", len(files["countersign.db"]), len(files["countersign.db-wal"]))
	}
	return files
}

// taken are the files of a site, by name, without what a console makes by itself.
func taken(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range []string{"countersign.db", "countersign.db-wal", "machine-*.key", "roster.copy", "*checkpoint*", "keys/*"} {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(path, folder+"/")] = content
		}
	}
	return files
}

// lay puts files into an empty folder.
func lay(t *testing.T, folder string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(folder, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// damages are the ways in which a database is damaged, each at a place that chance picks.
var damages = []struct {
	name string
	do   func(random *rand.Rand, db, wal []byte) (newDB, newWAL []byte)
}{
	{"header", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) {
		for range 1 + r.IntN(20) {
			db[r.IntN(100)] ^= byte(1 + r.IntN(255))
		}
		return db, wal
	}},
	{"page", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) {
		garble(r, db[4096*r.IntN(len(db)/4096):][:4096])
		return db, wal
	}},
	{"byte", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) {
		db[r.IntN(len(db))] ^= byte(1 + r.IntN(255))
		return db, wal
	}},
	{"zeros", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) {
		clear(db[4096*r.IntN(len(db)/4096):][:4096])
		return db, wal
	}},
	{"cut", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) { return db[:r.IntN(len(db))], wal }},
	{"log", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) {
		at := r.IntN(len(wal))
		garble(r, wal[at:min(len(wal), at+1+r.IntN(8192))])
		return db, wal
	}},
	{"log cut", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) { return db, wal[:r.IntN(len(wal))] }},
	{"log gone", func(_ *rand.Rand, db, _ []byte) ([]byte, []byte) { return db, nil }},
	{"page and log gone", func(r *rand.Rand, db, _ []byte) ([]byte, []byte) {
		garble(r, db[4096*r.IntN(len(db)/4096):][:4096])
		return db, nil
	}},
	{"noise", func(r *rand.Rand, db, wal []byte) ([]byte, []byte) {
		garble(r, db)
		return db, wal
	}},
}

func garble(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
}

// damaged is the n-th variant of two sites, of which one was closed and the other crashed.
func damaged(sites [2]map[string][]byte, seed uint64, n int) (variant map[string][]byte, name string) {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	how, of := damages[n%len(damages)], n/len(damages)%2
	if strings.HasPrefix(how.name, "log") {
		of = 1
	}
	variant = map[string][]byte{}
	for name, content := range sites[of] {
		variant[name] = append([]byte(nil), content...)
	}
	db, wal := how.do(random, variant["countersign.db"], variant["countersign.db-wal"])
	variant["countersign.db"] = db
	if variant["countersign.db-wal"] = wal; wal == nil {
		delete(variant, "countersign.db-wal")
	}
	return variant, fmt.Sprintf("%d %s %s", n, [2]string{"closed", "crashed"}[of], how.name)
}

// emptied removes what is in a folder.
func emptied(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// kept are the digests of the files that belong to a database, whether it is in use or was set aside.
func kept(t *testing.T, folder string) map[[32]byte]bool {
	t.Helper()
	there := map[[32]byte]bool{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.Contains(d.Name(), "countersign.db") {
			return err
		}
		content, err := os.ReadFile(path)
		there[sha256.Sum256(content)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

func TestMatrixNoDamagedDatabaseIsMoreThanRefusedAndANewLogFollowsIt(t *testing.T) {
	t.Parallel()
	files := [2]map[string][]byte{taken(t, site(t)), crashed(t)}
	const seed = 20261125
	folder := inMemory(t)
	counted := map[string]int{}
	for n := range variants {
		emptied(t, folder)
		site, name := damaged(files, seed, n)
		lay(t, folder, site)
		counted[try(t, folder, site, name)]++
	}
	t.Logf("%d variants: %v", variants, counted)
	if counted[string(fault.LogBroken)] < variants/4 || counted["opened"] == 0 {
		t.Errorf("the damages are not of many kinds: %v", counted)
	}
}

// try opens a damaged record without a window and without devices, and sets it aside where it is refused.
func try(t *testing.T, folder string, site map[string][]byte, name string) (came string) {
	t.Helper()
	system := clock.System()
	e := &engine{options: options{}, folder: folder, clock: system, keys: nil, recorder: breakglass.NewRecorder(system, nil)}
	defer e.recorder.Close(t.Context())
	r, err := e.openRecord(t.Context())
	if err == nil {
		_, err = r.log.Verify(t.Context(), r.roster.Check, func(_, _ int64) {})
		if closeErr := r.close(); closeErr != nil {
			t.Errorf("%s: closing: %v", name, closeErr)
		}
		if err == nil {
			return "opened"
		}
		return "opened, and Verify says " + string(fault.KindOf(err))
	}
	r.abandon()
	before := kept(t, folder)
	switch kind := fault.KindOf(err); kind {
	case fault.LogBroken, fault.LogDenied:
		came = string(kind)
	default:
		t.Errorf("%s: %v", name, err)
	}
	if err := e.quarantine(time.Now()); err != nil {
		t.Errorf("%s: it cannot be set aside: %v", name, err)
		return came
	}
	if r, err = e.openRecord(t.Context()); err != nil {
		r.abandon()
		t.Errorf("%s: no new log: %v", name, err)
		return came
	}
	if _, err := r.log.Verify(t.Context(), r.roster.Check, func(_, _ int64) {}); err != nil {
		t.Errorf("%s: the new log: %v", name, err)
	}
	if err := r.close(); err != nil {
		t.Errorf("%s: closing the new log: %v", name, err)
	}
	after := kept(t, folder)
	for digest := range before {
		if !after[digest] {
			t.Errorf("%s: a file of the damaged record is gone", name)
		}
	}
	return came
}

func TestMatrixWithADamagedDatabaseTheGlassBreaksAndTheNewLogTakesItIn(t *testing.T) {
	t.Parallel()
	files := [2]map[string][]byte{taken(t, site(t)), crashed(t)}
	const seed = 20261125
	f, err := founded()
	if err != nil {
		t.Fatal(err)
	}
	unit := modbus.NewUnit(modbus.IsolationRoom(), "SIM-ROOM-03")
	address := plug(t, unit)
	counted := map[string]int{}
	for n := range whole {
		site, name := damaged(files, seed, n)
		folder := inMemory(t)
		lay(t, folder, site)
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			b := at(t, newEngineAt(options{mirror: filepath.Join(folder, "mirror")}, folder, clock.System()), f)
			counted[b.breaks(&room{Unit: unit}, address, int64(n%5)+1)]++
		})
	}
	t.Logf("%d consoles: %v", whole, counted)
}

// breaks opens an emergency before the record, writes in it, and follows it into whichever log there is then.
func (b *bed) breaks(r *room, address string, pascals int64) (came string) {
	b.Helper()
	r.key = b.meet(address, modbus.IsolationRoom())
	who := breakglass.Who{Actor: leaf.Actor{ID: "asserted", Name: "Alex Agency"}, Code: 2}
	s := b.arms(r.key, who, nil)
	b.took(s, "journal", "mirror")
	err := b.open(context.Background())
	b.writes(s, r.key, to(high, pascals))
	b.is(r, high, fmt.Sprint(pascals))
	s.Seal(breakglass.Sealed)
	came = "opened"
	if err != nil {
		came = string(fault.KindOf(err))
		before := kept(b.T, b.data)
		b.setsAside()
		after := kept(b.T, b.data)
		for digest := range before {
			if !after[digest] {
				b.Error("a file of the damaged record is gone")
			}
		}
	} else if r := b.record.Load(); r != nil {
		if _, err := r.log.Verify(context.Background(), r.roster.Check, func(_, _ int64) {}); err != nil {
			return "opened, and Verify says " + string(fault.KindOf(err)) // by which two persons set it aside
		}
	}
	if fault.Is(b.importer.Take(context.Background()), fault.LogBroken) {
		b.refuses()
		return "opened, and refuses frames"
	}
	records, _ := b.settle()
	if len(of(records, breakglass.KindOpened)) != 1 || len(of(records, "emergency.outcome")) != 1 {
		b.Error("the log does not have it")
	}
	return came
}

// refuses is for a record that opens, whose leaves are whole, and of which a table beside them is not: the console says that it
// cannot rely on it, and the next start calls it damaged, so that it can be set aside.
func (b *bed) refuses() {
	b.Helper()
	if report := b.rely(); report.Level == preflight.Ready {
		b.Error("the console calls itself ready, and nothing comes into its log")
	}
	next := b.again()
	next.must(next.open(context.Background()), fault.LogBroken)
	next.must(next.problem(), fault.LogBroken)
	next.setsAside()
	records, _ := next.settle()
	if len(of(records, breakglass.KindOpened)) != 1 || len(of(records, "emergency.outcome")) != 1 {
		b.Error("the log does not have it afterwards")
	}
}

// inMemory is a folder where the system has one that is no disk: what is damaged here is not damaged by the disk.
func inMemory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "countersign-matrix-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}
