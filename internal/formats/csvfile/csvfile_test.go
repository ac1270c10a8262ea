package csvfile

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/internal/formats"
	"countersign/internal/formats/cases"
	"countersign/internal/formats/cases/casestest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// folder keeps the files of a bundle in memory.
type folder map[string]*bytes.Buffer

type file struct{ *bytes.Buffer }

func (file) Close() error { return nil }

func (f folder) open(path string) (io.WriteCloser, error) {
	f[path] = &bytes.Buffer{}
	return file{f[path]}, nil
}

func written(t testing.TB, records []formats.Record) folder {
	t.Helper()
	f := folder{}
	v := New(formats.Heading{Scope: formats.Full}, f.open)
	for _, r := range records {
		if err := v.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestTheTablesOfAStory compares them with what was looked at.
func TestTheTablesOfAStory(t *testing.T) {
	for path, got := range written(t, casestest.Story("")) {
		name := filepath.Join("testdata", filepath.Base(path))
		if *update {
			if err := os.WriteFile(name, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: %v: it is not as in testdata", path, err)
		}
	}
}

// hostile are texts that somebody would put into a device's name for what a spreadsheet makes of them.
var hostile = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A", "  =1", "\u00a0=1", "\"=1", "'=1", "''", "”=1", "«=1", "\u3000=1", "﹣1", "−1",
	"=HYPERLINK(\"http://a.example\";\"b\")", "a\"b", "a,b", "a\r\nb", "a;b", "\x00", "\x7f", "\u202eabc", "\ufeff=1", "007", "1e9", "2026-10-01", "TRUE", "", " ", "'", "é", "日本語", "\xff",
}

// TestNoCellIsAFormula looks at every cell of texts, and takes the mark away again.
func TestNoCellIsAFormula(t *testing.T) {
	for _, s := range hostile {
		cell := Escape(s)
		if Unescape(cell) != cases.Visible(s) {
			t.Errorf("%q becomes %q and %q again", s, cell, Unescape(cell))
		}
		if formula(cell) && !strings.HasPrefix(cell, mark) || strings.ContainsFunc(cell, func(r rune) bool { return r < ' ' }) || !utf8.ValidString(cell) {
			t.Errorf("%q stays %q", s, cell)
		}
	}
	if Escape("-1") == "-1" || Escape("a-1") != "a-1" {
		t.Error("a text is judged by its first character, whatever it looks like")
	}
}

// TestHostileTextsStayInTheirCells: in each place where somebody can put a text, and in all tables.
func TestHostileTextsStayInTheirCells(t *testing.T) {
	for _, s := range []string{"=cmd|' /C calc'!A1", "@a\"b,c", "－1"} {
		for path, got := range written(t, casestest.Story(s)) {
			rows, err := csv.NewReader(bytes.NewReader(got.Bytes())).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, row := range rows {
				for _, cell := range row {
					if formula(cell) && !strings.HasPrefix(cell, mark) {
						if _, err := strconv.ParseFloat(cell, 64); err != nil {
							t.Errorf("%s: %q", path, cell)
						}
					}
				}
			}
		}
	}
}

// TestEachRowNamesItsRecord by number and hash.
func TestEachRowNamesItsRecord(t *testing.T) {
	records := casestest.Story("")
	for path, got := range written(t, records) {
		rows, err := csv.NewReader(bytes.NewReader(got.Bytes())).ReadAll()
		if err != nil || !bytes.HasSuffix(got.Bytes(), []byte("\r\n")) || bytes.Count(got.Bytes(), []byte("\n")) != len(rows) {
			t.Fatalf("%s: %v", path, err)
		}
		if len(rows) < 2 {
			t.Errorf("%s has no row", path)
		}
		for _, row := range rows[1:] {
			seq, err := strconv.Atoi(row[0])
			if err != nil || row[1] != hex.EncodeToString(records[seq].Hash[:]) {
				t.Errorf("%s: %v", path, row)
			}
		}
	}
}

// TestABundleMayLackAnyRecord leaves out each record in turn, and each kind of record: there are always tables.
func TestABundleMayLackAnyRecord(t *testing.T) {
	records := casestest.Story("")
	kinds := map[string]bool{}
	for i, r := range records {
		written(t, slices.Delete(slices.Clone(records), i, i+1))
		kinds[r.Kind] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		written(t, slices.DeleteFunc(slices.Clone(records), func(r formats.Record) bool { return r.Kind == kind }))
		written(t, slices.DeleteFunc(slices.Clone(records), func(r formats.Record) bool { return r.Kind != kind }))
	}
	lone := slices.DeleteFunc(slices.Clone(records), func(r formats.Record) bool { return r.Kind == "change.requested" })
	if got := written(t, lone)[formats.ApprovalsPath].String(); !strings.Contains(got, "shows no open request") {
		t.Errorf("approvals without requests do not say so:\n%s", got)
	}
}

// FuzzEscape: what was escaped is no formula, and comes back.
func FuzzEscape(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cell := Escape(s)
		quoted := appendQuoted(nil, []byte(s))
		if Unescape(cell) != cases.Visible(s) || formula(cell) && cell[0] != mark[0] {
			t.Fatalf("%q becomes %q", s, cell)
		}
		rows, err := csv.NewReader(bytes.NewReader(append(quoted, ",1\r\n"...))).ReadAll()
		if err != nil || rows[0][0] != cell {
			t.Fatalf("%q is read back as %q: %v", cell, rows, err)
		}
	})
}
