package cli_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/internal/balance"
	"sluice/internal/cli"
	"sluice/internal/listener"
	"sluice/internal/logs"
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/stats"
	"sluice/internal/stream"
)

// house is a process as the runtime API sees it: two frontends, two backends, loops and sockets, without a
// configuration file.
type house struct {
	t      *testing.T
	snap   *proxy.Snapshot
	proc   *proxy.Process
	eng    *stream.Engine
	set    *listener.Set
	logs   *logs.Set
	cli    *cli.Server
	addr   string // of frontend fe
	socket map[proxy.Level]string
}

const loops = 2

func server(p *proxy.Proxy, i int, name, addr string) *proxy.Server {
	ap := netip.MustParseAddrPort(addr)
	srv := &proxy.Server{Name: name, ID: i + 1, Index: i, Weight: 1, Proxy: p, MaxReuse: -1, PoolMaxConn: -1,
		PoolPurgeDelay: 5e9, GUID: "guid-" + name,
		Addr: proxy.Addr{Family: proxy.FamIPv4, IP: ap.Addr(), Port: int(ap.Port()), Text: addr}}
	p.Servers = append(p.Servers, srv)
	if p.ByName == nil {
		p.ByName = make(map[string]*proxy.Server)
	}
	p.ByName[name] = srv
	return srv
}

// frame builds the proxies: fe -> be (s1, s2 backup, s3 disabled), fe2 in TCP mode -> be2 (t1).
func frame(origin string) *proxy.Snapshot {
	g := &proxy.Global{MaxConn: 1000, Env: []string{"A=1", "B=two words"}, StatsTimeout: 5e9, StatsMaxConn: 20}
	g.Tune.BufSize, g.Tune.MaxRewrite, g.Tune.MaxHdr, g.Tune.LogURILen = 16384, 1024, 101, 1024
	fe := &proxy.Proxy{Name: "fe", GUID: "guid-fe", ID: 2, Caps: proxy.CapFrontend}
	fe.Mode, fe.Timeout.Client, fe.Options = proxy.ModeHTTP, 10e9, proxy.OptSocketStats
	fe2 := &proxy.Proxy{Name: "fe2", ID: 3, Caps: proxy.CapFrontend}
	fe2.Timeout.Client = 10e9
	be := &proxy.Proxy{Name: "be", GUID: "guid-be", ID: 4, Caps: proxy.CapBackend}
	be.Mode, be.Timeout.Server, be.Timeout.Connect, be.FullConn = proxy.ModeHTTP, 10e9, 5e9, 100
	be.HTTPReuse, be.RetryOn, be.Balance.Algo = proxy.ReuseSafe, proxy.RetryConnFailure, proxy.AlgoRoundRobin
	s1 := server(be, 0, "s1", origin)
	s1.Weight, s1.MaxConn = 10, 5
	server(be, 1, "s2", origin).Backup = true
	server(be, 2, "s3", origin).Disabled = true
	be2 := &proxy.Proxy{Name: "be2", ID: 5, Caps: proxy.CapBackend}
	be2.Timeout.Server, be2.Timeout.Connect, be2.Balance.Algo, be2.FullConn = 10e9, 5e9, proxy.AlgoRoundRobin, 100
	server(be2, 0, "t1", origin)
	fe.DefaultBackendPtr, fe2.DefaultBackendPtr = be, be2
	for i, p := range []*proxy.Proxy{fe, fe2} {
		p.Binds = []*proxy.Bind{{Name: "main"[:4*(1-i)], GUID: "guid-" + p.Name + "-0", ID: 1, Proxy: p, UID: -1, GID: -1,
			Addr: proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1")}}}
	}
	ring := &proxy.Ring{Name: "r1", Desc: "recent lines", MaxLen: 1200, Size: 32764}
	return &proxy.Snapshot{Global: g, Proxies: []*proxy.Proxy{fe, fe2, be, be2}, Rings: []*proxy.Ring{ring}}
}

// open starts everything. The first server answers with "hello", after a while for targets that begin with /slow.
func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, snap: frame(origin(t)), socket: make(map[proxy.Level]string)}
	h.proc = &proxy.Process{Name: "sluice", Version: "1.2.3", Release: "2026/11/20", Loops: loops, PID: 7,
		Started: time.Now().UnixNano(), HardMaxConn: 1000}
	h.proc.MaxConn.Store(1000)
	wall := time.Now().Unix()
	for _, p := range h.snap.Proxies {
		p.State = proxy.NewState(loops)
		p.State.Begin(p)
		p.State.MaxConn.Store(1000)
		p.State.LastChange.Store(wall)
		for _, b := range p.Binds {
			b.State = proxy.NewState(loops)
		}
		for _, srv := range p.Servers {
			srv.State = proxy.NewServerState(srv, loops)
			srv.State.LastChange.Store(wall)
		}
		if p.IsBack() {
			var err error
			if p.Balancer, err = balance.New(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.snap.Index()
	h.snap.Prepare(loops)
	group, err := loop.New(loop.Options{Loops: loops})
	if err != nil {
		t.Fatal(err)
	}
	h.eng = stream.New(group, h.proc, h.snap)
	h.set = listener.NewSet(h.eng)
	for _, p := range h.snap.Proxies {
		for _, b := range p.Binds {
			l, err := h.set.Open(b)
			if err != nil {
				t.Skip("cannot listen here:", err)
			}
			b.Addr.Port = int(netip.MustParseAddrPort(l.Addr().String()).Port())
			if p.Name == "fe" {
				h.addr = l.Addr().String()
			}
		}
	}
	group.Start()
	h.set.Start()
	h.logs = logs.NewSet(h.proc)
	h.logs.AddRing(h.snap.Rings[0])
	h.cli = cli.New(cli.Deps{Engine: h.eng, Proc: h.proc, Listeners: h.set, Logs: h.logs,
		Stats: &stats.Collector{Engine: h.eng, Proc: h.proc}, Lists: maps(t),
		StartupLogs: func() []byte { return []byte("[NOTICE]   (7) : hello\n") }})
	dir := t.TempDir()
	for _, level := range []proxy.Level{proxy.LevelAdmin, proxy.LevelOperator, proxy.LevelUser} {
		path := filepath.Join(dir, fmt.Sprint(level))
		b := &proxy.Bind{Addr: proxy.Addr{Family: proxy.FamUnix, Path: path, Text: path}, Level: level, UID: -1, GID: -1}
		if err := h.cli.Serve(b); err != nil {
			t.Skip("cannot listen here:", err)
		}
		h.socket[level] = path
	}
	t.Cleanup(func() {
		h.cli.Close()
		h.set.Stop(nil)
		group.Stop()
		group.Wait()
		h.logs.Close()
	})
	return h
}

// origin is a server that answers every request.
func origin(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold); l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, hold)
		}
	}()
	return l.Addr().String()
}

