package bundle

import (
	"archive/zip"
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/formats"
)

// document is docs/bundle.md, from which others write their verifiers.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "bundle.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheDocumentHasEveryFileInItsPlace reads the files' names out of the document's table, in their order.
func TestTheDocumentHasEveryFileInItsPlace(t *testing.T) {
	_, table, _ := strings.Cut(document(t), "\n| path | holds | source |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var got []string
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, path := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			got = append(got, strings.ReplaceAll(path[1], "NNNNN", "00001"))
		}
	}
	if strings.Join(got, " ") != strings.Join(places, " ") {
		t.Errorf("the document has %q\nand a bundle %q", got, places)
	}
}

// TestTheDocumentHasEveryStatement holds the samples of package statement against the document: the kind, what a signature under it
// means, and every line's key.
func TestTheDocumentHasEveryStatement(t *testing.T) {
	doc := document(t)
	samples, err := filepath.Glob(filepath.Join("..", "statement", "testdata", "*.txt"))
	if err != nil || len(samples) < 28 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	common := map[string]bool{"id": true, "meaning": true, "signer": true, "time": true, "log": true}
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(string(text), "\n")
		kind := strings.TrimSuffix(strings.TrimPrefix(first, "countersign/"), "/v1")
		_, entry, ok := strings.Cut(doc, "\n| `"+kind+"` | ") // of the table
		end := "\n"
		if !ok {
			_, entry, ok = strings.Cut(doc, "\n"+kind+" ") // of the list before it, whose entries go on indented
			end = "\n\n"
		}
		entry, _, _ = strings.Cut(entry, end)
		if !ok {
			t.Errorf("the document has no %s", kind)
			continue
		}
		for line := range strings.Lines(rest) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if key == "meaning" && !strings.Contains(entry, value) {
				t.Errorf("%s: the document does not say %q", kind, value)
			}
			if !common[key] && !regexp.MustCompile(`(^|[^a-z-])`+key+` (<|restore)`).MatchString(entry) {
				t.Errorf("%s: the document has no line %s", kind, key)
			}
		}
	}
}

// TestTheDocumentHasTheColumnsOfEveryTable holds the first lines of a bundle's tables against the document.
func TestTheDocumentHasTheColumnsOfEveryTable(t *testing.T) {
	d := newDesk(t)
	m := d.write(d.request(t.TempDir()))
	z, err := zip.OpenReader(m.Path)
	d.ok(err)
	defer z.Close()
	doc := document(t)
	for _, path := range []string{formats.EventsPath, formats.ChangesPath, formats.EmergenciesPath, formats.ApprovalsPath, formats.PairsPath, formats.UnattestedPath} {
		f, err := z.Open(path)
		d.ok(err)
		line, err := bufio.NewReader(f).ReadString('\n')
		d.ok(err)
		d.ok(f.Close())
		_, row, _ := strings.Cut(doc, "\n  | `"+path+"` | ")
		row, _, _ = strings.Cut(row, " |\n")
		columns := "seq,leaf_sha256," + strings.ReplaceAll(strings.ReplaceAll(row, " *n*", ""), ", ", ",")
		if got := strings.TrimSuffix(line, "\r\n"); got != columns {
			t.Errorf("%s has\n%s\nand the document\n%s", path, got, columns)
		}
	}
}

// TestTheDocumentHasTheBounds looks for the numbers of package formats.
func TestTheDocumentHasTheBounds(t *testing.T) {
	if formats.MaxEntries != 4096 || formats.MaxEntry != 256<<20 || formats.MaxTotal != 64<<30 || formats.MaxRatio != 200 || formats.MaxFree != 1<<20 ||
		formats.MaxManifest != 1<<20 || formats.MaxPath != 100 || formats.PartRecords != 50_000 || formats.MaxReceipt != 4096 {
		t.Error("the bounds are other ones than docs/bundle.md says")
	}
}
