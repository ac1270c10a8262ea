//go:build unix

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/ui/emergency"
	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/sim"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/inventory"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/people"
)

// The failure matrix: every state in which the console may be when somebody needs it at a bedside, with the real engine, a real
// database, real files, real processes and a simulated device at the end of a real line. Each test says what proceeds, where it
// is recorded, and how the record is whole again afterwards.

// childRole makes the test program another process of the matrix; its other words follow in childWords.
const (
	childRole  = "COUNTERSIGN_MATRIX_ROLE"
	childWords = "COUNTERSIGN_MATRIX_WORDS"
)

func TestMain(m *testing.M) {
	if role, child := os.LookupEnv(childRole); child {
		os.Exit(childRoles()[role](strings.Split(os.Getenv(childWords), "\n")))
	}
	cache, err := os.MkdirTemp("", "countersign-matrix-") // no test leaves anything in the cache folder of whoever runs it
	if err == nil {
		err = os.Setenv("XDG_CACHE_HOME", cache)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(cache)
	os.Exit(code)
}

// robin and kim are the places of the two founders.
const (
	robin = iota
	kim
)

// founding is a site that two persons set up, with a set of sealed codes, and its console closed.
type founding struct {
	folder string
	ids    [2]string
	sealed []string
}

var founded = sync.OnceValues(found)

func found() (f founding, err error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return f, err
	}
	f.folder = filepath.Join(base, "founding")
	e, err := newEngine(options{data: f.folder})
	if err != nil {
		return f, err
	}
	if err := e.open(context.Background()); err != nil {
		return f, errors.Join(err, e.close())
	}
	return f, errors.Join(f.found(context.Background(), e), e.close())
}

func (f *founding) found(ctx context.Context, e *engine) error {
	r := e.record.Load()
	site, err := r.roster.Found(ctx, e.keys, trainees)
	if err != nil {
		return err
	}
	for _, d := range all.All() {
		if file, ok := d.(drivers.Setter); ok {
			err = errors.Join(err, r.roster.AllowProfile(ctx, d.About().ID, file.Source(), site.Signers))
		}
	}
	c, fresh, codesErr := r.roster.PrepareCodes(ctx, e.codes, [2]people.Person{site.Signers[0].Person, site.Signers[1].Person})
	if err = errors.Join(err, codesErr); err == nil {
		err = r.roster.Complete(ctx, c, site.Signers[0], site.Signers[1])
	}
	f.sealed = fresh.Codes
	for i, s := range site.Signers {
		f.ids[i] = s.ID
		s.Lock()
	}
	e.learn(ctx, r)
	return err
}

// bed is one console on a folder of its own, as it stands beside a bed.
type bed struct {
	*testing.T
	*engine
	founding
	data, mirror string
	shut         bool
}

// newBed starts a console of a site that was founded before. The record is not opened.
func newBed(t *testing.T) *bed {
	t.Helper()
	return starts(t, site(t), t.TempDir())
}

// site returns a data folder with people, rules, codes and a log.
func site(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	fill(t, folder)
	return folder
}

// fill puts the founded site into a folder, without what a console makes by itself.
func fill(t *testing.T, folder string) {
	t.Helper()
	f, err := founded()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(f.folder, func(path string, d fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(f.folder, path)
		to := filepath.Join(folder, name)
		switch {
		case err != nil || relErr != nil:
			return errors.Join(err, relErr)
		case d.IsDir() && d.Name() == "emergency":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o700)
		case d.Name() == "ballast":
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// starts starts a console on a folder, and ends it with the test.
func starts(t *testing.T, data, mirror string) *bed {
	t.Helper()
	return startsWith(t, options{data: data, mirror: mirror})
}

func startsWith(t *testing.T, o options) *bed {
	t.Helper()
	f, err := founded()
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(o)
	if err != nil {
		t.Fatal(err)
	}
	return at(t, e, f)
}

// at takes an engine that is there.
func at(t *testing.T, e *engine, f founding) *bed {
	b := &bed{T: t, engine: e, founding: f, data: e.folder, mirror: e.mirrorFolder()}
	t.Cleanup(b.end)
	return b
}

// end closes the console, once. What it says is about the fault that the test made.
func (b *bed) end() {
	if !b.shut {
		b.shut = true
		if err := b.engine.close(); err != nil {
			b.Logf("closing: %v", err)
		}
	}
}

// again closes the console and starts another one on its folder.
func (b *bed) again() *bed {
	b.Helper()
	b.end()
	return starts(b.T, b.data, b.mirror)
}

// opens opens the record, which must work.
func (b *bed) opens() *bed {
	b.Helper()
	if err := b.open(context.Background()); err != nil {
		b.Fatalf("the record cannot be opened: %v", err)
	}
	return b
}

// until waits for something that another goroutine or process does.
func (b *bed) until(what string, so func() bool) {
	b.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-limit.C:
			b.Fatalf("never: %s", what)
		}
	}
}

// must is for faults: the error has this kind.
func (b *bed) must(err error, kind fault.Kind) {
	b.Helper()
	if !fault.Is(err, kind) {
		b.Fatalf("got %v, want %s", err, kind)
	}
}

// room is a simulated device on a TCP socket.
type room struct {
	*modbus.Unit
	key string
}

// Settings of the simulated room. Low is higher, and high lower, in their safe direction.
const (
	high     = drivers.SettingID("pressure.alarm.high") // -5 Pa from the beginning
	setpoint = drivers.SettingID("pressure.setpoint")   // -15 Pa
)

// to is a change of a setting to so many pascals.
func to(id drivers.SettingID, pascals int64) []drivers.Change {
	return []drivers.Change{{Setting: id, Wanted: drivers.Number(drivers.Decimals, drivers.Dec(10*pascals, 1))}}
}

// plug puts a simulated device behind a socket, for as long as the test runs.
func plug(t *testing.T, unit sim.Device) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = unit.Serve(context.Background(), unit.Faults().Line(conn)) // whoever hangs up ends it
			}()
		}
	}()
	return "tcp " + l.Addr().String()
}

