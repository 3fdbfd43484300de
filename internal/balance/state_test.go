package balance

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/internal/proxy"
)

// stated returns a backend whose servers are checked, with rise 2 and fall 3.
func stated(t *testing.T, edit func(*proxy.Proxy)) *proxy.Proxy {
	return newBackend(t, 1, proxy.AlgoRoundRobin, []int{10, 20}, func(p *proxy.Proxy) {
		for _, srv := range p.Servers {
			srv.Check = proxy.CheckConf{Enabled: true, Rise: 2, Fall: 3}
		}
		if edit != nil {
			edit(p)
		}
	})
}

// TestStatus holds the words of haproxy 3.5's show stat against what was done to the server.
func TestStatus(t *testing.T) {
	maint := func(s *proxy.Server) { SetMaint(s, Moment{}) }
	drain := func(s *proxy.Server) { SetDrain(s, Moment{}) }
	ready := func(s *proxy.Server) { SetReady(s, Moment{}) }
	health := func(n int32, mark func(*proxy.Server, Moment)) func(*proxy.Server) {
		return func(s *proxy.Server) {
			s.State.Check.Health.Store(n)
			mark(s, Moment{})
		}
	}
	up, down, stopping := health(4, MarkUp), health(0, MarkDown), health(4, MarkStopping)
	for _, c := range []struct {
		name  string
		steps []func(*proxy.Server)
		want  string
	}{
		{"start", nil, "UP 1/3"},
		{"up", []func(*proxy.Server){up}, "UP"},
		{"failing", []func(*proxy.Server){health(3, MarkUp)}, "UP 2/3"},
		{"down", []func(*proxy.Server){down}, "DOWN"},
		{"coming back", []func(*proxy.Server){health(1, MarkDown)}, "DOWN 1/2"},
		{"stopping", []func(*proxy.Server){stopping}, "NOLB"},
		{"drain", []func(*proxy.Server){up, drain}, "DRAIN"},
		{"drain and failing", []func(*proxy.Server){drain}, "DRAIN 1/3"},
		{"drain and down", []func(*proxy.Server){drain, down}, "DOWN"},
		{"maintenance", []func(*proxy.Server){drain, maint}, "MAINT"},
		{"maintenance ends by drain", []func(*proxy.Server){maint, drain}, "DRAIN 1/3"},
		{"ready", []func(*proxy.Server){down, maint, ready}, "UP 1/3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := stated(t, nil)
			srv := p.Servers[0]
			for _, step := range c.steps {
				step(srv)
			}
			if got := Status(srv); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStatusOfMaintenance(t *testing.T) {
	p := stated(t, nil)
	srv := p.Servers[0]
	srv.Track = "other/s1"
	for _, c := range []struct {
		bits proxy.Admin
		want string
	}{
		{proxy.AdminInheritMaint, "MAINT (via other/s1)"},
		{proxy.AdminForcedMaint | proxy.AdminInheritMaint, "MAINT"},
		{proxy.AdminRMaint, "MAINT (resolution)"},
		{proxy.AdminConfigMaint, "MAINT"},
	} {
		SetAdmin(srv, c.bits, true, Moment{})
		if got := Status(srv); got != c.want {
			t.Errorf("%#x: got %q, want %q", c.bits, got, c.want)
		}
		SetAdmin(srv, c.bits, false, Moment{})
	}
}

func TestStatusWithoutChecks(t *testing.T) {
	p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{1})
	srv := p.Servers[0]
	got := []string{Status(srv)}
	SetDrain(srv, Moment{})
	got = append(got, Status(srv), BackendStatus(p))
	SetMaint(srv, Moment{})
	got = append(got, Status(srv), BackendStatus(p))
	SetReady(srv, Moment{})
	got = append(got, Status(srv), BackendStatus(p))
	MarkStopping(srv, Moment{})
	got = append(got, Status(srv), BackendStatus(p))
	MarkDown(srv, Moment{})
	got = append(got, Status(srv), BackendStatus(p))
	if want := "no check, DRAIN, DOWN, MAINT, DOWN, no check, UP, NOLB, DOWN, DOWN, DOWN"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestInitState(t *testing.T) {
	for state, want := range map[proxy.InitState]string{proxy.InitUp: "UP 1/3", proxy.InitFullyUp: "UP",
		proxy.InitDown: "DOWN 1/2", proxy.InitFullyDown: "DOWN"} {
		p := stated(t, func(p *proxy.Proxy) { p.Servers[0].InitState = state })
		if got := Status(p.Servers[0]); got != want {
			t.Errorf("%d: got %q, want %q", state, got, want)
		}
	}
}

// TestDownTimes follows the counters of a server and of its backend through failures.
func TestDownTimes(t *testing.T) {
	p := stated(t, nil)
	a, b := p.Servers[0], p.Servers[1]
	MarkDown(a, Moment{Wall: 100})
	MarkDown(a, Moment{Wall: 103}) // already
	MarkUp(a, Moment{Wall: 110})
	SetMaint(a, Moment{Wall: 120})
	MarkDown(b, Moment{Wall: 130})
	SetReady(a, Moment{Wall: 133})
	if n, d, at := a.State.Downs.Load(), a.State.DownTotal.Load(), a.State.LastChange.Load(); n != 1 || d != 23 || at != 133 {
		t.Errorf("server: %d times down, %d s, last change %d", n, d, at)
	}
	if n, d := p.State.Downs.Load(), p.State.DownTotal.Load(); n != 1 || d != 3 {
		t.Errorf("backend: %d times down, %d s", n, d)
	}
}

// TestSlowStart steps through the weights and limits that haproxy 3.5 shows for weight 10, maxconn 100, slowstart 4s.
func TestSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{10, 20}, func(p *proxy.Proxy) {
			p.Servers[0].SlowStart, p.Servers[0].MaxConn = 4e9, 100
		})
		srv := p.Servers[0]
		if ShownWeight(srv) != 10 {
			t.Error("slow start at the start of the process")
		}
		SetMaint(srv, Moment{})
		SetReady(srv, Moment{Mono: 50e9, Wall: 50})
		var got []string
		for range 6 {
			synctest.Wait()
			got = append(got, fmt.Sprint(ShownWeight(srv), "/", srv.Limit(), "/", srv.State.Oper.Load()))
			time.Sleep(time.Second)
		}
		if want := "1/1/1 4/25/1 6/50/1 9/75/1 10/100/2 10/100/2"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestSlowStartEndsWhenTheServerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{10, 20}, func(p *proxy.Proxy) { p.Servers[0].SlowStart = 10e9 })
		srv := p.Servers[0]
		MarkDown(srv, Moment{})
		MarkUp(srv, Moment{Mono: 1})
		time.Sleep(3 * time.Second)
		MarkDown(srv, Moment{Mono: 3e9})
		time.Sleep(20 * time.Second)
		if srv.State.SlowSince.Load() != 0 || proxy.Oper(srv.State.Oper.Load()) != proxy.OperStopped {
			t.Error("it came back by itself")
		}
	})
}

