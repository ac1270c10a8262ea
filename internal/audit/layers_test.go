package audit_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/statement"
)

// Who rolls a log back, and what tells. Every attack is tried against each layer on its own, so that a test fails also
// where a layer tells more than is claimed for it.

const copyFile = "last-checkpoint.note"

// attacked is a console with a copy of its last checkpoint beside the database and another far from it.
type attacked struct {
	*desk
	beside, far string
	early       string // what all folders held some time ago
}

// newAttacked makes a log of two epochs and keeps what was there early in the second.
func newAttacked(t *testing.T) *attacked {
	t.Helper()
	base := t.TempDir()
	a := &attacked{beside: filepath.Join(base, "data"), far: filepath.Join(base, "far"), early: filepath.Join(t.TempDir(), "early")}
	a.desk = newDesk(t, a.beside, a.far)
	a.append(t, drafts(10)...)
	a.close(t)
	a.open(t)
	a.append(t, drafts(10)...)
	a.close(t)
	keep := func(name, folder string) {
		if err := os.CopyFS(filepath.Join(a.early, name), os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
	}
	keep("folder", a.folder)
	keep("beside", a.beside)
	keep("far", a.far)
	a.desk.log = nil
	return a
}

// on writes a statement and more records behind what was kept.
func (a *attacked) on(t *testing.T) {
	t.Helper()
	a.open(t)
	a.append(t, append(drafts(30), signedDraft(1))...)
	a.close(t)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// restore puts back one of the kept folders.
func (a *attacked) restore(t *testing.T, name, folder string) {
	t.Helper()
	must(t, os.RemoveAll(folder))
	must(t, os.CopyFS(folder, os.DirFS(filepath.Join(a.early, name))))
}

// cut removes the log's end with its state, as somebody who knows the database would.
func (a *attacked) cut(t *testing.T, left int, checkpointsToo bool) {
	t.Helper()
	meddle(t, a.folder, func(e *editor) {
		e.do("DELETE FROM log WHERE seq >= ?", left)
		e.do("DELETE FROM note WHERE seq >= ?", left)
		if checkpointsToo {
			e.do("DELETE FROM checkpoint WHERE size > ?", left)
		}
		e.setState(stateOf(e.rows[:left]))
	})
}

// told is what each layer says after the next start.
type told struct {
	broken     bool // Verify refuses the log
	unlinked   bool // the machine key does not follow
	beside     audit.AnchorState
	far        audit.AnchorState
	rolledBack int // records that say so
}

func (a *attacked) start(t *testing.T) (is told) {
	t.Helper()
	a.open(t)
	v, err := a.log.Verify(t.Context(), trust, quiet)
	if err != nil && !fault.Is(err, fault.LogBroken) {
		t.Fatal(err)
	}
	is.broken = err != nil
	for _, f := range v.Findings {
		switch f.Kind {
		case audit.FindingUnlinked:
			is.unlinked = true
		case audit.FindingRolledBack:
			is.rolledBack++
		}
	}
	anchors := a.log.Anchors()
	is.beside, is.far = anchors[0].State, anchors[1].State
	a.close(t)
	return is
}

func TestEachLayerTellsOfARollbackWhatItClaimsAndNoMore(t *testing.T) {
	const same, ahead = audit.AnchorSame, audit.AnchorAhead
	for _, c := range []struct {
		what   string
		attack func(*testing.T, *attacked)
		want   told
	}{
		{"nothing", func(*testing.T, *attacked) {}, told{beside: same, far: same}},
		{"the end cut off, checkpoints left", func(t *testing.T, a *attacked) { a.cut(t, 30, false) },
			told{broken: true, beside: ahead, far: ahead, rolledBack: 0}},
		{"the end cut off with its checkpoints, within the epoch", func(t *testing.T, a *attacked) { a.cut(t, 30, true) },
			told{beside: ahead, far: ahead, rolledBack: 1}},
		{"the same, and the copy beside removed", func(t *testing.T, a *attacked) {
			a.cut(t, 30, true)
			must(t, os.RemoveAll(a.beside))
		}, told{beside: audit.AnchorNone, far: ahead, rolledBack: 1}},
		{"the same, and both copies removed", func(t *testing.T, a *attacked) {
			a.cut(t, 30, true)
			must(t, errors.Join(os.RemoveAll(a.beside), os.RemoveAll(a.far)))
		}, told{beside: audit.AnchorNone, far: audit.AnchorNone}},
		{"the end cut off into an earlier epoch, and both copies removed", func(t *testing.T, a *attacked) {
			a.cut(t, 20, true)
			must(t, errors.Join(os.RemoveAll(a.beside), os.RemoveAll(a.far)))
		}, told{unlinked: true, beside: audit.AnchorNone, far: audit.AnchorNone}},
		{"the data folder restored", func(t *testing.T, a *attacked) {
			a.restore(t, "folder", a.folder)
			a.restore(t, "beside", a.beside)
		}, told{beside: same, far: ahead, rolledBack: 1}},
		{"the database restored without the key", func(t *testing.T, a *attacked) {
			must(t, os.Remove(filepath.Join(a.early, "folder", "machine-2.key")))
			a.restore(t, "folder", a.folder)
			a.restore(t, "beside", a.beside)
			a.restore(t, "far", a.far)
		}, told{unlinked: true, beside: same, far: same}},
		{"everything restored: nothing on this machine tells", func(t *testing.T, a *attacked) {
			a.restore(t, "folder", a.folder)
			a.restore(t, "beside", a.beside)
			a.restore(t, "far", a.far)
		}, told{beside: same, far: same}},
	} {
		a := newAttacked(t)
		a.on(t)
		c.attack(t, a)
		if is := a.start(t); is != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, is, c.want)
		}
		if c.want.broken {
			continue
		}
		again := a.start(t) // what was recorded stays, and is recorded once
		if again.rolledBack != c.want.rolledBack || again.unlinked != c.want.unlinked || again.beside != same || again.far != same {
			t.Errorf("%s, a start later: %+v", c.what, again)
		}
	}
}

