package powercut

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

// moreCuts raises the number of cuts under the record.
const moreCuts = "COUNTERSIGN_CUTS"

const (
	cutsOfTheRecord = 2000
	cutsOfControls  = 300
	seed            = 20260930
)

// traced are the calls that change a folder. A process that uses one which the model does not know ends the test.
const traced = "openat,creat,open,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range," +
	"fsync,fdatasync,sync_file_range,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mmap"

// recording is what one or more processes did to a folder, one after the other, and the records that they left.
type recording struct {
	disk   *disk
	want   [][]byte
	epochs map[int64]bool // the records that begin one
}

func TestNoAcknowledgedRecordIsLostInAPowerCut(t *testing.T) {
	made := record(t, readRecords, appendAndDie, appendAndClose, appendAndDie)
	result := made.run(t, made.disk.cuts(howMany(t), seed), reopen)
	t.Logf("%d records, %d moments: %v", len(made.want), made.disk.end, result)
	if result.lost > 0 || result.unreadable > 0 {
		t.Errorf("%v, among them\n%s", result, strings.Join(result.examples, "\n"))
	}
}

func howMany(t *testing.T) int {
	t.Helper()
	text, set := os.LookupEnv(moreCuts)
	if !set {
		if raced {
			return cutsOfTheRecord / 10
		}
		return cutsOfTheRecord
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < cutsOfTheRecord {
		t.Fatalf("%s=%s: it wants a number from %d on", moreCuts, text, cutsOfTheRecord)
	}
	return n
}

// The first start makes the files themselves: every moment of it is cut in many ways, so that none leaves a folder that
// the console refuses from then on.
func TestAFirstStartThatLosesItsPowerCanBeStartedAgain(t *testing.T) {
	made := record(t, readRecords, appendAndClose)
	var all []cut
	for at := range made.disk.acks[0].at + 1 {
		for number := range uint64(8) {
			all = append(all, cut{at, policy(number % uint64(policies)), seed + number})
		}
	}
	result := made.run(t, all, reopen)
	t.Logf("%v", result)
	if result.lost > 0 || result.unreadable > 0 {
		t.Errorf("among them\n%s", strings.Join(result.examples, "\n"))
	}
}

// What shows nothing when the record is safe must show something when it is not: the same harness over the library's
// default, which syncs at checkpoints only.
func TestTheLibrarysDefaultLosesAcknowledgedRecords(t *testing.T) {
	made := record(t, readDefault, libraryDefault)
	result := made.run(t, made.disk.cuts(cutsOfControls, seed), reopenDefault)
	t.Logf("%d records, %d moments: %v", len(made.want), made.disk.end, result)
	if result.lost == 0 {
		t.Error("nothing was lost, so the harness sees nothing")
	}
}

func TestWithoutItsSyncsTheRecordLosesRecords(t *testing.T) {
	made := record(t, readRecords, appendAndClose)
	for _, f := range made.disk.files {
		for i := range f.changes {
			f.changes[i].durable = never
		}
	}
	result := made.run(t, made.disk.cuts(cutsOfControls, seed), reopen)
	t.Logf("without syncs of files: %v", result)
	if result.lost == 0 {
		t.Error("nothing was lost, so the harness sees no sync")
	}
}

// A key that the log names and a power cut took away would be a finding for ever: without the syncs of its file the
// harness must see that.
func TestWithoutTheSyncsOfItsFileAKeyIsLost(t *testing.T) {
	made := record(t, readRecords, appendAndDie, appendAndDie)
	for _, e := range made.disk.entries {
		if !strings.HasPrefix(e.name, "machine-") || e.file == nil {
			continue
		}
		for i := range e.file.changes {
			e.file.changes[i].durable = never
		}
	}
	result := made.run(t, made.disk.cuts(cutsOfControls, seed), reopen)
	t.Logf("without syncs of key files: %v", result)
	if result.unreadable == 0 || result.lost > 0 || !strings.Contains(result.examples[0], string(audit.FindingUnlinked)) {
		t.Errorf("among them\n%s", strings.Join(result.examples, "\n"))
	}
}

// record runs a child for each way in one new folder under strace.
func record(t *testing.T, read func(context.Context, string) ([][]byte, error), ways ...string) recording {
	t.Helper()
	mayTrace(t)
	base, err := filepath.EvalSymlinks(t.TempDir()) // strace names files by where they really are
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(base, "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	acks, err := os.Create(filepath.Join(base, "acks"))
	if err != nil {
		t.Fatal(err)
	}
	defer acks.Close()
	d := newDisk(folder, acks.Name())
	for n, way := range ways {
		trace := filepath.Join(t.ArtifactDir(), fmt.Sprintf("trace%d", n)) // go test -artifacts keeps it
		child := exec.CommandContext(t.Context(), "strace", "-f", "-y", "-xx", "-s", "1048576",
			"-e", "signal=none", "-e", "trace="+traced, "-o", trace, os.Args[0])
		child.Env = append(os.Environ(), childFolder+"="+folder, childWay+"="+way, "GORACE=atexit_sleep_ms=0")
		child.ExtraFiles = []*os.File{acks}
		if out, err := child.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", way, err, out)
		}
		d.follow(t, trace)
	}
	want, err := read(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	d.mustMatch(t, want)
	epochs := map[int64]bool{}
	for seq, bytes := range want {
		if l, err := leaf.Decode(bytes); err == nil && l.Kind == audit.KindEpoch {
			epochs[int64(seq)] = true
		}
	}
	return recording{d, want, epochs}
}

// mayTrace skips a test where no process can be watched.
func mayTrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skipf("strace is not installed: %v", err)
	}
	probe := exec.CommandContext(t.Context(), "strace", "-o", filepath.Join(t.TempDir(), "probe"), "strace", "-V")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v: %s", err, out)
	}
}

