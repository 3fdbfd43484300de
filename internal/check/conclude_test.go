package check

import (
	"strings"
	"testing"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// farm returns a backend of servers with checks, rise 2 and fall 3.
func farm(t *testing.T, names string, edit func(*proxy.Proxy)) *proxy.Proxy {
	t.Helper()
	p := &proxy.Proxy{Name: "be", Caps: proxy.CapBackend, State: proxy.NewState(1), ByName: map[string]*proxy.Server{}}
	p.Balance.Algo = proxy.AlgoRoundRobin
	for i, name := range strings.Fields(names) {
		srv := &proxy.Server{Name: name, ID: i + 1, Index: i, Weight: 10, Proxy: p}
		srv.Check = proxy.CheckConf{Enabled: true, Rise: 2, Fall: 3, Inter: 2000, FastInter: 500, DownInter: 9000}
		p.Servers = append(p.Servers, srv)
		p.ByName[name] = srv
	}
	if edit != nil {
		edit(p)
	}
	for _, srv := range p.Servers {
		srv.State = proxy.NewServerState(srv, 1)
	}
	b, err := balance.New(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Balancer = b
	return p
}

// conclude takes results: + a good one, - a bad one, ~ a good one that wants no new load, = one that says nothing.
func conclude(srv *proxy.Server, results string) {
	for _, c := range results {
		o := map[rune]proxy.Outcome{'+': proxy.OutcomeL7OK, '-': proxy.OutcomeL4Con, '~': proxy.OutcomeL7OKC, '=': proxy.OutcomeChecked}[c]
		Conclude(srv, Health, &proxy.CheckStatus{CheckResult: proxy.CheckResult{Outcome: o}}, balance.Moment{})
	}
}

// TestRiseAndFall follows a server through results.
func TestRiseAndFall(t *testing.T) {
	for _, c := range []struct {
		init           proxy.InitState
		results, state string
		inter          int64
		fails          int64
	}{
		{proxy.InitUp, "", "UP 1/3", 500, 0},
		{proxy.InitUp, "+", "UP", 2000, 0},
		{proxy.InitUp, "-", "DOWN", 9000, 1},
		{proxy.InitUp, "+-", "UP 2/3", 500, 1},
		{proxy.InitUp, "+--", "UP 1/3", 500, 2},
		{proxy.InitUp, "+---", "DOWN", 9000, 3},
		{proxy.InitUp, "+----", "DOWN", 9000, 3}, // failures of a server that is down are not counted
		{proxy.InitUp, "+---+", "DOWN 1/2", 500, 3},
		{proxy.InitUp, "+---+-", "DOWN", 9000, 3},
		{proxy.InitUp, "+---++", "UP", 2000, 3},
		{proxy.InitUp, "+-+", "UP", 2000, 1},
		{proxy.InitUp, "+=", "UP", 2000, 0},
		{proxy.InitUp, "+~", "NOLB", 2000, 0},
		{proxy.InitUp, "+~+", "UP", 2000, 0},
		{proxy.InitUp, "+~---", "DOWN", 9000, 3},
		{proxy.InitFullyUp, "", "UP", 2000, 0},
		{proxy.InitFullyUp, "--", "UP 1/3", 500, 2},
		{proxy.InitDown, "", "DOWN 1/2", 500, 0},
		{proxy.InitDown, "+", "UP", 2000, 0},
		{proxy.InitFullyDown, "", "DOWN", 9000, 0},
		{proxy.InitFullyDown, "+", "DOWN 1/2", 500, 0},
		{proxy.InitFullyDown, "++", "UP", 2000, 0},
	} {
		srv := farm(t, "s", func(p *proxy.Proxy) { p.Servers[0].InitState = c.init }).Servers[0]
		conclude(srv, c.results)
		if got := balance.Status(srv); got != c.state {
			t.Errorf("%d %s: %s, want %s", c.init, c.results, got, c.state)
		}
		if got := Interval(srv, Health); got != c.inter {
			t.Errorf("%d %s: next in %d, want %d", c.init, c.results, got, c.inter)
		}
		if got := srv.State.Check.Fails.Load(); got != c.fails {
			t.Errorf("%d %s: %d failures, want %d", c.init, c.results, got, c.fails)
		}
	}
}

func TestIntervalsFallBack(t *testing.T) {
	srv := farm(t, "s", func(p *proxy.Proxy) { p.Servers[0].Check.FastInter, p.Servers[0].Check.DownInter = 0, 0 }).Servers[0]
	for _, results := range []string{"", "+", "---"} {
		conclude(srv, results)
		if got := Interval(srv, Health); got != 2000 {
			t.Errorf("after %s: %d", results, got)
		}
	}
	if got := Interval(srv, Agent); got != 2000 {
		t.Errorf("agent: %d", got)
	}
	srv.Check.Agent.Inter = 700
	if got := Interval(srv, Agent); got != 700 {
		t.Errorf("agent-inter: %d", got)
	}
}

// TestTrackingServersFollow holds that a chain of trackers has the state of its end, and not its maintenance for ever.
func TestTrackingServersFollow(t *testing.T) {
	p := farm(t, "a b c", func(p *proxy.Proxy) {
		for i, srv := range p.Servers[1:] {
			of := p.Servers[i]
			srv.Check.Enabled, srv.Track, srv.Tracked = false, "be/"+of.Name, of
			of.Trackers = append(of.Trackers, srv)
		}
	})
	a, c := p.ByName["a"], p.ByName["c"]
	for _, x := range []struct {
		do   func()
		want string
	}{
		{func() { conclude(a, "+") }, "UP"},
		{func() { conclude(a, "---") }, "DOWN"},
		{func() { conclude(a, "++") }, "UP"},
		{func() { conclude(a, "~") }, "NOLB"},
		{func() { balance.SetMaint(a, balance.Moment{}) }, "MAINT (via be/b)"},
		{func() { balance.SetReady(a, balance.Moment{}) }, "UP 1/3"},
		{func() { balance.SetDrain(a, balance.Moment{}) }, "DRAIN 1/3"},
	} {
		x.do()
		if got := balance.Status(c); got != x.want {
			t.Errorf("%s, want %s", got, x.want)
		}
	}
}

// TestMarkedServersEndSessions looks at the generations, whose change ends what is connected.
func TestMarkedServersEndSessions(t *testing.T) {
	p := farm(t, "a spare", func(p *proxy.Proxy) {
		p.Servers[0].OnMarkedDownShutdown, p.Servers[0].OnMarkedUpShutdown = true, true
		p.Servers[1].Backup = true
	})
	a, spare := p.Servers[0], p.Servers[1]
	conclude(a, "+--")
	if g := a.State.Generation.Load(); g != 0 {
		t.Errorf("sessions were ended while the server was up: %d", g)
	}
	conclude(a, "-")
	if g := a.State.Generation.Load(); g != 1 {
		t.Errorf("on-marked-down: %d", g)
	}
	if g := spare.State.Generation.Load(); g != 0 {
		t.Errorf("the backup's sessions were ended too early: %d", g)
	}
	conclude(a, "++")
	if g := spare.State.Generation.Load(); g != 1 {
		t.Errorf("on-marked-up: %d", g)
	}
}

// TestObservedErrors holds what error-limit failures of the traffic do (configuration.txt 5.2, on-error).
func TestObservedErrors(t *testing.T) {
	for _, c := range []struct {
		how       proxy.OnError
		times     int
		state     string
		forgiving bool // a success in between begins anew
	}{
		{proxy.OnErrorFastInter, 1, "UP", false},
		{proxy.OnErrorFailCheck, 1, "UP 2/3", false},
		{proxy.OnErrorFailCheck, 3, "DOWN", false},
		{proxy.OnErrorSuddenDeath, 1, "DOWN", false},
		{proxy.OnErrorMarkDown, 1, "DOWN", false},
		{proxy.OnErrorMarkDown, 1, "UP", true},
	} {
		srv := farm(t, "s", func(p *proxy.Proxy) {
			p.Servers[0].Check.OnError, p.Servers[0].Check.ErrorLimit, p.Servers[0].Check.Observe = c.how, 10, proxy.ObserveLayer4
		}).Servers[0]
		conclude(srv, "+")
		var texts []string
		srv.State.Observed.React = func(text string) {
			texts = append(texts, text)
			Observed(srv, text, balance.Moment{})
		}
		for range c.times {
			for i := range 10 {
				if c.forgiving && i == 5 {
					Seen(srv, true, "")
				}
				Seen(srv, false, "connection failed")
			}
		}
		if got := balance.Status(srv); got != c.state {
			t.Errorf("%+v: %s after %q", c, got, texts)
		}
		if c.forgiving != (len(texts) == 0) || !c.forgiving && texts[0] != "Detected 10 consecutive errors, last one was: connection failed" {
			t.Errorf("%+v: %q", c, texts)
		}
	}
}

// TestAgentWords takes a server through lines of its agent.
func TestAgentWords(t *testing.T) {
	srv := farm(t, "s", func(p *proxy.Proxy) {
		p.Servers[0].Check.Enabled = false
		p.Servers[0].Check.Agent.Enabled = true
	}).Servers[0]
	srv.State.Agent.Health.Store(1)
	for _, c := range []struct {
		line, status string
		weight       int32
		maxConn      int32
		outcome      proxy.Outcome
		text         string
	}{
		{"up", "no check", 10, 0, proxy.OutcomeL7OK, "via agent : up"},
		{"50%", "no check", 5, 0, proxy.OutcomeChecked, ""},
		{"weight:7", "no check", 7, 0, proxy.OutcomeChecked, ""},
		{"weight:200%", "no check", 20, 0, proxy.OutcomeChecked, ""},
		{"weight:999", "no check", 20, 0, proxy.OutcomeChecked, ""},
		{"maxconn:30", "no check", 20, 30, proxy.OutcomeChecked, ""},
		{"maxconn:x", "no check", 20, 30, proxy.OutcomeChecked, ""},
		{"drain", "DRAIN", 20, 30, proxy.OutcomeChecked, ""},
		{"ready", "no check", 20, 30, proxy.OutcomeChecked, ""},
		{"maint", "MAINT", 20, 30, proxy.OutcomeChecked, ""},
		{"up", "MAINT", 20, 30, proxy.OutcomeL7OK, "via agent : up"},
		{"ready up", "no check", 20, 30, proxy.OutcomeL7OK, "via agent : up"},
		{"down#too hot", "DOWN (agent)", 20, 30, proxy.OutcomeL7Sts, "via agent : down (too hot)"},
		{"100%", "DOWN (agent)", 10, 30, proxy.OutcomeChecked, ""},
		{"UP, 75%\tmaxconn:0 # back again", "no check", 7, 0, proxy.OutcomeL7OK, "via agent : up (back again)"},
		{"stopped", "DOWN (agent)", 7, 0, proxy.OutcomeL7Sts, "via agent : stopped"},
		{"up", "no check", 7, 0, proxy.OutcomeL7OK, "via agent : up"},
		{"fail # disk", "DOWN (agent)", 7, 0, proxy.OutcomeL7Sts, "via agent : fail (disk)"},
		{"ready,up,100%", "no check", 10, 0, proxy.OutcomeL7OK, "via agent : up"},
		{"pardon", "no check", 10, 0, proxy.OutcomeL7Rsp, "pardon"},
	} {
		x := &proxy.CheckRun{Server: srv, Body: []byte(c.line)}
		judgeAgent(x)
		ConcludeAgent(srv, &proxy.CheckStatus{CheckResult: x.Result}, x.Body, balance.Moment{})
		st := srv.State
		if x.Result.Outcome != c.outcome || x.Result.Text != c.text {
			t.Errorf("%s: %v %q, want %v %q", c.line, x.Result.Outcome, x.Result.Text, c.outcome, c.text)
		}
		if got := balance.Status(srv); got != c.status || st.UserWeight.Load() != c.weight || st.MaxConn.Load() != c.maxConn {
			t.Errorf("%s: %s, weight %d, maxconn %d; want %+v", c.line, got, st.UserWeight.Load(), st.MaxConn.Load(), c)
		}
	}
}

// TestAgentAndHealth holds that a server is up only while neither says no.
func TestAgentAndHealth(t *testing.T) {
	srv := farm(t, "s", func(p *proxy.Proxy) { p.Servers[0].Check.Agent.Enabled = true }).Servers[0]
	srv.State.Agent.Health.Store(1)
	agent := func(line string) {
		x := &proxy.CheckRun{Server: srv, Body: []byte(line)}
		judgeAgent(x)
		ConcludeAgent(srv, &proxy.CheckStatus{CheckResult: x.Result}, x.Body, balance.Moment{})
	}
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { conclude(srv, "+") }, "UP"},
		{func() { agent("down") }, "DOWN (agent)"},
		{func() { conclude(srv, "+++") }, "DOWN (agent)"},
		{func() { agent("up") }, "UP"},
		{func() { conclude(srv, "---") }, "DOWN"},
		{func() { agent("up") }, "DOWN"},
		{func() { conclude(srv, "++") }, "UP"},
	} {
		c.do()
		if got := balance.Status(srv); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// FuzzAgent takes any line of an agent.
func FuzzAgent(f *testing.F) {
	f.Add("up,75%,maxconn:30,drain # text")
	f.Add("weight:100%\tdown")
	f.Fuzz(func(t *testing.T, line string) {
		srv := farm(t, "s", func(p *proxy.Proxy) { p.Servers[0].Check.Agent.Enabled = true }).Servers[0]
		x := &proxy.CheckRun{Server: srv, Body: []byte(line)}
		judgeAgent(x)
		ConcludeAgent(srv, &proxy.CheckStatus{CheckResult: x.Result}, x.Body, balance.Moment{})
		if w := srv.State.UserWeight.Load(); w < 0 || w > balance.MaxWeight {
			t.Errorf("weight %d", w)
		}
	})
}
