package house

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// onlyChangeWrites type-checks the module and finds whoever asks a session whether it is a drivers.Writer, declares an
// interface that would be one under another name, or calls a method Write that takes a drivers.Change. Packages
// outside the module are not loaded; where a type is lost with them, a Write that could be the one counts as the one.
func onlyChangeWrites(t *Tree) []Finding {
	c := &checker{tree: t, folders: map[string][]*File{}, done: map[string]*types.Package{}}
	c.info = &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	for _, f := range t.Files {
		if !f.Test() {
			c.folders[f.Dir()] = append(c.folders[f.Dir()], f)
		}
	}
	for _, f := range t.Files {
		c.check(f.Dir())
	}
	var found []Finding
	for _, f := range t.Files {
		if f.Test() || f.Dir() == "drivers" || f.In("internal/change", "drivers/drivertest") {
			continue
		}
		breaches := c.writes(f)
		if len(breaches) > 0 && !t.allows("writer", f.Path) {
			found = append(found, breaches...)
		}
	}
	return found
}

// checker type-checks the module's packages from source, each once, and takes every other package for empty.
type checker struct {
	tree    *Tree
	folders map[string][]*File
	done    map[string]*types.Package
	info    *types.Info
}

// Import implements types.Importer.
func (c *checker) Import(p string) (*types.Package, error) {
	if p == "unsafe" {
		return types.Unsafe, nil
	}
	if dir, own := strings.CutPrefix(p, c.tree.Module+"/"); own {
		return c.check(dir), nil
	}
	empty := types.NewPackage(p, packageName(p))
	empty.MarkComplete()
	return empty, nil
}

func (c *checker) check(dir string) *types.Package {
	if pkg, ok := c.done[dir]; ok {
		return pkg
	}
	p := c.tree.Module + "/" + dir
	c.done[dir] = types.NewPackage(p, packageName(p)) // ends a cycle, which the compiler will report
	var syntax []*ast.File
	for _, f := range c.folders[dir] {
		syntax = append(syntax, f.Syntax)
	}
	config := types.Config{Importer: c, FakeImportC: true, Error: func(error) {}}
	pkg, _ := config.Check(p, c.tree.fset, syntax, c.info) // what is missing is outside the module
	c.done[dir] = pkg
	return pkg
}

// writes finds the breaches in one file.
func (c *checker) writes(f *File) []Finding {
	var found []Finding
	report := func(at token.Pos, text string) { found = append(found, f.finding(at, text)) }
	claims := claimsOf(f.Syntax)
	ast.PreorderStack(f.Syntax, nil, func(n ast.Node, stack []ast.Node) bool {
		if slices.Contains(claims, n) {
			return false
		}
		switch n := n.(type) {
		case *ast.Ident:
			if c.isContract(c.info.Uses[n], "Writer") {
				report(n.Pos(), "asks for a drivers.Writer")
			}
		case *ast.InterfaceType:
			for _, m := range n.Methods.List {
				if len(m.Names) == 1 && c.takesChange(c.info.Defs[m.Names[0]]) {
					report(m.Pos(), "declares an interface that writes a drivers.Change")
				}
			}
		case *ast.SelectorExpr:
			if text := c.judge(n, stack); text != "" {
				report(n.Sel.Pos(), text)
			}
		}
		return true
	})
	return found
}

// judge looks at x.Write.
func (c *checker) judge(n *ast.SelectorExpr, stack []ast.Node) string {
	if n.Sel.Name != "Write" {
		return ""
	}
	if method := c.info.Uses[n.Sel]; method != nil {
		if c.takesChange(method) {
			return "writes a drivers.Change"
		}
		return ""
	}
	if x, ok := n.X.(*ast.Ident); ok {
		if _, isPackage := c.info.Uses[x].(*types.PkgName); isPackage {
			return ""
		}
	}
	if call, ok := stack[len(stack)-1].(*ast.CallExpr); ok && call.Fun == n && len(call.Args) != 2 {
		return ""
	}
	return "uses a method Write whose receiver cannot be told from here"
}

// takesChange says whether the object is a method Write with a drivers.Change among its parameters.
func (c *checker) takesChange(o types.Object) bool {
	method, ok := o.(*types.Func)
	if !ok || method.Name() != "Write" {
		return false
	}
	for param := range method.Signature().Params().Variables() {
		if named, ok := types.Unalias(param.Type()).(*types.Named); ok && c.isContract(named.Obj(), "Change") {
			return true
		}
	}
	return false
}

// isContract says whether the object is the type of this name in package drivers.
func (c *checker) isContract(o types.Object, name string) bool {
	_, isType := o.(*types.TypeName)
	return isType && o.Name() == name && o.Pkg() != nil && o.Pkg().Path() == c.tree.Module+"/drivers"
}

// claimsOf lists the types in declarations like `var _ drivers.Writer = ...`, by which a driver has the compiler
// confirm that it is one. They write nothing.
func claimsOf(file *ast.File) []ast.Node {
	var claims []ast.Node
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, s := range decl.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && len(v.Names) == 1 && v.Names[0].Name == "_" && v.Type != nil {
				claims = append(claims, v.Type)
			}
		}
	}
	return claims
}
