package breakglass

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/people"
)

// left is a journal that a process left in a folder with these frames.
func left(t *testing.T, folder string, frames ...journal.Frame) (path string) {
	t.Helper()
	f, err := journal.Claim(folder, "boot-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range frames {
		if err := f.Put(frame); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Path()
}

func (b *bench) scan(own string, folders ...string) []Cut {
	b.t.Helper()
	cut, err := b.importer.Scan(own, b.clock.Now(), folders...)
	b.must(err)
	return cut
}

func (b *bench) settle(waiting int) {
	b.t.Helper()
	if n, err := b.importer.Settle(b.t.Context()); err != nil || n != waiting {
		b.t.Errorf("%d journals wait, want %d: %v", n, waiting, err)
	}
}

// signs makes a person sign something of no account over the log as it is.
func (b *bench) signs(who *people.Signer) {
	b.t.Helper()
	_, err := b.log.Append(b.t.Context(), audit.Draft{Kind: "test.signed", Actor: who.Actor(), Stmt: b.opening(who, b.head())})
	b.must(err)
}

func TestFramesInAJournalAndItsMirrorAreTakenInOnce(t *testing.T) {
	b := newBench(t)
	journals, mirror := t.TempDir(), t.TempDir()
	first := b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), session...)
	second := b.frames(b.log.Vouch, b.kim.Actor(), b.opening(b.kim, b.head()), session...)
	b.take(first[:3]...) // directly before
	left(t, mirror, second...)
	left(t, journals, second[:5]...)
	left(t, mirror, first...)
	left(t, journals, first...)
	if cut := b.scan("own", journals, mirror); len(cut) != 0 {
		t.Errorf("%+v", cut)
	}
	b.take()
	b.mustHave(first, second)
	b.verified(len(first) + len(second))
	b.settle(4)
	said := len(b.records(kindImported)) // the shorter file may come first: then the longer one is said, too
	if said < 2 || said > 3 {
		t.Errorf("said %d times", said)
	}
	for range 2 { // and again after each start
		b.restart()
		b.scan("own", journals, mirror)
		b.take()
		b.settle(4)
	}
	if again := len(b.records(kindImported)); again != said {
		t.Errorf("said %d times, after two starts %d times", said, again)
	}
	b.verified(len(first) + len(second))
}

func TestAJournalIsEmptiedOnlyWhenAnotherPersonsSignatureCoversIt(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	kims := b.opening(b.kim, b.head()) // signed before any of it was in the log
	frames := b.frames(b.log.Vouch, b.robin.Actor(), b.opening(b.robin, b.head()), session...)
	path := left(t, folder, frames...)
	b.scan("own", folder)
	if n, err := b.importer.Settle(t.Context()); !fault.Is(err, fault.LogBusy) || n != 0 {
		t.Errorf("before it was taken in: %d, %v", n, err)
	}
	b.take()
	mustStillHave := func(what string) {
		t.Helper()
		b.settle(1)
		if c, err := journal.Read(path); err != nil || len(c.Frames) != len(frames) {
			t.Errorf("%s: %d frames are left: %v", what, len(c.Frames), err)
		}
	}
	mustStillHave("nobody signed")
	b.signs(b.robin)
	mustStillHave("the one who acted signed")
	b.take(b.frames(b.log.Vouch, b.kim.Actor(), kims, session...)...)
	mustStillHave("another signed, but over the log as it was before")
	b.restart()
	b.scan("own", folder)
	b.take()
	mustStillHave("after a start")
	b.signs(b.kim)
	b.settle(0)
	if c, err := journal.Read(path); err != nil || len(c.Frames) != 0 || c.Damaged != 0 {
		t.Errorf("%d frames are left: %v", len(c.Frames), err)
	}
	b.settle(0)
	b.verified(2 * len(frames))
}

func TestAJournalOfALivingProcessIsLeftAlone(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	f, err := journal.Claim(folder, "boot-1")
	b.must(err)
	defer f.Close()
	frames := b.frames(nil, robin, "", KindOpened, KindIntent)
	b.must(f.Put(frames[0]))
	if cut := b.scan("own", folder); len(cut) != 0 || b.importer.Pending() != 0 {
		t.Errorf("%+v, %d frames", cut, b.importer.Pending())
	}
	b.settle(0)
}

func TestAJournalThatALivingProcessGaveUpIsNotTakenForACrash(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	frames := b.frames(nil, robin, "", KindOpened, KindIntent)
	left(t, folder, frames[0])
	f, err := journal.Claim(folder, "boot-1")
	b.must(err)
	b.must(f.Put(frames[1])) // it goes on in another file
	if cut := b.scan("own", folder); len(cut) != 0 || b.importer.Pending() != 0 {
		t.Errorf("%+v, %d frames", cut, b.importer.Pending())
	}
	b.must(f.Close())
	if cut := b.scan("own", folder); len(cut) != 1 || cut[0].Actions != 1 || b.importer.Pending() != 2 {
		t.Errorf("%+v, %d frames", cut, b.importer.Pending())
	}
}