func (d *disk) follow(t *testing.T, trace string) {
	t.Helper()
	in, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if d.end, err = readTrace(in, d.end, d.take); err != nil {
		t.Fatal(err)
	}
}

// mustMatch holds the acknowledgements to the records that were there in the end.
func (d *disk) mustMatch(t *testing.T, want [][]byte) {
	t.Helper()
	if len(d.acks) < appends || d.acks[len(d.acks)-1].seq != int64(len(want)-1) {
		t.Fatalf("%d acknowledgements for %d records", len(d.acks), len(want))
	}
	for _, a := range d.acks {
		if leaf.Hash(want[a.seq]) != a.hash {
			t.Fatalf("record %d is not what was acknowledged", a.seq)
		}
	}
}

// outcome of many cuts.
type outcome struct {
	cuts       int
	after      int   // cuts after the first acknowledgement
	lost       int   // cuts that lost an acknowledged record
	worst      int64 // records, in one cut
	unreadable int   // cuts after which the folder could not be used
	examples   []string
}

func (o outcome) String() string {
	return fmt.Sprintf("%d cuts, %d of them after an acknowledgement; %d lost acknowledged records (at worst %d), %d left an unusable folder",
		o.cuts, o.after, o.lost, o.worst, o.unreadable)
}

// reopener opens what a cut left and returns how many of the wanted records are there, in order from the first.
type reopener func(ctx context.Context, folder string, made *recording) (int64, error)

