package stats

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// sample is one object of each role, as the recorded program had them.
func sample(t *testing.T) map[string]*Object {
	p := &proxy.Proxy{Name: "be", ID: 4, Caps: proxy.CapListen, State: proxy.NewState(1)}
	p.Mode, p.Balance.Algo = proxy.ModeHTTP, proxy.AlgoRoundRobin
	srv := &proxy.Server{Name: "s1", ID: 1, Weight: 10, MaxConn: 5, Proxy: p, PoolMaxConn: -1}
	srv.State = proxy.NewServerState(srv, 1)
	p.Servers = []*proxy.Server{srv}
	b := &proxy.Bind{Name: "main", ID: 1, Proxy: p, State: proxy.NewState(1), Addr: proxy.Addr{Family: proxy.FamIPv4}}
	var err error
	if p.Balancer, err = balance.New(p); err != nil {
		t.Fatal(err)
	}
	objects := map[string]*Object{"F": {Role: Front}, "L": {Role: Listener, Bind: b}, "B": {Role: Back}, "S": {Role: Server, Server: srv}}
	for _, o := range objects {
		o.Proxy, o.Legends = p, true
	}
	return objects
}

// TestFieldsAreThoseOfHAProxy compares which fields a role has, their positions, tags and types. Positions of the fields
// of modules depend on the modules that a build has.
func TestFieldsAreThoseOfHAProxy(t *testing.T) {
	var got, want []string
	for line := range strings.Lines(recorded(t, "stat-fields.txt")) {
		want = append(want, strings.TrimSuffix(line, "\n"))
	}
	objects := sample(t)
	for _, role := range []string{"F", "L", "B", "S"} {
		for line := range strings.Lines(string(objects[role].Append(nil, Print{Form: Typed}))) {
			parts := strings.SplitN(line, ":", 4)
			at := strings.Split(parts[0], ".")
			if strings.HasPrefix(at[4], "ssl_") && parts[1] == "MCPV" && parts[2] == "u64" {
				continue // of a module that was left out
			}
			if strings.HasPrefix(at[4], "h1_") {
				at[3] = "-"
			}
			got = append(got, strings.Join([]string{role, at[3], at[4], parts[1], parts[2]}, " "))
		}
	}
	for _, line := range without(want, got) {
		if !strings.Contains(line, "h1_open_streams") { // not counted by proxy
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range without(got, want) {
		t.Errorf("only here: %s", line)
	}
}

func TestFactsAreThoseOfHAProxy(t *testing.T) {
	var got []string
	for _, f := range infoFields {
		v := num(0)
		if f.get != nil {
			i := &Facts{proc: &proxy.Process{}, snap: &proxy.Snapshot{Global: &proxy.Global{Description: "d"}}}
			v = f.get(i)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s", f.pos, f.tag, kindNames[v.kind], f.name))
	}
	want := strings.Split(strings.TrimSuffix(recorded(t, "info-fields.txt"), "\n"), "\n")
	for _, line := range without(want, got) {
		t.Errorf("missing: %s", line)
	}
	for _, line := range without(got, want) {
		t.Errorf("only here: %s", line)
	}
}

// recorded reads a file without its comments.
func recorded(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			text.WriteString(line)
		}
	}
	return text.String()
}

// without returns the elements of a that are not in b.
func without(a, b []string) (left []string) {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	for _, s := range a {
		if !in[s] {
			left = append(left, s)
		}
	}
	return left
}

func TestCSVQuotes(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "a,b": `"a,b"`, `say "no"`: `"say ""no"""`, "": ""} {
		f := maybe(in)
		if got := string(f.appendCSV(nil)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestHeaderHasAFieldForEachColumn(t *testing.T) {
	header := string(Header(nil))
	if !strings.HasPrefix(header, "# pxname,svname,qcur,") {
		t.Errorf("%.60q", header)
	}
	for role, o := range sample(t) {
		line := string(o.Append(nil, Print{}))
		if strings.Count(line, ",") != strings.Count(header, ",") {
			t.Errorf("%s: %d fields, the header has %d", role, strings.Count(line, ","), strings.Count(header, ","))
		}
	}
}

func TestFloats(t *testing.T) {
	for in, want := range map[float64]string{0: "0", 1: "1", 100: "100", 0.5: "0.5", 12.3456789: "12.345679"} {
		if got := string(float(in).append(nil)); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
}