// room puts a simulated room into the console's list, identifies and reads it.
func (b *bed) room() *room {
	b.Helper()
	unit := modbus.NewUnit(modbus.IsolationRoom(), "SIM-ROOM-03")
	return &room{unit, b.meet(plug(b.T, unit), modbus.IsolationRoom())}
}

// meet does with the device at an address what a person does on the page.
func (b *bed) meet(address string, driver drivers.Driver) (key string) {
	b.Helper()
	key, err := b.know(context.Background(), address, driver)
	if err != nil {
		b.Fatal(err)
	}
	return key
}

// know adds a device that somebody typed in, identifies it, and reads it.
func (e *engine) know(ctx context.Context, address string, driver drivers.Driver) (key string, err error) {
	ep, err := e.manual.Add(address)
	if err != nil {
		return "", err
	}
	if err := e.listed(ctx, ep.Key()); err != nil {
		return "", err
	}
	if err := e.inventory.Identify(ctx, nobody, ep.Key(), []identify.Candidate{{Driver: driver, Confidence: drivers.Certain}}); err != nil {
		return "", err
	}
	return ep.Key(), e.inventory.ReadAll(ctx, nobody, ep.Key())
}

// holds is what the device really has, asked on a line that the console knows nothing of.
func (r *room) holds(t *testing.T, id drivers.SettingID) string {
	t.Helper()
	conn := sim.Connect(t.Context(), r.Unit)
	driver := modbus.IsolationRoom()
	who, err := driver.Probe(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := driver.Open(t.Context(), conn, who)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	snapshot, err := s.Read(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	reading, _ := snapshot.Reading(id)
	return reading.Value.String()
}

// is says that the device really has a value.
func (b *bed) is(r *room, id drivers.SettingID, want string) {
	b.Helper()
	if got := r.holds(b.T, id); got != want {
		b.Fatalf("the device holds %s of %s, want %s", got, id, want)
	}
}

// shows says who acts, by what is shown: nothing (T0), a passphrase (T1) or a code (T2).
func (b *bed) shows(id, name, secret string) breakglass.Who {
	b.Helper()
	who, err := b.who(id, name, secret)
	if err != nil {
		b.Fatal(err)
	}
	return who
}

// arms opens an emergency as the page does, which must work.
func (b *bed) arms(key string, who breakglass.Who, changes []drivers.Change) *breakglass.Session {
	b.Helper()
	s, err := b.breakGlass(emergency.Arm{Key: key, Category: string(breakglass.PatientAtRisk), Changes: changes}, who)
	if err != nil {
		b.Fatalf("the glass does not break: %v", err)
	}
	return s
}

// writes carries a change out, which must be verified.
func (b *bed) writes(s *breakglass.Session, key string, changes []drivers.Change) {
	b.Helper()
	result, err := b.carryOut(context.Background(), s, key, changes, nil)
	if err != nil || result.Outcome != change.Verified {
		b.Fatalf("it was not written: %q, %v", result.Outcome, err)
	}
}

// took waits until these places have the opening's record, and says that no others have.
func (b *bed) took(s *breakglass.Session, want ...string) {
	b.Helper()
	given := func() []string { // whether this machine has an event log is not the matter here
		return slices.DeleteFunc(s.Receipt().Took, func(name string) bool { return name == "oslog" })
	}
	b.until(fmt.Sprintf("%v have it", want), func() bool { return len(given()) >= len(want) })
	if got := given(); !slices.Equal(got, want) {
		b.Errorf("%v have it, want %v", got, want)
	}
}

// frames are what the journals in a folder hold, file by file.
func (b *bed) frames(folder string) (all []journal.Frame) {
	b.Helper()
	for _, path := range journal.Paths(folder) {
		content, err := journal.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, content.Frames...)
	}
	return all
}

// inJournal waits until a folder's journals hold this many frames of a kind; -1 for any.
func (b *bed) inJournal(folder, kind string, want int) {
	b.Helper()
	count := func() (n int) {
		for _, f := range b.frames(folder) {
			if l, err := f.Leaf(); err == nil && l.Kind == kind {
				n++
			}
		}
		return n
	}
	b.until(fmt.Sprintf("%d %s in %s", want, kind, folder), func() bool { return count() >= want })
	if n := count(); n != want {
		b.Errorf("%d %s in %s, want %d", n, kind, folder, want)
	}
}

// settle brings everything into the log and holds it against the journals and mirrors: every frame is there once, in order and
// without a gap, and the whole log verifies. It returns the log's records.
func (b *bed) settle() (records []audit.Record, verified audit.Verified) {
	b.Helper()
	ctx := context.Background()
	r := b.record.Load()
	frames := append(b.frames(filepath.Join(b.data, "emergency")), b.frames(b.mirror)...)
	seen := func() map[string]int {
		records = nil
		count := map[string]int{}
		if err := r.log.Each(ctx, 0, func(record audit.Record) error {
			records = append(records, record)
			if hash, ok := record.Body.Text("frame.hash"); ok {
				count[hash]++
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		return count
	}
	b.until("every frame is in the log", func() bool {
		if b.importer.Take(ctx) != nil || b.importer.Pending() > 0 {
			return false
		}
		count := seen()
		return !slices.ContainsFunc(frames, func(f journal.Frame) bool { return count[hex.EncodeToString(f.Hash[:])] == 0 })
	})
	for hash, n := range seen() {
		if n != 1 {
			b.Errorf("frame %s is in the log %d times", hash, n)
		}
	}
	if _, gaps, err := breakglass.CheckFrames(ctx, r.log); err != nil || len(gaps) > 0 {
		b.Errorf("frames: gaps %v, %v", gaps, err)
	}
	return records, b.verifies()
}

// verifies says that the log verifies with everybody's signatures.
func (b *bed) verifies() audit.Verified {
	b.Helper()
	r := b.record.Load()
	if _, err := r.roster.People(context.Background()); err != nil { // takes in what was recorded since
		b.Fatal(err)
	}
	v, err := r.log.Verify(context.Background(), r.roster.Check, func(_, _ int64) {})
	if err != nil {
		b.Errorf("the log does not verify: %v", err)
	}
	return v
}

// of are the records of a kind.
func of(records []audit.Record, kind string) (some []audit.Record) {
	for _, r := range records {
		if r.Kind == kind {
			some = append(some, r)
		}
	}
	return some
}

func text(b leaf.Body, key string) string {
	t, _ := b.Text(key)
	return t
}

// registered returns what the log knows of a session.
func (b *bed) registered(s *breakglass.Session) breakglass.Emergency {
	b.Helper()
	e, err := b.record.Load().register.Emergency(context.Background(), s.ID())
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// spoil damages files in a folder so that nothing in them can be read.
func spoil(t *testing.T, folder string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(folder, name)
		content, err := os.ReadFile(path)
		if err == nil {
			for i := range content {
				content[i] ^= 0x5A
			}
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// limit is a change of an alarm limit of a monitor, by the number of its item.
func limit(item byte, n int64) []drivers.Change {
	ids := map[byte]drivers.SettingID{5: "alarm.etco2.low", 6: "alarm.etco2.high"}
	return []drivers.Change{{Setting: ids[item], Wanted: drivers.IntegerValue(n)}}
}

func signed(signers ...*people.Signer) []*people.Signer { return signers }

// anyChange moves the first number of a device that can be written by a step.
func anyChange(t *testing.T, d inventory.Device) []drivers.Change {
	t.Helper()
	for _, s := range d.Read.Description.Settings {
		found, ok := d.Read.Snapshot.Reading(s.ID)
		if !ok || !s.Writable || !s.Kind.Numeric() {
			continue
		}
		for _, by := range []drivers.Decimal{s.Min, s.Max} {
			changes := []drivers.Change{{Setting: s.ID, Wanted: drivers.Number(s.Kind, by)}}
			if found.Value != changes[0].Wanted && d.Read.Description.CheckAll(changes, d.Read.Snapshot) == nil {
				return changes
			}
		}
	}
	t.Fatal("nothing can be changed")
	return nil
}
