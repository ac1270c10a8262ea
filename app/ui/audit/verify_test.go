package audit

import (
	"bytes"
	"context"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/task"

	"fyne.io/fyne/v2/test"
)

// shelf keeps a log in memory, where a test can tamper with it.
type shelf struct {
	state        audit.State
	leaf, digest [][]byte
	visited      func(seq int64) // may be nil
}

func (s *shelf) State(context.Context) (audit.State, error) {
	s.state.Origin = "test/bench"
	return s.state, nil
}

func (s *shelf) Append(_ context.Context, records []audit.Record, after audit.State) error {
	for _, r := range records {
		s.leaf, s.digest = append(s.leaf, r.Bytes), append(s.digest, r.Hash[:])
	}
	s.state = after
	return nil
}

func (s *shelf) Scan(_ context.Context, from int64, visit func(seq int64, leaf, hash []byte) error) error {
	for seq := max(from, 0); seq < int64(len(s.leaf)); seq++ {
		if s.visited != nil {
			s.visited(seq)
		}
		if err := visit(seq, s.leaf[seq], s.digest[seq]); err != nil {
			return err
		}
	}
	return nil
}

// shelved is a screen on a log of five records in memory.
func shelved(t *testing.T) (*bench, *shelf) {
	t.Helper()
	s := &shelf{}
	b := &bench{t: t}
	b.found(s)
	b.show()
	for range 4 {
		b.note("people.signed-in", b.robin.Actor())
	}
	return b, s
}

func TestAWholeLogIsSaidToBeWhole(t *testing.T) {
	b, _ := shelved(t)
	test.Tap(b.view.check)
	if !b.sees("Whole: 5 records, 1 signed statement checked, root ") || b.view.check.Disabled() {
		t.Errorf("it says %s", b.texts())
	}
}

func TestALogThatWasTamperedWithNamesTheFirstBadRecord(t *testing.T) {
	for name, c := range map[string]struct {
		tamper    func(*shelf)
		says, why string
	}{
		"a word was changed": {func(s *shelf) { s.leaf[2] = bytes.Replace(s.leaf[2], []byte("Robin"), []byte("Rabin"), 1) },
			"record 2 is the first", "was altered"},
		"a record was taken out": {func(s *shelf) { s.leaf[3], s.digest[3] = s.leaf[4], s.digest[4] }, "record 3 is the first", "It is missing"},
		"a statement was changed": {func(s *shelf) { s.leaf[0] = bytes.Replace(s.leaf[0], []byte("Kim Example"), []byte("Tim Example"), 2) },
			"record 0 is the first", "altered"},
		"a record is rubbish":    {func(s *shelf) { s.leaf[1] = []byte("rubbish") }, "record 1 is the first", "cannot be read"},
		"the end was cut off":    {func(s *shelf) { s.leaf, s.digest = s.leaf[:4], s.digest[:4] }, "record 4 is the first", "It is missing"},
		"another hash is stored": {func(s *shelf) { s.digest[4] = make([]byte, 32) }, "record 4 is the first", "was altered"},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := shelved(t)
			c.tamper(s)
			test.Tap(b.view.check)
			if !b.sees(c.says) || !b.sees(c.why) || !b.sees("Keep the data folder as it is") || b.sees("Whole:") {
				t.Errorf("it says %s", b.texts())
			}
		})
	}
}

func TestTheCheckCanBeCancelledAndShowsHowFarItIs(t *testing.T) {
	b, s := shelved(t)
	board := b.view.deps.Board.(*task.Board)
	var at task.Status
	s.visited = func(seq int64) {
		if seq == 2 {
			at, _ = board.Current()
			board.Cancel()
		}
	}
	b.view.runVerify()
	if !b.sees("The verification was cancelled.") || b.sees("Whole:") {
		t.Errorf("it says %s", b.texts())
	}
	if at.Name != "Verifying the audit log" || at.Total != 5 {
		t.Errorf("meanwhile it was shown as %+v", at)
	}
	s.visited = nil
	b.view.runVerify()
	if !b.sees("Whole: 5 records") {
		t.Error("it cannot be started again")
	}
}

func TestASecondPressWhileTheCheckRunsStartsNoOther(t *testing.T) {
	b, s := shelved(t)
	scans := 0
	s.visited = func(seq int64) {
		if seq == 0 {
			scans++
			b.view.runVerify()
		}
	}
	b.view.runVerify()
	if scans != 1 || !b.sees("Whole: 5 records") {
		t.Errorf("%d checks", scans)
	}
}
