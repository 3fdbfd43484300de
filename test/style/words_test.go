package style

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The words that say nothing, and the words for which this field has another one (docs/layers.md lists the nouns).
const (
	emptyWords = "ctx util utils manager mgr helper helpers common misc"
	// Exact names only: "DataLen" is fine. "show info" has given its name to a function of internal/stats.
	emptyNames = "data info obj tmp"
	otherWords = "upstream vhost entrypoint getter matcher codec poller"
)

// split cuts a Go name into its lower-case words.
func split(name string) []string {
	var words []string
	start := 0
	runes := []rune(name)
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || runes[i] == '_' || unicode.IsUpper(runes[i]) && !unicode.IsUpper(runes[i-1]) {
			words = append(words, strings.ToLower(strings.Trim(string(runes[start:i]), "_")))
			start = i
		}
	}
	return words
}

func TestSplit(t *testing.T) {
	for name, want := range map[string]string{"ctx": "ctx", "newUtil": "new util", "HTTPCodec": "httpcodec", "a_b": "a b", "DataLen": "data len"} {
		if got := strings.Join(split(name), " "); got != want {
			t.Errorf("split(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPackageNames(t *testing.T) {
	bad := strings.Fields(emptyWords + " " + emptyNames + " " + otherWords + " types shared core lib api base")
	for _, f := range folders(t) {
		for part := range strings.SplitSeq(f.path, "/") {
			if slices.Contains(bad, part) {
				t.Errorf("%s: %q says nothing, or has another name in this field", f.path, part)
			}
		}
	}
}

func TestDeclaredNames(t *testing.T) {
	empty, names, other := strings.Fields(emptyWords), strings.Fields(emptyNames), strings.Fields(otherWords)
	for _, f := range folders(t) {
		for _, s := range f.product() {
			check := func(id *ast.Ident, top bool) {
				words := split(id.Name)
				for _, w := range words {
					if slices.Contains(empty, w) || top && slices.Contains(other, w) {
						t.Errorf("%s: the name %s says nothing, or has another word in this field", f.where(id.Pos()), id.Name)
					}
				}
				if top && slices.Contains(names, strings.ToLower(id.Name)) && f.path+"."+id.Name != "internal/stats.Info" {
					t.Errorf("%s: the name %s says nothing", f.where(id.Pos()), id.Name)
				}
			}
			declared(s.tree, check)
		}
	}
}

// declared calls visit for every name that a file declares; top marks package-level names, methods and fields.
func declared(tree *ast.File, visit func(id *ast.Ident, top bool)) {
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			visit(d.Name, true)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					visit(spec.Name, true)
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						visit(id, true)
					}
				}
			}
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StructType:
			for _, field := range n.Fields.List {
				for _, id := range field.Names {
					visit(id, true)
				}
			}
		case *ast.FuncType:
			for _, field := range n.Params.List {
				for _, id := range field.Names {
					visit(id, false)
				}
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if id, ok := e.(*ast.Ident); ok && n.Tok.String() == ":=" {
					visit(id, false)
				}
			}
		}
		return true
	})
}

// TestTextsSpeakOfTheProjectOnly looks through every file for what belongs to somebody's machine or day.
func TestTextsSpeakOfTheProjectOnly(t *testing.T) {
	rules := []struct{ what, pattern string }{
		{"a path of one machine", `(^|[^\w.])/(work|home/\w+|Users/\w+|opt/(ref|wt))/`},
		{"a promise instead of work", `\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`},
		{"the number of an issue", `\b[Ii]ssue #?[0-9]+\b`},
	}
	for i, r := range rules {
		re := regexp.MustCompile(r.pattern)
		texts(t, func(name, text string) {
			if strings.HasPrefix(name, "test/style/") || i > 0 && strings.Contains(name, "testdata/") {
				return
			}
			n := 0
			for line := range strings.Lines(text) {
				n++
				if found := re.FindString(line); found != "" {
					t.Errorf("%s:%d: %s: %q", name, n, r.what, found)
				}
			}
		})
	}
}
