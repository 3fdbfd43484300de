package style

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unread are the fields and options of the configuration's nouns that the directives set and nothing at run time reads,
// each with the reason why nobody is lied to. A keyword that is accepted and ignored does not belong here: it must print
// what happens instead, or be refused.
var unread = map[string]string{
	"Balance.CheckMax":          "a number behind check_post that HAProxy reads and ignores too",
	"Balance.ExprText":          "text of Balance.Expr",
	"Bind.Label":                "a name for people: nothing in the manual shows it",
	"Bind.V4V6":                 "always so: an IPv6 socket without v6only takes IPv4 too",
	"Compression.Requests":      "the filter that is made of it has its own",
	"Compression.Responses":     "the filter that is made of it has its own",
	"ErrorFile.File":            "where the page came from",
	"ErrorFile.Status":          "the page's place in its map",
	"Global.ClusterSecret":      "concerns QUIC, whose binds are refused",
	"Global.DefaultPath":        "files are opened by it while the configuration is read",
	"Global.ExposeDeprecated":   "looked at while the configuration is read",
	"Global.ExposeExperimental": "looked at while the configuration is read",
	"Global.ExternalCheck":      "looked at while the configuration is read",
	"Global.Group":              "the number that the name stands for is Global.GID",
	"Global.LocalPeer":          "concerns peers, which are refused",
	"Global.UnixBind":           "copied into the binds while the configuration is read",
	"Global.UnixBindPrefix":     "part of the paths of addresses",
	"Global.User":               "the number that the name stands for is Global.UID",
	"OptDisableH2Upgrade":       "always so: no client can begin HTTP/2 yet",
	"OptHTTPLog":                "decides about the log format while the configuration is read",
	"OptNoDelay":                "always so: nothing that can be sent is held back",
	"OptTCPLog":                 "decides about the log format while the configuration is read",
	"Proxy.DefaultServer":       "what the server lines that follow begin with",
	"Proxy.From":                "where settings came from",
	"Proxy.Settings":            "a struct whose fields are looked at one by one",
	"Server.PoolNameText":       "text of Server.PoolConnName",
	"Server.Template":           "where the server came from",
	"Settings.LogKind":          "decides about the log format while the configuration is read",
	"Snapshot.Defaults":         "settings that the proxies have copied",
	"StaticReply.Group":         "looked at while the configuration is read",
	"Template.High":             "where the server came from",
	"Template.Low":              "where the server came from",
	"Template.Prefix":           "where the server came from",
	"ThreadSet.Group":           "there is one group, and others are refused",
	"Tune.CookieLen":            "capture cookie",
}

