package msg

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// list makes fields of lines "name: value".
func list(lines ...string) (fs Fields) {
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		n := NewName(name)
		fs.add(n, []byte(strings.TrimSpace(value)))
	}
	return fs
}

// live prints the fields that are left.
func live(fs Fields) string {
	var out []string
	for _, f := range fs {
		if !f.Dead {
			out = append(out, string(f.Name)+": "+string(f.Value))
		}
	}
	return strings.Join(out, "\n")
}

func TestLookupKnowsItsNames(t *testing.T) {
	for k := Unknown + 1; k < knownCount; k++ {
		if got := Lookup([]byte(k.String())); got != k {
			t.Errorf("Lookup(%q) = %d, want %d", k, got, k)
		}
		if n := k.Name(); n.String() != k.String() {
			t.Errorf("the name of %q is %q", k, n.String())
		}
	}
	for _, name := range []string{"", "x", "hos", "hostt", "Host", "content_length"} {
		if got := Lookup([]byte(name)); got != Unknown {
			t.Errorf("Lookup(%q) = %q", name, got)
		}
	}
}

func TestSet(t *testing.T) {
	s := SetOf(Host, XOriginalTo)
	for k := Unknown; k < knownCount; k++ {
		if s.Has(k) != (k == Host || k == XOriginalTo) {
			t.Errorf("%q in set: %v", k, s.Has(k))
		}
	}
}

func TestFindFields(t *testing.T) {
	fs := list("host: a", "x: 1", "y: 2", "x: 3", "x: 4")
	fs[3].Dead = true
	x, y, none, all := NewName("X"), NewName("y"), NewName("z"), Name{}
	for _, c := range []struct {
		name       Name
		occurrence int
		want       int
	}{
		{x, 1, 1}, {x, 2, 4}, {x, 3, -1}, {x, -1, 4}, {x, -2, 1}, {x, -3, -1},
		{y, 1, 2}, {y, -1, 2}, {none, 1, -1}, {none, -1, -1},
		{Host.Name(), -1, 0}, {all, 1, 0}, {all, -1, 4}, {all, 3, 2},
	} {
		if got := fs.Nth(c.name, c.occurrence); got != c.want {
			t.Errorf("Nth(%q, %d) = %d, want %d", c.name, c.occurrence, got, c.want)
		}
	}
	if fs.Count(x) != 2 || fs.Count(all) != 4 || fs.Count(none) != 0 {
		t.Errorf("counts %d %d %d", fs.Count(x), fs.Count(all), fs.Count(none))
	}
	if fs.Next(x, 2) != 4 || fs.Next(x, 5) != -1 {
		t.Errorf("Next = %d, %d", fs.Next(x, 2), fs.Next(x, 5))
	}
	if f := fs.First(Host); f == nil || string(f.Value) != "a" || fs.First(Cookie) != nil {
		t.Errorf("First = %v", f)
	}
}

