package style

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

func TestEveryPackageHasOneDoc(t *testing.T) {
	for _, f := range folders(t) {
		var docs []string
		files := f.product()
		for _, s := range files {
			if s.tree.Doc == nil {
				continue
			}
			docs = append(docs, s.name)
			want := "Package " + s.tree.Name.Name + " "
			if s.tree.Name.Name == "main" {
				want = "Command "
			}
			if got := s.tree.Doc.Text(); !strings.HasPrefix(got, want) {
				t.Errorf("%s: the package comment begins with %q, want %q", s.name, strings.SplitAfterN(got, " ", 3)[0], want)
			}
		}
		if len(files) > 0 && len(docs) != 1 {
			t.Errorf("%s has %d package comments, want one: %v", f.path, len(docs), docs)
		}
	}
}

func TestNoInit(t *testing.T) {
	for _, f := range folders(t) {
		for _, s := range f.files {
			for _, d := range s.tree.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: init(): build the value where it is used and pass it", f.where(d.Pos()))
				}
			}
		}
	}
}

// TestNoMutablePackageVariables allows at the top level only what nobody can change: sentinel errors, compiled
// patterns, embedded files, blank assertions, and literals or computed arrays that no statement of the package writes.
func TestNoMutablePackageVariables(t *testing.T) {
	for _, f := range folders(t) {
		pkg, found := f.types()
		if pkg == nil {
			continue
		}
		written := writes(f, found)
		for _, s := range f.product() {
			for _, d := range s.tree.Decls {
				decl, ok := d.(*ast.GenDecl)
				if !ok || decl.Tok != token.VAR {
					continue
				}
				for _, spec := range decl.Specs {
					v := spec.(*ast.ValueSpec)
					for i, name := range v.Names {
						if why := mutable(f, decl, v, i, found, written[found.Defs[name]]); why != "" {
							t.Errorf("%s: package variable %s %s", f.where(name.Pos()), name.Name, why)
						}
					}
				}
			}
		}
	}
}

// mutable says why a package variable may change, "" when it may not.
func mutable(f *folder, decl *ast.GenDecl, v *ast.ValueSpec, i int, found *types.Info, where token.Pos) string {
	name := v.Names[i]
	if name.Name == "_" || embedded(decl, v) {
		return ""
	}
	if where.IsValid() {
		return "is written at " + f.where(where)
	}
	if i >= len(v.Values) {
		return "has no value: somebody must write it"
	}
	if call, ok := v.Values[i].(*ast.CallExpr); ok {
		switch types.ExprString(call.Fun) {
		case "[]byte": // of a literal, and found unwritten above
			if _, ok := call.Args[0].(*ast.BasicLit); ok && !name.IsExported() {
				return ""
			}
		case "errors.New", "regexp.MustCompile", "netip.MustParseAddr", "netip.MustParsePrefix", "template.Must":
			return ""
		}
	}
	if name.IsExported() {
		return "is exported: another package could write it; export a function"
	}
	if obj := found.Defs[name]; obj != nil {
		if _, ok := obj.Type().Underlying().(*types.Array); ok {
			return ""
		}
	}
	switch value := v.Values[i].(type) {
	case *ast.CompositeLit:
		if strings.HasPrefix(types.ExprString(value.Type), "sync.") || strings.HasPrefix(types.ExprString(value.Type), "atomic.") {
			return "is shared state"
		}
		return ""
	case *ast.BasicLit:
		if f.path == "cmd/sluice" { // what the linker stamps
			return ""
		}
		return "is a constant: write const"
	}
	return "is not of a form that stays as it is: make it a function, an array or a literal"
}

// embedded says whether a variable is filled by a go:embed line.
func embedded(decl *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{decl.Doc, v.Doc} {
		if doc == nil {
			continue
		}
		for _, line := range doc.List {
			if strings.HasPrefix(line.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}

// writes finds the first place that assigns to a variable or to a part of it, or hands it to a built-in function that
// changes it. An address is no write: rows are passed by pointer.
func writes(f *folder, found *types.Info) map[types.Object]token.Pos {
	out := map[types.Object]token.Pos{}
	note := func(e ast.Expr) {
		if id := base(e); id != nil {
			if obj := found.Uses[id]; obj != nil && !out[obj].IsValid() {
				out[obj] = e.Pos()
			}
		}
	}
	for _, s := range f.product() {
		ast.Inspect(s.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					note(e)
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					note(n.Key)
					note(n.Value)
				}
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 {
					switch fn.Name {
					case "copy", "clear", "delete":
						note(n.Args[0])
					}
				}
			}
			return true
		})
	}
	return out
}

// base is the identifier at the root of x.f[i].g, nil when there is none or when a pointer or call lies between.
func base(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
