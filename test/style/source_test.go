package style

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folder is one folder of Go sources of this module: its path from the root ("internal/loop") and its parsed files.
type folder struct {
	path  string
	fset  *token.FileSet
	files []source
}

// source is one Go file.
type source struct {
	name string // path from the root of the repository
	text string
	tree *ast.File
	test bool // its name ends in _test.go
}

// root is the root of the repository: the first folder upwards that holds the module's go.mod.
func root(t *testing.T) string {
	t.Helper()
	at, err := os.Getwd()
	for err == nil {
		if text, e := os.ReadFile(filepath.Join(at, "go.mod")); e == nil && strings.HasPrefix(string(text), "module sluice\n") {
			return at
		}
		if up := filepath.Dir(at); up != at {
			at = up
			continue
		}
		err = errors.New("no go.mod of module sluice above this test")
	}
	t.Fatal(err)
	return ""
}

// texts calls visit for every file of the repository that a person writes, by its path from the root.
func texts(t *testing.T, visit func(name, text string)) {
	t.Helper()
	base := root(t)
	err := filepath.WalkDir(base, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch entry.Name() {
			case ".git", "bin":
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || entry.Name() == ".git" || entry.Name() == "go.sum" || entry.Name() == "LICENSE" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(base, name)
		if err != nil {
			return err
		}
		if !strings.Contains(string(text[:min(len(text), 8000)]), "\x00") {
			visit(filepath.ToSlash(short), string(text))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// folders are all folders of Go sources, sorted by path.
func folders(t *testing.T) []*folder {
	t.Helper()
	byPath := map[string]*folder{}
	texts(t, func(name, text string) {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "/testdata/") {
			return
		}
		f := byPath[path.Dir(name)]
		if f == nil {
			f = &folder{path: path.Dir(name), fset: token.NewFileSet()}
			byPath[f.path] = f
		}
		tree, err := parser.ParseFile(f.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		f.files = append(f.files, source{name: name, text: text, tree: tree, test: strings.HasSuffix(name, "_test.go")})
	})
	var all []*folder
	for _, f := range byPath {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *folder) int { return strings.Compare(a.path, b.path) })
	return all
}

// product are the files that are not tests.
func (f *folder) product() []source {
	return slices.DeleteFunc(slices.Clone(f.files), func(s source) bool { return s.test })
}

// where is a position as people write it, file:line.
func (f *folder) where(p token.Pos) string {
	at := f.fset.Position(p)
	at.Column = 0
	return at.String()
}

// types resolves the identifiers of the folder's product files. Imports are not loaded: what comes from another
// package has an invalid type, what the package declares itself is known, and that is all these tests look at.
func (f *folder) types() (*types.Package, *types.Info) {
	found := &types.Info{
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{},
	}
	var trees []*ast.File
	for _, s := range f.product() {
		trees = append(trees, s.tree)
	}
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := conf.Check(f.path, f.fset, trees, found)
	return pkg, found
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not loaded") }
