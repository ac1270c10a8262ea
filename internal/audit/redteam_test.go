package audit_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// thief has machine keys, those of the epochs during which it looked.
type thief struct{ keys map[int64]ed25519.PrivateKey }

// stealKey takes the keys that are in a folder now.
func stealKey(t testing.TB, folder string) thief {
	t.Helper()
	is := thief{map[int64]ed25519.PrivateKey{}}
	for _, name := range keyFiles(t, folder) {
		content, err := os.ReadFile(filepath.Join(folder, name))
		must(t, err)
		var epoch int64
		var seed string
		_, err = fmt.Sscanf(string(content), "countersign machine key\nepoch %d\nseed %s\n", &epoch, &seed)
		must(t, err)
		bytes, err := base64.StdEncoding.DecodeString(seed)
		must(t, err)
		is.keys[epoch] = ed25519.NewKeyFromSeed(bytes)
	}
	return is
}

func (th thief) with(other thief) thief {
	all := thief{maps.Clone(th.keys)}
	maps.Copy(all.keys, other.keys)
	return all
}

// rewrite alters record n, makes every link, hash and root behind it anew, and signs every checkpoint behind it anew: with
// its epoch's key where that was stolen, else with the newest that was.
func (th thief) rewrite(t testing.TB, folder string, n int, alter func(*leaf.Leaf)) {
	t.Helper()
	meddle(t, folder, func(e *editor) {
		var r leaf.Range
		var last [32]byte
		for i := range e.rows {
			if i >= n {
				e.rows[i] = rechained(t, e.rows[i], last, i == n, alter)
				e.do("UPDATE log SET leaf = ?, leaf_hash = ? WHERE seq = ?", []byte(e.rows[i].leaf), []byte(e.rows[i].hash), i)
			}
			last = [32]byte([]byte(e.rows[i].hash))
			r.Append(last)
			if i >= n {
				th.resign(t, e, int64(i+1), r.Root())
			}
		}
		e.setState(stateOf(e.rows))
	})
}

func rechained(t testing.TB, was row, last [32]byte, first bool, alter func(*leaf.Leaf)) row {
	l, err := leaf.Decode([]byte(was.leaf))
	must(t, err)
	if l.Prev = last; first {
		alter(&l)
	}
	encoded, err := leaf.Encode(l)
	must(t, err)
	hash := leaf.Hash(encoded)
	return row{was.seq, string(encoded), string(hash[:])}
}

func (th thief) resign(t testing.TB, e *editor, size int64, root [32]byte) {
	for _, c := range e.checkpoints() {
		if c.size != size || len(th.keys) == 0 {
			continue
		}
		key, stolen := th.keys[c.epoch]
		if !stolen {
			key = th.keys[slices.Max(slices.Collect(maps.Keys(th.keys)))]
		}
		note, err := statement.SignCheckpoint(ward, size, root, key)
		must(t, err)
		e.do("UPDATE checkpoint SET note = ? WHERE size = ?", note, size)
	}
}

// robbed is a console of three epochs with two statements by both founders, the second of them in the second epoch.
type robbed struct {
	folder string
	keys   []thief // of each epoch
	signed []int64
	size   int64
}

func newRobbed(t *testing.T) *robbed {
	t.Helper()
	b := &robbed{folder: t.TempDir()}
	c := found(t, b.folder, audit.WithMachine(b.folder))
	sign := func() {
		c.record(t, 20)
		c.sign(t)
		b.signed = append(b.signed, c.log.Head().Size-1)
		c.record(t, 20)
	}
	next := func() {
		b.keys = append(b.keys, stealKey(t, b.folder))
		c.close(t)
		again := begin(t, b.folder, audit.WithMachine(b.folder))
		again.founded = c.founded
		c = again
	}
	sign()
	next()
	sign()
	next()
	c.record(t, 300)
	b.keys = append(b.keys, stealKey(t, b.folder))
	b.size = c.log.Head().Size
	c.close(t)
	return b
}

func TestARewriteWithEveryMachineKeyIsFoundAtTheNextSignatureByAPerson(t *testing.T) {
	b := newRobbed(t)
	all := b.keys[0].with(b.keys[1]).with(b.keys[2])
	untouched, err := os.ReadFile(filepath.Join(b.folder, dbFile))
	must(t, err)
	for _, c := range []struct{ from, at int64 }{
		{5, b.signed[0]}, {b.signed[0] - 1, b.signed[0]}, {b.signed[0] + 3, b.signed[1]}, {b.signed[1] - 1, b.signed[1]},
		{b.signed[1] + 3, -1}, {b.size - 5, -1}, // behind the last one nobody's signature tells
	} {
		must(t, put(filepath.Join(b.folder, dbFile), untouched))
		all.rewrite(t, b.folder, int(c.from), revalued)
		_, err := examine(t.Context(), b.folder)
		switch {
		case c.at < 0 && err != nil:
			t.Errorf("rewritten from %d: %v", c.from, err)
		case c.at >= 0 && (!fault.Is(err, fault.LogBroken) || fault.SubjectOf(err) != fmt.Sprint(c.at) || !strings.Contains(err.Error(), "signer")):
			t.Errorf("rewritten from %d: %v, want the signature at %d", c.from, err, c.at)
		}
	}
}

// TestTheKeyOfTodayCannotMakeAnEarlierEpochAnew: sealing old entries with a newer key is what CVE-2023-31439 was.
func TestTheKeyOfTodayCannotMakeAnEarlierEpochAnew(t *testing.T) {
	b := newRobbed(t)
	b.keys[2].rewrite(t, b.folder, int(b.signed[1]+3), revalued) // in the second epoch, behind all persons' signatures
	_, err := examine(t.Context(), b.folder)
	if !fault.Is(err, fault.LogBroken) || strings.Contains(err.Error(), "signer saw") {
		t.Errorf("%v", err)
	}
}

