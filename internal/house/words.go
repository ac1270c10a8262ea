package house

import (
	"path"
	"strings"
)

// foreignWords are assembled from parts, so that this file does not contain what it looks for.
func foreignWords() []string {
	dot := func(parts ...string) string { return strings.Join(parts, ".") }
	slash := func(parts ...string) string { return "/" + strings.Join(parts, "/") }
	return []string{
		"TO" + "DO", "FIX" + "ME", "place" + "holder text", "lorem" + " ipsum",
		dot("proxy", "golang", "org"), dot("sum", "golang", "org"), dot("registry", "npmjs", "org"),
		dot("pypi", "org"), dot("files", "pythonhosted", "org"), dot("index", "crates", "io"),
		slash("work", "main"), slash("work", "shared"), slash("root", ""),
	}
}

func noForeignWords(t *Tree) []Finding {
	var found []Finding
	words := foreignWords()
	err := t.walk(func(name string) error {
		if path.Base(name) == "go.sum" {
			return nil
		}
		text, err := t.readable(name)
		if err != nil {
			return err
		}
		for _, word := range words {
			if i := strings.Index(text, word); i >= 0 {
				line := 1 + strings.Count(text[:i], "\n")
				found = append(found, Finding{File: name, Line: line, Text: "contains " + word})
			}
		}
		return nil
	})
	if err != nil {
		found = append(found, Finding{File: ".", Text: err.Error()})
	}
	return found
}
