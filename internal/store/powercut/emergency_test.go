package powercut

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/clock"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

// More that a child can do.
const (
	emergencies = "emergencies"   // and dies; what the one before left is taken in beside them
	withoutALog = "without a log" // the same, and the log cannot be opened
	unsynced    = "unsynced"      // a journal that never syncs
)

// How many records a console makes, and how many of them before its database is open.
const perConsole, blind = 60, 15

func atNine() clock.Clock { return clock.NewFake(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)) }

// witness is a recorder's two places, and what either of them took.
type witness struct {
	recorder *breakglass.Recorder
	importer *breakglass.Importer
	took     sync.Map // hashes by number
}

func (w *witness) sees(s breakglass.Sink) breakglass.Sink {
	put := s.Put
	s.Put = func(ctx context.Context, f journal.Frame) error {
		err := put(ctx, f)
		if err == nil {
			w.took.Store(f.N, f.Hash)
		}
		return err
	}
	return s
}

// haveEmergencies makes records as a console in an emergency does, and acknowledges each that a place has taken.
func haveEmergencies(ctx context.Context, folder, way string, acks io.Writer) error {
	before, err := readFrames(ctx, folder)
	if err != nil {
		return err
	}
	now := atNine()
	file, err := journal.Claim(folder, "boot")
	if err != nil {
		return err
	}
	w := witness{importer: breakglass.NewImporter()}
	w.recorder = breakglass.NewRecorder(now, nil, w.sees(w.importer.Sink()), w.sees(breakglass.Sink{Name: "journal", Durable: true,
		Put: func(_ context.Context, f journal.Frame) error { return file.Put(f) }}))
	if _, err := w.importer.Scan(w.recorder.Chain(), now.Now(), folder); err != nil {
		return err
	}
	for n := range perConsole {
		if n == blind && way == emergencies {
			if err := w.openLog(ctx, folder); err != nil {
				return err
			}
		}
		if err := w.record(len(before), n, acks); err != nil {
			return err
		}
	}
	return nil
}

// openLog hands the importer the log, and takes in what was left while records go on.
func (w *witness) openLog(ctx context.Context, folder string) error {
	db, err := store.Open(ctx, folder, origin, breakglass.Projection())
	if err != nil {
		return err
	}
	log, err := openMachine(ctx, db, folder)
	if err == nil {
		w.importer.Attach(log, db, func(string) error { return nil })
	}
	return err
}

// record makes the record n of this process, before which there were others.
func (w *witness) record(before, n int, acks io.Writer) error {
	var body leaf.Body
	body.Set("session", "s")
	body.Set("text", fmt.Sprintf("%06d ", before+n)+strings.Repeat("x", sizes[n%len(sizes)]))
	receipt := w.recorder.Record(breakglass.KindIntent, leaf.Actor{ID: "p"}, body, "")
	if receipt.Lost {
		return fmt.Errorf("record %d was lost", n)
	}
	hash, ok := w.took.Load(int64(n))
	if !ok {
		return fmt.Errorf("record %d was taken by no place", n)
	}
	_, err := fmt.Fprintf(acks, "%d %x\n", before+n, hash)
	return err
}

