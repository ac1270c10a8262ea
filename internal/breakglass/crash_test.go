package breakglass

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/journal"
	"countersign/internal/statement"
	"countersign/internal/store"
)

// With this folder in its environment the test program is a console that has emergencies, one after the other, until it is
// killed. It tells the code of each receipt that says that a place has the record, on the descriptor after the standard three.
const (
	crashFolder = "COUNTERSIGN_CRASH_FOLDER"
	moreCrashes = "COUNTERSIGN_CUTS" // a tenth of it
	crashes     = 200
	checkEvery  = 4
)

func TestMain(m *testing.M) {
	if folder, child := os.LookupEnv(crashFolder); child {
		if err := haveEmergencies(folder, os.NewFile(3, "receipts")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func journalsOf(folder string) string { return filepath.Join(folder, "journals") }

// haveEmergencies starts as the console does: the journal first, then the log, then what was left.
func haveEmergencies(folder string, told io.Writer) error {
	ctx, now := context.Background(), clock.System()
	file, err := journal.Claim(journalsOf(folder), now.Now().Boot)
	if err != nil {
		return err
	}
	importer := NewImporter()
	var log *audit.Log
	head := func() statement.LogHead { return statement.LogHead{} }
	recorder := NewRecorder(now, nil, Sink{Name: "journal", Durable: true, Put: func(_ context.Context, f journal.Frame) error { return file.Put(f) }},
		importer.Sink())
	desk := NewDesk(recorder, "bench", "test", head)
	cut, err := importer.Scan(recorder.Chain(), now.Now(), journalsOf(folder))
	if err != nil {
		return err
	}
	desk.Interrupt(cut)
	go func() { // the database opens beside the first emergencies
		db, err := store.Open(ctx, folder, origin, Projection())
		if err == nil {
			log, err = audit.Open(ctx, db, now)
		}
		if err == nil {
			importer.Attach(log, db, func(string) error { return nil })
			err = importer.Take(ctx)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}()
	tell := func(r Receipt) error {
		if r.Lost {
			return fmt.Errorf("a record was lost: %+v", r)
		}
		_, err := fmt.Fprintln(told, r.Code)
		return err
	}
	for n := 0; ; n++ {
		if err := oneEmergency(desk, n, tell); err != nil {
			return err
		}
	}
}

func oneEmergency(desk *Desk, n int, tell func(Receipt) error) error {
	device := pump
	device.Serial = fmt.Sprint(n)
	s, err := desk.Open(Ask{Who: Who{Actor: robin}, Device: device, Name: "pump", Category: Other})
	if err != nil {
		return err
	}
	if err := tell(s.Receipt()); err != nil {
		return err
	}
	for range 1 + n%3 {
		intent, err := s.Intend("steps", "one")
		if err == nil {
			err = tell(intent)
		}
		if err == nil {
			err = tell(s.Conclude("outcome", "verified"))
		}
		if err != nil {
			return err
		}
	}
	s.Seal(Sealed)
	return nil
}

// doomed is one folder with all that consoles told of it before they were killed.
type doomed struct {
	folder string
	random *rand.Rand
	told   []string
	early  int // kills before the first receipt
}

func TestNoReceiptIsLostAndNoFrameIsTwiceWhereverTheConsoleIsKilled(t *testing.T) {
	want := crashes
	if raced {
		want /= 10
	}
	if n, err := strconv.Atoi(os.Getenv(moreCrashes)); err == nil {
		want = max(want, n/10)
	}
	began := time.Now()
	var all sync.WaitGroup
	workers := make([]doomed, 2)
	frames, receipts := make([]int, len(workers)), make([]int, len(workers))
	for w := range workers {
		d := &workers[w]
		d.folder, d.random = memory(t), rand.New(rand.NewPCG(uint64(w), 9))
		all.Go(func() {
			for n := 1; n <= want/len(workers) && !t.Failed(); n++ {
				d.kill(t)
				if n%checkEvery == 0 || n == want/len(workers) {
					frames[w] += d.check(t)
					receipts[w] += len(d.told)
					d.folder, d.told = memory(t), nil // a log that grows makes each start slower
				}
			}
		})
	}
	all.Wait()
	told, early, taken := 0, 0, 0
	for w := range workers {
		told, early, taken = told+receipts[w], early+workers[w].early, taken+frames[w]
	}
	t.Logf("%d kills in %s, %d of them before the first receipt: %d receipts, %d frames in the logs", want, time.Since(began).Round(time.Millisecond), early, told, taken)
}

// memory returns a folder on no disk, where there is one: a kill loses nothing that a disk would keep.
func memory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "crash")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// kill starts a console and kills it after some of its receipts, or before the first.
func (d *doomed) kill(t *testing.T) {
	out, in, err := os.Pipe()
	if err != nil {
		t.Error(err)
		return
	}
	defer out.Close()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), crashFolder+"="+d.folder, "GORACE=atexit_sleep_ms=0")
	cmd.ExtraFiles = []*os.File{in}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	_ = in.Close()
	lines := bufio.NewScanner(out)
	after := d.random.IntN(30)
	if d.random.IntN(8) == 0 {
		after = 0
		for range d.random.IntN(3_000_000) { // somewhere in its start
			runtime.KeepAlive(d)
		}
	}
	for range after {
		if !lines.Scan() {
			break
		}
		d.told = append(d.told, lines.Text())
	}
	kill()
	before := len(d.told)
	for lines.Scan() { // what it told before it died
		d.told = append(d.told, lines.Text())
	}
	if after == 0 && len(d.told) == before {
		d.early++
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() == 1 {
		t.Errorf("the console ended by itself: %v", cmd.ProcessState)
	}
}

// check starts once more, takes in all that is left, and holds the log to what was told. Journals that are in the log are
// emptied, as after a signature.
func (d *doomed) check(t *testing.T) (frames int) {
	ctx := t.Context()
	db, err := store.Open(ctx, d.folder, origin, Projection())
	if err != nil {
		t.Error(err)
		return 0
	}
	defer db.Close()
	log, err := audit.Open(ctx, db, clock.System())
	if err != nil {
		t.Error(err)
		return 0
	}
	importer := NewImporter()
	importer.Attach(log, db, func(string) error { return nil })
	if _, err := importer.Scan("own", clock.System().Now(), journalsOf(d.folder)); err != nil {
		t.Error(err)
	}
	if err := importer.Take(ctx); err != nil {
		t.Error(err)
	}
	codes := map[string]int{}
	err = log.Each(ctx, 0, func(r audit.Record) error {
		if f, _, _, ok := frameOf(r.Leaf); ok {
			codes[ReceiptCode(f.Hash)]++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, code := range d.told {
		if codes[code] != 1 {
			t.Errorf("%s is %d times in the log", code, codes[code])
		}
	}
	if _, err := log.Verify(ctx, nil, func(_, _ int64) {}); err != nil {
		t.Errorf("the log does not verify: %v", err)
	}
	frames, gaps, err := CheckFrames(ctx, log)
	if err != nil || len(gaps) > 0 || frames != len(codes) {
		t.Errorf("%d frames, %d codes, gaps %v, %v", frames, len(codes), gaps, err)
	}
	for _, path := range journal.Paths(journalsOf(d.folder)) {
		if err := journal.Recycle(path); err != nil {
			t.Error(err)
		}
	}
	return frames
}
