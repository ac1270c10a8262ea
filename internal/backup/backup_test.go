package backup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/store"
)

const origin = "site/ward7.example"

var began = time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)

// console is a data folder with a log that is open, and with files that a console keeps.
type console struct {
	t       testing.TB
	folder  string
	anchors []string
	db      *store.DB
	log     *audit.Log
	clock   *clock.Fake
}

func starts(t testing.TB, folder string, anchors ...string) *console {
	t.Helper()
	c := &console{t: t, folder: folder, anchors: append([]string{folder}, anchors...), clock: clock.NewFake(began)}
	var err error
	if c.db, err = store.Open(t.Context(), folder, origin); err != nil {
		t.Fatal(err)
	}
	if c.log, err = audit.Open(t.Context(), c.db, c.clock, audit.WithMachine(folder, c.anchors...)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.db.Close() }) // again, where a test ended it
	return c
}

func (c *console) ends() {
	c.t.Helper()
	if err := errors.Join(c.log.Close(context.Background()), c.db.Close()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *console) records(n int) {
	c.t.Helper()
	d := audit.Draft{Kind: "console.noted", Actor: leaf.Actor{ID: "console"}}
	d.Body.Set("text", strings.Repeat("a word ", 20))
	for ; n > 0; n -= 100 { // one sync for many
		if _, err := c.log.Append(c.t.Context(), slices.Repeat([]audit.Draft{d}, min(n, 100))...); err != nil {
			c.t.Fatal(err)
		}
	}
}

// kept are the files of a console beside its log, and whether a backup holds each.
var kept = map[string]bool{
	"keys/7f3a91c25d0c8a52.key": true, "keys/sealed-codes": true, "roster.copy": true, "network.json": true, "emergency/emergency-00.jnl": true,
	"damaged-20260101T000000Z-countersign.db": true, "slip-BG-7K3M.html": true,
	"emergency/emergency-00.jnl.lock": false, "sealed-codes.html": false, "ballast": false, "console.pid": false, "roster.copy.new": false,
	"a name with spaces.txt": false, "countersign-backup-x-20260101-000000.zip": false, "ward/ward.json": false, "con.txt": false,
}

// furnish writes those files.
func (c *console) furnish() *console {
	c.t.Helper()
	for name := range kept {
		path := filepath.Join(c.folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("the content of "+name), 0o600)); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.folder, "emergency/emergency-01.jnl"), make([]byte, 4<<20), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return c
}

func plenty(string) (int64, error) { return 1 << 40, nil }

func untold(string, int64, int64) {}

func (c *console) request(to string) Request {
	return Request{Folder: c.folder, DB: c.db, To: to, Program: "countersign test", Now: c.clock.Now(), Free: plenty}
}

// backup makes one.
func (c *console) backup(to string) Made {
	c.t.Helper()
	made, err := Make(c.t.Context(), c.request(to), untold)
	if err != nil {
		c.t.Fatal(err)
	}
	return made
}

func mustBe(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%v is not %q", err, kind)
	}
}