// journalWithoutSync writes what a journal outside of the folder holds into one inside that is as large and never synced.
func journalWithoutSync(folder string, acks io.Writer) error {
	outside := filepath.Join(filepath.Dir(folder), "outside")
	real, err := journal.Claim(outside, "boot")
	if err != nil {
		return err
	}
	inside, err := os.OpenFile(filepath.Join(folder, "emergency-0.jnl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	copied := make([]byte, journal.Size)
	for at := 0; err == nil && at < len(copied); at += 64 << 10 {
		_, err = inside.WriteAt(copied[at:at+64<<10], int64(at))
	}
	if err = errors.Join(err, inside.Sync(), syncName(folder)); err != nil {
		return err
	}
	chain := journal.NewChain(nil)
	for n := range appends {
		var body leaf.Body
		body.Set("text", strings.Repeat("x", sizes[n%len(sizes)]))
		f, err := chain.Next(breakglass.KindIntent, atNine().Now(), leaf.Actor{ID: "p"}, body, "")
		if err == nil {
			err = real.Put(f)
		}
		var now []byte
		if err == nil {
			now, err = os.ReadFile(real.Path())
		}
		for at := 0; err == nil && at < len(now); at += journal.Slot {
			if slot := now[at : at+journal.Slot]; !bytes.Equal(slot, copied[at:at+journal.Slot]) {
				_, err = inside.WriteAt(slot, int64(at))
			}
		}
		copied = now
		if err == nil {
			_, err = fmt.Fprintf(acks, "%d %x\n", n, f.Hash)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func syncName(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// readFrames returns what the journals in a folder hold, in the order in which it was recorded.
func readFrames(_ context.Context, folder string) (all [][]byte, err error) {
	var contents []journal.Content
	for _, path := range journal.Paths(folder) {
		content, err := journal.Read(path)
		if err != nil {
			return nil, err
		}
		if len(content.Frames) > 0 {
			contents = append(contents, content)
		}
	}
	slices.SortFunc(contents, func(a, b journal.Content) int { return bytes.Compare(textOf(a), textOf(b)) })
	for _, content := range contents {
		for _, f := range content.Frames {
			all = append(all, f.Bytes)
		}
	}
	return all, nil
}

// textOf is the number with which a journal's first record begins.
func textOf(c journal.Content) []byte {
	l, err := c.Frames[0].Leaf()
	if err != nil {
		return nil
	}
	text, _ := l.Body.Text("text")
	return []byte(text)
}

// importAll starts as the console does, takes in what the journals hold, and returns how many of the wanted frames are in the
// log, once each and in their order.
func importAll(ctx context.Context, folder string, made *recording) (n int64, err error) {
	db, err := store.Open(ctx, folder, origin, breakglass.Projection())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	log, err := openMachine(ctx, db, folder)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, log.Close(ctx)) }()
	importer := breakglass.NewImporter()
	importer.Attach(log, db, func(string) error { return nil })
	if _, err := importer.Scan("own", atNine().Now(), folder); err != nil {
		return 0, err
	}
	if err := importer.Take(ctx); err != nil {
		return 0, err
	}
	seen := map[string]int{}
	err = log.Each(ctx, 0, func(r audit.Record) error {
		if hash, ok := r.Body.Text("frame.hash"); ok {
			seen[hash]++
		}
		return nil
	})
	for err == nil && int(n) < len(made.want) && seen[fmt.Sprintf("%x", leaf.Hash(made.want[n]))] == 1 {
		n++
	}
	if err != nil {
		return n, err
	}
	if frames, gaps, err := breakglass.CheckFrames(ctx, log); err != nil || len(gaps) > 0 || frames != len(seen) {
		return n, fmt.Errorf("%d frames, %d hashes, gaps %v: %w", frames, len(seen), gaps, err)
	}
	verified, err := log.Verify(ctx, trust, quiet)
	if err != nil || len(verified.Findings) > 0 {
		return n, fmt.Errorf("%v: %w", verified.Findings, err)
	}
	return n, nil
}

// readJournals returns how many of the wanted frames the journals hold, in their order, and nothing else.
func readJournals(ctx context.Context, folder string, made *recording) (int64, error) {
	all, err := readFrames(ctx, folder)
	if err != nil {
		return 0, err
	}
	for n, f := range all {
		if n >= len(made.want) || !bytes.Equal(f, made.want[n]) {
			return int64(n), fmt.Errorf("frame %d is another", n)
		}
	}
	return int64(len(all)), nil
}

func TestNoAcknowledgedRecordOfAnEmergencyIsLostInAPowerCut(t *testing.T) {
	for way, c := range map[string]struct {
		cuts  int
		again reopener
	}{
		withoutALog: {howMany(t), readJournals},
		emergencies: {howMany(t) / 5, importAll},
	} {
		t.Run(way, func(t *testing.T) {
			made := record(t, readFrames, way, way)
			if raced {
				c.cuts /= 10
			}
			result := made.run(t, made.disk.cuts(c.cuts, seed), c.again)
			t.Logf("%d records, %d moments: %v", len(made.want), made.disk.end, result)
			if result.lost > 0 || result.unreadable > 0 {
				t.Errorf("%v, among them\n%s", result, strings.Join(result.examples, "\n"))
			}
		})
	}
}

func TestAJournalThatDoesNotSyncLosesRecordsInAPowerCut(t *testing.T) {
	made := record(t, readFrames, unsynced)
	result := made.run(t, made.disk.cuts(cutsOfControls, seed), readJournals)
	t.Logf("%d records, %d moments: %v", len(made.want), made.disk.end, result)
	if result.lost == 0 {
		t.Error("nothing was lost, so the harness sees nothing")
	}
}