func TestParseWeight(t *testing.T) {
	dynamic := newBackend(t, 1, proxy.AlgoRoundRobin, []int{10})
	static := newBackend(t, 1, proxy.AlgoSource, []int{10})
	for _, c := range []struct {
		p    *proxy.Proxy
		text string
		want int
		err  string
	}{
		{dynamic, "0", 0, ""}, {dynamic, "256", 256, ""}, {dynamic, "50%", 5, ""}, {dynamic, "1%", 0, ""},
		{dynamic, "2600%", 256, ""}, {dynamic, "99999999999%", 256, ""}, {dynamic, "101%", 10, ""},
		{dynamic, "257", 0, "Absolute weight"}, {dynamic, "-1", 0, "Absolute weight"}, {dynamic, "abc", 0, "Empty weight string"},
		{dynamic, "", 0, "Empty weight string"}, {dynamic, "12x", 0, "Trailing garbage"}, {dynamic, "3.3%", 0, "Trailing garbage"},
		{static, "0", 0, ""}, {static, "100%", 10, ""}, {static, "10", 10, ""}, {static, "0%", 0, ""}, {static, "50%", 0, "static LB algorithm"},
		{static, "20", 0, "static LB algorithm"},
	} {
		got, err := ParseWeight(c.p.Servers[0], c.text)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) || err == nil && got != c.want {
			t.Errorf("%v %q: %d, %v", c.p.Balance.Algo, c.text, got, err)
		}
	}
}

// TestMarkedDown: what hangs on a server that goes down is told to go when the configuration says so.
func TestMarkedDown(t *testing.T) {
	p := stated(t, func(p *proxy.Proxy) {
		p.Servers[0].OnMarkedDownShutdown, p.Servers[0].OnMarkedUpShutdown, p.Servers[1].Backup = true, true, true
	})
	a, b := p.Servers[0].State, p.Servers[1].State
	MarkDown(p.Servers[0], Moment{})
	if a.Generation.Load() != 1 || b.Generation.Load() != 0 {
		t.Error("after down:", a.Generation.Load(), b.Generation.Load())
	}
	MarkUp(p.Servers[0], Moment{})
	if a.Generation.Load() != 1 || b.Generation.Load() != 1 {
		t.Error("after up:", a.Generation.Load(), b.Generation.Load())
	}
}

// TestLimit follows minconn, maxconn and fullconn through the load of the backend.
func TestLimit(t *testing.T) {
	for _, c := range []struct {
		min, max, full, load int
		want                 int32
	}{
		{0, 0, 10, 5, 0}, {0, 8, 10, 0, 8}, {2, 8, 10, 0, 2}, {2, 8, 10, 3, 2}, {2, 8, 10, 4, 3}, {2, 8, 10, 9, 7}, {2, 8, 10, 10, 8},
		{2, 8, 10, 99, 8}, {2, 0, 10, 0, 2}, {9, 8, 10, 99, 9},
	} {
		p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{1}, func(p *proxy.Proxy) {
			p.FullConn, p.Servers[0].MinConn, p.Servers[0].MaxConn = c.full, c.min, c.max
		})
		p.State.Back.Cur.Store(int32(c.load))
		if got := p.Servers[0].Limit(); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
