package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"countersign/internal/breakglass"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/preflight"
)

// does runs a system program, or skips the test where the machine does not let it.
func does(t *testing.T, words ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%v cannot be done here: %v: %s", words, err, out)
	}
}

// mounted returns a folder on a small file system of its own.
func mounted(t *testing.T, kind string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := filepath.Join(t.TempDir(), "mounted")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if kind == "ext4" {
		image := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(image, make([]byte, 32<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		does(t, "mkfs.ext4", "-q", image)
		does(t, "mount", "-o", "loop", image, folder)
	} else {
		does(t, "mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}

// readOnly makes a mounted folder one that nobody can write to, or again one that the console can.
func readOnly(t *testing.T, folder string, so bool) {
	t.Helper()
	mode := map[bool]string{true: "ro", false: "rw"}[so]
	does(t, "mount", "-o", "remount,"+mode, folder)
}

// fillUp leaves no byte free on a file system.
func fillUp(t *testing.T, folder string) {
	t.Helper()
	file, err := os.Create(filepath.Join(folder, "somebody's film"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 64 << 10; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(bytes.Repeat([]byte("x"), size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

func TestMatrixOnAFullDiskTheJournalHasItAndTheBallastLetsTheLogTakeIt(t *testing.T) {
	for _, kind := range []string{"tmpfs", "ext4"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			disk := mounted(t, kind)
			data, mirror := filepath.Join(disk, "data"), filepath.Join(disk, "mirror")
			fill(t, data)
			b := starts(t, data, mirror).opens()
			r := b.room()
			b.until("everything is made in advance", func() bool {
				return b.journals.Check() == nil && b.engine.mirror.Check() == nil && preflight.Kept(data) == preflight.BallastSize
			})
			fillUp(t, disk)
			full := func() bool { // what the write-ahead log still had room for is used up
				return fault.Is(b.record.Load().note(context.Background(), "console.noted", "text", string(bytes.Repeat([]byte("x"), 4000))), fault.LogFull)
			}
			b.until("the log is full", full)
			b.must(b.record.Load().note(t.Context(), "console.noted"), fault.LogFull)

			s := b.arms(r.key, b.shows("", "", b.sealed[0]), to(high, 2))
			b.took(s, "journal", "mirror")
			b.writes(s, r.key, to(high, 2))
			b.is(r, high, "2")
			s.Seal(breakglass.Sealed)
			b.inJournal(b.emergencyFolder(), "emergency.outcome", 1)
			b.inJournal(b.mirror, "emergency.outcome", 1)
			if b.importer.Pending() == 0 {
				t.Error("the full log took it")
			}
			if err := preflight.Release(data); err != nil {
				t.Fatal(err)
			}
			b.settle()
			if e := b.registered(s); len(e.Actions) != 1 || e.How != breakglass.Sealed || e.Sinks == "" {
				t.Errorf("%+v", e)
			}
			next := b.again().opens() // on the disk that is nearly full
			next.settle()
		})
	}
}

func TestMatrixWithABadJournalTheLogAndTheMirrorHaveIt(t *testing.T) {
	for _, bad := range []string{"a file", "read-only"} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			data := site(t)
			folder := filepath.Join(data, "emergency")
			if bad == "a file" {
				if err := os.WriteFile(folder, []byte("not a folder"), 0o600); err != nil {
					t.Fatal(err)
				}
			} else {
				if err := os.Mkdir(folder, 0o700); err != nil {
					t.Fatal(err)
				}
				onTop(t, folder)
				readOnly(t, folder, true)
			}
			b := starts(t, data, t.TempDir()).opens()
			r := b.room()
			s := b.arms(r.key, b.shows("", "", b.sealed[0]), to(high, 2))
			b.took(s, "log", "mirror")
			b.writes(s, r.key, to(high, 2))
			b.is(r, high, "2")
			s.Seal(breakglass.Sealed)
			b.inJournal(b.mirror, "emergency.outcome", 1)
			report := b.rely()
			if report.Level == preflight.Ready {
				t.Errorf("the console calls itself %s", report.Level)
			}
			p := b.proposal(r.key, to(high, -6))
			if _, err := b.record.Load().desk.Propose(t.Context(), b.unlocks(kim), p); err != nil {
				t.Errorf("the normal path: %v", err)
			}
			b.settle()
			if bad == "a file" {
				if err := os.Remove(folder); err != nil {
					t.Fatal(err)
				}
			} else {
				readOnly(t, folder, false)
			}
			s = b.arms(r.key, b.shows("", "", b.sealed[1]), nil) // the journal is claimed anew by the next record
			b.took(s, "journal", "log", "mirror")
			s.Seal(breakglass.Sealed)
			b.settle()
		})
	}
}

// onTop mounts an empty file system over a folder.
func onTop(t *testing.T, folder string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system")
	}
	does(t, "mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder)
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

func TestMatrixWithJournalAndDatabaseBadTheMirrorHasIt(t *testing.T) {
	t.Parallel()
	data := site(t)
	spoil(t, data, "countersign.db")
	folder := filepath.Join(data, "emergency")
	if err := os.WriteFile(folder, []byte("not a folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := starts(t, data, t.TempDir())
	b.must(b.open(t.Context()), fault.LogBroken)
	r := b.room()
	s := b.arms(r.key, b.shows("", "", b.sealed[0]), to(high, 2))
	b.took(s, "mirror")
	if s.Receipt().Lost {
		t.Error("the receipt says that it is lost")
	}
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal(breakglass.Sealed)
	for _, kind := range []string{"emergency.opened", "emergency.intent", "emergency.outcome", "emergency.closed"} {
		b.inJournal(b.mirror, kind, 1)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	next := b.again()
	next.setsAside()
	next.settle()
	if e := next.registered(s); len(e.Actions) != 1 || e.How != breakglass.Sealed || e.Sinks != "mirror" {
		t.Errorf("%+v", e)
	}
	if _, err := next.who("", "", b.sealed[0]); !fault.Is(err, fault.SealedCode) {
		t.Errorf("the code can be used again: %v", err)
	}
}

func TestMatrixWithEverythingReadOnlyItProceedsAndPaperStatesTheInterval(t *testing.T) {
	t.Parallel()
	disk := mounted(t, "tmpfs")
	data := filepath.Join(disk, "data")
	fill(t, data)
	readOnly(t, disk, true)
	o := options{training: true, ward: "/nowhere", data: data, mirror: filepath.Join(disk, "mirror")} // in training nothing is told to the event log
	b := startsWith(t, o)
	b.must(b.open(t.Context()), fault.LogDenied)
	r := b.room()
	from := time.Now().Add(-time.Second)
	who := b.shows(b.ids[robin], "", trainees[robin].Passphrase) // by the copy of the roster
	s := b.arms(r.key, who, to(high, 2))
	if receipt := s.Receipt(); !receipt.Lost || len(receipt.Took) != 0 || receipt.Code == "" {
		t.Errorf("%+v", receipt)
	}
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	code := s.Receipt().Code
	s.Seal(breakglass.Sealed)
	b.end() // and with it all that was only in memory
	until := time.Now().Add(time.Second)
	readOnly(t, disk, false)

	b = starts(t, data, o.mirror).opens()
	records, _ := b.settle()
	if len(of(records, breakglass.KindOpened)) != 0 {
		t.Error("it is in the log, and was lost")
	}
	lines := []string{"Receipt " + code, "SIM-ROOM-03 pressure alarm high -5 Pa to 2 Pa"}
	both := [2]*people.Signer{b.unlocks(robin), b.unlocks(kim)}
	if err := b.record.Load().register.Paper(t.Context(), both, "Emergency while nothing could be written", lines, from, until); err != nil {
		t.Fatal(err)
	}
	records, _ = b.settle()
	paper := of(records, "emergency.paper")
	if len(paper) != 1 || text(paper[0].Body, "unattested-from") != from.UTC().Format(time.RFC3339) || text(paper[0].Body, "unattested-to") != until.UTC().Format(time.RFC3339) {
		t.Fatalf("%d papers", len(paper))
	}
	before, _ := paper[0].Body.Int("record-before")
	after, _ := paper[0].Body.Int("record-after")
	if before < 0 || after >= 0 && after <= before || records[before].At.Wall.After(from) {
		t.Errorf("between the records %d and %d", before, after)
	}
}

// TestMatrixWithADiskThatHangsItProceedsAndTheDiskHasItWhenItWakes freezes the file system under the journal, the mirror and the database: a write to it neither
// succeeds nor fails.
func TestMatrixWithADiskThatHangsItProceedsAndTheDiskHasItWhenItWakes(t *testing.T) {
	t.Parallel()
	disk := mounted(t, "ext4")
	data := filepath.Join(disk, "data")
	fill(t, data)
	b := startsWith(t, options{training: true, ward: "/nowhere", data: data, mirror: filepath.Join(disk, "mirror")}).opens()
	r := b.room()
	b.until("everything is made in advance", func() bool {
		return b.journals.Check() == nil && b.engine.mirror.Check() == nil && preflight.Kept(data) == preflight.BallastSize
	})
	who := b.shows("", "Alex Agency", "")
	awake := frozen(t, disk)
	began := time.Now()
	s := b.arms(r.key, who, to(high, -7))
	if receipt := s.Receipt(); !receipt.Lost {
		t.Errorf("%+v", receipt)
	}
	b.writes(s, r.key, to(high, -7))
	took := time.Since(began)
	b.is(r, high, "-7")
	s.Seal(breakglass.Sealed)
	// Three records wait for the ladder, and what was last approved for the database, twice.
	if limit := 3*breakglass.LadderTime + 2*approvedTime + 2*time.Second; took > limit {
		t.Errorf("it took %v, which is more than its waits", took)
	}
	awake()
	b.took(s, "journal", "log", "mirror")
	b.settle()
	if e := b.registered(s); len(e.Actions) != 1 || e.How != breakglass.Sealed {
		t.Errorf("%+v", e)
	}
	t.Logf("opened and written in %v on a frozen disk", took)
}

// frozen makes a file system hang, until what it returns is called; a watch wakes it in any case.
func frozen(t *testing.T, disk string) (awake func()) {
	t.Helper()
	watch := exec.Command("sh", "-c", `sleep 20; fsfreeze -u "$0" 2>/dev/null`, disk)
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it outlives a test that is killed
	if err := watch.Start(); err != nil {
		t.Skipf("no shell: %v", err)
	}
	does(t, "fsfreeze", "-f", disk)
	woken := false
	awake = func() {
		if woken {
			return
		}
		woken = true
		if out, err := exec.Command("fsfreeze", "-u", disk).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		_ = syscall.Kill(-watch.Process.Pid, syscall.SIGKILL)
		_ = watch.Wait()
	}
	t.Cleanup(awake)
	return awake
}

func TestMatrixACodeIsNotUsedTwiceNorAfterARestartOnAReadOnlyKeyFolder(t *testing.T) {
	t.Parallel()
	data := site(t)
	spare := map[string][]byte{}
	keys := filepath.Join(data, "keys")
	entries, err := os.ReadDir(keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(keys, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		spare[entry.Name()] = content
	}
	onTop(t, keys)
	for name, content := range spare {
		if err := os.WriteFile(filepath.Join(keys, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	readOnly(t, keys, true)
	b := starts(t, data, t.TempDir()) // its record is not opened: only the journal knows of the code
	r := b.room()
	who := b.shows("", "Alex Agency", b.sealed[6])
	if who.Tier() != breakglass.T2 || who.Code != 7 {
		t.Fatalf("%+v", who)
	}
	s := b.arms(r.key, who, to(high, 2))
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	_, err = b.who("", "Alex Agency", b.sealed[6])
	b.must(err, fault.SealedCode)
	s.Seal(breakglass.Sealed)
	b = b.again()
	_, err = b.who("", "Alex Agency", b.sealed[6])
	b.must(err, fault.SealedCode)
	b.opens().settle()
	b = b.again().opens() // now the log knows it
	_, err = b.who("", "Alex Agency", b.sealed[6])
	b.must(err, fault.SealedCode)
	b.shows("", "Alex Agency", b.sealed[7])
	if used, err := b.record.Load().register.Codes(t.Context()); err != nil || !slices.Equal(used, []int{7}) {
		t.Errorf("the log knows of %v, %v", used, err)
	}
}

// TestMatrixWithAJournalWhoseDiskFailsTheOtherPlacesHaveIt takes the blocks away from under a journal that was claimed and is fine: what is written
// to it cannot be synced; which error that is depends on the kernel.
func TestMatrixWithAJournalWhoseDiskFailsTheOtherPlacesHaveIt(t *testing.T) {
	t.Parallel()
	below := mounted(t, "tmpfs")
	image := filepath.Join(below, "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const size = "20971520"
	does(t, "truncate", "-s", size, image)
	does(t, "mkfs.ext4", "-q", "-E", "nodiscard", image)
	data := site(t)
	folder := filepath.Join(data, "emergency")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	does(t, "mount", "-o", "loop", image, folder)
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	b := starts(t, data, t.TempDir()).opens()
	r := b.room()
	b.until("the journal is there", func() bool { return b.journals.Check() == nil })
	does(t, "sync", "-f", folder)
	does(t, "fallocate", "-p", "-o", "0", "-l", size, image)
	fillUp(t, below)

	s := b.arms(r.key, b.shows("", "", b.sealed[0]), to(high, 2))
	b.took(s, "log", "mirror")
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal(breakglass.Sealed)
	b.until("the journal says why", func() bool { return b.recorder.Failed("journal") != nil })
	if err := b.recorder.Failed("journal"); !errors.Is(err, syscall.EIO) && !fault.Is(err, fault.LogDenied) && !fault.Is(err, fault.LogFull) {
		t.Errorf("%v", err)
	}
	t.Logf("the journal: %v", b.recorder.Failed("journal"))
	if report := b.rely(); report.Level == preflight.Ready {
		t.Error("the console calls itself ready")
	}
	b.inJournal(b.mirror, "emergency.outcome", 1)
	brought := b.record.Load()
	e, err := brought.register.Emergency(t.Context(), s.ID())
	if err != nil || len(e.Actions) != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	b.verifies()
}