func names(t testing.TB, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func restore(t testing.TB, r Restore) (Back, error) {
	t.Helper()
	if r.Free == nil {
		r.Free = plenty
	}
	r.Now = began.Add(time.Hour)
	return r.Run(t.Context(), untold)
}

func TestABackupHoldsWhatAConsoleKeepsAndNotItsMachineKey(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(20)
	to := t.TempDir()
	made := c.backup(to)
	if got := names(t, to); !slices.Equal(got, []string{"countersign-backup-site-ward7-example-20260930-100000.zip"}) {
		t.Errorf("%v", got)
	}
	if made.Manifest.Head != c.log.Head() {
		t.Errorf("%+v", made.Manifest.Head)
	}
	for name, in := range kept {
		got := slices.ContainsFunc(made.Manifest.Files, func(f File) bool { return f.Path == name })
		if got != in {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, f := range made.Manifest.Files {
		if strings.HasPrefix(f.Path, "machine-") || strings.Contains(f.Path, "checkpoint") {
			t.Errorf("%s is in it", f.Path)
		}
	}
	if !slices.ContainsFunc(made.Left, func(l Left) bool { return l.Why == MachineKey }) {
		t.Errorf("it does not say that the machine's key is not in it: %v", made.Left)
	}
	content, err := os.ReadFile(made.Path)
	if err != nil || len(content) > 1<<20 {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	key, err := filepath.Glob(filepath.Join(c.folder, "machine-*.key"))
	if err != nil || len(key) != 1 {
		t.Fatal(key, err)
	}
	secret, err := os.ReadFile(key[0])
	if err != nil || bytes.Contains(content, secret) {
		t.Error("the machine's key is in it")
	}
}

func TestAConsoleThatIsPutBackIsTheOneThatWasAndSaysSo(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(20)
	made := c.backup(t.TempDir())
	c.records(5)
	folder := filepath.Join(t.TempDir(), "new", "data")
	back, err := restore(t, Restore{File: made.Path, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if back.SHA256 != made.SHA256 || back.Manifest.Head != made.Manifest.Head || back.Aside != "" {
		t.Errorf("%+v", back)
	}
	for name, in := range kept {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if (err == nil) != in || in && string(b) != "the content of "+name {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	marker, ok, err := Restored(folder)
	if !ok || err != nil || marker.Backup != made.SHA256 || marker.Head != made.Manifest.Head || !marker.Restored.Equal(began.Add(time.Hour)) {
		t.Errorf("%+v, %v, %v", marker, ok, err)
	}
	again := starts(t, folder)
	if size := again.log.Head().Size; size != made.Manifest.Head.Size+1 {
		t.Errorf("%d records, where the key that nothing links to is one more than %d", size, made.Manifest.Head.Size)
	}
	if _, err := again.log.Append(t.Context(), marker.Draft()); err != nil {
		t.Fatal(err)
	}
	if err := Told(folder); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := Restored(folder); ok || err != nil {
		t.Errorf("it is said again: %v", err)
	}
	found, err := again.log.Verify(t.Context(), nil, func(int64, int64) {})
	kinds := []audit.FindingKind{}
	for _, f := range found.Findings {
		kinds = append(kinds, f.Kind)
	}
	if err != nil || !slices.Equal(kinds, []audit.FindingKind{audit.FindingUnlinked, audit.FindingRestored}) {
		t.Errorf("%v, %v", kinds, err)
	}
}

func TestASealedBackupOpensWithItsIdentityOnly(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(3)
	mine, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	r := c.request(t.TempDir())
	r.Recipient = " " + mine.Recipient().String() + "\n"
	made, err := Make(t.Context(), r, untold)
	if err != nil {
		t.Fatal(err)
	}
	if !made.Sealed || !strings.HasSuffix(made.Path, ".zip.age") {
		t.Errorf("%+v", made)
	}
	content, err := os.ReadFile(made.Path)
	if err != nil || bytes.Contains(content, []byte("roster.copy")) {
		t.Errorf("names can be read in it, %v", err)
	}
	for what, ids := range map[string][]age.Identity{"none": nil, "another": {other}} {
		_, err := restore(t, Restore{File: made.Path, Folder: filepath.Join(t.TempDir(), "x"), Identities: ids})
		t.Log(what, err)
		mustBe(t, err, fault.KeyFile)
	}
	ids, err := ReadIdentities(strings.NewReader("# mine\n" + mine.String() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	back, err := restore(t, Restore{File: made.Path, Folder: filepath.Join(t.TempDir(), "x"), Identities: ids})
	if err != nil || back.SHA256 != made.SHA256 {
		t.Errorf("%v", err)
	}
	r.Recipient = "age1nobody"
	_, err = Make(t.Context(), r, untold)
	mustBe(t, err, fault.OutOfRange)
	if CheckRecipient("") != nil || CheckRecipient(mine.Recipient().String()) != nil || CheckRecipient("x") == nil {
		t.Error("a recipient")
	}
	if stray, _ := filepath.Glob(filepath.Join(c.folder, "*partial*")); len(stray) > 0 {
		t.Errorf("left in the data folder: %v", stray)
	}
}

func TestACancelledBackupLeavesNothingWhereverItIs(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(3000)
	for _, stage := range []string{Files, Database, Check} {
		to := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Make(ctx, c.request(to), func(at string, _, _ int64) {
			if at == stage {
				cancel()
			}
		})
		cancel()
		mustBe(t, err, fault.Cancelled)
		if left := names(t, to); len(left) > 0 {
			t.Errorf("cancelled at %s it leaves %v", stage, left)
		}
	}
}

func TestWithoutRoomNothingIsBegun(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	r := c.request(t.TempDir())
	r.Free = func(string) (int64, error) { return 5 << 20, nil }
	_, err := Make(t.Context(), r, untold)
	mustBe(t, err, fault.LogFull)
	if fault.SubjectOf(err) != r.To || len(names(t, r.To)) > 0 {
		t.Errorf("%v, %v", err, names(t, r.To))
	}
	r.To = filepath.Join(r.To, "none")
	r.Free = plenty
	_, err = Make(t.Context(), r, untold)
	mustBe(t, err, fault.LogDenied)
}

func TestABackupIsNotWrittenOverAnother(t *testing.T) {
	c := starts(t, t.TempDir())
	to := t.TempDir()
	first := c.backup(to)
	before, err := os.ReadFile(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Make(t.Context(), c.request(to), untold)
	mustBe(t, err, fault.LogDenied)
	after, err := os.ReadFile(first.Path)
	if err != nil || !bytes.Equal(before, after) || len(names(t, to)) != 1 {
		t.Errorf("%v, %v", names(t, to), err)
	}
}

func TestADamagedLogIsNotBackedUpAsIfItWereWhole(t *testing.T) {
	c := starts(t, t.TempDir())
	c.records(50)
	c.ends()
	path := filepath.Join(c.folder, store.FileName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, []byte("a word a word"))
	b[at]++
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	c = starts(t, c.folder)
	to := t.TempDir()
	_, err = Make(t.Context(), c.request(to), untold)
	mustBe(t, err, fault.LogBroken)
	if left := names(t, to); len(left) > 0 {
		t.Errorf("%v", left)
	}
}
