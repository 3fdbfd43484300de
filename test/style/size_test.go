package style

import (
	"go/ast"
	"strings"
	"testing"
)

// Lengths in lines above which a file or a function wants a reason.
const (
	longFile = 500
	longFunc = 60
)

// TestLongFilesAndFunctionsSayWhy holds files to 500 lines and functions to 60. What is longer for a good reason says
// so in a comment line "// size: reason": in the file before its first declaration, in a function's doc or body.
func TestLongFilesAndFunctionsSayWhy(t *testing.T) {
	for _, f := range folders(t) {
		for _, s := range f.product() {
			reasons := reasons(f, s.tree)
			first := len(s.text)
			if len(s.tree.Decls) > 0 {
				first = f.fset.Position(s.tree.Decls[0].End()).Line
			}
			if n := strings.Count(s.text, "\n"); n > longFile && !within(reasons, 1, first) {
				t.Errorf("%s has %d lines: split it, or say why in a line \"// size: reason\" at its top", s.name, n)
			}
			for _, d := range s.tree.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				from, to := f.fset.Position(fn.Pos()).Line, f.fset.Position(fn.End()).Line
				begin := from
				if fn.Doc != nil {
					begin = f.fset.Position(fn.Doc.Pos()).Line
				}
				if n := to - from + 1; n > longFunc && !within(reasons, begin, to) {
					t.Errorf("%s: %s has %d lines: split it, or say why in a line \"// size: reason\"", f.where(fn.Pos()), fn.Name.Name, n)
				}
			}
		}
	}
}

// reasons are the lines that carry a "size:" comment with words behind it.
func reasons(f *folder, tree *ast.File) []int {
	var at []int
	for _, group := range tree.Comments {
		for _, c := range group.List {
			text := strings.TrimSpace(strings.TrimPrefix(c.Text, "//"))
			if why, ok := strings.CutPrefix(text, "size:"); ok && len(strings.Fields(why)) > 2 {
				at = append(at, f.fset.Position(c.Pos()).Line)
			}
		}
	}
	return at
}

func within(lines []int, from, to int) bool {
	for _, n := range lines {
		if n >= from && n <= to {
			return true
		}
	}
	return false
}
