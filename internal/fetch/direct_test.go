package fetch_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// silent is a record that keeps nothing. A stream that is recorded has its conditions evaluated by samples, one around each
// text, which is what they are shown by.
type silent struct{ proxy.Trace }

func (silent) Term(proxy.TraceTerm) {}

var directConditions = []string{
	"{ path /a }", "{ path_beg -i /A /static/ }", "{ path_end .png /b }", "{ path_len le 4 }", "{ path -m reg ^/v[0-9]+/(users|orders)/[0-9]+$ }",
	"{ path_sub -i B c }", "{ path_dir a }", "{ path -m found }", "{ pathq -m end b }", "{ hdr(host) -i WWW.example.com }",
	"{ hdr(host) -m reg -i ^127[.] }", "{ hdr_dom(host) -i example.com }", "{ hdr_sub(x-list) -i b crawler }",
	"{ hdr(x-list) b }", "{ hdr(x-list,2) b }", "{ hdr(x-list,-1) b }", "{ hdr(x-list) -m found }", "{ hdr(x-none) -m found }",
	"{ hdr_len(x-list) 0 }", "{ hdr_len(x-list) 1:2 }", "{ hdr b }", "{ req.fhdr(x-list) a,b }", "{ req.fhdr(x-list,1) -m beg a }",
	"{ cook(a) 1 }", "{ cook(b) -m len ge 1 }", "{ cook -m found }", "{ req.cook(SESSION) -m beg 01 }", "{ cook_cnt(a) gt 0 }",
	"{ method GET HEAD }", "{ method -i get x }", "{ method -m len 3 }", "{ url_param(a) 1 yes }", "{ url_param(A,,i) 1 }", "{ urlp(a,;) -m found }",
	"{ query a=1 }", "{ url_beg / }", "{ hdr(x-list) -m int 1 }", "{ hdr(x-list) -m ip 10.0.0.0/8 }", "{ path,lower -m str /a }",
	"!{ path_beg / } or !{ hdr(x-list) b } { method GET }", "{ shdr(x-list) a }", "{ scook(a) 1 }",
}

// TestConditionsAgreeWithTheirRecord compares conditions on texts where they are with the same ones on samples.
func TestConditionsAgreeWithTheirRecord(t *testing.T) {
	env := environment(t)
	env.Where = 0
	scope := pattern.NewScope(pattern.NewLists())
	var conds []*pattern.Cond
	for _, text := range directConditions {
		c, err := scope.ParseCond(strings.Fields(text), false, env)
		if err != nil {
			t.Fatal(text, err)
		}
		conds = append(conds, c)
	}
	r := rand.New(rand.NewPCG(5, 6))
	held := map[string]int{}
	for range 3000 {
		s := stream(randomHead(r))
		if r.IntN(5) == 0 {
			s.Req.Method = nil // the head is not there yet
		}
		if r.IntN(2) == 0 {
			s.Res.Status, s.Res.Fields = 200, s.Req.Fields
		}
		s.MayWait = r.IntN(2) == 0
		for _, c := range conds {
			got := c.Match(s)
			undecided := s.Undecided
			s.Undecided, s.Trace = false, silent{}
			if want := c.Match(s); got != want || undecided != s.Undecided {
				t.Fatalf("%s on %q %q %+v: %v %v, recorded %v %v", c.Text, s.Req.Method, s.Req.Target, s.Req.Fields, got, undecided, want, s.Undecided)
			}
			s.Undecided, s.Trace = false, nil
			if got {
				held[c.Text]++
			}
		}
	}
	if len(held) < len(conds)/2 {
		t.Errorf("only %d of %d ever hold", len(held), len(conds))
	}
}

func randomHead(r *rand.Rand) string {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	head := pick("GET", "HEAD", "POST", "get", "X") + " " +
		pick("/", "/a", "/A/b", "/static/x.png", "/v1/users/77", "*", "http://h/a", "/v12/orders/") + pick("", "", "?a=1", "?A=1&a=yes;a=1", "?b", ";a=1") + " HTTP/1.1"
	for range r.IntN(6) {
		head += "\n" + pick("Host: 127.0.0.1", "Host: www.example.com", "Host: WWW.EXAMPLE.COM:80", "X-List: a,b", "X-List: b", "X-List:", "X-List: 1, 10.1.2.3 ,\"b,b\"",
			"X-List: crawLER", "Cookie: a=1", "Cookie: b=22; a=1; SESSION=0123", "Cookie: a=\"x;y\"; b=", "Cookie: a=2,a=1", "Cookie: aa=1; a =1;", "Cookie: ;=; a",
			"Set-Cookie: a=1; path=/", "Accept: b")
	}
	return head
}

