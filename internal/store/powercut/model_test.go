package powercut

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The traces in testdata are of a first start and of the start after it, without the writes of whole pages.
const (
	seedFolder = "/tmp/record/data"
	seedAcks   = "/tmp/record/acks"
)

// x spells text as strace does.
func x(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// at names a file in the folder as the argument of a call on descriptor 5.
func at(name string) string { return "5<" + x(filepath.Join(seedFolder, name)) + ">" }

func opened(name string) string {
	path := x(filepath.Join(seedFolder, name))
	return `1 openat(AT_FDCWD<>, "` + path + `", O_RDWR|O_CREAT, 0644) = 5<` + path + ">\n"
}

func written(name, text string, offset int) string {
	return fmt.Sprintf("1 pwrite64(%s, \"%s\", %d, %d) = %d\n", at(name), x(text), len(text), offset, len(text))
}

func synced(name string) string { return "1 fsync(" + at(name) + ") = 0\n" }

func unlinked(name string) string {
	return `1 unlink("` + x(filepath.Join(seedFolder, name)) + `") = 0` + "\n"
}

func acked(text string) string {
	return fmt.Sprintf("1 write(3<%s>, \"%s\", %d) = %d\n", x(seedAcks), x(text), len(text), len(text))
}

func readDisk(traces ...string) (*disk, error) {
	d := newDisk(seedFolder, seedAcks)
	for _, trace := range traces {
		var err error
		if d.end, err = readTrace(strings.NewReader(trace), d.end, d.take); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func mustRead(t testing.TB, traces ...string) *disk {
	t.Helper()
	d, err := readDisk(traces...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// left returns what one cut leaves.
func left(d *disk, at int, p policy, number uint64) map[string]string {
	files := map[string]string{}
	for name, content := range newReplay(d).after(cut{at, p, number}) {
		files[name] = string(content)
	}
	return files
}

func seedTrace(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestARealTraceIsRead(t *testing.T) {
	d := mustRead(t, seedTrace(t, "first-start.trace"), seedTrace(t, "restart.trace"))
	var entries []string
	for _, e := range d.entries {
		sign := "+"
		if e.file == nil {
			sign = "-"
		}
		entries = append(entries, sign+strings.TrimPrefix(e.name, "countersign."))
	}
	if want := []string{"+lock", "+db", "+db-journal", "-db-journal", "+db-wal", "-db-wal"}; !slices.Equal(entries, want) {
		t.Errorf("names %q, want %q", entries, want)
	}
	var seqs []int64
	for _, a := range d.acks {
		seqs = append(seqs, a.seq)
	}
	if want := []int64{0, 1, 114, 227}; !slices.Equal(seqs, want) || d.end != 69 {
		t.Errorf("acknowledged %v, want %v; %d moments", seqs, want, d.end)
	}
	wal := d.files[3].changes
	if first := wal[0]; len(first.data) != 32 || first.offset != 0 || first.durable != first.end+1 {
		t.Errorf("the write-ahead log begins with %+v", first)
	}
	if last := d.entries[5]; last.durable != never {
		t.Error("the last unlink counts as durable: nothing synced the folder after it")
	}
}

func TestACallThatOthersInterruptInTheTraceIsPutTogether(t *testing.T) {
	write := strings.TrimSuffix(written("a", "text", 0), "= 4\n")
	d := mustRead(t, opened("a")+
		strings.TrimSuffix(write, ") ")+" <unfinished ...>\n"+
		"22    fsync("+at("a")+" <unfinished ...>\n"+
		"1 <... pwrite64 resumed>)         = 3\n"+
		"22    <... fsync resumed>) = 0\n"+
		"22 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL} ---\n"+
		"22 fdatasync("+at("a")+")               = 0\n"+
		"1 pwrite64("+at("a")+`, "`+x("more")+`", 4, 3 <unfinished ...>`+"\n"+
		"1 +++ exited with 0 +++\n")
	changes := d.files[0].changes
	if len(changes) != 2 {
		t.Fatalf("%+v", changes)
	}
	// The first sync began before the write had ended, so it promises nothing; a write cut short wrote what it says.
	if c := changes[0]; c.begin != 1 || c.end != 3 || c.durable != 6 || string(c.data) != "tex" {
		t.Errorf("the write: %+v", c)
	}
	if c := changes[1]; c.begin != 7 || c.end != never || c.durable != never || string(c.data) != "more" {
		t.Errorf("the write that did not return: %+v", c)
	}
}

func TestATraceThatMakesNoSenseIsRefused(t *testing.T) {
	for _, text := range []string{
		"no process\n",
		"1 \n",
		"1 nothing\n",
		"1 Fsync(3) = 0\n",
		"1 fsync(3\n",
		"1 fsync(3)\n",
		"1 fsync(3) = zero\n",
		"1 openat(AT_FDCWD, \"\\x61\", O_RDONLY) = 3<\\x61\n",
		"1 openat(AT_FDCWD, \"\\x61\", O_RDONLY) = 3<a>\n",
		"1 <... fsync resumed>) = 0\n",
		"1 fsync(3 <unfinished ...>\n1 <... write resumed>) = 0\n",
		"1 fsync(3 <unfinished ...>\n2 <... fsync resumed>) = 0\n",
		"1 fsync(3 <unfinished ...>\n1 fsync(3) = 0\n",
		"1 fsync(\"3 <unfinished ...>\n",
		strings.Repeat("1", maxLine+1) + "\n",
	} {
		if d, err := readDisk(text); err == nil {
			t.Errorf("%.60q was read as %+v", text, d)
		}
	}
}

func TestWhatTheModelDoesNotKnowIsRefused(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	path := x(seedFolder + "/a")
	for _, text := range []string{
		`1 rename("` + path + `", "` + x("/tmp/b") + `") = 0`,
		"1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, " + at("a") + ", 0) = 0x7f0000000000",
		"1 write(" + at("a") + `, "` + x("text") + `", 4) = 4`,
		"1 pwritev(" + at("a") + `, [{iov_base="` + x("text") + `", iov_len=4}], 1, 0) = 4`,
		"1 fallocate(" + at("a") + ", 0, 0, 4096) = 0",
		"1 pwrite64(" + at("b") + `, "` + x("text") + `", 4, 0) = 4`,
		"1 pwrite64(" + at("a") + `, "` + x("text") + `"..., 5, 0) = 5`,
		"1 pwrite64(" + at("a") + `, "text", 4, 0) = 4`,
		"1 pwrite64(" + at("a") + `, "` + x("text") + `", 4, 16777216) = 4`,
		"1 pwrite64(" + at("a") + `, "` + x("text") + `", 4) = 4`,
		"1 ftruncate(" + at("a") + ", -1) = 0",
		"1 fsync(" + at("a") + ") = -1 EIO (Input/output error)",
		`1 unlink("` + x("a") + `") = 0`,
		`1 openat(AT_FDCWD<>, "` + path + `x", O_RDONLY) = 6<` + path + `\x78>`,
		acked("one " + hash),
		acked("1 " + hash[:62]),
		acked("1 " + hash + "\n1 " + hash),
	} {
		if _, err := readDisk(opened("a"), strings.TrimSuffix(text, "\n")+"\n"); err == nil {
			t.Errorf("taken: %.120s", text)
		}
	}
	mustRead(t, opened("a"), // the same where it does not matter
		`1 rename("`+path+`", "`+x("/tmp/b")+`") = -1 ENOENT (No such file or directory)`+"\n",
		"1 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, "+at("a")+", 0) = 0x7f0000000000\n",
		opened("a-shm"), "1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, "+at("a-shm")+", 0) = 0x7f0000000000\n",
		unlinked("a"), "1 pwrite64("+at("a")+`(deleted), "`+x("text")+`", 4, 0) = 4`+"\n", acked("1 "+hash+"\n2 "+hash+"\n"))
}

func TestANameIsCertainOnceTheFolderWasSynced(t *testing.T) {
	d := mustRead(t, opened("a"), written("a", "text", 0), synced("a"), synced(""), unlinked("a"), opened("a"), synced(""))
	for _, c := range []struct {
		at         int
		lost, kept map[string]string
	}{
		{0, nil, nil},
		{1, nil, map[string]string{"a": ""}},
		{3, nil, map[string]string{"a": "text"}},
		{4, map[string]string{"a": "text"}, map[string]string{"a": "text"}},
		{5, map[string]string{"a": "text"}, nil},
		{6, map[string]string{"a": "text"}, map[string]string{"a": ""}},
		{7, map[string]string{"a": ""}, map[string]string{"a": ""}},
	} {
		if got := left(d, c.at, allLost, 1); !maps.Equal(got, c.lost) {
			t.Errorf("at %d, all lost: %q, want %q", c.at, got, c.lost)
		}
		if got := left(d, c.at, allKept, 1); !maps.Equal(got, c.kept) {
			t.Errorf("at %d, all kept: %q, want %q", c.at, got, c.kept)
		}
	}
}

func TestEveryCombinationOfSectorsAndLengthsCanBeLeft(t *testing.T) {
	old, young := strings.Repeat("o", 2*sector), strings.Repeat("y", 2*sector)
	shorter := "1 ftruncate(" + at("a") + ", 700) = 0\n"
	d := mustRead(t, opened("a"), written("a", old, 0), synced("a"), synced(""), written("a", young, 100), shorter)
	seen := map[string]bool{}
	for number := range uint64(2000) {
		content := left(d, d.end, someTorn, number)["a"]
		for i := range content {
			if edge := i > 0 && content[i] != content[i-1]; edge && i != 100 && i%sector != 0 {
				t.Fatalf("a write was torn at %d", i)
			}
		}
		if content[:100] != old[:100] {
			t.Fatal("a write changed what it did not touch")
		}
		seen[content] = true
	}
	// Three pieces of the write and its length, the longer ones cut to 700 bytes or not.
	if len(seen) != 16 {
		t.Errorf("%d different files were left", len(seen))
	}
}

func TestRecordsCountFromTheirAcknowledgement(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	d := mustRead(t, opened("a"), acked("0 "+hash+"\n"), opened("a"), acked("1 "+hash+"\n3 "+hash+"\n"))
	for at, want := range []int64{0, 0, 1, 1, 4} {
		if got := d.acknowledged(at); got != want {
			t.Errorf("at %d: %d records, want %d", at, got, want)
		}
	}
}

// FuzzTrace reads any text as a trace. What it accepts must be cut without harm, and alike whether or not the replay was
// asked for earlier cuts before.
func FuzzTrace(f *testing.F) {
	for line := range strings.Lines(seedTrace(f, "first-start.trace") + seedTrace(f, "restart.trace")) {
		f.Add(line) // alone: whole traces are too long to be made smaller while the fuzzing waits
	}
	f.Add(opened("a") + written("a", "text", 0) + synced("a") + synced("") + unlinked("a"))
	f.Fuzz(func(t *testing.T, text string) {
		d, err := readDisk(text)
		if err != nil {
			return
		}
		steps := newReplay(d)
		for _, c := range d.cuts(6, 1) {
			got, want := steps.after(c), newReplay(d).after(c)
			if !maps.EqualFunc(got, want, bytes.Equal) {
				t.Fatalf("cut %+v leaves other files after earlier cuts", c)
			}
			for name, content := range got {
				if len(content) > maxSize {
					t.Fatalf("%q has %d bytes", name, len(content))
				}
			}
		}
	})
}
