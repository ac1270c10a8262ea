package breakglass

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"
	"countersign/internal/store"
)

var session = []string{KindOpened, KindIntent, kindOutcome, kindExtended, KindIntent, kindOutcome, kindStopped, kindClosed}

// moody is the database with a disk that refuses, or that answers nothing after it did what it was asked.
type moody struct {
	*store.DB
	random *rand.Rand
	share  float64 // of appends that fail
	failed int
	lost   int // answers
}

func (m *moody) Append(ctx context.Context, records []audit.Record, after audit.State) error {
	switch p := m.random.Float64(); {
	case p < m.share/2:
		m.failed++
		return fault.Newf(fault.LogFull, "", "no room")
	case p < m.share:
		if err := m.DB.Append(ctx, records, after); err != nil {
			return err
		}
		m.lost++
		return fault.Newf(fault.LogDenied, "", "the answer was lost")
	}
	return m.DB.Append(ctx, records, after)
}

func TestEveryFrameIsInTheLogOnceAndInOrderWhateverTheDiskAnswers(t *testing.T) {
	b := newBench(t)
	total, failed, lost, tries := 0, 0, 0, 0
	for seed := range uint64(25) {
		m := &moody{DB: b.db, random: rand.New(rand.NewPCG(seed, 0))}
		b.openLog(m)
		m.share = 0.7
		var chains [][]journal.Frame
		for range 3 {
			kinds := slices.Concat(session, session, session[:m.random.IntN(8)])
			chains = append(chains, b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), kinds...))
		}
		var both []journal.Frame // as the journal and its mirror have them, one after the other
		for _, c := range chains {
			both = append(both, c...)
		}
		both = append(both, both...)
		sink := b.importer.Sink()
		for _, f := range chains[0][:10] { // some come directly
			_ = sink.Put(t.Context(), f)
		}
		b.importer.Keep(inOrder(both)...)
		for b.importer.Pending() > 0 {
			tries++
			if tries%7 == 0 { // the console starts anew and finds the same files
				b.importer = NewImporter()
				b.importer.Attach(b.log, b.db, b.check)
				b.importer.Keep(inOrder(both)...)
			}
			_ = b.importer.Take(t.Context())
		}
		b.mustHave(chains...)
		for _, c := range chains {
			total += len(c)
		}
		failed, lost = failed+m.failed, lost+m.lost
	}
	b.verified(total)
	t.Logf("%d frames by %d tries; %d appends failed and %d answers were lost", total, tries, failed, lost)
}

func TestWithoutALogFramesAreKept(t *testing.T) {
	b := newBench(t)
	frames := b.frames(nil, robin, "", session...)
	i := NewImporter()
	sink := i.Sink()
	for _, f := range frames {
		if err := sink.Put(t.Context(), f); !fault.Is(err, fault.LogDenied) {
			t.Error(err)
		}
	}
	if waiting, err := i.Settle(t.Context()); !fault.Is(err, fault.LogBusy) || waiting != 0 {
		t.Errorf("%d, %v", waiting, err)
	}
	i.Attach(b.log, b.db, b.check)
	b.importer = i
	b.take()
	b.mustHave(frames)
}

