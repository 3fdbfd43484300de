package style

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestTablesAreSortedAndDocumented finds every table of keyword rows, an array or slice literal whose elements are
// keyed literals with a Name and somewhere a Doc, and holds it to its form: sorted by Name, no name twice, one sentence each.
func TestTablesAreSortedAndDocumented(t *testing.T) {
	for _, f := range folders(t) {
		if _, ours := short(f.path); !ours {
			continue
		}
		for _, s := range f.product() {
			ast.Inspect(s.tree, func(n ast.Node) bool {
				if table, ok := n.(*ast.CompositeLit); ok {
					if _, ok := table.Type.(*ast.ArrayType); ok {
						checkTable(t, f, table)
					}
				}
				return true
			})
		}
	}
}

// row is the part of a keyword row that these tests read.
type row struct {
	name, doc string
	named     bool
	pos       token.Pos
}

func checkTable(t *testing.T, f *folder, table *ast.CompositeLit) {
	var rows []row
	documented := false
	for _, e := range table.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		lit, ok := e.(*ast.CompositeLit)
		if !ok {
			return
		}
		r := row{pos: lit.Pos()}
		for _, part := range lit.Elts {
			kv, ok := part.(*ast.KeyValueExpr)
			if !ok {
				return
			}
			key, ok := kv.Key.(*ast.Ident)
			if !ok {
				return
			}
			value, _ := kv.Value.(*ast.BasicLit)
			switch {
			case key.Name == "Name" && value != nil:
				r.name, _ = strconv.Unquote(value.Value)
				r.named = true
			case key.Name == "Doc":
				documented = true
				if value != nil {
					r.doc, _ = strconv.Unquote(value.Value)
				}
			}
		}
		rows = append(rows, r)
	}
	if !documented {
		return
	}
	for i, r := range rows {
		switch {
		case !r.named:
			t.Errorf("%s: a row without a Name", f.where(r.pos))
		case r.doc == "":
			t.Errorf("%s: %s has no Doc", f.where(r.pos), r.name)
		case !strings.HasSuffix(r.doc, ".") || strings.Contains(r.doc, "\n"):
			t.Errorf("%s: the Doc of %s is not one sentence: %q", f.where(r.pos), r.name, r.doc)
		}
		if i > 0 && r.named && rows[i-1].named && rows[i-1].name >= r.name {
			t.Errorf("%s: %s comes after %s: rows are sorted by name", f.where(r.pos), r.name, rows[i-1].name)
		}
	}
}

// TestRowsAreTyped keeps the empty interface out of the nouns, the language and the keyword rooms: what a row takes and
// gives is said by its types.
func TestRowsAreTyped(t *testing.T) {
	for _, f := range folders(t) {
		self, ours := short(f.path)
		if n := room(self); !ours || n < 1 || n > 3 && n != 5 {
			continue
		}
		for _, s := range f.product() {
			for _, d := range s.tree.Decls {
				decl, ok := d.(*ast.GenDecl)
				if !ok || decl.Tok != token.TYPE {
					continue
				}
				for _, spec := range decl.Specs {
					checkTyped(t, f, spec.(*ast.TypeSpec))
				}
			}
		}
	}
}

// checkTyped looks into one type declaration, but not at its type parameters, where any is the word for "all types".
func checkTyped(t *testing.T, f *folder, spec *ast.TypeSpec) {
	ast.Inspect(spec.Type, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "any" {
				t.Errorf("%s: type %s uses any: name the type", f.where(n.Pos()), spec.Name.Name)
			}
		case *ast.InterfaceType:
			if n.Methods == nil || len(n.Methods.List) == 0 {
				t.Errorf("%s: type %s uses an empty interface: name the type", f.where(n.Pos()), spec.Name.Name)
			}
		}
		return true
	})
}
