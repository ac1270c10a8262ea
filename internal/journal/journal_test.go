package journal

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
)

func newChain(sign Sign) func(tb testing.TB, size int) Frame {
	chain := NewChain(sign)
	now := clock.NewFake(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
	return func(tb testing.TB, size int) Frame {
		tb.Helper()
		var body leaf.Body
		body.Set("text", strings.Repeat("x", size))
		f, err := chain.Next("emergency.intent", now.Now(), leaf.Actor{ID: "p", Name: "Robin"}, body, "")
		if err != nil {
			tb.Fatal(err)
		}
		return f
	}
}

func signs(hash [32]byte) (int64, []byte) {
	return 3, ed25519.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), hash[:])
}

func claim(t testing.TB, folder string) *File {
	t.Helper()
	f, err := Claim(folder, "boot-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func put(t testing.TB, f *File, frames ...Frame) {
	t.Helper()
	for _, frame := range frames {
		if err := f.Put(frame); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t testing.TB, path string) Content {
	t.Helper()
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustBe(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%v, want %s", err, kind)
	}
}

func mustHold(t testing.TB, c Content, want ...Frame) {
	t.Helper()
	if len(c.Frames) != len(want) {
		t.Fatalf("%d frames, want %d", len(c.Frames), len(want))
	}
	for i, f := range c.Frames {
		if w := want[i]; !f.Same(w) || f.Hash != w.Hash || !bytes.Equal(f.Bytes, w.Bytes) || f.Epoch != w.Epoch || !bytes.Equal(f.Sig, w.Sig) {
			t.Errorf("frame %d is %+v, want %+v", i, f, w)
		}
	}
}

// sizes of texts, among them those around a slot's end.
func sizes() (all []int) {
	for n := 0; n < 2*Slot; n += 37 {
		all = append(all, n)
	}
	return append(all, 9000, 100_000, 250<<10)
}

func TestWhatWasPutIsReadBackByAnybody(t *testing.T) {
	f, next := claim(t, t.TempDir()), newChain(signs)
	var want []Frame
	for _, size := range sizes() {
		want = append(want, next(t, size))
	}
	put(t, f, want...)
	c := read(t, f.Path()) // while it is held
	mustHold(t, c, want...)
	if c.Boot != "boot-1" || c.PID != os.Getpid() || c.Damaged != 0 {
		t.Errorf("boot %q, process %d, %d damaged", c.Boot, c.PID, c.Damaged)
	}
	for i := 1; i < len(want); i++ {
		if l, err := want[i].Leaf(); err != nil || l.Prev != want[i-1].Hash || l.Seq != int64(i) {
			t.Errorf("frame %d: %v", i, err)
		}
	}
}

func TestAChainGivesNoNumberToWhatCannotBeRecorded(t *testing.T) {
	chain := NewChain(nil)
	var bad leaf.Body
	bad.Set("text", "\xff")
	if _, err := chain.Next("emergency.intent", clock.NewFake(time.Unix(0, 0)).Now(), leaf.Actor{}, bad, ""); err == nil {
		t.Error("it was made")
	}
	f, err := chain.Next("emergency.intent", clock.NewFake(time.Unix(0, 0)).Now(), leaf.Actor{}, leaf.Body{}, "")
	if err != nil || f.N != 0 || f.Sig != nil || f.Chain != chain.ID() {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestAFrameThatCannotBeIsNotWrittenAndDoesNoHarm(t *testing.T) {
	f, next := claim(t, t.TempDir()), newChain(nil)
	good := next(t, 10)
	for what, alter := range map[string]func(*Frame){
		"no chain":         func(f *Frame) { f.Chain = "abc" },
		"no bytes":         func(f *Frame) { f.Bytes = nil },
		"too many bytes":   func(f *Frame) { f.Bytes = make([]byte, MaxFrame+1) },
		"below nought":     func(f *Frame) { f.N = -1 },
		"an epoch below":   func(f *Frame) { f.Epoch = -1 },
		"half a signature": func(f *Frame) { f.Sig = make([]byte, 32) },
	} {
		bad := good
		alter(&bad)
		if err := f.Put(bad); !fault.Is(err, fault.Internal) || f.Check() != nil {
			t.Errorf("%s: %v, then %v", what, err, f.Check())
		}
	}
	put(t, f, good)
	mustHold(t, read(t, f.Path()), good)
}

func TestAFullJournalTakesNoMoreAndKeepsWhatItHas(t *testing.T) {
	f, next := claim(t, t.TempDir()), newChain(nil)
	var want []Frame
	for {
		frame := next(t, 200<<10)
		err := f.Put(frame)
		if err != nil {
			mustBe(t, err, fault.LogFull)
			break
		}
		want = append(want, frame)
	}
	small := next(t, 10) // there is still room for it
	put(t, f, small)
	mustHold(t, read(t, f.Path()), append(want, small)...)
	if f.Used() < 90 || f.Used() > 100 {
		t.Errorf("%d percent used", f.Used())
	}
}

// broken is a disk that fails from one of its calls on, having written a part.
type broken struct {
	*os.File
	writes, syncs int // how many succeed
	part          int // bytes that reach the disk of the write that fails
}

func (b *broken) WriteAt(p []byte, at int64) (int, error) {
	if b.writes--; b.writes < 0 {
		n, _ := b.File.WriteAt(p[:min(b.part, len(p))], at)
		return n, syscall.EIO
	}
	return b.File.WriteAt(p, at)
}

func (b *broken) sync() error {
	if b.syncs--; b.syncs < 0 {
		return syscall.EIO
	}
	return nil
}

func TestAnErrorOfTheDiskEndsTheJournalAndNothingAcknowledgedIsLost(t *testing.T) {
	const puts = 200
	tried := 0
	for _, failing := range []string{"write", "sync"} {
		for n := 0; n < puts; n += 17 {
			f, next := claim(t, t.TempDir()), newChain(nil)
			b := &broken{File: f.disk.(*os.File), writes: puts, syncs: puts, part: n * 13 % 700}
			f.disk, f.sync = b, b.sync
			if failing == "write" {
				b.writes = n
			} else {
				b.syncs = n
			}
			var acknowledged []Frame
			for range puts {
				if frame := next(t, 600); f.Put(frame) == nil {
					acknowledged = append(acknowledged, frame)
				}
			}
			if len(acknowledged) != n {
				t.Fatalf("%s %d: %d were acknowledged", failing, n, len(acknowledged))
			}
			mustBe(t, f.Check(), fault.LogDenied)
			b.writes, b.syncs = puts, puts // the disk is well again, and is not believed
			mustBe(t, f.Put(next(t, 1)), fault.LogDenied)
			c := read(t, f.Path())
			if failing == "sync" && len(c.Frames) > n { // it may have reached the disk, and nobody said so
				c.Frames = c.Frames[:n]
			}
			mustHold(t, c, acknowledged...)
			tried++
			_ = f.Close()
		}
	}
	t.Logf("%d disks failed, each in a run of %d puts", tried, puts)
}

func TestAClosedJournalTakesNothing(t *testing.T) {
	f, next := claim(t, t.TempDir()), newChain(nil)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	mustBe(t, f.Put(next(t, 1)), fault.LogDenied)
	if Held(f.Path()) {
		t.Error("it is still held")
	}
}

func TestPutsFromManySidesAreAllThereAndWhole(t *testing.T) {
	f := claim(t, t.TempDir())
	var all sync.WaitGroup
	var mu sync.Mutex
	chains := map[string]int{}
	for range 8 {
		all.Go(func() {
			next := newChain(signs)
			for range 20 {
				frame := next(t, 300)
				if err := f.Put(frame); err != nil {
					t.Error(err)
				}
				mu.Lock()
				chains[frame.Chain]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	c := read(t, f.Path())
	for _, frame := range c.Frames {
		chains[frame.Chain]--
	}
	for chain, missing := range chains {
		if missing != 0 || c.Damaged != 0 {
			t.Errorf("%d of chain %s missing, %d damaged", missing, chain, c.Damaged)
		}
	}
}

func TestTheMemoryOfAPutDoesNotGrowWithTheJournal(t *testing.T) {
	f, next := claim(t, t.TempDir()), newChain(nil)
	frames := make([]Frame, 2000)
	for i := range frames {
		frames[i] = next(t, 100)
	}
	b := &broken{File: f.disk.(*os.File), writes: 1 << 30, syncs: 1 << 30}
	f.disk, f.sync = b, b.sync
	var before, after runtime.MemStats
	used := func(some []Frame) uint64 {
		runtime.ReadMemStats(&before)
		put(t, f, some...)
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / uint64(len(some))
	}
	early, late := used(frames[:100]), used(frames[1900:])
	put(t, f, frames[100:1900]...)
	if early > 4*Slot || late > 4*Slot {
		t.Errorf("%d bytes a put when empty, %d when nearly full", early, late)
	}
	t.Logf("%d bytes a put, %d when more is in it", early, late)
}

func TestATornFrameAtTheEndIsCountedAndTheOthersAreThere(t *testing.T) {
	f, next := claim(t, t.TempDir()), newChain(nil)
	want := []Frame{next(t, 10), next(t, 600)}
	put(t, f, want...)
	last := next(t, 2000) // five slots
	encoded, err := last.encode()
	if err != nil {
		t.Fatal(err)
	}
	from := f.next
	for kept := range 1<<(len(encoded)/Slot) - 1 { // every set of its sectors but all of them
		b := make([]byte, len(encoded))
		damaged := 0
		for s := range len(encoded) / Slot {
			if kept&(1<<s) != 0 {
				copy(b[s*Slot:], encoded[s*Slot:(s+1)*Slot])
				damaged++
			}
		}
		if _, err := f.disk.WriteAt(b, int64(from*Slot)); err != nil {
			t.Fatal(err)
		}
		c := read(t, f.Path())
		mustHold(t, c, want...)
		if c.Damaged != damaged {
			t.Fatalf("sectors %b: %d damaged", kept, c.Damaged)
		}
	}
}

func TestDamageInTheFirstSlotHidesNoFrame(t *testing.T) {
	folder := t.TempDir()
	f, next := claim(t, folder), newChain(nil)
	want := []Frame{next(t, 10), next(t, 600)}
	put(t, f, want...)
	_ = f.Close()
	for what, damage := range map[string][]byte{"nothing left": make([]byte, Slot), "noise": bytes.Repeat([]byte{7}, Slot), "one byte": {'c'}} {
		file, err := os.OpenFile(f.Path(), os.O_RDWR, 0)
		if err == nil {
			_, err = file.WriteAt(damage, 0)
		}
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		c := read(t, f.Path())
		mustHold(t, c, want...)
		if other := claim(t, folder); other.Path() == f.Path() {
			t.Errorf("%s: it was claimed with its frames", what)
		}
	}
}

func TestWhatIsNoFileIsNotOpened(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links take a right of their own there")
	}
	folder := t.TempDir()
	f := claim(t, t.TempDir())
	put(t, f, newChain(nil)(t, 10))
	link, pipe, dir := filepath.Join(folder, "link"+ending), filepath.Join(folder, "pipe"+ending), filepath.Join(folder, "dir"+ending)
	locked := filepath.Join(folder, "locked"+ending)
	elsewhere := filepath.Join(t.TempDir(), "made")
	for _, err := range []error{
		os.Symlink(f.Path(), link), makePipe(pipe), os.Mkdir(dir, 0o700),
		os.WriteFile(locked, make([]byte, Size), 0o600), makePipe(locked + lockEnding), os.Symlink(elsewhere, link+lockEnding),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{link, pipe, dir} {
		_, err := Read(path)
		mustBe(t, err, fault.LogDenied)
		if Recycle(path) == nil {
			t.Errorf("%s was emptied", path)
		}
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
	if Held(locked) || Recycle(locked) == nil { // a pipe in the lock's place must not be waited for
		t.Error("a lock that is no file was taken for one")
	}
	mine := claim(t, folder)
	for _, path := range []string{link, pipe, dir, locked} {
		if mine.Path() == path {
			t.Errorf("%s was claimed", path)
		}
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a lock was made behind a link")
	}
	mustHold(t, read(t, f.Path()), read(t, f.Path()).Frames...)
	_, err := Read(filepath.Join(folder, "none"+ending))
	mustBe(t, err, fault.NotFound)
}

func TestAFolderWhoseNameIsAPatternHoldsItsOwnJournals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("such names cannot be there")
	}
	base := t.TempDir()
	other := claim(t, filepath.Join(base, "ab"))
	mine := claim(t, filepath.Join(base, "[ab]*"))
	if got := Paths(filepath.Join(base, "[ab]*")); len(got) != 1 || got[0] != mine.Path() || other.Path() == mine.Path() {
		t.Errorf("%q", got)
	}
	if got := Paths(filepath.Join(base, "none")); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestRecycleKeepsTwoSparesAndTouchesNoHeldJournal(t *testing.T) {
	folder, next := t.TempDir(), newChain(nil)
	held := claim(t, folder)
	put(t, held, next(t, 10))
	mustBe(t, Recycle(held.Path()), fault.LogBusy)
	if len(read(t, held.Path()).Frames) != 1 || !Held(held.Path()) {
		t.Error("a held journal was touched")
	}
	var used []*File
	for range 5 {
		used = append(used, claim(t, folder))
	}
	for i, f := range used {
		put(t, f, next(t, 1000))
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := Recycle(f.Path()); err != nil {
			t.Fatal(err)
		}
		if got, want := len(Paths(folder)), 1+min(i+1, 2)+len(used)-i-1; got != want {
			t.Errorf("%d journals, want %d", got, want)
		}
	}
	names := map[string]bool{}
	for range 2 {
		f := claim(t, folder)
		names[f.Path()] = true
		if c := read(t, f.Path()); len(c.Frames) != 0 || c.Damaged != 0 {
			t.Errorf("a spare holds %d frames, %d damaged", len(c.Frames), c.Damaged)
		}
	}
	if !names[used[0].Path()] || !names[used[1].Path()] {
		t.Errorf("the spares were not claimed: %v", names)
	}
	left, _ := filepath.Glob(filepath.Join(folder, "*"))
	if len(left) != 2*3 {
		t.Errorf("left: %v", left)
	}
}

func TestAJournalWithATornFrameIsMadeCleanBeforeItIsUsedAgain(t *testing.T) {
	folder := t.TempDir()
	f := claim(t, folder)
	if _, err := f.disk.WriteAt(bytes.Repeat([]byte("CSFRAME1"), 64*5), 3*Slot); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	again := claim(t, folder)
	if c := read(t, again.Path()); again.Path() != f.Path() || c.Damaged != 0 {
		t.Errorf("%s after %s, %d damaged", again.Path(), f.Path(), c.Damaged)
	}
}

func TestAStrangersFileIsNotClaimed(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a"+ending)
	content := bytes.Repeat([]byte("film "), Size/5+1)[:Size]
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"b": make([]byte, Size-1), "c": make([]byte, Size+1), "d": nil} {
		if err := os.WriteFile(filepath.Join(folder, name+ending), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if f := claim(t, folder); len(filepath.Base(f.Path())) < 10 {
		t.Errorf("%s was claimed", f.Path())
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
		t.Errorf("it was changed: %v", err)
	}
	if c := read(t, path); len(c.Frames) != 0 || c.Damaged != Size/Slot {
		t.Errorf("%d frames, %d damaged", len(c.Frames), c.Damaged)
	}
}

func TestAFolderThatCannotBeMadeIsDenied(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Claim(filepath.Join(file, "below"), "b")
	mustBe(t, err, fault.LogDenied)
}

func TestALongBootNameIsCut(t *testing.T) {
	f, err := Claim(t.TempDir(), strings.Repeat("b", 500))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c := read(t, f.Path()); c.Boot != strings.Repeat("b", maxBoot) {
		t.Errorf("%q", fmt.Sprint(c.Boot))
	}
}