func TestARecordSaysWhetherTheMachineSignedItsFrame(t *testing.T) {
	b := newBench(t)
	wrong := func(hash [32]byte) (int64, []byte) {
		epoch, sig := b.log.Vouch(hash)
		sig[5] ^= 1
		return epoch, sig
	}
	later := func(hash [32]byte) (int64, []byte) {
		_, sig := b.log.Vouch(hash)
		return 77, sig
	}
	other := func(hash [32]byte) (int64, []byte) { // the right signature of something else
		hash[0] ^= 1
		return b.log.Vouch(hash)
	}
	for want, sign := range map[string]journal.Sign{"signed": b.log.Vouch, "unsigned": nil, "wrong": wrong, "wrong ": later, "wrong  ": other} {
		frames := b.frames(sign, robin, "", KindOpened)
		b.take(frames...)
		b.mustHave(frames)
		record, err := b.log.Record(t.Context(), b.log.Head().Size-1)
		b.must(err)
		if got, _ := record.Body.Text(frameMachine); got != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	b.verified(5)
	frames := b.frames(b.log.Vouch, robin, "", KindOpened)
	b.restart() // another epoch begins, and the frames are of the one before
	b.take(frames...)
	record, err := b.log.Record(t.Context(), b.log.Head().Size-1)
	b.must(err)
	if got, _ := record.Body.Text(frameMachine); got != "signed" {
		t.Errorf("after a restart it is %q", got)
	}
}

func TestAStatementWhoseKeyWasReplacedIsKeptBesideTheRecord(t *testing.T) {
	b := newBench(t)
	note := b.opening(b.robin, b.head())
	frames := b.frames(b.log.Vouch, b.robin.Actor(), note, session...)
	c, err := b.roster.PrepareRotate(t.Context(), pocket{}, b.robin, "entirely other quiet words")
	b.must(err)
	b.must(b.roster.Complete(t.Context(), c, b.robin))
	b.take(frames...)
	b.mustHave(frames)
	b.verified(len(frames))
	opened := b.records(KindOpened)
	if kept, _ := opened[0].Body.Text(frameStmt); opened[0].Stmt != "" || kept != note {
		t.Errorf("statement %q, kept %q", opened[0].Stmt, kept)
	}
}

func TestAStatementThatHoldsIsTheRecordsOwn(t *testing.T) {
	b := newBench(t)
	early := b.opening(b.robin, b.head())
	b.take(b.frames(nil, robin, "", session...)...) // the log goes on in between
	frames := b.frames(b.log.Vouch, b.robin.Actor(), early, session...)
	b.take(frames...)
	b.verified(2 * len(session))
	if opened := b.records(KindOpened); opened[1].Stmt != early {
		t.Errorf("%q", opened[1].Stmt)
	}
}

// An older copy of the database is put back while the journals stay: what was signed over the newer one must not make the
// old one look broken.
func TestAStatementOverALogThatIsGoneLeavesTheLogVerifiable(t *testing.T) {
	for what, alter := range map[string]func(*statement.LogHead){
		"more records than there are": func(h *statement.LogHead) { h.Size += 500 },
		"as many, others":             func(h *statement.LogHead) { h.Root[3] ^= 1 },
		"fewer, others":               func(h *statement.LogHead) { h.Size--; h.Root[3] ^= 1 },
		"another log's":               func(h *statement.LogHead) { h.Origin = "clinic.example/ward8" },
	} {
		b := newBench(t)
		head := b.head()
		alter(&head)
		frames := b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, head), session...)
		b.take(frames...)
		b.mustHave(frames)
		b.verified(len(frames))
		if t.Failed() {
			t.Fatal(what)
		}
	}
}

func TestAForgedStatementDoesNotGetIntoTheLogAsOne(t *testing.T) {
	b := newBench(t)
	note := b.opening(b.robin, b.head())
	text, sig, _ := strings.Cut(note, "\n\n")
	forged := strings.Replace(text, pump.Serial, "B355987655", 1) + "\n\n" + sig
	frames := b.frames(b.log.Vouch, b.robin.Actor(), forged, session...)
	b.take(frames...)
	b.verified(len(frames))
	if opened := b.records(KindOpened); opened[0].Stmt != "" {
		t.Error("it counts as signed")
	}
}

// Somebody's real signature of one emergency must not make another one look signed.
func TestAStatementCountsOnceAndForWhatItIsAbout(t *testing.T) {
	b := newBench(t)
	note := b.opening(b.robin, b.head())
	first := b.frames(nil, b.robin.Actor(), note, session...)
	same := b.frames(nil, b.robin.Actor(), note, session...)
	b.take(slices.Concat(first, same)...)
	later := b.frames(nil, b.robin.Actor(), note, session...)
	b.take(later...)
	b.restart()
	after := b.frames(nil, b.robin.Actor(), note, session...)
	kims := b.frames(nil, b.kim.Actor(), b.opening(b.robin, b.head()), session...)
	b.take(slices.Concat(after, kims)...)
	other := b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) { l.Actor, l.Stmt = b.robin.Actor(), b.opening(b.robin, b.head()) })
	intent := b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) {
		l.Kind, l.Actor, l.Stmt = KindIntent, b.robin.Actor(), b.opening(b.robin, b.head())
	})
	b.take(other, intent)
	b.mustHave(first, same, later, after, kims, []journal.Frame{other}, []journal.Frame{intent})
	b.verified(5*len(session) + 2)
	signed := 0
	for _, r := range b.records(KindOpened, KindIntent) {
		if r.Stmt != "" {
			signed++
		}
	}
	if opened := b.records(KindOpened); signed != 1 || opened[0].Stmt != note {
		t.Errorf("%d count as signed", signed)
	}
}

// forge makes a frame that no session wrote, as somebody can who writes on a stick.
func (b *bench) forge(chain string, alter func(*leaf.Leaf)) journal.Frame {
	b.t.Helper()
	l := leaf.Leaf{Kind: KindOpened, At: b.clock.Now(), Actor: robin}
	l.Body.Set("session", "forged")
	alter(&l)
	encoded, err := leaf.Encode(l)
	b.must(err)
	return journal.Frame{Chain: chain, N: l.Seq, Bytes: encoded, Hash: leaf.Hash(encoded)}
}