// TestCookiesOfTokens compares the cookies of names that are tokens with all cookies.
func TestCookiesOfTokens(t *testing.T) {
	env := environment(t)
	r := rand.New(rand.NewPCG(7, 8))
	for range 30000 {
		s := stream("GET / HTTP/1.1")
		for range r.IntN(4) {
			b := make([]byte, r.IntN(24))
			for i := range b {
				b[i] = `ab=; ;,"\	`[min(r.IntN(13), 9)]
			}
			n := s.Req.Fields
			s = stream("GET / HTTP/1.1\nCookie:")
			s.Req.Fields[0].Value = b
			s.Req.Fields = append(n, s.Req.Fields...)
		}
		for _, name := range []string{"a", "ab"} {
			e, _, err := sample.ParseExpr([]string{"req.cook(" + name + ")"}, env)
			if err != nil {
				t.Fatal(err)
			}
			plain := occurrences(e, s)
			e.Args()[0].Int = 0 // as if the name were none
			if all := occurrences(e, s); all != plain {
				t.Fatalf("%s in %+v: %s, not %s", name, s.Req.Fields, plain, all)
			}
		}
	}
}

// occurrences is what an expression stands for, and its occurrences one after the other.
func occurrences(e *sample.Expr, s *proxy.Stream) string {
	var v value.Value
	out := "none"
	if e.Eval(s, &v) {
		out = fmt.Sprintf("%q", v.Bytes)
	}
	v = value.Value{Flags: value.Iterate}
	for e.Eval(s, &v) {
		out += fmt.Sprintf(" %q", v.Bytes)
		v = value.Value{Flags: value.Iterate, Cursor: v.Cursor}
	}
	return out
}

// TestPlainFormats compares formats that are printed without a writer with what a writer prints: an item behind them asks for one.
func TestPlainFormats(t *testing.T) {
	env := environment(t)
	r := rand.New(rand.NewPCG(9, 10))
	items := []string{"%[src]", "%[req.hdr(x-list)]", "%[path]", "%[method]", "%[req.cook(a)]", "%[req.hdr_cnt(x-list)]", "%[req.hdr(x-list),upper]", "%[bin(00)]", "%[bool(1)]", "text", "\n", "%%", " "}
	for range 3000 {
		text := ""
		for range 1 + r.IntN(4) {
			text += items[r.IntN(len(items))]
		}
		for _, use := range []sample.FormatUse{sample.ForHeader, sample.ForValue} {
			f, err := sample.ParseFormat(text, use, env)
			if err != nil {
				text = strings.ReplaceAll(text, "%[bin(00)]", "")
				continue
			}
			g, err := sample.ParseFormat(text+"%ft", use, env)
			if err != nil {
				t.Fatal(err)
			}
			s := stream(randomHead(r))
			s.Arena.Alloc(r.IntN(4000))
			for i := range s.Req.Fields {
				if r.IntN(4) == 0 {
					s.Req.Fields[i].Value = []byte(strings.Repeat("a\x01\x7f\tb\r\n", r.IntN(300)))
				}
			}
			want := strings.TrimSuffix(string(g.Append(nil, s)), "fe")
			field, clean := f.Field(s)
			if got := string(f.Append(nil, s)); got != want || string(field) != want {
				t.Fatalf("%q: %q and %q, not %q", text, got, field, want)
			}
			if clean && strings.ContainsAny(want, "\r\n\x00") {
				t.Fatalf("%q is not clean", text)
			}
		}
	}
}

// TestConditionsSeeChanges adds to the words of a test and takes away from them while it is used.
func TestConditionsSeeChanges(t *testing.T) {
	env := environment(t)
	lists := pattern.NewLists()
	scope := pattern.NewScope(lists)
	c, err := scope.ParseCond(strings.Fields("{ path /none } or { path_end .none }"), false, env)
	if err != nil {
		t.Fatal(err)
	}
	lists.Number()
	l, s := lists.Lookup(pattern.Tests, "#0"), stream("GET /a HTTP/1.1")
	holds := func(want bool) {
		t.Helper()
		if got := c.Match(s); got != want {
			t.Errorf("%v with %d words", got, l.Count())
		}
	}
	holds(false)
	for i := range 40 { // a handful, then a line, then a table
		if err := l.Add(l.Current(), fmt.Appendf(nil, "/%d", i), nil); err != nil {
			t.Fatal(err)
		}
		holds(false)
		if err := l.Add(l.Current(), []byte("/a"), nil); err != nil {
			t.Fatal(err)
		}
		holds(true)
		if err := l.Delete([]byte("/a")); err != nil {
			t.Fatal(err)
		}
		holds(false)
	}
	v := l.Prepare()
	if err := l.Add(v, []byte("/a"), nil); err != nil {
		t.Fatal(err)
	}
	holds(false)
	if err := l.Commit(v); err != nil {
		t.Fatal(err)
	}
	holds(true)
	l.Clear(l.Current())
	holds(false)
}
