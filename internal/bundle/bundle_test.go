package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	dbsql "database/sql"
	"errors"
	"fmt"
	"io"
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
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"
	"countersign/internal/verify"
)

const origin = "clinic.example/ward-7"

var founders = [2]people.Founder{
	{Name: "Jo Søndergård", Role: policy.Technician, Passphrase: "first of two passphrases"},
	{Name: "Kim Berg", Role: policy.Nursing, Passphrase: "second of two passphrases"},
}

// desk is a console with a real log, founded by two persons.
type desk struct {
	*testing.T
	folder  string
	db      *store.DB
	clock   *clock.Fake
	log     *audit.Log
	exports *Exports
	roster  *people.Roster
	signers [2]*people.Signer
	words   string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	before := people.Floor
	people.Floor = people.Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}
	t.Cleanup(func() { people.Floor = before })
	d := &desk{T: t, folder: t.TempDir(), clock: clock.NewFake(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))}
	var err error
	d.db, err = store.Open(t.Context(), d.folder, origin, Projection())
	d.ok(err)
	t.Cleanup(func() { _ = d.db.Close() })
	d.log, err = audit.Open(t.Context(), d.db, d.clock, audit.WithMachine(d.folder))
	d.ok(err)
	d.exports = NewExports(d.db)
	d.roster, err = people.Load(t.Context(), d.log)
	d.ok(err)
	site, err := d.roster.Found(t.Context(), people.NewKeys(t.TempDir()), founders)
	d.ok(err)
	d.signers, d.words = site.Signers, strings.ReplaceAll(site.Fingerprint, " ", "")
	return d
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// read appends records of readings, and of people who come and go.
func (d *desk) read(n int) {
	d.Helper()
	var all []audit.Draft
	for i := range n {
		who := d.signers[i%2].Person.Actor()
		a := audit.Draft{Kind: "device.read", Actor: who}
		a.Body.Set("device", fmt.Sprintf("Capnostream 20 SN B%d", i%3))
		a.Body.SetInt("n", int64(i))
		switch i % 10 {
		case 4:
			a = audit.Draft{Kind: "people.signed-in", Actor: who}
		case 5:
			a = audit.Draft{Kind: "change.comment", Actor: who}
			a.Body.Set("request", "01K6Z2Q8M3V7T9A0B100000001")
			a.Body.Set("text", "a remark, with\na line feed and =1+1")
		}
		all = append(all, a)
		d.clock.Advance(time.Second)
	}
	for part := range slices.Chunk(all, 100) {
		_, err := d.log.Append(d.Context(), part...)
		d.ok(err)
	}
}

// request asks for a bundle of everything.
func (d *desk) request(folder string) Request {
	return Request{Source: d.log, Exports: d.exports, For: "the yearly audit", Folder: folder, Temp: d.TempDir(), Program: "countersign 0.0.1",
		Site: "Clinic Example", Genesis: d.words, Actor: d.signers[0].Person.Actor()}
}

// by lets a person sign.
func (d *desk) by(s *people.Signer) func(context.Context, Said) (string, error) {
	return func(_ context.Context, said Said) (string, error) {
		id, err := statement.NewID(said.Made.Wall, rand.Reader)
		if err != nil {
			return "", err
		}
		text, err := said.Statement(id, s.Stated()).Text()
		if err != nil {
			return "", err
		}
		return s.Sign(text)
	}
}

func (d *desk) write(r Request) Made {
	d.Helper()
	m, err := Write(d.Context(), r, nil)
	if err != nil {
		d.Fatalf("%v\n%+v", err, m.Report.Failure)
	}
	return m
}

// is holds a bundle against what it should be.
func (d *desk) is(m Made, verdict verify.Verdict) {
	d.Helper()
	if m.Report.Verdict != verdict {
		d.Fatalf("%s: %+v %+v", m.Report.Verdict, m.Report.Failure, m.Report.Findings)
	}
	if m.Manifest.Shown != m.Report.Counts.Shown || m.Report.Counts.Shown+m.Report.Counts.Withheld != m.Manifest.Head.Size {
		d.Errorf("%+v", m.Report.Counts)
	}
	d.only(filepath.Dir(m.Path), filepath.Base(m.Path))
}

// only says what is in a folder.
func (d *desk) only(folder string, names ...string) {
	d.Helper()
	entries, err := os.ReadDir(folder)
	d.ok(err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, names) {
		d.Errorf("%q, not %q", got, names)
	}
}