func TestWhatNoSessionWroteIsKeptAndMeansNothing(t *testing.T) {
	b := newBench(t)
	good := b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), session...)
	var forged []journal.Frame
	add := func(alter func(*leaf.Leaf)) {
		forged = append(forged, b.forge(journal.NewChain(nil).ID(), alter))
	}
	for _, kind := range []string{people.KindGenesis, people.KindProfile, "people.enrolled", "people.revoked", "people.key-rotated", "policy.signed",
		audit.KindEpoch, audit.KindRolledBack, kindChangeIntent, "change.proposed", kindReviewed, kindAccount, kindImported, kindDrift, kindPaper,
		KindStrange, "emergency.unheard-of", "drill.reviewed", "x"} {
		add(func(l *leaf.Leaf) { l.Kind = kind })
		add(func(l *leaf.Leaf) { l.Kind, l.Stmt = kind, b.opening(b.robin, b.head()) })
	}
	add(func(l *leaf.Leaf) { l.Body.Set(frameChain, good[0].Chain) })
	add(func(l *leaf.Leaf) { l.Body.Set(frameStmt, "x") })
	add(func(l *leaf.Leaf) { l.Body.Set("frame.other", "x") })
	add(func(l *leaf.Leaf) { l.Epoch = 1 })
	add(func(l *leaf.Leaf) { l.Prev[0] = 1 }) // the first of a chain that follows something
	add(func(l *leaf.Leaf) {
		for i := range leaf.MaxFields - 1 {
			l.Body.SetInt("f"+strings.Repeat("x", i%60)+"."+string(rune('a'+i%26))+string(rune('a'+i/26)), 1)
		}
	})
	contradicting := b.forge(good[0].Chain, func(l *leaf.Leaf) { l.Seq = 3 })
	forged = append(forged, contradicting)
	b.importer.Keep(forged[:10]...)
	b.importer.Keep(good[:4]...)
	b.importer.Keep(forged[10:]...)
	b.take(good[4:]...)
	size := b.log.Head().Size
	for range 2 {
		b.take(append(slices.Clone(forged), good...)...)
		b.restart() // the roster is read anew: none of it may count there
	}
	if grown := len(b.records(audit.KindEpoch)) - 1; b.log.Head().Size != size+int64(grown) {
		t.Errorf("%d records became %d", size, b.log.Head().Size)
	}
	b.mustHave(good)
	b.verified(len(good))
	if kept := b.records(KindStrange); len(kept) != len(forged) {
		t.Errorf("%d of %d were kept", len(kept), len(forged))
	}
	t.Logf("%d forged frames", len(forged))
}

func TestTheLargestFrameGoesIn(t *testing.T) {
	b := newBench(t)
	large := b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) { l.Body.Set("text", strings.Repeat(`"`, journal.MaxFrame/2-300)) })
	if len(large.Bytes) < journal.MaxFrame-1000 || len(large.Bytes) > journal.MaxFrame {
		t.Fatal(len(large.Bytes))
	}
	b.take(large)
	b.mustHave([]journal.Frame{large})
	b.verified(1)
}

func TestTwoFramesWithOnePlaceAreBothKeptAndTheSignedOneCounts(t *testing.T) {
	b := newBench(t)
	good := b.frames(b.log.Vouch, b.robin.Actor(), "", session...)
	l, err := good[3].Leaf()
	b.must(err)
	fork := b.forge(good[0].Chain, func(f *leaf.Leaf) { *f = l; f.Body.Set("steps", "other") })
	b.take(inOrder(append([]journal.Frame{fork}, good...))...)
	b.mustHave(good)
	b.verified(len(good))
	if kept := b.records(KindStrange); len(kept) != 1 {
		t.Errorf("%d were kept", len(kept))
	}
}

func TestGapsAreToldAndHideNoAlteredFrame(t *testing.T) {
	b := newBench(t)
	frames := b.frames(b.log.Vouch, robin, "", session...)
	b.take(slices.Concat(frames[:2], frames[3:4], frames[6:])...)
	chain := frames[0].Chain
	b.verified(5, Gap{chain, 2, 2}, Gap{chain, 4, 5})
	headless := b.frames(nil, robin, "", session...)
	b.take(headless[2:]...)
	b.verified(5+6, Gap{chain, 2, 2}, Gap{chain, 4, 5}, Gap{headless[0].Chain, 0, 1})
}

// copied makes a log of the same records in another database, altered on the way; its own chain and tree are right.
func (b *bench) copied(alter func([]audit.Draft) []audit.Draft) *audit.Log {
	b.t.Helper()
	var drafts []audit.Draft
	b.must(b.log.Each(b.t.Context(), 0, func(r audit.Record) error {
		if _, ok := r.Body.Text(frameChain); ok {
			drafts = append(drafts, audit.Draft{Kind: r.Kind, Actor: r.Actor, Body: r.Body, Stmt: r.Stmt})
		}
		return nil
	}))
	db, err := store.Open(b.t.Context(), b.t.TempDir(), origin)
	b.must(err)
	b.t.Cleanup(func() { _ = db.Close() })
	log, err := audit.Open(b.t.Context(), db, b.clock)
	b.must(err)
	_, err = log.Append(b.t.Context(), alter(drafts)...)
	b.must(err)
	return log
}