// TestElements holds how a value is split, as HAProxy's req.hdr does it.
func TestElements(t *testing.T) {
	for in, want := range map[string][]string{
		"a,b,c":       {"a", "b", "c"},
		"a, b ,c":     {"a", "b", "c"},
		"a,,b":        {"a", "", "b"},
		"":            {""},
		",":           {"", ""},
		"a,":          {"a", ""},
		", a , ,b,":   {"", "a", "", "b", ""},
		`"a,b",c`:     {`"a,b"`, "c"},
		`"a\",b",c`:   {`"a\",b"`, "c"},
		`"a,b`:        {`"a,b`},
		`a"b,c"d,e`:   {`a"b,c"d`, "e"},
		`'a,b'`:       {"'a", "b'"},
		`a\,b`:        {`a\`, "b"},
		`"a\`:         {`"a\`},
		"Fri, 20 Nov": {"Fri", "20 Nov"},
		"a;b=\",\",c": {`a;b=","`, "c"},
	} {
		var got []string
		for e := SplitValue([]byte(in)); ; {
			item, ok := e.Next()
			if !ok {
				break
			}
			got = append(got, string(item))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestValuesOfAllFields(t *testing.T) {
	fs := list("x: a,b", "y: 1", "x:", "x: c, d")
	x := NewName("x")
	if n := fs.CountValues(x); n != 5 {
		t.Errorf("%d values, want 5", n)
	}
	for occurrence, want := range map[int]string{1: "a", 2: "b", 3: "", 4: "c", 5: "d", -1: "d", -2: "c", -5: "a"} {
		if got, ok := fs.NthValue(x, occurrence); !ok || string(got) != want {
			t.Errorf("value %d is %q, %v; want %q", occurrence, got, ok, want)
		}
	}
	for _, occurrence := range []int{6, -6} {
		if got, ok := fs.NthValue(x, occurrence); ok {
			t.Errorf("value %d is %q, want none", occurrence, got)
		}
	}
	if _, ok := fs.NthValue(NewName("z"), -1); ok {
		t.Error("a field that is not there has a value")
	}
}

// request makes a request with a target and fields.
func request(method, target string, lines ...string) *Request {
	q := &Request{Method: []byte(method), MethodID: value.LookupMethod([]byte(method)), Target: []byte(target), HostIndex: -1}
	q.Form = FormOf(q.Target)
	q.Fields = list(lines...)
	return q
}

func TestPartsOfTheTarget(t *testing.T) {
	for _, c := range []struct{ target, scheme, authority, pathq, path, query string }{
		{"/", "", "", "/", "/", ""},
		{"/a/b?c=d?e", "", "", "/a/b?c=d?e", "/a/b", "c=d?e"},
		{"//a/b", "", "", "//a/b", "//a/b", ""},
		{"http://a/p?q", "http", "a", "/p?q", "/p", "q"},
		{"https://u:p@a:81/p", "https", "a:81", "/p", "/p", ""},
		{"http://u@a?q", "http", "a", "?q", "", "q"},
		{"http://a#f", "http", "a", "#f", "#f", ""},
		{"http://[::1]:80/", "http", "[::1]:80", "/", "/", ""},
		{"http://a", "http", "a", "", "", ""},
		{"*", "", "", "", "", ""},
		{"a:80", "", "a:80", "", "", ""},
		{"new?q", "", "new", "", "", "q"},
	} {
		q := request("GET", c.target)
		for _, part := range []struct{ name, got, want string }{
			{"scheme", string(q.Scheme()), c.scheme}, {"authority", string(q.Authority()), c.authority},
			{"pathq", string(q.PathQuery()), c.pathq}, {"path", string(q.Path()), c.path}, {"query", string(q.Query()), c.query},
		} {
			if part.got != part.want {
				t.Errorf("%s of %q is %q, want %q", part.name, c.target, part.got, part.want)
			}
		}
	}
}

// TestEdits holds what HAProxy's actions of the same names make of a request.
func TestEdits(t *testing.T) {
	var a buf.Arena
	host, b := Host.Name(), []byte("b")
	for _, c := range []struct {
		name                 string
		edit                 func(q *Request)
		method, target, host string
		want                 string
	}{
		{"set-path", func(q *Request) { q.SetPath([]byte("/new"), &a) }, "GET", "/p?q", "a", "/new?q a"},
		{"set-path", func(q *Request) { q.SetPath([]byte("/new"), &a) }, "GET", "http://u@a:81?q", "a:81", "http://u@a:81/new?q a:81"},
		{"set-path", func(q *Request) { q.SetPath([]byte("/new"), &a) }, "OPTIONS", "*", "a", "/new a"},
		{"set-path", func(q *Request) { q.SetPath([]byte("/new"), &a) }, "CONNECT", "a:80", "a", "/new a"},
		{"set-path", func(q *Request) { q.SetPath([]byte("/new"), &a) }, "OPTIONS", "http://a", "a", "/new a"},
		{"set-path", func(q *Request) { q.SetPath([]byte("new"), &a) }, "GET", "/p?q", "a", "new?q a"},
		{"set-path", func(q *Request) { q.SetPath(nil, &a) }, "GET", "http://a/p?q", "a", "http://a?q a"},
		{"set-query", func(q *Request) { q.SetQuery([]byte("x=y"), &a) }, "GET", "/p?q", "a", "/p?x=y a"},
		{"set-query", func(q *Request) { q.SetQuery([]byte("x=y"), &a) }, "GET", "http://a/p", "a", "http://a/p?x=y a"},
		{"set-query", func(q *Request) { q.SetQuery([]byte("x=y"), &a) }, "OPTIONS", "*", "a", "*?x=y a"},
		{"set-query", func(q *Request) { q.SetQuery(nil, &a) }, "GET", "/p?q", "a", "/p? a"},
		{"set-query", func(q *Request) { q.SetQuery(nil, &a) }, "GET", "/p", "a", "/p a"},
		{"set-query", func(q *Request) { q.SetQuery([]byte("?x"), &a) }, "GET", "/p?q", "a", "/p??x a"},
		{"set-pathq", func(q *Request) { q.SetPathQuery([]byte("/z?w"), &a) }, "GET", "http://a/p?q", "a", "http://a/z?w a"},
		{"set-pathq", func(q *Request) { q.SetPathQuery([]byte("/z?w"), &a) }, "OPTIONS", "*", "a", "/z?w a"},
		{"set-pathq", func(q *Request) { q.SetPathQuery([]byte("/z?w"), &a) }, "OPTIONS", "http://a", "a", "/z?w a"},
		{"set-uri", func(q *Request) { q.SetTarget([]byte("/u?v"), &a) }, "GET", "http://a/p?q", "a", "/u?v a"},
		{"set-uri", func(q *Request) { q.SetTarget([]byte("http://b:80/u"), &a) }, "GET", "/p?q", "a", "http://b:80/u b:80"},
		{"set-uri", func(q *Request) { q.SetTarget([]byte("b:80"), &a) }, "CONNECT", "a:80", "a", "b:80 b:80"},
		{"set-uri", func(q *Request) { q.SetTarget([]byte("*"), &a) }, "GET", "/p", "a", "* a"},
		{"set-uri without Host", func(q *Request) { q.SetTarget([]byte("http://b/"), &a) }, "GET", "/p", "", "http://b/ "},
		{"set-header host", func(q *Request) { q.SetField(host, b, &a) }, "GET", "/p?q", "a", "/p?q b"},
		{"set-header host", func(q *Request) { q.SetField(host, b, &a) }, "GET", "http://u@a:81?q", "a:81", "http://u@b?q b"},
		{"set-header host", func(q *Request) { q.SetField(host, b, &a) }, "CONNECT", "a:80", "a", "b b"},
		{"set-header host", func(q *Request) { q.SetField(host, b, &a) }, "GET", "http://a/p", "", "http://b/p b"},
		{"add-header host", func(q *Request) { q.AddField(host, b, &a) }, "GET", "http://a/p", "a", "http://b/p a"},
		{"del-header host", func(q *Request) { q.DeleteField(host) }, "GET", "http://a/p", "a", "http://a/p "},
		{"replace-header host", func(q *Request) { q.SetValue(0, b, &a) }, "GET", "http://a/p", "a", "http://b/p b"},
	} {
		q := request(c.method, c.target)
		if c.host != "" {
			q.Fields = list("host: " + c.host)
			q.HostIndex = 0
		}
		c.edit(q)
		if got := string(q.Target) + " " + string(q.Host()); got != c.want {
			t.Errorf("%s on %s with Host %q: %q, want %q", c.name, c.target, c.host, got, c.want)
		}
		if q.Flags&Edited == 0 && c.want != c.target+" "+c.host {
			t.Errorf("%s on %s: not marked as edited", c.name, c.target)
		}
	}
}

func TestFieldEdits(t *testing.T) {
	var a buf.Arena
	q := request("GET", "/", "x: 1", "y: 2", "x: 3")
	q.AddField(NewName("Z"), []byte("4"), &a)
	q.SetField(NewName("x"), []byte("5"), &a)
	q.Fields[1].Line = 7
	q.SetValue(1, []byte("6"), &a)
	if want := "y: 6\nz: 4\nx: 5"; live(q.Fields) != want || q.Fields[1].Line != 0 {
		t.Errorf("fields are\n%s\nwant\n%s", live(q.Fields), want)
	}
	if n := q.DeleteField(NewName("x")); n != 1 || q.DeleteField(NewName("x")) != 0 {
		t.Errorf("%d deleted", n)
	}
	q.SetMethod([]byte("HEAD"), &a)
	if q.MethodID != value.HEAD {
		t.Errorf("method is %v", q.MethodID)
	}

	r := &Response{Status: 200, Fields: list("x: 1", "y: 2")}
	r.SetField(NewName("x"), []byte("3"), &a)
	r.AddField(NewName("z"), []byte("4"), &a)
	r.SetValue(1, []byte("5"), &a)
	r.SetStatus(404, nil, &a)
	if want := "y: 5\nx: 3\nz: 4"; live(r.Fields) != want || r.Status != 404 || r.Flags&Edited == 0 {
		t.Errorf("fields are\n%s\nwant\n%s", live(r.Fields), want)
	}
	if r.DeleteField(NewName("z")) != 1 {
		t.Error("not deleted")
	}
}

// TestEditsCannotBreakLines holds that what an expression brings in stays within its line, and its word.
func TestEditsCannotBreakLines(t *testing.T) {
	var a buf.Arena
	q := request("GET", "/")
	evil := []byte("1\r\nX-I: 2\x00 z")
	q.AddField(NewName("x"), evil, &a)
	if got, want := string(q.Fields[0].Value), "1%0D%0AX-I: 2%00 z"; got != want {
		t.Errorf("value is %q, want %q", got, want)
	}
	q.SetPath(evil, &a)
	if got, want := string(q.Target), "1%0D%0AX-I:%202%00%20z"; got != want {
		t.Errorf("target is %q, want %q", got, want)
	}
	q.SetMethod(evil, &a)
	if got, want := string(q.Method), "1%0D%0AX-I:%202%00%20z"; got != want {
		t.Errorf("method is %q, want %q", got, want)
	}
}

func TestEditsLiveInTheArena(t *testing.T) {
	var a buf.Arena
	q := request("GET", "/a?b")
	in := []byte("/new")
	q.SetPath(in, &a)
	q.AddField(NewName("x"), in, &a)
	copy(in, "XXXX")
	if string(q.Target) != "/new?b" || string(q.Fields[0].Value) != "/new" {
		t.Errorf("target %q, value %q", q.Target, q.Fields[0].Value)
	}
	q.Fields = q.Fields[:0]
	x, v := NewName("x"), []byte("1")
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		q.Fields = q.Fields[:0]
		q.SetField(x, v, &a)
		q.SetPath(v, &a)
		q.Fields.CountValues(x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestReset(t *testing.T) {
	q := request("GET", "/", "x: 1")
	c := cap(q.Fields)
	q.Reset()
	if len(q.Fields) != 0 || cap(q.Fields) != c || q.HostIndex != -1 || q.Target != nil {
		t.Errorf("after Reset: %+v", q)
	}
	r := &Response{Status: 200, Fields: list("x: 1")}
	r.Reset()
	if len(r.Fields) != 0 || r.Status != 0 {
		t.Errorf("after Reset: %+v", r)
	}
}

// TestClean compares Clean with what Encode does.
func TestClean(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var a buf.Arena
	for range 20000 {
		b := make([]byte, r.IntN(30))
		for i := range b {
			b[i] = "a\xff\x80 \x7fz\t\x1f/~a\r\n\x00"[min(r.IntN(14), r.IntN(20))]
		}
		clean := !bytes.ContainsAny(b, "\r\n\x00")
		if got := Clean(b); got != clean || clean != bytes.Equal(Encode(b, &a), b) {
			t.Fatalf("%q is clean: %v", b, got)
		}
		a.Reset()
	}
}

// TestCountElements compares the number of elements with the elements.
func TestCountElements(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = "ab,-\"\\,\xac\x2d"[min(r.IntN(9), r.IntN(12))]
		}
		want := 0
		for in := SplitValue(b); ; want++ {
			if _, ok := in.Next(); !ok {
				break
			}
		}
		if got := countElements(b); got != want {
			t.Fatalf("%q has %d elements, not %d", b, got, want)
		}
	}
}
