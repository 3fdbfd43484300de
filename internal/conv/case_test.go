package conv_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sluice/internal/conv"
	"sluice/internal/fetch"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// A file testdata/<converter>.txt holds the cases of one converter, a line each, whose parts stand between tabs:
//
//	the converters	the input	the result
//
// The input is a quoted string (of type str), or bin:"\x00", int:5, bool:1 or ip:192.0.2.1. The result is "none", a quoted
// string, a number, an address, or "error: " and what the compilation says. These variables are set: txn.n to 7, txn.neg
// to -3, txn.s to "text", txn.b to the bytes 00 01 ff, txn.k to "a2V5", txn.e to an empty string; txn.none is not. Maps are
// those of testdata/maps. There are a frontend fe, a backend bk with a server s1, which is up, and a server s2, which is not, and ACLs yes and no.

// registry is what the program has.
func registry() *sample.Registry {
	return sample.NewRegistry(fetch.Rows(), conv.Rows(), fetch.ACLs())
}

// bench is what cases run in.
type bench struct {
	env    *sample.Env
	stream *proxy.Stream
}

func newBench(t testing.TB) *bench {
	front := &proxy.Proxy{Name: "fe", Caps: proxy.CapFrontend, ID: 2}
	front.Capture.Request = []proxy.CaptureHeader{{Len: 10}}
	front.Capture.Response = []proxy.CaptureHeader{{Len: 10}}
	back := &proxy.Proxy{Name: "bk", Caps: proxy.CapBackend, ID: 3}
	for _, name := range []string{"s1", "s2"} {
		srv := &proxy.Server{Name: name, Weight: 1}
		srv.State = proxy.NewServerState(srv, 1)
		back.Servers = append(back.Servers, srv)
	}
	back.Servers[1].State.Admin.Store(uint32(proxy.AdminMaint))
	front.State, back.State = proxy.NewState(1), proxy.NewState(1)
	b := &bench{stream: new(proxy.Stream)}
	lists := pattern.NewLists()
	b.env = &sample.Env{Maps: lists, ReadFile: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join("testdata/maps", name)) }, Reg: registry(), Names: new(proxy.Names), Pending: new(sample.Pending), Where: sample.FrontHTTPReq,
		Proxy: front, Pos: proxy.Pos{File: "test.cfg", Line: 1}, What: "http-request expression"}
	scope := pattern.NewScope(lists)
	for _, acl := range []string{"yes always_true", "no always_false"} {
		if err := scope.Define(strings.Fields(acl), b.env); err != nil {
			t.Fatal(err)
		}
	}
	b.env.Condition = func(names []string) (proxy.Cond, error) { return scope.Named(names, b.env) }
	s := b.stream
	s.Reset()
	s.Mode = proxy.ModeHTTP
	s.Sess = &proxy.Session{Src: netip.MustParseAddrPort("192.0.2.1:1234"), Dst: netip.MustParseAddrPort("192.0.2.2:80"), Flags: proxy.SessDstKnown, Requests: 1}
	s.Front = front
	s.Snap = &proxy.Snapshot{Proc: new(proxy.Process), Global: new(proxy.Global), Proxies: []*proxy.Proxy{front, back}}
	front.Table, back.Table = filled("fe", sticktable.IPv4, []byte{192, 0, 2, 1}), filled("be", sticktable.String, []byte("key"))
	for name, input := range map[string]string{"txn.n": "int:7", "txn.neg": "int:-3", "txn.s": `"text"`, "txn.b": `bin:"\x00\x01\xff"`, "txn.k": `"a2V5"`, "txn.e": `""`} {
		b.set(t, name, input)
	}
	return b
}

// set gives a variable a value in the notation of inputs.
func (b *bench) set(t testing.TB, name, input string) {
	ref, err := b.env.Var(name)
	if err != nil {
		t.Fatal(err)
	}
	v := readInput(t, input)
	b.stream.SetVar(ref, &v)
}

func readInput(t testing.TB, text string) (v value.Value) {
	kind, rest, split := strings.Cut(text, ":")
	if text[0] == '"' || !split {
		kind, rest = "str", text
	}
	var err error
	switch kind {
	case "str", "bin":
		var s string
		if s, err = strconv.Unquote(rest); kind == "str" {
			v.SetStr([]byte(s))
		} else {
			v.SetBin([]byte(s))
		}
	case "int":
		var n int64
		n, err = strconv.ParseInt(rest, 10, 64)
		v.SetInt(n)
	case "bool":
		v.SetBool(rest == "1")
	case "ip":
		var ip netip.Addr
		ip, err = netip.ParseAddr(rest)
		v.SetIP(ip)
	default:
		t.Fatalf("input %s is of no kind", text)
	}
	if err != nil {
		t.Fatalf("input %s: %v", text, err)
	}
	return v
}

// eval compiles and runs converters on an input and gives the result as case files write it.
func (b *bench) eval(t testing.TB, convs, input string) string {
	b.set(t, "txn.in", input)
	text := "var(txn.in)," + convs
	e, used, err := sample.ParseExpr([]string{text}, b.env)
	if err != nil {
		return "error: " + err.Error()
	}
	if used != 1 {
		return "error: not all of it was taken"
	}
	for _, bad := range b.env.Pending.Resolve(b.stream.Snap) {
		return "error: " + bad.Error()
	}
	var v value.Value
	if !e.Eval(b.stream, &v) {
		return "none"
	}
	// protobuf and ungrpc give bytes, or a number where one is asked for.
	number := e.Out == value.Bin && v.Type == value.Sint && (strings.HasPrefix(convs, "protobuf") || strings.HasPrefix(convs, "ungrpc"))
	if e.Out != v.Type && !number && e.Out != value.Any && e.Out != value.Same && !(e.Out == value.Addr && (v.Type == value.IPv4 || v.Type == value.IPv6)) {
		return fmt.Sprintf("a result of type %s instead of %s", v.Type, e.Out)
	}
	if v.Type == value.Str || v.Type == value.Bin {
		return strconv.Quote(string(v.Bytes))
	}
	return string(v.Append(nil))
}

// TestEveryConverterHasCases runs the files and misses none.
func TestEveryConverterHasCases(t *testing.T) {
	t.Setenv("TZ", "UTC")
	names := registry().Convs()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
			if err != nil {
				t.Fatal("a converter without cases: ", err)
			}
			b, cases := newBench(t), 0
			for i, line := range strings.Split(string(file), "\n") {
				if line == "" || line[0] == '#' {
					continue
				}
				parts := strings.Split(line, "\t")
				if len(parts) != 3 {
					t.Fatalf("line %d has %d parts between tabs, not 3", i+1, len(parts))
				}
				if !strings.Contains(parts[0], name) {
					t.Errorf("line %d: %s is not about %s", i+1, parts[0], name)
				}
				cases++
				want := parts[2]
				if s, err := strconv.Unquote(want); err == nil {
					want = strconv.Quote(s)
				}
				if got := b.eval(t, parts[0], parts[1]); got != want {
					t.Errorf("line %d: %s of %s\n got %s\nwant %s", i+1, parts[0], parts[1], got, want)
				}
			}
			if cases == 0 {
				t.Error("the file has no cases")
			}
		})
	}
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) != len(names) {
		for _, file := range files {
			if registry().Conv(strings.TrimSuffix(filepath.Base(file), ".txt")) == nil {
				t.Errorf("%s is about a converter that does not exist", file)
			}
		}
	}
}
