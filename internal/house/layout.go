package house

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// The lengths, in lines.
const (
	maxFile     = 400
	maxTestFile = 600
	maxFunction = 60
)

func onePackageComment(t *Tree) []Finding {
	folders := map[string][]*File{}
	for _, f := range t.Files {
		folders[f.Dir()] = append(folders[f.Dir()], f)
	}
	var found []Finding
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		found = append(found, commentOf(dir, folders[dir])...)
	}
	return found
}

// commentOf looks for the one package comment of a folder. Its tests do not count unless there is nothing else.
func commentOf(dir string, files []*File) []Finding {
	if source := slices.DeleteFunc(slices.Clone(files), (*File).Test); len(source) > 0 {
		files = source
	}
	var with []*File
	for _, f := range files {
		if f.Syntax.Doc != nil {
			with = append(with, f)
		}
	}
	if len(with) == 0 {
		return []Finding{{File: dir, Text: "no file has a package comment"}}
	}
	var found []Finding
	for _, f := range with[1:] {
		found = append(found, f.finding(f.Syntax.Package, "a second package comment; the first is in "+with[0].Path))
	}
	name := with[0].Syntax.Name.Name
	if name != "main" && !strings.HasPrefix(with[0].Syntax.Doc.Text(), "Package "+name+" ") {
		found = append(found, with[0].finding(with[0].Syntax.Package, "the comment does not begin with Package "+name))
	}
	return found
}

func filesAndFunctionsStayShort(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		most := maxFile
		if f.Test() {
			most = maxTestFile
		}
		if f.Lines > most && !t.allows("size", f.Path) {
			found = append(found, Finding{File: f.Path, Text: fmt.Sprintf("%d lines; at most %d", f.Lines, most)})
		}
		for _, fn := range f.functions() {
			lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if lines > maxFunction && !t.allows("size", f.Path+":"+fn.Name.Name) {
				text := fmt.Sprintf("%s has %d lines; at most %d", fn.Name.Name, lines, maxFunction)
				found = append(found, f.finding(fn.Pos(), text))
			}
		}
	}
	return found
}

func noInit(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		for _, fn := range f.functions() {
			if fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, f.finding(fn.Pos(), "func init"))
			}
		}
	}
	return found
}

func (f *File) functions() []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, d := range f.Syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			all = append(all, fn)
		}
	}
	return all
}
