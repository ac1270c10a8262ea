package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

// memory is a Store that tests can tamper with.
type memory struct {
	mu      sync.Mutex
	records []audit.Record
	state   audit.State
	fail    error // what the next Append ends with
	commit  bool  // whether it does its work first
}

func (m *memory) State(context.Context) (audit.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state, nil
}

func (m *memory) Append(_ context.Context, records []audit.Record, after audit.State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.fail
	m.fail = nil
	if err == nil || m.commit {
		m.records, m.state = append(m.records, records...), after
	}
	return err
}

func (m *memory) Scan(_ context.Context, from int64, visit func(int64, []byte, []byte) error) error {
	m.mu.Lock()
	records := slices.Clone(m.records)
	m.mu.Unlock()
	for _, r := range records {
		if r.Seq >= from {
			if err := visit(r.Seq, r.Bytes, r.Hash[:]); err != nil {
				return err
			}
		}
	}
	return nil
}

var start = time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)

func openLog(t testing.TB, s audit.Store, options ...audit.Option) *audit.Log {
	t.Helper()
	log, err := audit.Open(t.Context(), s, clock.NewFake(start), options...)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func draft(n int) audit.Draft {
	d := audit.Draft{Kind: "test.record", Actor: leaf.Actor{ID: "7f3a91c25d0c8a52", Name: "Jo", Role: "technician"}}
	d.Body.SetInt("n", int64(n))
	return d
}

func drafts(n int) (all []audit.Draft) {
	for i := range n {
		all = append(all, draft(i))
	}
	return all
}

func filled(t testing.TB, n int) (*memory, *audit.Log) {
	t.Helper()
	m := &memory{state: audit.State{Origin: "clinic.example/ward7"}}
	log := openLog(t, m)
	if n > 0 {
		if _, err := log.Append(t.Context(), drafts(n)...); err != nil {
			t.Fatal(err)
		}
	}
	return m, log
}

func quiet(_, _ int64) {}

func trust(audit.Record) (*audit.Head, error) { return nil, nil }

func TestEveryRecordFollowsTheOneBeforeAndTheHeadIsTheTreesRoot(t *testing.T) {
	m, log := filled(t, 0)
	var want leaf.Range
	if log.Head() != (audit.Head{Origin: "clinic.example/ward7", Root: want.Root()}) {
		t.Errorf("empty: %+v", log.Head())
	}
	var last [32]byte
	for i, n := range []int{1, 3, 1, 9} {
		records, err := log.Append(t.Context(), drafts(n)...)
		if err != nil || len(records) != n {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for _, r := range records {
			if r.Seq != want.Size() || r.Prev != last || r.Hash != leaf.Hash(r.Bytes) {
				t.Errorf("record %d does not follow: %+v", want.Size(), r)
			}
			if again, err := leaf.Encode(r.Leaf); err != nil || !bytes.Equal(again, r.Bytes) {
				t.Errorf("record %d: the bytes are not the leaf's: %v", r.Seq, err)
			}
			last = r.Hash
			want.Append(last)
		}
		if head := log.Head(); head.Size != want.Size() || head.Root != want.Root() {
			t.Errorf("after append %d: %+v", i, head)
		}
	}
	if again := openLog(t, m).Head(); again != log.Head() {
		t.Errorf("opened again: %+v, was %+v", again, log.Head())
	}
}

func TestVerifyCountsAWholeLog(t *testing.T) {
	m, log := filled(t, 3)
	signed := draft(3)
	signed.Stmt = "a statement"
	if _, err := log.Append(t.Context(), signed); err != nil {
		t.Fatal(err)
	}
	var size int64
	for _, r := range m.records {
		size += int64(len(r.Bytes))
	}
	v, err := log.Verify(t.Context(), trust, quiet)
	if err != nil || v.Head != log.Head() || v.Bytes != size || v.Signed != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

// rehash gives a record other bytes and everything that is computed from them.
func rehash(r *audit.Record, old, new string) {
	r.Bytes = bytes.Replace(r.Bytes, []byte(old), []byte(new), 1)
	r.Hash = leaf.Hash(r.Bytes)
}

func TestVerifyFindsEveryTampering(t *testing.T) {
	for _, c := range []struct {
		what   string
		tamper func(*memory)
		at     string // the record that the fault names
	}{
		{"a flipped bit in a value", func(m *memory) { i := bytes.Index(m.records[2].Bytes, []byte(`"n":2`)); m.records[2].Bytes[i+4] ^= 1 }, "2"},
		{"a flipped bit in the form", func(m *memory) { m.records[2].Bytes[0] ^= 1 }, "2"},
		{"a flipped bit in a link", func(m *memory) {
			i := bytes.Index(m.records[2].Bytes, []byte(`"prev":"`))
			m.records[2].Bytes[i+9] ^= 1
		}, "2"},
		{"another value with its hash", func(m *memory) { rehash(&m.records[2], `"n":2`, `"n":7`) }, "3"},
		{"another value in the last record with its hash", func(m *memory) { rehash(&m.records[4], `"n":4`, `"n":7`) }, "5"},
		{"a swapped pair", func(m *memory) { m.records[1], m.records[2] = m.records[2], m.records[1] }, "2"},
		{"a swapped pair with its places", func(m *memory) {
			m.records[1], m.records[2] = m.records[2], m.records[1]
			m.records[1].Seq, m.records[2].Seq = 1, 2
		}, "1"},
		{"a record twice", func(m *memory) { m.records = slices.Insert(m.records, 2, m.records[1]) }, "1"},
		{"a removed record in the middle", func(m *memory) { m.records = slices.Delete(m.records, 2, 3) }, "3"},
		{"a removed first record", func(m *memory) { m.records = m.records[1:] }, "1"},
		{"a removed last record", func(m *memory) { m.records = m.records[:4] }, "4"},
		{"all records removed", func(m *memory) { m.records = nil }, "0"},
		{"a changed stored hash", func(m *memory) { m.records[3].Hash[31] ^= 1 }, "3"},
	} {
		m, log := filled(t, 5)
		for i := range m.records {
			m.records[i].Bytes = bytes.Clone(m.records[i].Bytes)
		}
		c.tamper(m)
		if _, err := log.Verify(t.Context(), trust, quiet); !fault.Is(err, fault.LogBroken) || fault.SubjectOf(err) != c.at {
			t.Errorf("%s: %v, want record %s", c.what, err, c.at)
		}
		if _, err := openLog(t, m).Verify(t.Context(), trust, quiet); !fault.Is(err, fault.LogBroken) {
			t.Errorf("%s, after a start: %v", c.what, err)
		}
	}
}

// A shorter log with the state of that time is a whole log. Only a head that is kept elsewhere tells: here the one of
// the running program; after a start nobody on this machine knows better.
func TestARollbackWithItsStateIsFoundWhileTheProgramRunsAndNotAfterAStart(t *testing.T) {
	m, log := filled(t, 4)
	before := m.state
	if _, err := log.Append(t.Context(), draft(4)); err != nil {
		t.Fatal(err)
	}
	m.records, m.state = m.records[:4], before
	if _, err := log.Verify(t.Context(), trust, quiet); !fault.Is(err, fault.LogBroken) {
		t.Errorf("while running: %v", err)
	}
	if v, err := openLog(t, m).Verify(t.Context(), trust, quiet); err != nil || v.Head.Size != 4 {
		t.Errorf("after a start it is a whole log of four: %+v, %v", v, err)
	}
}

func TestAStatementThatDoesNotVerifyBreaksTheLog(t *testing.T) {
	_, log := filled(t, 2)
	signed := draft(2)
	signed.Stmt = "a statement"
	if _, err := log.Append(t.Context(), signed, draft(3)); err != nil {
		t.Fatal(err)
	}
	bad := errors.New("bad signature")
	_, err := log.Verify(t.Context(), func(r audit.Record) (*audit.Head, error) {
		if r.Stmt != "a statement" || r.Seq != 2 {
			t.Errorf("asked to check %+v", r)
		}
		return nil, bad
	}, quiet)
	if !fault.Is(err, fault.LogBroken) || !errors.Is(err, bad) || fault.SubjectOf(err) != "2" {
		t.Errorf("%v", err)
	}
}

func TestVerifyTellsItsProgressAndCanBeStopped(t *testing.T) {
	_, log := filled(t, 1000)
	var told []int64
	if _, err := log.Verify(t.Context(), trust, func(done, of int64) {
		if of != 1000 {
			t.Errorf("of %d", of)
		}
		told = append(told, done)
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int64{256, 512, 768}) {
		t.Errorf("told %v", told)
	}
	ctx, cancel := context.WithCancel(t.Context())
	v, err := log.Verify(ctx, trust, func(int64, int64) { cancel() })
	if !fault.Is(err, fault.Cancelled) || v.Bytes == 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestRecordsAppendedDuringAVerificationDoNotDisturbIt(t *testing.T) {
	_, log := filled(t, 600)
	v, err := log.Verify(t.Context(), trust, func(int64, int64) {
		if _, err := log.Append(t.Context(), draft(0)); err != nil {
			t.Error(err)
		}
	})
	if err != nil || v.Head.Size != 600 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAppendsAtTheSameTimeKeepTheirOrder(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), "clinic.example/ward7")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log := openLog(t, db)
	const people, each = 8, 20
	var all sync.WaitGroup
	for range people {
		all.Go(func() {
			for i := range each {
				records, err := log.Append(t.Context(), draft(i), draft(i))
				if err != nil || len(records) != 2 || records[1].Seq != records[0].Seq+1 {
					t.Errorf("%+v, %v", records, err)
				}
			}
		})
	}
	all.Wait()
	if v, err := log.Verify(t.Context(), trust, quiet); err != nil || v.Head.Size != people*each*2 {
		t.Errorf("%+v, %v", v, err)
	}
	if again := openLog(t, db).Head(); again != log.Head() {
		t.Errorf("stored: %+v, told: %+v", again, log.Head())
	}
}

func TestAFailedAppendDoesNotMoveTheHead(t *testing.T) {
	m, log := filled(t, 2)
	head, changed := log.Head(), log.Changed()
	m.fail = fault.New(fault.LogFull, "disk", nil)
	if _, err := log.Append(t.Context(), draft(2)); !fault.Is(err, fault.LogFull) {
		t.Errorf("%v", err)
	}
	if _, err := log.Append(t.Context(), draft(2), audit.Draft{Kind: "Not A Kind"}); !fault.Is(err, fault.Internal) {
		t.Errorf("a draft that cannot be encoded: %v", err)
	}
	if log.Head() != head || len(m.records) != 2 {
		t.Errorf("head %+v, %d records", log.Head(), len(m.records))
	}
	select {
	case <-changed:
		t.Error("a change was announced")
	default:
	}
	if _, err := log.Append(t.Context(), draft(2)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	default:
		t.Error("no change was announced")
	}
}

func TestACommitWhoseAnswerWasLostIsTakenIn(t *testing.T) {
	m, log := filled(t, 2)
	m.fail, m.commit = errors.New("no answer"), true
	if _, err := log.Append(t.Context(), draft(2)); err == nil {
		t.Error("the loss was hidden")
	}
	if log.Head().Size != 3 {
		t.Errorf("head %+v", log.Head())
	}
	if _, err := log.Append(t.Context(), draft(3)); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Verify(t.Context(), trust, quiet); err != nil {
		t.Error(err)
	}
}

func TestRecordsAreFoundByNumber(t *testing.T) {
	m, log := filled(t, 3)
	r, err := log.Record(t.Context(), 1)
	if n, _ := r.Body.Int("n"); err != nil || r.Seq != 1 || n != 1 || r.Hash != m.records[1].Hash {
		t.Errorf("%+v, %v", r, err)
	}
	for _, seq := range []int64{-1, 3, 1 << 40} {
		if _, err := log.Record(t.Context(), seq); !fault.Is(err, fault.NotFound) || fault.SubjectOf(err) != fmt.Sprint(seq) {
			t.Errorf("%d: %v", seq, err)
		}
	}
	stop, seen := errors.New("enough"), 0
	if err := log.Each(t.Context(), 1, func(audit.Record) error { seen++; return stop }); err != stop || seen != 1 {
		t.Errorf("%d visits, %v", seen, err)
	}
	m.records[2].Bytes = []byte(strings.ToUpper(string(m.records[2].Bytes)))
	if _, err := log.Record(t.Context(), 2); !fault.Is(err, fault.LogBroken) || fault.SubjectOf(err) != "2" {
		t.Errorf("a record that cannot be read: %v", err)
	}
}

func TestTheTimeOfARecordIsTheClocks(t *testing.T) {
	_, log := filled(t, 0)
	records, err := log.Append(t.Context(), draft(0))
	if err != nil || !records[0].At.Wall.Equal(start) || records[0].At.State != clock.OK || log.Now().Boot != records[0].At.Boot {
		t.Errorf("%+v, %v", records, err)
	}
}

func TestTheHashesOfALogProveThatItGrewFromWhatSomebodySaw(t *testing.T) {
	m, log := filled(t, 7)
	before := log.Head()
	if _, err := log.Append(t.Context(), drafts(6)...); err != nil {
		t.Fatal(err)
	}
	after := log.Head()
	hashes, err := log.Hashes(t.Context(), after.Size)
	if err != nil || int64(len(hashes)) != after.Size || hashes[3] != m.records[3].Hash {
		t.Fatalf("%d hashes, %v", len(hashes), err)
	}
	proof, err := leaf.Consistency(hashes, before.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.CheckConsistency(proof, after.Size, after.Root, before.Size, before.Root); err != nil {
		t.Error(err)
	}
	if hashes, err := log.Hashes(t.Context(), 0); err != nil || len(hashes) != 0 {
		t.Errorf("none: %d, %v", len(hashes), err)
	}
	for _, n := range []int64{-1, after.Size + 1} {
		if _, err := log.Hashes(t.Context(), n); !fault.Is(err, fault.NotFound) {
			t.Errorf("%d: %v", n, err)
		}
	}
	m.records = slices.Delete(m.records, 4, 5)
	if _, err := log.Hashes(t.Context(), after.Size); !fault.Is(err, fault.LogBroken) {
		t.Errorf("with a gap: %v", err)
	}
}
