package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/store"
)

var founders = [2]Founder{
	{Name: "Jo Søndergård", Role: policy.Technician, Passphrase: "first of two passphrases"},
	{Name: "Kim Berg", Role: policy.Nursing, Passphrase: "second of two passphrases"},
}

func newLog(t testing.TB) *audit.Log {
	t.Helper()
	db, err := store.Open(t.Context(), t.TempDir(), "clinic.example/ward7")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return logOn(t, db)
}

func logOn(t testing.TB, s audit.Store) *audit.Log {
	t.Helper()
	log, err := audit.Open(t.Context(), s, clock.NewFake(time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func load(t testing.TB, log *audit.Log) *Roster {
	t.Helper()
	r, err := Load(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func founded(t testing.TB, log *audit.Log) (*Roster, *Keys, Founded) {
	t.Helper()
	cheap(t)
	r, keys := load(t, log), NewKeys(t.TempDir())
	f, err := r.Found(t.Context(), keys, founders)
	if err != nil {
		t.Fatal(err)
	}
	return r, keys, f
}

func keyFiles(t testing.TB, keys *Keys) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(keys.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestTwoPersonsFoundAConsoleAndEveryStartKnowsThem(t *testing.T) {
	log := newLog(t)
	r, keys, f := founded(t, log)
	for _, r := range []*Roster{r, load(t, log)} {
		all, err := r.People(t.Context())
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		for i, p := range all {
			want := f.Signers[i].Person
			if p.ID != want.ID || p.Name != founders[i].Name || p.Role != founders[i].Role || !p.Active || !p.Key.Equal(want.Key) {
				t.Errorf("%+v, want %+v", p, want)
			}
			if got, err := r.Person(t.Context(), p.ID); err != nil || got.Name != p.Name {
				t.Errorf("%+v, %v", got, err)
			}
			if s, err := keys.Unlock(p, "clinic.example/ward7", founders[i].Passphrase); err != nil || !s.key.key.Equal(f.Signers[i].key.key) {
				t.Errorf("%s: %v", p.Name, err)
			}
			_, err := keys.Unlock(p, "clinic.example/ward7", founders[1-i].Passphrase)
			mustBe(t, err, fault.Passphrase)
		}
		_, err = r.Person(t.Context(), "ffffffffffffffff")
		mustBe(t, err, fault.NotFound)
	}
	first, err := log.Record(t.Context(), 0)
	if err != nil || first.Kind != KindGenesis {
		t.Fatalf("%+v, %v", first, err)
	}
	text, _, _ := strings.Cut(first.Stmt, "\n\n")
	sum := sha256.Sum256([]byte(text + "\n"))
	if strings.ReplaceAll(f.Fingerprint, " ", "") != hex.EncodeToString(sum[:]) || len(strings.Fields(f.Fingerprint)) != 16 {
		t.Errorf("fingerprint %q", f.Fingerprint)
	}
	if v, err := log.Verify(t.Context(), r.Check, func(_, _ int64) {}); err != nil || v.Signed != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestTwoFoundersMustBeTwoPersonsWhoMayFound(t *testing.T) {
	cheap(t)
	log := newLog(t)
	r, keys := load(t, log), NewKeys(t.TempDir())
	for _, c := range []struct {
		what   string
		change func(*[2]Founder)
		kind   fault.Kind
	}{
		{"one name", func(f *[2]Founder) { f[1].Name = f[0].Name }, fault.SamePerson},
		{"one name in capitals", func(f *[2]Founder) { f[1].Name = strings.ToUpper(f[0].Name) }, fault.SamePerson},
		{"one passphrase", func(f *[2]Founder) { f[1].Passphrase = f[0].Passphrase }, fault.SamePerson},
		{"a weak passphrase", func(f *[2]Founder) { f[1].Passphrase = "password" }, fault.WeakSecret},
		{"an auditor", func(f *[2]Founder) { f[0].Role = policy.Auditor }, fault.NotAllowed},
		{"a role that there is not", func(f *[2]Founder) { f[0].Role = "boss" }, fault.NotAllowed},
		{"no name", func(f *[2]Founder) { f[0].Name = "" }, fault.NoReason},
		{"a name on two lines", func(f *[2]Founder) { f[0].Name = "Jo\nrole admin" }, fault.NoReason},
	} {
		two := founders
		c.change(&two)
		if _, err := r.Found(t.Context(), keys, two); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %s", c.what, err, c.kind)
		}
	}
	if log.Head().Size != 0 || keyFiles(t, keys) != 0 {
		t.Errorf("%d records and %d key files", log.Head().Size, keyFiles(t, keys))
	}
}

func TestAConsoleIsFoundedOnce(t *testing.T) {
	log := newLog(t)
	r, keys, _ := founded(t, log)
	for _, r := range []*Roster{r, load(t, log)} {
		_, err := r.Found(t.Context(), keys, founders)
		mustBe(t, err, fault.WrongState)
	}
	if log.Head().Size != 1 || keyFiles(t, keys) != 2 {
		t.Errorf("%d records and %d key files", log.Head().Size, keyFiles(t, keys))
	}
}

func TestTwoFoundingsAtOnceAreOne(t *testing.T) {
	cheap(t)
	log := newLog(t)
	r, keys := load(t, log), NewKeys(t.TempDir())
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() { _, errs[i] = r.Found(t.Context(), keys, founders) })
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			mustBe(t, err, fault.WrongState)
		}
	}
	if done != 1 || log.Head().Size != 1 || keyFiles(t, keys) != 2 {
		t.Errorf("%d foundings, %d records, %d key files", done, log.Head().Size, keyFiles(t, keys))
	}
	load(t, log)
}

// failing is a store whose Append fails, after or instead of its work.
type failing struct {
	audit.Store
	commits bool
}

func (f failing) Append(ctx context.Context, records []audit.Record, after audit.State) error {
	if f.commits {
		if err := f.Store.Append(ctx, records, after); err != nil {
			return err
		}
	}
	return fault.New(fault.LogFull, "disk", nil)
}

func TestAFoundingThatIsNotRecordedLeavesNoKeyFiles(t *testing.T) {
	cheap(t)
	for _, committed := range []bool{false, true} {
		db, err := store.Open(t.Context(), t.TempDir(), "clinic.example/ward7")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		r, keys := load(t, logOn(t, failing{db, committed})), NewKeys(t.TempDir())
		_, err = r.Found(t.Context(), keys, founders)
		mustBe(t, err, fault.LogFull)
		want := 0
		if committed {
			want = 2 // the log has the founders: without their keys nobody could ever sign
		}
		if got := keyFiles(t, keys); got != want {
			t.Errorf("recorded %v: %d key files", committed, got)
		}
	}
}

func TestAKeyFileThatCannotBeWrittenEndsTheFounding(t *testing.T) {
	cheap(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log := newLog(t)
	_, err := load(t, log).Found(t.Context(), NewKeys(file), founders)
	mustBe(t, err, fault.LogDenied)
	if log.Head().Size != 0 {
		t.Error("the founding was recorded")
	}
}

func same(note string) string { return note }

// foreignDraft is a record as another console of the same name holds it, with an edited statement.
func foreignDraft(t *testing.T, kind string, edit func(note string) string) audit.Draft {
	t.Helper()
	log := newLog(t)
	r, _, f := founded(t, log)
	if err := r.AllowProfile(t.Context(), "map.toml", []byte("map"), f.Signers); err != nil {
		t.Fatal(err)
	}
	seq := int64(0)
	if kind == KindProfile {
		seq = 1
	}
	record, err := log.Record(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Draft{Kind: kind, Actor: leaf.Actor{ID: "x"}, Stmt: edit(record.Stmt)}
}

func TestOnlySignedStatementsAreBelieved(t *testing.T) {
	note := func(kind string, edit func(string) string) audit.Draft { return foreignDraft(t, kind, edit) }
	for what, d := range map[string]audit.Draft{
		"no statement":             {Kind: KindGenesis},
		"text without signatures":  note(KindGenesis, func(s string) string { text, _, _ := strings.Cut(s, "\n\n"); return text + "\n" }),
		"one signature of two":     note(KindGenesis, func(s string) string { return s[:strings.LastIndex(strings.TrimSpace(s), "\n")+1] }),
		"another name":             note(KindGenesis, func(s string) string { return strings.Replace(s, "Kim Berg", "Kim Burg", 1) }),
		"another role":             note(KindGenesis, func(s string) string { return strings.Replace(s, "nursing", "pharmacy", 1) }),
		"another log's":            note(KindGenesis, func(s string) string { return strings.ReplaceAll(s, "clinic.example/ward7", "clinic.example/ward8") }),
		"a profile before anybody": note(KindProfile, same),
		"a profile as a founding":  {Kind: KindGenesis, Stmt: note(KindProfile, same).Stmt},
	} {
		log := newLog(t)
		if _, err := log.Append(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(t.Context(), log); !fault.Is(err, fault.LogBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestStrangersChangeNothing(t *testing.T) {
	_, _, strangers := founded(t, newLog(t)) // the founders of another console of the same name
	log := newLog(t)
	r, _, f := founded(t, log)
	if err := r.AllowProfile(t.Context(), "map.toml", []byte("map"), strangers.Signers); !fault.Is(err, fault.Signature) {
		t.Errorf("strangers allowed a profile: %v", err)
	}
	if err := r.AllowProfile(t.Context(), "map.toml", []byte("map"), [2]*Signer{f.Signers[0], f.Signers[0]}); !fault.Is(err, fault.Signature) {
		t.Errorf("one person allowed a profile twice: %v", err)
	}
	if log.Head().Size != 1 {
		t.Errorf("%d records", log.Head().Size)
	}
	if _, err := log.Append(t.Context(), foreignDraft(t, KindProfile, same)); err != nil {
		t.Fatal(err)
	}
	_, err := r.Reviewed(t.Context(), sha256.Sum256([]byte("map")))
	mustBe(t, err, fault.LogBroken)
	second := newLog(t)
	founded(t, second)
	if _, err := second.Append(t.Context(), foreignDraft(t, KindGenesis, same)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), second); !fault.Is(err, fault.LogBroken) {
		t.Errorf("a second founding: %v", err)
	}
}

func TestAProfileIsReviewedOnceTwoPersonsSaidSo(t *testing.T) {
	log := newLog(t)
	r, _, f := founded(t, log)
	other := load(t, log)
	digest := sha256.Sum256([]byte("map"))
	if ok, err := r.Reviewed(t.Context(), digest); ok || err != nil {
		t.Errorf("before: %v, %v", ok, err)
	}
	mustBe(t, r.AllowProfile(t.Context(), "map.toml", []byte("map"), [2]*Signer{f.Signers[0], nil}), fault.NotSignedIn)
	if err := r.AllowProfile(t.Context(), "map.toml", []byte("map"), f.Signers); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Roster{r, other, load(t, log)} {
		if ok, err := r.Reviewed(t.Context(), digest); !ok || err != nil {
			t.Errorf("after: %v, %v", ok, err)
		}
		if ok, err := r.Reviewed(t.Context(), sha256.Sum256([]byte("map "))); ok || err != nil {
			t.Errorf("another file: %v, %v", ok, err)
		}
	}
	if v, err := log.Verify(t.Context(), r.Check, func(_, _ int64) {}); err != nil || v.Signed != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	f.Signers[1].Lock()
	mustBe(t, r.AllowProfile(t.Context(), "map.toml", []byte("other"), f.Signers), fault.NotSignedIn)
}

func TestOpenTakesASignedStatementAndNothingElse(t *testing.T) {
	log := newLog(t)
	r, _, f := founded(t, log)
	if err := r.AllowProfile(t.Context(), "map.toml", []byte("map"), f.Signers); err != nil {
		t.Fatal(err)
	}
	record, err := log.Record(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := r.Open(t.Context(), record.Stmt); err != nil || !strings.HasPrefix(record.Stmt, string(text)) {
		t.Errorf("%q, %v", text, err)
	}
	for _, note := range []string{"", "hello\n", record.Stmt + "x", strings.Replace(record.Stmt, "map.toml", "mop.toml", 1), record.Stmt[:len(record.Stmt)/2]} {
		if _, err := r.Open(t.Context(), note); !fault.Is(err, fault.Signature) {
			t.Errorf("%q: %v", note, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(ctx, log); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
