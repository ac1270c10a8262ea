package house

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const module = "countersign"

func TestTheHouseKeepsItsRules(t *testing.T) {
	tree, err := Load("../..", module)
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"drivers/drivers.go", "internal/house/house_test.go"} {
		if !slices.ContainsFunc(tree.Files, func(f *File) bool { return f.Is(must) }) {
			t.Fatalf("%s was not read: the rules would be judging another tree", must)
		}
	}
	for _, rule := range Rules() {
		t.Run(rule.Key, func(t *testing.T) {
			for _, f := range rule.Check(tree) {
				t.Errorf("%v\n\trule:   %s\n\treason: %s", f, rule.Says, rule.Because)
			}
		})
	}
}

// Each example lists its breaches as "want file:line". Everything else in it is allowed, so an example also shows where
// its rule stops.
func TestEveryRuleCatchesItsBadExample(t *testing.T) {
	for _, rule := range Rules() {
		t.Run(rule.Key, func(t *testing.T) {
			archive := example(t, rule.Key)
			var want []string
			for _, line := range strings.Split(string(archive.Comment), "\n") {
				if place, ok := strings.CutPrefix(line, "want "); ok {
					want = append(want, place)
				}
			}
			if len(want) == 0 {
				t.Fatal("the example breaks nothing")
			}
			checkExample(t, rule, unpack(t, archive.Files), want)
		})
	}
}

func checkExample(t *testing.T, rule Rule, root string, want []string) {
	t.Helper()
	tree, err := Load(root, module)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range rule.Check(tree) {
		got = append(got, strings.TrimSuffix(f.String(), ": "+f.Text))
	}
	for i, place := range want {
		want[i] = strings.TrimSuffix(place, ":0")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(slices.Compact(got), want) {
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// example reads a rule's bad example. Two of them are written here: lengths would make a dull file, and words that the
// project must not contain cannot stand in one of its files.
func example(t *testing.T, key string) *txtar.Archive {
	t.Helper()
	switch key {
	case "size":
		return sizeExample()
	case "words":
		return wordsExample()
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", key+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func sizeExample() *txtar.Archive {
	function := func(name string, lines int) string {
		return "func " + name + "() {\n" + strings.Repeat("\t_ = 0\n", lines-2) + "}\n"
	}
	file := func(name string, lines int, body string) txtar.File {
		missing := lines - strings.Count("package a\n"+body, "\n")
		return txtar.File{Name: name, Data: []byte("package a\n" + body + strings.Repeat("//\n", max(missing, 0)))}
	}
	return &txtar.Archive{
		Comment: []byte("want internal/a/long.go:0\nwant internal/a/long_test.go:0\nwant internal/a/wordy.go:62\n"),
		Files: []txtar.File{
			file("internal/a/long.go", maxFile+1, ""),
			file("internal/a/full.go", maxFile, ""),
			file("internal/a/long_test.go", maxTestFile+1, ""),
			file("internal/a/full_test.go", maxTestFile, ""),
			file("internal/a/wordy.go", 0, function("full", maxFunction)+function("wordy", maxFunction+1)),
			file("internal/a/table.go", maxFile+1, ""),
			{Name: allowFile, Data: []byte("size internal/a/table.go # one table that is read as one\n")},
		},
	}
}

func wordsExample() *txtar.Archive {
	archive := &txtar.Archive{Files: []txtar.File{{Name: "docs/fine.md", Data: []byte("Nothing to do here.\n")}}}
	for i, word := range foreignWords() {
		name := "docs/" + string(rune('a'+i)) + ".md"
		archive.Comment = append(archive.Comment, "want "+name+":2\n"...)
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte("A page.\nSee " + word + " for more.\n")})
	}
	return archive
}

func unpack(t *testing.T, files []txtar.File) string {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		name := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
