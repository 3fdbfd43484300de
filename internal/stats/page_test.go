package stats

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

const evil = `<script>alert("1")</script>`

// bench is a process with one proxy and n servers that nobody runs.
func bench(t *testing.T, n int) (*Pages, *proxy.Snapshot) {
	t.Helper()
	g, err := loop.New(loop.Options{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy.Proxy{Name: "app", ID: 2, Desc: evil, Caps: proxy.CapListen, ByName: map[string]*proxy.Server{}}
	p.Mode = proxy.ModeHTTP
	p.Stats = &proxy.StatsPage{URI: "/", Prefix: []byte("/"), ShowDesc: evil, ShowNode: true, Node: evil, ShowLegends: true, ShowModules: true, ShowVersion: true}
	snap := &proxy.Snapshot{Global: &proxy.Global{}, Proxies: []*proxy.Proxy{p}}
	snap.Prepare(1)
	p.State = proxy.NewState(1)
	for i := range n {
		srv := &proxy.Server{Name: "s" + grouped(uint64(i)), Proxy: p, ID: i + 1}
		if i == 0 {
			srv.Name = evil
		}
		srv.State = proxy.NewServerState(srv, 1)
		c := srv.State.On(0)
		for us := range 1000 {
			c.Lat.FirstByte.Add(int64(us) * 1000)
			c.Lat.Total.Add(int64(us) * 2000)
		}
		p.Servers = append(p.Servers, srv)
		p.ByName[srv.Name] = srv
	}
	proc := &proxy.Process{Loops: 1, Version: "9", Node: "here"}
	return &Pages{Collector: &Collector{Engine: stream.New(g, proc, snap), Proc: proc}, Listeners: func() int { return 1 }}, snap
}

// all reads an answer to its end, and returns the size of its largest part.
func all(p proxy.Pieces) (text string, largest int) {
	var b strings.Builder
	for more := true; more; {
		var part []byte
		part, more = p.Next(nil)
		b.Write(part)
		largest = max(largest, len(part))
	}
	return b.String(), largest
}

func TestPageIsWholeAndEscaped(t *testing.T) {
	g, snap := bench(t, 3)
	html, _ := all(g.pieces(&proxy.Stream{Snap: snap}, snap.Proxies[0], query{result: "DONE"}, true))
	if strings.Contains(html, "<script") || !strings.Contains(html, "&lt;script&gt;") {
		t.Error("what is configured is not escaped")
	}
	for _, tag := range []string{"html", "main", "section", "table", "tbody", "tr", "td", "th", "form", "details", "dl", "label", "svg", "span", "select"} {
		open, shut := strings.Count(html, "<"+tag+" ")+strings.Count(html, "<"+tag+">"), strings.Count(html, "</"+tag+">")
		if open != shut || open == 0 {
			t.Errorf("<%s>: %d opened, %d closed", tag, open, shut)
		}
	}
	for _, outside := range []string{"http://", "https://", "@import", "url("} {
		if strings.Contains(html, outside) {
			t.Errorf("the page asks for something outside: %s", outside)
		}
	}
}

func TestLargePagesComeInPieces(t *testing.T) {
	g, snap := bench(t, 1000)
	for form := formHTML; form <= formJSON; form++ {
		text, largest := all(g.pieces(&proxy.Stream{Snap: snap}, snap.Proxies[0], query{form: form}, false))
		if len(text) < 1<<17 || largest > 1<<20 {
			t.Errorf("form %d: %d bytes, the largest piece %d", form, len(text), largest)
		}
	}
}

// TestContentsOfManyProxies names only those that lack servers.
func TestContentsOfManyProxies(t *testing.T) {
	g, snap := bench(t, 0)
	for i := range mostLinks + 20 {
		p := &proxy.Proxy{Name: "pool" + grouped(uint64(i)), ID: i + 3, Caps: proxy.CapBackend, ByName: map[string]*proxy.Server{}}
		p.Mode, p.State = proxy.ModeHTTP, proxy.NewState(1)
		srv := &proxy.Server{Name: "s", Proxy: p, ID: 1, Weight: 1}
		srv.State = proxy.NewServerState(srv, 1)
		p.Servers = append(p.Servers, srv)
		if i == 7 || i == 9 {
			srv.State.Admin.Store(uint32(proxy.AdminMaint))
		}
		snap.Proxies = append(snap.Proxies, p)
	}
	text, _ := all(g.pieces(&proxy.Stream{Snap: snap}, snap.Proxies[0], query{}, false))
	_, nav, _ := strings.Cut(text, `<nav class="contents"`)
	nav, _, _ = strings.Cut(nav, "</nav>")
	if strings.Count(nav, "<a ") != 2 || !strings.Contains(nav, `href="#pool7"`) || !strings.Contains(nav, `href="#pool9"`) {
		t.Errorf("the contents are %s", nav)
	}
}

func TestMetricsAreFamilies(t *testing.T) {
	g, snap := bench(t, 300)
	w, err := parseWanted("extra-counters&desc-labels")
	if err != nil {
		t.Fatal(err)
	}
	text, largest := all(&export{from: &Exporter{Collector: g.Collector, Listeners: g.Listeners}, snap: snap, wanted: w})
	if largest > 1<<20 {
		t.Errorf("a piece of %d bytes", largest)
	}
	seen, at := map[string]bool{}, ""
	for line := range strings.Lines(text) {
		if name, found := strings.CutPrefix(line, "# HELP "); found {
			at, _, _ = strings.Cut(name, " ")
			if seen[at] {
				t.Errorf("%s is there twice", at)
			}
			seen[at] = true
		} else if !strings.HasPrefix(line, "# TYPE "+at) && !strings.HasPrefix(line, at) {
			t.Fatalf("%q within %s", line, at)
		}
	}
	if !seen["haproxy_server_status"] || !seen["sluice_server_first_byte_duration_seconds"] {
		t.Error("families are missing")
	}
	if !strings.Contains(text, "\nsluice_process_regex_given_up_total 0\n") {
		t.Error("the searches that were given up are not told")
	}
	if seen["sluice_server_queue_duration_seconds"] {
		t.Error("a histogram that has measured nothing is written")
	}
}

func TestMetricTablesNameColumns(t *testing.T) {
	for _, list := range [][]metric{metricsAt(atFront), metricsAt(atListener), metricsAt(atBack), metricsAt(atServer)} {
		for _, m := range list {
			if columnNamed(m.field) == nil {
				t.Errorf("%s: no column %s", m.name, m.field)
			}
		}
	}
	for _, m := range processMetrics {
		found := false
		for i := range infoFields {
			found = found || infoFields[i].name == m.field
		}
		if !found {
			t.Errorf("%s: no field %s", m.name, m.field)
		}
	}
}

func TestQueries(t *testing.T) {
	for rest, want := range map[string]query{
		"":                      {},
		";csv;up":               {form: formCSV, up: true},
		"?;json-schema":         {form: formSchema},
		";json;norefresh":       {form: formJSON, still: true},
		";st=DONE;scope=a.b&x":  {result: "DONE", scope: "a.b"},
		"?scope=a<b":            {},
		";typed;no-maint;st=xy": {form: formTyped, noMaint: true},
	} {
		if got := parseQuery(rest); got != want {
			t.Errorf("%q: %+v, want %+v", rest, got, want)
		}
	}
}

func FuzzOrders(f *testing.F) {
	f.Add("s=a&s=b&action=maint&b=%234&all=1", ";csv;scope=x", "scope=*&metrics=-a,b")
	f.Fuzz(func(t *testing.T, body, rest, search string) {
		parseOrder(body)
		parseWanted(search)
		q := parseQuery(rest)
		if again := parseQuery(strings.TrimPrefix(q.link("/"), "/")); again.scope != q.scope || again.form != q.form {
			t.Errorf("%q: %+v becomes %+v", rest, q, again)
		}
	})
}

// TestBrowser lets a real browser read the page: it must find no script to run and every server to show.
func TestBrowser(t *testing.T) {
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	g, snap := bench(t, 3)
	html, _ := all(g.pieces(&proxy.Stream{Snap: snap}, snap.Proxies[0], query{}, true))
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "user"),
		"--dump-dom", "file://"+file)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("chromium does not run here: %v", err)
	}
	dom := string(out)
	if strings.Count(dom, `class="server`) != 3 || strings.Contains(dom, "<script") || !strings.Contains(dom, "</html>") {
		t.Errorf("the browser read something else:\n%s", dom)
	}
}