// A journal that failed or filled up is let go by its own process, which goes on in another.
func TestAJournalThatThisProcessGaveUpIsNotTakenForAnothers(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	frames := b.frames(nil, robin, "", KindOpened, KindIntent)
	path := left(t, folder, frames...)
	if cut := b.scan(frames[0].Chain, folder); len(cut) != 0 || b.importer.Pending() != 0 {
		t.Errorf("%+v, %d frames", cut, b.importer.Pending())
	}
	b.take(frames...)
	b.settle(0)
	if c, err := journal.Read(path); err != nil || len(c.Frames) != 2 {
		t.Errorf("%d frames, %v", len(c.Frames), err)
	}
}

func TestWhatCannotBeReadIsToldAndTheRestIsRead(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	frames := b.frames(nil, robin, "", session...)
	left(t, folder, frames...)
	b.must(os.Mkdir(filepath.Join(folder, "a.jnl"), 0o700))
	_, err := b.importer.Scan("own", b.clock.Now(), filepath.Join(folder, "none"), folder)
	if !fault.Is(err, fault.LogDenied) && fault.KindOf(err) == "" {
		t.Errorf("%v", err)
	}
	b.take()
	b.mustHave(frames)
}

func TestATornEndAndAGapAreSaidWhereAJournalWasTakenIn(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	frames := b.frames(b.log.Vouch, robin, "", slices.Concat(session, session)...)
	path := left(t, folder, slices.Concat(frames[:3], frames[4:6], frames[9:])...)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	b.must(err)
	_, err = file.WriteAt([]byte("CSFRAME1 and then the power went"), journal.Size-journal.Slot)
	b.must(err)
	b.must(file.Close())
	b.scan("own", folder)
	b.take()
	b.settle(1)
	chain := frames[0].Chain
	b.verified(12, Gap{chain, 3, 3}, Gap{chain, 6, 8})
	said := b.records(kindImported)
	if len(said) != 1 {
		t.Fatal(len(said))
	}
	body := said[0].Body
	missing, _ := body.Text("missing")
	damaged, _ := body.Int("damaged")
	records, _ := body.Int("records")
	lastOne, _ := body.Int("last")
	pid, _ := body.Int("process")
	if missing != "3, 6-8" || damaged != 1 || records != 12 || lastOne != 15 || pid != int64(os.Getpid()) {
		t.Errorf("missing %q, %d damaged, %d records up to %d of process %d", missing, damaged, records, lastOne, pid)
	}
}

func TestStrangeFramesDoNotKeepAJournalForEver(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	strange := b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) { l.Kind = "people.enrolled" })
	path := left(t, folder, strange)
	b.scan("own", folder)
	b.take()
	b.settle(1)
	b.signs(b.kim)
	b.settle(0)
	if c, err := journal.Read(path); err != nil || len(c.Frames) != 0 {
		t.Errorf("%d frames, %v", len(c.Frames), err)
	}
	if kept := b.records(KindStrange); len(kept) != 1 {
		t.Errorf("%d were kept", len(kept))
	}
}

func all(frames ...journal.Frame) map[[32]byte]bool {
	trusted := map[[32]byte]bool{}
	for _, f := range frames {
		trusted[f.Hash] = true
	}
	return trusted
}

// Whoever can write on the mirror's stick must not be able to hand themselves a session, or a longer one.
func TestASessionThatOnlyAMirrorHasCannotBeGoneOnWith(t *testing.T) {
	b := newBench(t)
	journals, mirror := t.TempDir(), t.TempDir()
	made := b.frames(nil, b.robin.Actor(), "", KindOpened, KindIntent, kindExtended)
	ended := b.frames(nil, b.robin.Actor(), "", KindOpened, kindClosed)
	left(t, journals, slices.Concat(made[:1], ended[:1])...)
	left(t, mirror, slices.Concat(made, ended)...)
	left(t, mirror, b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) {
		l.Actor = b.robin.Actor()
		l.Body.Set("tier", string(T1))
		l.Body.SetInt("valid-for", 900)
	}))
	b.clock.Advance(time.Minute)
	cut := b.scan("own", journals, mirror)
	if len(cut) != 1 || cut[0].ID != "session of "+made[0].Chain || cut[0].Left > TTL-time.Minute || !cut[0].Unknown {
		t.Errorf("%+v", cut)
	}
	b.take()
	if opened := b.records(KindOpened); len(opened) != 3 {
		t.Errorf("%d openings are in the log", len(opened))
	}
}

