package backup

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

func TestAFolderThatIsNotEmptyIsSetAsideOrLeftAlone(t *testing.T) {
	anchors := t.TempDir()
	data := filepath.Join(t.TempDir(), "data")
	c := starts(t, data, anchors).furnish()
	c.records(20)
	made := c.backup(t.TempDir())
	c.records(300) // more than lie between two checkpoints
	ask := Restore{File: made.Path, Folder: data}
	_, err := restore(t, ask)
	mustBe(t, err, fault.WrongState)
	ask.SetAside = true
	_, err = restore(t, ask)
	mustBe(t, err, fault.LogBusy)
	if got := names(t, filepath.Dir(data)); !slices.Equal(got, []string{"data"}) {
		t.Errorf("beside it are %v", got)
	}
	c.records(1) // it goes on
	head := c.log.Head()
	c.ends()
	back, err := restore(t, ask)
	if err != nil {
		t.Fatal(err)
	}
	if back.Aside != data+".set-aside-20260930-110000" {
		t.Errorf("%q", back.Aside)
	}
	if old := starts(t, back.Aside); old.log.Head().Size < head.Size {
		t.Errorf("what was set aside has %d records", old.log.Head().Size)
	}
	again := starts(t, data, anchors)
	var said []string
	err = again.log.Each(t.Context(), made.Manifest.Head.Size, func(r audit.Record) error {
		said = append(said, r.Kind)
		return nil
	})
	if err != nil || !slices.Equal(said, []string{audit.KindEpoch, audit.KindRolledBack}) {
		t.Errorf("%v, %v", said, err)
	}
	for _, a := range again.log.Anchors() {
		if a.State != audit.AnchorAhead {
			t.Errorf("the copy in %s is %s", a.Folder, a.State)
		}
	}
}

func TestTheWitnessInTheOldFolderStaysWhereNoOtherIs(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	c := starts(t, data)
	c.records(5)
	made := c.backup(t.TempDir())
	c.records(300)
	c.ends()
	if _, err := restore(t, Restore{File: made.Path, Folder: data, SetAside: true}); err != nil {
		t.Fatal(err)
	}
	again := starts(t, data)
	if a := again.log.Anchors(); len(a) != 1 || a[0].State != audit.AnchorAhead {
		t.Errorf("%+v", a)
	}
}

func TestAnEmptyFolderIsFilled(t *testing.T) {
	c := starts(t, t.TempDir())
	made := c.backup(t.TempDir())
	folder := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, Restore{File: made.Path, Folder: folder}); err != nil {
		t.Fatal(err)
	}
	starts(t, folder)
}

// forged is a backup that is made by hand, from files and a manifest that may lie.
type forged struct {
	files []forgedFile
	alter func(manifest string) string // nil: it lists what is there
}

type forgedFile struct {
	name    string
	content []byte
	mode    fs.FileMode
	declare *zip.FileHeader // written raw, with what it declares, where there is one
}