func answer(c net.Conn, hold chan struct{}) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		q, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		io.Copy(io.Discard, q.Body)
		if strings.HasPrefix(q.URL.Path, "/slow") {
			<-hold
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	}
}

// dial connects to the socket of a level.
func (h *house) dial(level proxy.Level) *net.UnixConn {
	h.t.Helper()
	c, err := net.Dial("unix", h.socket[level])
	if err != nil {
		h.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(20 * time.Second))
	h.t.Cleanup(func() { c.Close() })
	return c.(*net.UnixConn)
}

// ask sends text at a level and returns everything that comes until the connection ends.
func (h *house) ask(level proxy.Level, text string) string {
	h.t.Helper()
	c := h.dial(level)
	if _, err := io.WriteString(c, text); err != nil {
		h.t.Fatal(err)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		h.t.Fatalf("%q: %v after %q", text, err, all)
	}
	return string(all)
}

// run sends one command as an administrator and returns its answer without the empty line behind it.
func (h *house) run(command string) string {
	h.t.Helper()
	all := h.ask(proxy.LevelAdmin, command+"\n")
	got, ok := strings.CutSuffix(all, "\n")
	if !ok || got != "" && !strings.HasSuffix(got, "\n") {
		h.t.Fatalf("%s: the answer %q has no empty line at its end", command, all)
	}
	if strings.Contains("\n"+got, "\n\n") {
		h.t.Fatalf("%s: an empty line within the answer %q", command, got)
	}
	return got
}

// fetch sends a request to fe over a connection of its own.
func (h *house) fetch(path string) int {
	h.t.Helper()
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// until calls cond until it holds.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: ", what)
		}
	}
}