func TestASessionThatWasCutIsFoundWithWhatIsLeftOfItsTime(t *testing.T) {
	minute := time.Minute
	for what, c := range map[string]struct {
		kinds []string // a second of time passes behind each
		pass  func(*clock.Fake)
		cut   bool
		want  Cut
	}{
		"open":               {[]string{KindOpened}, nil, true, Cut{Left: TTL - time.Second}},
		"closed":             {[]string{KindOpened, KindIntent, kindOutcome, kindClosed}, nil, false, Cut{}},
		"within a write":     {[]string{KindOpened, KindIntent, kindOutcome, KindIntent}, nil, true, Cut{Left: TTL - 4*time.Second, Actions: 2, Unknown: true}},
		"after a write":      {[]string{KindOpened, KindIntent, kindOutcome}, nil, true, Cut{Left: TTL - 3*time.Second, Actions: 1}},
		"extended":           {[]string{KindOpened, KindIntent, kindOutcome, kindExtended}, nil, true, Cut{Left: TTL - time.Second, Actions: 1}},
		"asleep 10 min":      {[]string{KindOpened}, func(f *clock.Fake) { f.Advance(10 * minute) }, true, Cut{Left: 5*minute - time.Second}},
		"asleep an hour":     {[]string{KindOpened}, func(f *clock.Fake) { f.Advance(60 * minute) }, true, Cut{}},
		"the clock set back": {[]string{KindOpened}, func(f *clock.Fake) { f.Step(-60 * minute) }, true, Cut{Left: TTL - time.Second}},
		"a restart":          {[]string{KindOpened}, func(f *clock.Fake) { f.Reboot(minute) }, true, Cut{}},
		"a restart, long up": {[]string{KindOpened}, func(f *clock.Fake) { f.Reboot(minute); f.Advance(61 * minute) }, true, Cut{}},
		"told before":        {[]string{KindOpened, kindInterrupted}, nil, true, Cut{Left: TTL - 2*time.Second, Told: true}},
		"gone on with":       {[]string{KindOpened, kindInterrupted, kindContinued, KindIntent}, nil, true, Cut{Left: TTL - 2*time.Second, Actions: 1, Unknown: true}},
		"gone on, closed":    {[]string{KindOpened, kindInterrupted, kindContinued, kindClosed}, nil, false, Cut{}},
		"no opening":         {[]string{KindIntent, kindOutcome}, nil, false, Cut{}},
	} {
		b := &bench{t: t, clock: clock.NewFake(nine)}
		frames := b.frames(nil, robin, "", c.kinds...)
		if c.pass != nil {
			c.pass(b.clock)
		}
		found := cuts(frames, all(frames...), b.clock.Now())
		if len(found) == 0 || !c.cut {
			if c.cut || len(found) > 0 {
				t.Errorf("%s: %+v", what, found)
			}
			continue
		}
		if got := found[0]; got.Left != c.want.Left || got.Actions != c.want.Actions || got.Unknown != c.want.Unknown || got.Told != c.want.Told {
			t.Errorf("%s: left %s, %d actions, unknown %t, told %t", what, got.Left, got.Actions, got.Unknown, got.Told)
		}
	}
}

// A validity that somebody wrote on a stick does not make a session longer than it can be.
func TestNoJournalMakesASessionLongerThanItCanBe(t *testing.T) {
	b := &bench{t: t, clock: clock.NewFake(nine)}
	for _, seconds := range []int64{1 << 40, 1 << 62, -1, -1 << 62, 100_000} {
		f := b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) { l.Body.SetInt("valid-for", seconds) })
		if got := cuts([]journal.Frame{f}, all(f), b.clock.Now()); len(got) != 1 || got[0].Left < 0 || got[0].Left > TTL {
			t.Errorf("%d seconds: %+v", seconds, got)
		}
	}
	f := b.forge(journal.NewChain(nil).ID(), func(l *leaf.Leaf) { l.Body.SetInt("valid-for", 900); l.At.BootMS += 3_600_000 })
	if got := cuts([]journal.Frame{f}, all(f), b.clock.Now()); len(got) != 1 || got[0].Left != 0 {
		t.Errorf("from the future: %+v", got)
	}
}

func TestAnAttemptThatWasStoppedHidesNoWriteThatWasOnItsWay(t *testing.T) {
	b := newBench(t)
	for want, kinds := range map[bool][]string{true: {KindOpened, KindIntent, kindStopped}, false: {KindOpened, kindStopped, KindIntent, kindOutcome, kindStopped}} {
		frames := b.frames(nil, robin, "", kinds...)
		trusted := map[[32]byte]bool{}
		for _, f := range frames {
			trusted[f.Hash] = true
		}
		if got := cuts(frames, trusted, b.clock.Now()); len(got) != 1 || got[0].Unknown != want {
			t.Errorf("%v: %+v", kinds, got)
		}
	}
}