// TestACopyThatIsBehindIsOfTheSameLog: a crash leaves records behind the last checkpoint, and copies may fail for long.
func TestACopyThatIsBehindIsOfTheSameLog(t *testing.T) {
	a := newAttacked(t)
	a.on(t)
	a.restore(t, "far", a.far)
	a.open(t)
	a.append(t, drafts(3)...)
	a.crash(t)
	if is := a.start(t); is != (told{beside: audit.AnchorSame, far: audit.AnchorSame}) {
		t.Errorf("%+v", is)
	}
}

func TestARewrittenTailIsToldByACopyThatWasNotRewritten(t *testing.T) {
	a := newAttacked(t)
	a.on(t)
	thief := stealKey(t, a.folder)
	thief.rewrite(t, a.folder, 30, revalued)
	if is := a.start(t); is != (told{beside: audit.AnchorForked, far: audit.AnchorForked, rolledBack: 1}) {
		t.Errorf("%+v", is)
	}
}

// TestACopyThatCannotBeReplacedIsRecordedOnce and is told by the status: appends go on.
func TestACopyThatCannotBeReplacedIsRecordedOnce(t *testing.T) {
	a := newAttacked(t)
	a.on(t)
	a.restore(t, "folder", a.folder)
	a.restore(t, "beside", a.beside)
	must(t, os.Mkdir(filepath.Join(a.far, copyFile+".new"), 0o700)) // in the way of every new copy
	for range 3 {
		if is := a.start(t); is.rolledBack != 1 || is.far != audit.AnchorAhead {
			t.Errorf("%+v", is)
		}
	}
	a.open(t)
	a.append(t, draft(0))
	must(t, a.log.Close(t.Context()))
	anchors := a.log.Anchors()
	if anchors[0].Err != nil || anchors[0].Size != a.log.Head().Size || !fault.Is(anchors[1].Err, fault.LogDenied) {
		t.Errorf("%+v", anchors)
	}
}

func TestWhatIsNoCheckpointOfThisLogIsNoRollback(t *testing.T) {
	key := stealKey(t, newDesk(t).folder)
	foreign, err := statement.SignCheckpoint("clinic.example/ward8", 1000, [32]byte{}, key.keys[1])
	must(t, err)
	for what, content := range map[string]string{
		"nothing": "", "noise": "\x00\xff", "another log's": foreign, "much": string(make([]byte, 1<<20)),
	} {
		a := newAttacked(t)
		must(t, os.WriteFile(filepath.Join(a.far, copyFile), []byte(content), 0o600))
		if is := a.start(t); is != (told{beside: audit.AnchorSame, far: audit.AnchorUnreadable}) {
			t.Errorf("%s: %+v", what, is)
		}
		if is := a.start(t); is.far != audit.AnchorSame {
			t.Errorf("%s was not replaced: %+v", what, is)
		}
	}
}

func TestTheRecordOfARollbackSaysWhatTheCopyKnew(t *testing.T) {
	a := newAttacked(t)
	a.on(t)
	note, err := os.ReadFile(filepath.Join(a.far, copyFile))
	must(t, err)
	a.restore(t, "folder", a.folder)
	a.start(t)
	a.open(t)
	var said []string
	must(t, a.log.Each(t.Context(), 0, func(r audit.Record) error {
		if r.Kind == audit.KindRolledBack {
			text, _ := r.Body.Text("note")
			said = append(said, text)
		}
		return nil
	}))
	if !slices.Equal(said, []string{string(note)}) {
		t.Errorf("%q, want %q", said, note)
	}
}