// TestNothingIsAcceptedAndIgnored finds every field of a noun, and every option, that only internal/directive names: its
// keyword would be read and have no effect.
func TestNothingIsAcceptedAndIgnored(t *testing.T) {
	m := loadModule(t)
	set, read := map[string]token.Position{}, map[string]bool{}
	for path, p := range m.checked {
		for name, at := range p.mentions(t, m.fset) {
			switch {
			case path == directives:
				set[name] = at.at
			case at.read:
				read[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		why, excused := unread[name]
		switch {
		case !read[name] && !excused:
			t.Errorf("%v: %s is set here and nothing at run time reads it", set[name], name)
		case !read[name] && why == "":
			t.Errorf("%s: an exception needs a reason", name)
		}
	}
	for name := range unread {
		if _, there := set[name]; !there || read[name] {
			t.Errorf("%s is no exception any more: take it out of the list", name)
		}
	}
}

const (
	nouns      = "sluice/internal/proxy"
	directives = "sluice/internal/directive"
)

// module is the product, with the types of everything.
type module struct {
	fset    *token.FileSet
	checked map[string]*checkedPackage // by import path
	exports map[string]string          // files of compiled packages that are not of this module
	others  types.Importer
}

type checkedPackage struct {
	pkg   *types.Package
	trees []*ast.File
	found *types.Info
}

// loadModule checks all packages of the module from their sources. The packages that they import from elsewhere come as
// the go command compiled them.
func loadModule(t *testing.T) *module {
	t.Helper()
	list := exec.Command("go", "list", "-pgo=off", "-deps", "-export", "-f",
		`{{.ImportPath}}|{{.Export}}|{{if and .Module (not .Standard)}}{{.Module.Path}}{{end}}|{{.Dir}}|{{range .GoFiles}}{{.}},{{end}}`, "./...")
	list.Dir = root(t)
	var said bytes.Buffer
	list.Stderr = &said
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, said.String())
	}
	m := &module{fset: token.NewFileSet(), checked: map[string]*checkedPackage{}, exports: map[string]string{}}
	m.others = importer.ForCompiler(m.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(m.exports[path]) })
	for line := range strings.Lines(string(out)) { // what is imported comes first
		f := strings.Split(strings.TrimSpace(line), "|")
		if f[2] != "sluice" {
			m.exports[f[0]] = f[1]
			continue
		}
		p := &checkedPackage{found: &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
		for name := range strings.SplitSeq(strings.TrimSuffix(f[4], ","), ",") {
			tree, err := parser.ParseFile(m.fset, filepath.Join(f[3], name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			p.trees = append(p.trees, tree)
		}
		conf := types.Config{Importer: m}
		if p.pkg, err = conf.Check(f[0], m.fset, p.trees, p.found); err != nil {
			t.Fatal(err)
		}
		m.checked[f[0]] = p
	}
	return m
}

// Import implements types.Importer.
func (m *module) Import(path string) (*types.Package, error) {
	if p := m.checked[path]; p != nil {
		return p.pkg, nil
	}
	return m.others.Import(path)
}

// mention is where a package names a field or an option, and whether it reads it there or elsewhere.
type mention struct {
	at   token.Position
	read bool
}

// mentions are the fields of structs of the nouns, and the options, that the package names, as "Server.Weight" and
// "OptPersist".
func (p *checkedPackage) mentions(t *testing.T, fset *token.FileSet) map[string]mention {
	base, found := root(t), map[string]mention{}
	for _, tree := range p.trees {
		written := p.written(tree)
		for id, name := range p.names(tree) {
			m := found[name]
			if !m.read {
				m = mention{at: fset.Position(id.Pos()), read: !written[id]}
				if rel, err := filepath.Rel(base, m.at.Filename); err == nil {
					m.at.Filename = rel
				}
			}
			found[name] = m
		}
	}
	return found
}

// names finds the identifiers of a file that name a field or an option of the nouns. Positions are for messages. Copies of whole structs that go
// field by field (Clone) say nothing.
func (p *checkedPackage) names(tree *ast.File) map[*ast.Ident]string {
	names := map[*ast.Ident]string{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if fn, ok := n.(*ast.FuncDecl); ok && strings.EqualFold(fn.Name.Name, "clone") {
			return false
		}
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch o := p.found.Uses[id].(type) {
		case *types.Var:
			if o.IsField() && o.Pkg() != nil && o.Pkg().Path() == nouns && o.Type().String() != nouns+".Pos" {
				if owner := ownerOf(o); owner != "" {
					names[id] = owner + "." + o.Name()
				}
			}
		case *types.Const:
			if o.Pkg() != nil && o.Pkg().Path() == nouns && strings.HasPrefix(o.Name(), "Opt") {
				names[id] = o.Name()
			}
		}
		return true
	})
	return names
}

// ownerOf is the name of the struct that declares a field.
func ownerOf(field *types.Var) string {
	scope := field.Pkg().Scope()
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		s, ok := tn.Type().Underlying().(*types.Struct)
		for i := 0; ok && i < s.NumFields(); i++ {
			if s.Field(i) == field {
				return name
			}
		}
	}
	return ""
}

// written are the identifiers that a file only gives a value: x.F = v, x.F++, and the keys of literals.
func (p *checkedPackage) written(tree *ast.File) map[*ast.Ident]bool {
	out := map[*ast.Ident]bool{}
	target := func(e ast.Expr) {
		if s, ok := e.(*ast.SelectorExpr); ok {
			out[s.Sel] = true
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				target(e)
			}
		case *ast.IncDecStmt:
			target(n.X)
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				out[id] = true
			}
		}
		return true
	})
	return out
}