func TestAFullBundleVerifiesAndIsRecorded(t *testing.T) {
	d := newDesk(t)
	d.read(700)
	r := d.request(t.TempDir())
	r.Sign = d.by(d.signers[0])
	m := d.write(r)
	d.is(m, verify.Verified)
	if m.Manifest.Scope != formats.Full || m.Report.Exporter != founders[0].Name || m.Recorded != m.Manifest.Head.Size {
		t.Errorf("%+v", m)
	}
	record, err := d.log.Record(t.Context(), m.Recorded)
	d.ok(err)
	if file, _ := record.Body.Text("file"); record.Kind != KindMade || file != filepath.Base(m.Path) || record.Stmt == "" {
		t.Errorf("%+v", record)
	}
	if v, err := d.log.Verify(t.Context(), d.roster.Check, func(_, _ int64) {}); err != nil || v.Signed != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	again := d.write(d.request(t.TempDir()))
	d.is(again, verify.Verified)
	if again.Manifest.Previous != m.Manifest.Head {
		t.Errorf("%+v", again.Manifest.Previous)
	}
	all, err := d.exports.List(t.Context())
	d.ok(err)
	if len(all) != 2 || all[1].Manifest != m.Digest || all[1].Fingerprint != m.Fingerprint || !all[1].Signed || all[0].Signed {
		t.Errorf("%+v", all)
	}
}

func TestAPartOfTheLogVerifies(t *testing.T) {
	d := newDesk(t)
	d.read(900)
	d.write(d.request(t.TempDir())) // the one before
	d.read(50)
	for name, s := range map[string]Selection{
		"a period":            {From: 100, To: 333},
		"the end":             {From: 800},
		"nothing":             {From: 500, To: 500},
		"a device":            {Device: "B1"},
		"a device, a while":   {Device: "Capnostream 20 SN B2", From: 300, To: 420},
		"a person":            {Person: d.signers[1].ID},
		"no words":            {Without: []Redaction{Comments, Accounts}, Reason: "they name a patient"},
		"no sign-ins, period": {Without: []Redaction{SignIns}, Reason: "not asked for", From: 10, To: 700},
	} {
		t.Run(name, func(t *testing.T) {
			d := *d
			d.T = t
			r := d.request(t.TempDir())
			r.Selection = s
			m := d.write(r)
			d.is(m, verify.Verified)
			if m.Report.Counts.Withheld == 0 || m.Manifest.Scope == formats.Full || m.Manifest.Previous.Size == 0 {
				t.Errorf("%+v", m.Manifest)
			}
			preview, err := Look(t.Context(), d.log, Selection{From: s.From, To: m.Manifest.To, Device: s.Device, Person: s.Person, Without: s.Without, Reason: s.Reason}, nil)
			d.ok(err)
			if preview.To != m.Manifest.To || preview.Shown < m.Manifest.Shown || preview.Bytes < m.Size {
				t.Errorf("%+v\n%+v", preview, m)
			}
		})
	}
}

func TestTheSameLogMakesTheSameBytes(t *testing.T) {
	d := newDesk(t)
	d.read(300)
	var sums [][32]byte
	for range 2 {
		r := d.request(t.TempDir())
		r.Made = clock.Reading{Wall: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), State: clock.OK}
		r.Exports = nil
		r.Selection.To = 290
		head := d.log.Head()
		r.Source = still{d.log, head}
		m := d.write(r)
		sums = append(sums, m.SHA256)
	}
	if sums[0] != sums[1] {
		t.Error("they differ")
	}
}

// still is a log that records nothing.
type still struct {
	*audit.Log
	head audit.Head
}

func (s still) Append(context.Context, ...audit.Draft) ([]audit.Record, error) {
	return make([]audit.Record, 1), nil
}