func (m *recording) run(t *testing.T, all []cut, again reopener) outcome {
	t.Helper()
	base := memory(t)
	sum := outcome{cuts: len(all)}
	var mu sync.Mutex
	var workers sync.WaitGroup
	count := runtime.GOMAXPROCS(0)
	for w := range count {
		workers.Go(func() {
			after := newReplay(m.disk)
			for i := w; i < len(all); i += count {
				folder := filepath.Join(base, strconv.Itoa(w))
				found, err := m.try(t.Context(), folder, after.after(all[i]), again)
				mu.Lock()
				sum.add(all[i], found, m.disk.acknowledged(all[i].at), err)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return sum
}

func (o *outcome) add(c cut, found, acknowledged int64, err error) {
	if acknowledged > 0 {
		o.after++
	}
	lost := max(0, acknowledged-found)
	switch {
	case err != nil:
		o.unreadable++
	case lost > 0:
		o.lost++
		o.worst = max(o.worst, lost)
	default:
		return
	}
	if len(o.examples) < 10 {
		o.examples = append(o.examples, fmt.Sprintf("moment %d, policy %d, number %d: %d of %d records, %v", c.at, c.policy, c.number, found, acknowledged, err))
	}
}

// memory returns a folder for what cuts leave: it holds little and is written often, so it need not be on a disk.
func memory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "powercut")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func (m *recording) try(ctx context.Context, folder string, left map[string][]byte, again reopener) (int64, error) {
	if err := errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700)); err != nil {
		return 0, err
	}
	for name, content := range left {
		if err := writeSparse(filepath.Join(folder, name), content); err != nil {
			return 0, err
		}
	}
	return again(ctx, folder, m)
}

// writeSparse leaves holes for what is nought: a journal is little else.
func writeSparse(path string, content []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	var nought [16 << 10]byte
	for at := 0; at < len(content) && err == nil; at += len(nought) {
		if part := content[at:min(at+len(nought), len(content))]; !bytes.Equal(part, nought[:len(part)]) {
			_, err = file.WriteAt(part, int64(at))
		}
	}
	return errors.Join(err, file.Truncate(int64(len(content))), file.Close())
}

// reopen looks at the record, compares it, starts it as the console does, appends to it and verifies all of it.
func reopen(ctx context.Context, folder string, made *recording) (n int64, err error) {
	db, err := store.Open(ctx, folder, origin, things())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	log, err := openLog(ctx, db)
	if err != nil {
		return 0, err
	}
	size := log.Head().Size
	if !made.endsAnAppend(size) {
		return size, fmt.Errorf("%d records end within an append", size)
	}
	err = db.Scan(ctx, 0, func(seq int64, stored, _ []byte) error {
		if !bytes.Equal(stored, made.want[seq]) {
			return fmt.Errorf("record %d is another", seq)
		}
		return nil
	})
	if err != nil {
		return size, err
	}
	return size, goesOn(ctx, db, folder)
}

func trust(audit.Record) (*audit.Head, error) { return nil, nil }

func quiet(_, _ int64) {}

// endsAnAppend says whether the log had this size between two appends. The record of a new epoch is an append of its own,
// which nobody is told of.
func (m *recording) endsAnAppend(size int64) bool {
	return size == 0 || m.epochs[size-1] || slices.ContainsFunc(m.disk.acks, func(a ack) bool { return a.seq == size-1 })
}

// goesOn starts the log with its machine key, appends one record more, verifies it, and compares the projection with the
// log. No cut may make a key look lost or the log look rolled back.
func goesOn(ctx context.Context, db *store.DB, folder string) error {
	log, err := openMachine(ctx, db, folder)
	if err != nil {
		return err
	}
	if _, err := log.Append(ctx, drafts(3)[0]); err != nil {
		return err
	}
	if err := log.Close(ctx); err != nil {
		return err
	}
	verified, err := log.Verify(ctx, trust, quiet)
	if err != nil || len(verified.Findings) > 0 {
		return fmt.Errorf("going on: %v, %w", verified.Findings, err)
	}
	size := verified.Head.Size - 1
	var rows, last int64
	err = db.Query(ctx, func(into func(...any) error) error { return into(&rows, &last) }, "SELECT count(*), max(seq) FROM thing")
	if err == nil && (rows != size+1 || last != size) {
		return fmt.Errorf("%d rows up to %d for %d records", rows, last, size+1)
	}
	return err
}

func readRecords(ctx context.Context, folder string) (all [][]byte, err error) {
	db, err := store.Open(ctx, folder, origin, things())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.Scan(ctx, 0, func(_ int64, bytes, _ []byte) error { all = append(all, bytes); return nil })
	return all, err
}

func readDefault(ctx context.Context, folder string) (all [][]byte, err error) {
	db, err := openDefault(folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT leaf FROM log ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var bytes []byte
		if err := rows.Scan(&bytes); err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, rows.Err()
}

// reopenDefault counts the records of the control. Where the table is gone, all of them are.
func reopenDefault(ctx context.Context, folder string, made *recording) (int64, error) {
	all, err := readDefault(ctx, folder)
	if err != nil && strings.Contains(err.Error(), "no such table") {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for n, stored := range all {
		if n >= len(made.want) || !bytes.Equal(stored, made.want[n]) {
			return int64(n), fmt.Errorf("record %d is another", n)
		}
	}
	return int64(len(all)), nil
}