func TestEachStepOfAnEpochIsAskedFor(t *testing.T) {
	for what, c := range map[string]struct {
		edit func(*editor, []kept)
		want string // among the words of the fault
	}{
		"an old epoch sealed with a newer key": {func(e *editor, all []kept) { e.reseal(all[1], 2, 2) }, "epoch 2 in epoch 1"},
		"an old epoch's row, a newer key":      {func(e *editor, all []kept) { e.reseal(all[1], 1, 2) }, "signature"},
		"a newer epoch's row, an older key":    {func(e *editor, all []kept) { e.reseal(all[2], 2, 1) }, "signature"},
		"the closing checkpoint missing":       {func(e *editor, all []kept) { e.do("DELETE FROM checkpoint WHERE size = ?", all[1].size) }, "missing"},
		"that of an empty epoch missing":       {func(e *editor, all []kept) { e.do("DELETE FROM checkpoint WHERE size = ?", all[2].size) }, "missing"},
	} {
		d := newDesk(t)
		keys := stealKey(t, d.folder)
		d.append(t, draft(0))
		d.clock.Advance(25 * 3600e9)
		d.append(t) // the second epoch, which stays empty
		keys = keys.with(stealKey(t, d.folder))
		d.clock.Advance(25 * 3600e9)
		d.append(t, draft(1)) // the third
		d.verify(t)
		d.crash(t)
		meddle(t, d.folder, func(e *editor) {
			e.thief = keys
			c.edit(e, e.checkpoints())
		})
		_, err := examine(t.Context(), d.folder)
		if !fault.Is(err, fault.LogBroken) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
}

// reseal signs a checkpoint's text anew with another epoch's key.
func (e *editor) reseal(c kept, epoch, by int64) {
	size, root, err := statement.ReadCheckpoint(c.note, ward)
	if err == nil {
		c.note, err = statement.SignCheckpoint(ward, size, root, e.thief.keys[by])
	}
	if e.err == nil {
		e.err = err
	}
	e.do("UPDATE checkpoint SET note = ?, epoch = ? WHERE size = ?", c.note, epoch, c.size)
}

// TestEpochsThatDoNotFollowAreRefused: whoever has the key of an epoch can make that epoch's records anew, but not skip an
// epoch, repeat one, or begin again.
func TestEpochsThatDoNotFollowAreRefused(t *testing.T) {
	for what, c := range map[string]struct {
		alter func(*leaf.Leaf)
		want  string
	}{
		"a gap":               {func(l *leaf.Leaf) { l.Body.SetInt("epoch", 3) }, "epoch 3 begins behind epoch 1"},
		"the same again":      {func(l *leaf.Leaf) { l.Body.SetInt("epoch", 1) }, "epoch 1 begins behind epoch 1"},
		"as the first":        {func(l *leaf.Leaf) { l.Body.Set("link", "first") }, "cannot begin"},
		"as nothing known":    {func(l *leaf.Leaf) { l.Body.Set("link", "") }, "cannot begin"},
		"unlinked, unsigned":  {func(l *leaf.Leaf) { l.Epoch = 2; l.Body.Set("link", "unlinked") }, "signature"},
		"of the next epoch":   {func(l *leaf.Leaf) { l.Epoch = 2 }, "of epoch 2 where"},
		"with another key":    {func(l *leaf.Leaf) { l.Body.Set("key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") }, "another key"},
		"without its key":     {func(l *leaf.Leaf) { l.Body.Set("key", "") }, "which key"},
		"without its note":    {func(l *leaf.Leaf) { l.Body.Set("note", "") }, "signature"},
		"no beginning at all": {func(l *leaf.Leaf) { l.Kind = "test.record" }, "of epoch 2 in epoch 1"},
	} {
		d := newDesk(t)
		d.append(t, draft(0))
		keys := stealKey(t, d.folder)
		d.close(t)
		d.open(t)
		d.append(t, draft(1))
		keys = keys.with(stealKey(t, d.folder))
		d.crash(t)
		keys.rewrite(t, d.folder, 2, c.alter)
		_, err := examine(t.Context(), d.folder)
		if !fault.Is(err, fault.LogBroken) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
}

// TestALogThatWasCutAndGoneOnWithIsWhatTheCopiesAndTheKeyAreFor: cut and continued, the log verifies again.
func TestALogThatWasCutAndGoneOnWithBreaksWhereAnOldCheckpointIsLeft(t *testing.T) {
	d := newDesk(t)
	d.append(t, drafts(5)...)
	d.append(t, signedDraft(5), draft(6))
	d.crash(t)
	a := attacked{desk: d}
	a.cut(t, 4, false) // the statement's checkpoint, over seven records, stays
	d.open(t)
	if _, err := d.log.Append(t.Context(), drafts(2)...); !fault.Is(err, fault.LogBroken) {
		t.Errorf("appended behind a cut: %v", err)
	}
	if _, err := d.log.Verify(t.Context(), trust, quiet); !fault.Is(err, fault.LogBroken) {
		t.Errorf("%v", err)
	}
	d.crash(t)
	meddle(t, d.folder, func(e *editor) { e.do("DELETE FROM checkpoint WHERE size > 4") })
	d.clock = clock.NewFake(start)
	d.open(t)
	d.append(t, drafts(2)...)
	if v := d.verify(t); len(v.Findings) > 0 {
		t.Errorf("without copies nothing tells: %+v", v)
	}
}