func TestAnEncryptedBundleIsTheAuditorsAlone(t *testing.T) {
	d := newDesk(t)
	d.read(50)
	id, err := age.GenerateX25519Identity()
	d.ok(err)
	r := d.request(t.TempDir())
	r.Recipient = "age1nobody"
	if _, err := Write(t.Context(), r, nil); !fault.Is(err, fault.Recipient) {
		t.Fatal(err)
	}
	r.Recipient = id.Recipient().String()
	m := d.write(r)
	if !strings.HasSuffix(m.Path, ".zip.age") || !m.Encrypted || m.Report.Verdict != "" {
		t.Fatalf("%+v", m)
	}
	d.only(filepath.Dir(m.Path), filepath.Base(m.Path))
	d.only(r.Temp)
	file, err := os.ReadFile(m.Path)
	d.ok(err)
	plain, err := age.Decrypt(bytes.NewReader(file), id)
	d.ok(err)
	bundle, err := io.ReadAll(plain)
	d.ok(err)
	report, err := verify.Bundle(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), verify.Options{Genesis: d.words})
	if err != nil || report.Verdict != verify.Verified || report.ManifestDigest != m.Digest {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestABrokenLogIsHandedOutAndSaysSo changes a record in the database, as somebody would who wants to hide it.
func TestABrokenLogIsHandedOutAndSaysSo(t *testing.T) {
	for name, meddle := range map[string]string{
		"changed":  "UPDATE log SET leaf = CAST(replace(CAST(leaf AS TEXT), 'device.read', 'device.reed') AS BLOB) WHERE seq = 20",
		"no JSON":  "UPDATE log SET leaf = CAST('{]' AS BLOB) WHERE seq = 20",
		"gone":     "DELETE FROM log WHERE seq = 20",
		"the last": "DELETE FROM log WHERE seq > 90",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.read(100)
			d.meddle(meddle)
			m := d.write(d.request(t.TempDir()))
			if m.Report.Verdict != verify.Failed || !strings.Contains(m.Manifest.Filter, "BROKEN") || m.Broken == "" {
				t.Fatalf("%+v", m)
			}
			want := int64(20)
			if name == "the last" {
				want = 91
			}
			if name != "changed" && m.Report.Failure.Seq != want || !strings.Contains(m.Broken, fmt.Sprintf("record %d", want)) {
				t.Errorf("%s; %+v", m.Broken, m.Report.Failure)
			}
		})
	}
}

// meddle changes the database behind the log's back.
func (d *desk) meddle(sql string) {
	d.Helper()
	path, err := filepath.Glob(filepath.Join(d.folder, "*.db"))
	d.ok(err)
	db, err := dbsql.Open("sqlite3", path[0])
	d.ok(err)
	defer db.Close()
	rows, err := db.QueryContext(d.Context(), "SELECT name FROM sqlite_master WHERE type = 'trigger'")
	d.ok(err)
	var names []string
	for rows.Next() {
		var name string
		d.ok(rows.Scan(&name))
		names = append(names, name)
	}
	d.ok(errors.Join(rows.Err(), rows.Close()))
	for _, name := range names {
		_, err := db.ExecContext(d.Context(), "DROP TRIGGER "+name)
		d.ok(err)
	}
	_, err = db.ExecContext(d.Context(), sql)
	d.ok(err)
}

func TestNothingIsLeftOutWithoutAReason(t *testing.T) {
	d := newDesk(t)
	r := d.request(t.TempDir())
	for _, c := range []struct {
		s    Selection
		kind fault.Kind
	}{
		{Selection{Without: []Redaction{Comments}, Reason: " \n"}, fault.NoReason},
		{Selection{From: 5, To: 3}, fault.OutOfRange},
		{Selection{From: -1}, fault.OutOfRange},
		{Selection{To: 1 << 40}, fault.OutOfRange},
	} {
		r.Selection = c.s
		if _, err := Write(t.Context(), r, nil); !fault.Is(err, c.kind) {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
	d.only(r.Folder)
}

func TestAConsoleWithoutAKeySignsNothing(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), origin, Projection())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, err := audit.Open(t.Context(), db, clock.NewFake(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Write(t.Context(), Request{Source: log, Folder: t.TempDir(), Program: "countersign 0.0.1"}, nil)
	if !fault.Is(err, fault.NoMachineKey) {
		t.Error(err)
	}
}

func TestFramesThatTheLogHasNotTakenInAreThere(t *testing.T) {
	d := newDesk(t)
	r := d.request(t.TempDir())
	frame, err := leaf.Encode(leaf.Leaf{Kind: "emergency.opened", At: d.clock.Now(), Actor: itself})
	d.ok(err)
	r.Frames = func(context.Context) ([][]byte, error) { return [][]byte{frame}, nil }
	m := d.write(r)
	if m.Report.Counts.FramesAside != 1 || m.Report.Verdict != verify.WithFindings {
		t.Errorf("%+v", m.Report)
	}
	r.Frames = func(context.Context) ([][]byte, error) { return nil, errors.New("no") }
	if _, err := Write(t.Context(), r, nil); err == nil {
		t.Error("frames that could not be read were left out")
	}
}

func TestAZipHasNothingButItsFiles(t *testing.T) {
	d := newDesk(t)
	d.read(20)
	m := d.write(d.request(t.TempDir()))
	z, err := zip.OpenReader(m.Path)
	d.ok(err)
	defer z.Close()
	for _, f := range z.File {
		if len(f.Extra) > 0 || f.Comment != "" || f.ModifiedDate != firstDay || f.ModifiedTime != 0 || f.Flags != 0 || f.ExternalAttrs != 0 {
			t.Errorf("%+v", f.FileHeader)
		}
	}
	if got := z.File[0].Name; got != formats.VerifyPath {
		t.Error(got)
	}
}