func TestEveryAlterationOfFramesInTheLogIsFound(t *testing.T) {
	b := newBench(t)
	b.take(b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), session...)...)
	body := func(key, text string) func([]audit.Draft) []audit.Draft {
		return func(d []audit.Draft) []audit.Draft { d[4].Body.Set(key, text); return d }
	}
	for what, alter := range map[string]func([]audit.Draft) []audit.Draft{
		"another kind":      func(d []audit.Draft) []audit.Draft { d[4].Kind = kindStopped; return d },
		"another actor":     func(d []audit.Draft) []audit.Draft { d[4].Actor.ID = "kim"; return d },
		"another role":      func(d []audit.Draft) []audit.Draft { d[0].Actor.Role = "nursing"; return d },
		"a field more":      body("steps", "x"),
		"another number":    func(d []audit.Draft) []audit.Draft { d[4].Body.SetInt("action", 9); return d },
		"another session":   body("session", "other"),
		"another time":      body(frameAt, "2026-11-25T09:00:00.000+00:00"),
		"no time":           body(frameAt, ""),
		"another boot":      body(frameBoot, "boot-2"),
		"a stepped clock":   body(frameClock, "stepped"),
		"no state":          body(frameClock, "fine"),
		"another uptime":    func(d []audit.Draft) []audit.Draft { d[4].Body.SetInt(frameBootMS, 1); return d },
		"another hash":      body(frameHash, strings.Repeat("ab", 32)),
		"no hash":           body(frameHash, ""),
		"another link":      body(framePrev, strings.Repeat("ab", 32)),
		"no statement":      func(d []audit.Draft) []audit.Draft { d[0].Stmt = ""; return d },
		"another statement": func(d []audit.Draft) []audit.Draft { d[0].Stmt += "x"; return d },
		"reordered":         func(d []audit.Draft) []audit.Draft { d[3], d[4] = d[4], d[3]; return d },
		"doubled":           func(d []audit.Draft) []audit.Draft { return append(d, d[4]) },
		"doubled at once":   func(d []audit.Draft) []audit.Draft { return slices.Insert(d, 4, d[4]) },
		"all doubled":       func(d []audit.Draft) []audit.Draft { return append(d, d...) },
		"altered and hashed anew": func(d []audit.Draft) []audit.Draft {
			d[4].Body.Set("steps", "x")
			f, _, _, _ := frameOf(leaf.Leaf{Kind: d[4].Kind, Actor: d[4].Actor, Body: d[4].Body, Stmt: d[4].Stmt})
			d[4].Body.Set(frameHash, hex.EncodeToString(f.Hash[:]))
			return d
		},
		"altered behind a gap": func(d []audit.Draft) []audit.Draft {
			d[4].Body.Set("steps", "x")
			return slices.Delete(d, 3, 4)
		},
	} {
		if n, gaps, err := CheckFrames(t.Context(), b.copied(alter)); !fault.Is(err, fault.LogBroken) {
			t.Errorf("%s: %d frames, %v, %v", what, n, gaps, err)
		}
	}
	chain := b.records(KindOpened)[0]
	name, _ := chain.Body.Text(frameChain)
	for at := range len(session) {
		n, gaps, err := CheckFrames(t.Context(), b.copied(func(d []audit.Draft) []audit.Draft { return slices.Delete(d, at, at+1) }))
		want := []Gap{{name, int64(at), int64(at)}}
		if at == len(session)-1 {
			want = nil // the end of a chain can be missing without a trace in it: the log's own roots tell
		}
		if err != nil || n != len(session)-1 || !slices.Equal(gaps, want) {
			t.Errorf("frame %d missing: %d frames, %v, %v", at, n, gaps, err)
		}
	}
	if n, gaps, err := CheckFrames(t.Context(), b.copied(func(d []audit.Draft) []audit.Draft { return d })); err != nil || n != len(session) || gaps != nil {
		t.Errorf("as it was: %d frames, %v, %v", n, gaps, err)
	}
}

func TestWhatWasNotedWhileTheLogTookNothingIsALinkOfTheChain(t *testing.T) {
	b := newBench(t)
	frames := b.frames(b.log.Vouch, robin, "", "device.identified", KindOpened, KindIntent, kindOutcome, "device.read", kindClosed, "device.released", "console.network")
	b.take(frames...)
	b.mustHave(frames)
	b.verified(len(frames))
}
