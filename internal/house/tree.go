package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Tree is the parsed source of the module, all operating systems and build tags together.
type Tree struct {
	Root    string // on the disk
	Module  string // import path of the root
	Files   []*File
	fset    *token.FileSet
	allowed []*exception
}

// File is one Go file.
type File struct {
	Path   string // relative to the root, with slashes
	Syntax *ast.File
	Lines  int
	fset   *token.FileSet
}

// Load parses every Go file under root. Testdata, hidden folders and what the Makefile builds are left out.
func Load(root, module string) (*Tree, error) {
	t := &Tree{Root: root, Module: module, fset: token.NewFileSet()}
	err := t.walk(func(name string) error {
		if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") {
			return nil
		}
		syntax, err := parser.ParseFile(t.fset, filepath.Join(root, name), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		lines := t.fset.File(syntax.FileStart).LineCount()
		if t.fset.Position(syntax.FileEnd).Column == 1 {
			lines-- // the line break that ends the last line starts no line of its own
		}
		t.Files = append(t.Files, &File{Path: name, Syntax: syntax, Lines: lines, fset: t.fset})
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.allowed, err = readExceptions(filepath.Join(root, "internal", "house", "allow.txt"))
	return t, err
}

// walk calls visit with every regular file of the project, testdata included.
func (t *Tree) walk(visit func(name string) error) error {
	return filepath.WalkDir(t.Root, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(t.Root, full)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			switch {
			case name == ".":
				return nil
			case name == ".git", name == "bin", name == "build", strings.HasPrefix(entry.Name(), "_"):
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || name == ".git" { // a file in a linked checkout
			return nil
		}
		return visit(name)
	})
}

// Test says whether the file is compiled for tests only.
func (f *File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Dir is the file's folder, relative to the root.
func (f *File) Dir() string { return path.Dir(f.Path) }

// In says whether the file lies in one of these folders or below.
func (f *File) In(folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return under(f.Dir(), folder) })
}

// Is says whether the file is one of those named.
func (f *File) Is(names ...string) bool { return slices.Contains(names, f.Path) }

func (f *File) finding(at token.Pos, text string) Finding {
	return Finding{File: f.Path, Line: f.fset.Position(at).Line, Text: text}
}

// imported is one import of a file.
type imported struct {
	path string
	name string // as the file calls it
	at   token.Pos
}

func (f *File) imports() []imported {
	var all []imported
	for _, spec := range f.Syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused such a file already
		}
		name := packageName(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		all = append(all, imported{path: p, name: name, at: spec.Pos()})
	}
	return all
}

func (f *File) importsPackage(p string) bool {
	return slices.ContainsFunc(f.imports(), func(imp imported) bool { return imp.path == p })
}

// uses finds every mention of a package's exported name in the file, called or not.
func (f *File) uses(pkg, name string) []token.Pos {
	var at []token.Pos
	for _, imp := range f.imports() {
		if imp.path != pkg {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == imp.name && n.Sel.Name == name {
					at = append(at, n.Pos())
				}
			case *ast.Ident:
				if imp.name == "." && n.Name == name {
					at = append(at, n.Pos())
				}
			}
			return true
		})
	}
	return at
}

// packageName guesses a package's name from its path: the last element that is not a version.
func packageName(p string) string {
	base := path.Base(p)
	if _, err := strconv.Atoi(strings.TrimPrefix(base, "v")); err == nil && strings.HasPrefix(base, "v") {
		base = path.Base(path.Dir(p))
	}
	return base
}

func under(dir, folder string) bool {
	return dir == folder || strings.HasPrefix(dir, folder+"/")
}

// readable returns a text file's contents, or nothing for a binary one.
func (t *Tree) readable(name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(t.Root, name))
	if err != nil || strings.IndexByte(string(data), 0) >= 0 {
		return "", err
	}
	return string(data), nil
}
