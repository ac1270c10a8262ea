package audit_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

// desk is a folder in which a log with a machine key is opened again and again.
type desk struct {
	folder string
	clock  *clock.Fake
	copies []string
	db     *store.DB
	log    *audit.Log
}

func newDesk(t testing.TB, copies ...string) *desk {
	t.Helper()
	d := &desk{folder: t.TempDir(), clock: clock.NewFake(start), copies: copies}
	d.open(t)
	return d
}

func (d *desk) open(t testing.TB) {
	t.Helper()
	var err error
	if d.db, err = store.Open(t.Context(), d.folder, ward, notes()); err != nil {
		t.Fatal(err)
	}
	db := d.db
	t.Cleanup(func() { _ = db.Close() }) // again, where a test closed it
	if d.log, err = audit.Open(t.Context(), d.db, d.clock, audit.WithMachine(d.folder, d.copies...)); err != nil {
		t.Fatal(err)
	}
}

// crash closes the database and nothing else.
func (d *desk) crash(t testing.TB) {
	t.Helper()
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) close(t testing.TB) {
	t.Helper()
	if err := d.log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.crash(t)
}

func (d *desk) append(t testing.TB, drafts ...audit.Draft) {
	t.Helper()
	if _, err := d.log.Append(t.Context(), drafts...); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) verify(t testing.TB) audit.Verified {
	t.Helper()
	v, err := d.log.Verify(t.Context(), trust, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sizes returns at how many records the log has checkpoints.
func (d *desk) sizes(t testing.TB) (all []int64) {
	t.Helper()
	err := d.db.Checkpoints(t.Context(), 0, func(c audit.Checkpoint) error { all = append(all, c.Size); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func keyFiles(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "machine-*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	return files
}

func signedDraft(n int) audit.Draft {
	d := draft(n)
	d.Stmt = "a statement"
	return d
}

func TestEveryStartBeginsAnEpochAndErasesTheKeyBefore(t *testing.T) {
	d := newDesk(t)
	for epoch := range 4 {
		if want := []string{"machine-" + string(rune('1'+epoch)) + ".key"}; !slices.Equal(keyFiles(t, d.folder), want) {
			t.Errorf("in epoch %d there are %q", epoch+1, keyFiles(t, d.folder))
		}
		d.append(t, draft(epoch))
		last, err := d.log.Record(t.Context(), d.log.Head().Size-1)
		if err != nil || last.Epoch != int64(epoch+1) {
			t.Errorf("a record of epoch %d, %v; want %d", last.Epoch, err, epoch+1)
		}
		if epoch%2 == 0 {
			d.close(t)
		} else {
			d.crash(t)
		}
		d.open(t)
	}
	v := d.verify(t)
	if v.Epochs != 5 || v.Checkpoints != int64(len(d.sizes(t))) || len(v.Findings) > 0 {
		t.Errorf("%+v", v)
	}
	info, err := os.Stat(filepath.Join(d.folder, "machine-5.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
}

func TestAStartBehindAnEmptyEpochGoesOnWithIt(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		d.close(t)
		d.open(t)
	}
	if v := d.verify(t); v.Epochs != 1 || v.Head.Size != 1 {
		t.Errorf("%+v", v)
	}
}

func TestCheckpointsStandWhereTheyAreDue(t *testing.T) {
	d := newDesk(t)
	d.append(t, drafts(3)...)
	d.append(t, draft(3), signedDraft(4), draft(5))
	d.append(t, drafts(600)...)
	d.append(t, draft(0))
	d.close(t)
	d.open(t)
	want := []int64{
		1,        // the epoch
		6,        // the statement
		262, 518, // every 256 records
		608, // the end
		609, // the next epoch
	}
	if got := d.sizes(t); !slices.Equal(got, want) {
		t.Errorf("%d, want %d", got, want)
	}
	if v := d.verify(t); v.Checkpoints != int64(len(want)) {
		t.Errorf("%+v", v)
	}
}

func TestAnEpochEndsAfterADayOrManyRecordsAndMayBeEmpty(t *testing.T) {
	d := newDesk(t)
	d.append(t, drafts(4095)...)
	d.append(t, draft(0))
	if v := d.verify(t); v.Epochs != 1 {
		t.Errorf("too early: %+v", v)
	}
	d.append(t, draft(0)) // the 4,097th
	if v := d.verify(t); v.Epochs != 2 || v.Head.Size != 1+4096+1+1 {
		t.Errorf("by number: %+v", v)
	}
	d.clock.Step(48 * time.Hour) // which anybody can do
	d.append(t, draft(0))
	d.clock.Advance(24*time.Hour - time.Second)
	d.append(t, draft(0))
	if v := d.verify(t); v.Epochs != 2 {
		t.Errorf("too early: %+v", v)
	}
	d.clock.Advance(time.Second)
	d.append(t, draft(0))
	if v := d.verify(t); v.Epochs != 3 {
		t.Errorf("by time: %+v", v)
	}
}

func TestALogFromBeforeEpochsGoesOnWithTheFirstOne(t *testing.T) {
	folder := t.TempDir()
	c := begin(t, folder)
	c.record(t, 20)
	c.close(t)
	db, err := raw(t.Context(), filepath.Join(folder, dbFile))
	must(t, err)
	_, err = db.ExecContext(t.Context(), "DROP TABLE checkpoint") // as it was then
	must(t, errors.Join(err, db.Close()))
	d := &desk{folder: folder, clock: clock.NewFake(start)}
	d.open(t)
	d.append(t, draft(0))
	if v := d.verify(t); v.Epochs != 1 || v.Head.Size != 22 || len(v.Findings) > 0 {
		t.Errorf("%+v", v)
	}
	d.close(t)
	if v := mustLookWhole(t, folder, 22); v.Size != 22 {
		t.Errorf("%+v", v)
	}
}

// TestAKeyThatIsGoneIsAFindingAndTheLogGoesOn: a key is never worth more than a record.
func TestAKeyThatIsGoneIsAFindingAndTheLogGoesOn(t *testing.T) {
	for what, harm := range map[string]func(t *testing.T, path string){
		"removed":         func(t *testing.T, path string) { _ = os.Remove(path) },
		"emptied":         func(t *testing.T, path string) { _ = os.WriteFile(path, nil, 0o600) },
		"another's":       func(t *testing.T, path string) { copyKey(t, path) },
		"a folder":        func(t *testing.T, path string) { _ = os.Remove(path); _ = os.Mkdir(path, 0o700) },
		"much too long":   func(t *testing.T, path string) { _ = os.WriteFile(path, make([]byte, 1<<20), 0o600) },
		"of another time": func(t *testing.T, path string) { _ = os.Rename(path, strings.Replace(path, "-1", "-7", 1)) },
	} {
		d := newDesk(t)
		d.append(t, draft(0))
		d.close(t)
		harm(t, filepath.Join(d.folder, "machine-1.key"))
		d.open(t)
		d.append(t, draft(1))
		v := d.verify(t)
		if v.Epochs != 2 || !slices.Equal(v.Findings, []audit.Finding{{Seq: 2, Kind: audit.FindingUnlinked}}) {
			t.Errorf("%s: %+v", what, v)
		}
		d.close(t)
		d.open(t)
		if v := d.verify(t); v.Epochs != 3 || len(v.Findings) != 1 {
			t.Errorf("%s, a start later: %+v", what, v)
		}
	}
}

func copyKey(t *testing.T, path string) {
	t.Helper()
	other := newDesk(t)
	key, err := os.ReadFile(filepath.Join(other.folder, "machine-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, key, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestANewEpochThatIsInterruptedAnywhereGoesOnLinked leaves the folder as a crash would between any two steps.
func TestANewEpochThatIsInterruptedAnywhereGoesOnLinked(t *testing.T) {
	d := newDesk(t)
	d.append(t, draft(0))
	d.crash(t)
	old, err := os.ReadFile(filepath.Join(d.folder, "machine-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(d.folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("machine-2.key.new", old[:20]) // while the next key was written
	d.open(t)
	d.append(t, draft(1))
	d.crash(t)
	next, err := os.ReadFile(filepath.Join(d.folder, "machine-2.key"))
	if err != nil {
		t.Fatal(err)
	}
	put("machine-3.key", next) // before the record that names it
	d.open(t)
	d.append(t, draft(2))
	d.crash(t)
	put("machine-2.key", next) // before the old key was erased
	d.open(t)
	if v := d.verify(t); v.Epochs != 4 || len(v.Findings) > 0 {
		t.Errorf("%+v", v)
	}
	if left := keyFiles(t, d.folder); !slices.Equal(left, []string{"machine-4.key"}) {
		t.Errorf("keys left: %q", left)
	}
}

func TestWhatCannotBeGoneOnWithOpensAndTakesNothing(t *testing.T) {
	d := newDesk(t)
	d.append(t, drafts(5)...)
	d.close(t)
	meddle(t, d.folder, func(e *editor) { e.do("UPDATE log SET leaf = x'7b7d' WHERE seq = 5") })
	d.open(t)
	if _, err := d.log.Append(t.Context(), draft(0)); !fault.Is(err, fault.LogBroken) {
		t.Errorf("appended: %v", err)
	}
	if _, err := d.log.Verify(t.Context(), trust, quiet); !fault.Is(err, fault.LogBroken) || fault.SubjectOf(err) != "5" {
		t.Errorf("verified: %v", err)
	}
	if err := d.log.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAClosedLogTakesNothing(t *testing.T) {
	d := newDesk(t)
	if err := d.log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.log.Append(t.Context(), draft(0)); !fault.Is(err, fault.Cancelled) {
		t.Errorf("%v", err)
	}
	d.verify(t)
}

func TestAConflictMovesNoCheckpoint(t *testing.T) {
	d := newDesk(t)
	d.append(t, draft(0))
	if _, err := d.log.Append(t.Context(), signedDraft(1), audit.Draft{Kind: "Not A Kind"}); err == nil {
		t.Fatal("it was recorded")
	}
	d.append(t, append(drafts(254), signedDraft(1))...)
	d.verify(t)
	if got := d.sizes(t); !slices.Equal(got, []int64{1, 257}) {
		t.Errorf("%d", got)
	}
}

func TestTheEpochStandsInTheLeaf(t *testing.T) {
	d := newDesk(t)
	first, err := d.log.Record(t.Context(), 0)
	if err != nil || first.Kind != audit.KindEpoch || first.Epoch != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	if link, _ := first.Body.Text("link"); link != "first" {
		t.Errorf("linked as %q", link)
	}
	if l, err := leaf.Decode(first.Bytes); err != nil || l.Epoch != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestALogWithEpochsTakesNothingWithoutItsMachine(t *testing.T) {
	d := newDesk(t)
	d.append(t, draft(0))
	log := openLog(t, d.db)
	if _, err := log.Append(t.Context(), draft(1)); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	d.append(t, draft(1))
	d.verify(t)
}