func (f forged) write(t testing.TB, head audit.Head) string {
	t.Helper()
	m := Manifest{Program: "countersign test", Made: began, Clock: "ok", Head: head}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(one forgedFile) {
		if one.declare != nil {
			w, err := z.CreateRaw(one.declare)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write(one.content)
			return
		}
		h := &zip.FileHeader{Name: one.name, Method: zip.Deflate}
		if one.mode != 0 {
			h.SetMode(one.mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(one.content); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range f.files {
		put(one)
		m.Files = append(m.Files, File{one.name, int64(len(one.content)), sha256.Sum256(one.content)})
	}
	text := string(m.text())
	if f.alter != nil {
		text = f.alter(text)
	}
	put(forgedFile{name: manifestPath, content: []byte(text)})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "forged.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// parts are the files of a real backup.
func parts(t testing.TB) (files []forgedFile, head audit.Head) {
	t.Helper()
	c := starts(t, t.TempDir())
	c.records(5)
	for _, dir := range []string{"keys"} {
		if err := os.Mkdir(filepath.Join(c.folder, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.folder, "keys/7f3a91c25d0c8a52.key"), []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	made := c.backup(t.TempDir())
	z, err := zip.OpenReader(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File[:len(z.File)-1] {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, forgedFile{name: f.Name, content: content})
	}
	return files, made.Manifest.Head
}

// badNames are those that no file of a backup has, each in a backup that is whole but for them.
var badNames = map[string][]string{
	"a name that leads out":       {"../outside"},
	"a name that leads out later": {"keys/../../outside"},
	"an absolute name":            {"/etc/outside"},
	"a drive":                     {"C:/outside"},
	"a backslash":                 {`keys\..\outside`},
	"a device of Windows":         {"keys/CON.txt"},
	"a name with a nought":        {"keys/a\x00b"},
	"a write-ahead log":           {"countersign.db-wal"},
	"a rollback journal":          {"countersign.db-journal"},
	"a machine key":               {"machine-7.key"},
	"a copy of a checkpoint":      {"last-checkpoint.note"},
	"a marker of its own":         {"restored.note"},
	"another spelling":            {"Countersign.DB"},
	"a file twice":                {"a.txt", "a.txt"},
	"a file in two spellings":     {"a.txt", "A.txt"},
	"a file that is a folder":     {"a", "a/b"},
}

func TestWhatIsNoWholeBackupPutsNothingInPlace(t *testing.T) {
	files, head := parts(t)
	more := func(extra ...forgedFile) []forgedFile { return append(slices.Clone(files), extra...) }
	named := func(names ...string) []forgedFile {
		all := slices.Clone(files)
		for _, n := range names {
			all = append(all, forgedFile{name: n, content: []byte("x")})
		}
		return all
	}
	swap := func(old, with string) func(string) string {
		return func(m string) string { return strings.Replace(m, old, with, 1) }
	}
	other := head
	other.Size--
	cases := map[string]struct {
		forged
		head audit.Head
	}{
		"a link":                         {forged{files: more(forgedFile{name: "keys/link", content: []byte("/etc/passwd"), mode: fs.ModeSymlink | 0o777})}, head},
		"a folder":                       {forged{files: more(forgedFile{name: "sub/"})}, head},
		"no database":                    {forged{files: files[1:]}, head},
		"a file that is not listed":      {forged{files: named("a.txt"), alter: func(m string) string { return m[:strings.LastIndex(m, "file ")] }}, head},
		"a file that is missing":         {forged{files: files, alter: func(m string) string { return m + "file " + strings.Repeat("0", 64) + " 1 b.txt\n" }}, head},
		"another digest":                 {forged{files: files, alter: swap(hex.EncodeToString(digest(files[1].content)), strings.Repeat("0", 64))}, head},
		"another size":                   {forged{files: files, alter: swap(fmt.Sprintf(" %d keys", len(files[1].content)), " 4711 keys")}, head},
		"more bytes than declared":       {forged{files: more(lying(10, 1<<20))}, head},
		"ten gibibytes that are not":     {forged{files: more(lying(10<<30, 100))}, head},
		"no manifest":                    {forged{files: files, alter: func(string) string { return "" }}, head},
		"a manifest that is too long":    {forged{files: files, alter: func(m string) string { return m + strings.Repeat("\n", maxManifest) }}, head},
		"another head":                   {forged{files: files}, other},
		"another origin":                 {forged{files: files, alter: swap(origin, "site/elsewhere")}, head},
		"a manifest in another spelling": {forged{files: files, alter: swap("program ", "program  ")}, head},
	}
	for what, name := range badNames {
		cases[what] = struct {
			forged
			head audit.Head
		}{forged{files: named(name...)}, head}
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			place := t.TempDir()
			from := time.Now()
			_, err := restore(t, Restore{File: c.write(t, c.head), Folder: filepath.Join(place, "data")})
			if kind := fault.KindOf(err); kind != fault.Incoming && kind != fault.LogBroken {
				t.Errorf("%v", err)
			}
			if left := names(t, place); len(left) > 0 {
				t.Errorf("it leaves %v", left)
			}
			if took := time.Since(from); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	if _, err := restore(t, Restore{File: forged{files: files}.write(t, head), Folder: filepath.Join(t.TempDir(), "data")}); err != nil {
		t.Errorf("one that is whole: %v", err)
	}
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// lying is a stored file that declares another size than it has.
func lying(declared uint64, is int) forgedFile {
	content := bytes.Repeat([]byte("x"), is)
	h := &zip.FileHeader{Name: "lies.txt", Method: zip.Store, UncompressedSize64: declared, CompressedSize64: uint64(is)}
	return forgedFile{name: "lies.txt", content: content, declare: h}
}

func TestABackupThatWasCutOrAlteredAnywhereIsRefused(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(5)
	made := c.backup(t.TempDir())
	whole, err := os.ReadFile(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	place := t.TempDir()
	path := filepath.Join(t.TempDir(), "b.zip")
	try := func(b []byte) error {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(place, "data")
		_, err := restore(t, Restore{File: path, Folder: folder})
		if err == nil {
			_ = os.RemoveAll(folder)
		}
		return err
	}
	for n := 0; n < len(whole); n += len(whole)/25 + 1 {
		if err := try(whole[:n]); !fault.Is(err, fault.Incoming) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	told := 0
	for n := 0; n < len(whole); n += len(whole)/60 + 1 {
		b := bytes.Clone(whole)
		b[n] ^= 0x10
		switch err := try(b); fault.KindOf(err) {
		case "": // a byte of the archive that nothing reads, such as a time
		case fault.Incoming, fault.LogBroken:
			told++
		default:
			t.Errorf("altered at %d: %v", n, err)
		}
	}
	if told < 50 {
		t.Errorf("%d of 60 alterations were seen", told)
	}
	if left := names(t, place); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

func TestACancelledRestoreLeavesNothing(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(2000)
	made := c.backup(t.TempDir())
	for _, stage := range []string{Check, Files, Database} {
		place := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		r := Restore{File: made.Path, Folder: filepath.Join(place, "data"), Free: plenty, Now: began}
		_, err := r.Run(ctx, func(at string, _, _ int64) {
			if at == stage {
				cancel()
			}
		})
		cancel()
		mustBe(t, err, fault.Cancelled)
		if left := names(t, place); len(left) > 0 {
			t.Errorf("at %s it leaves %v", stage, left)
		}
	}
}

func TestAMarkerThatCannotBeReadIsOneAllTheSame(t *testing.T) {
	folder := t.TempDir()
	m := Marker{Made: began, Clock: "ok", Head: audit.Head{Origin: origin, Size: 7}, Restored: began}
	for text, whole := range map[string]bool{
		string(m.text()): true, "": false, "restored\n": false, strings.Repeat("x", maxMarker+1): false, string(m.text()) + "\n": false,
		strings.Replace(string(m.text()), "log ", "log  ", 1): false, strings.Replace(string(m.text()), " 7 ", " -7 ", 1): false,
	} {
		if err := os.WriteFile(filepath.Join(folder, markerName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, ok, err := Restored(folder)
		if !ok || (err == nil) != whole || whole && got.Head != m.Head {
			t.Errorf("%q: %+v, %v, %v", text, got, ok, err)
		}
	}
}
