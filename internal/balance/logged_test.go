package balance

import (
	"strings"
	"testing"

	"sluice/internal/proxy"
)

func newLogBackend(t *testing.T, algo proxy.Algorithm) *proxy.Proxy {
	return newBackend(t, 1, algo, []int{1, 2, 3}, func(p *proxy.Proxy) { p.Mode = proxy.ModeLog })
}

func pickLogs(p *proxy.Proxy, keys string) string {
	var names []string
	for _, key := range strings.Fields(keys) {
		name := "-"
		if srv := p.Balancer.(Logs).PickLog([]byte(key)); srv != nil {
			name = srv.Name
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// The answers are haproxy 3.5's for three servers of weight 1, 2 and 3.
func TestLogs(t *testing.T) {
	const keys = "a b c d e f g h i j"
	for _, c := range []struct {
		algo proxy.Algorithm
		want string
	}{
		{proxy.AlgoRoundRobin, "s3 s2 s3 s1 s3 s2 s3 s2 s3 s1"},
		{proxy.AlgoLogHash, "s3 s2 s3 s2 s3 s1 s3 s2 s3 s2"},
		{proxy.AlgoSticky, "s1 s1 s1 s1 s1 s1 s1 s1 s1 s1"},
	} {
		if got := pickLogs(newLogBackend(t, c.algo), keys); got != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.algo, got, c.want)
		}
	}
}

func TestStickyComesBackLast(t *testing.T) {
	p := newLogBackend(t, proxy.AlgoSticky)
	got := pickLogs(p, "x")
	SetMaint(p.Servers[0], Moment{})
	got += " " + pickLogs(p, "x")
	SetReady(p.Servers[0], Moment{})
	got += " " + pickLogs(p, "x")
	SetMaint(p.Servers[1], Moment{})
	got += " " + pickLogs(p, "x")
	SetMaint(p.Servers[2], Moment{})
	got += " " + pickLogs(p, "x")
	SetMaint(p.Servers[0], Moment{})
	got += " " + pickLogs(p, "x")
	if got != "s1 s2 s2 s3 s1 -" {
		t.Error(got)
	}
}

func TestRandomLogsUseAllServers(t *testing.T) {
	p := newLogBackend(t, proxy.AlgoNone)
	seen := map[string]int{}
	for range 6000 {
		seen[pickLogs(p, "x")]++
	}
	if seen["s1"] < 300 || seen["s2"] < 900 || seen["s3"] < 1500 {
		t.Error(seen)
	}
}

func TestLogModeRefusesOtherAlgorithms(t *testing.T) {
	for _, algo := range []proxy.Algorithm{proxy.AlgoLeastConn, proxy.AlgoSource, proxy.AlgoFirst} {
		p := &proxy.Proxy{State: proxy.NewState(1)}
		p.Mode, p.Balance.Algo = proxy.ModeLog, algo
		if _, err := New(p); err == nil {
			t.Error(algo)
		}
	}
	for _, algo := range []proxy.Algorithm{proxy.AlgoSticky, proxy.AlgoLogHash} {
		p := &proxy.Proxy{State: proxy.NewState(1)}
		p.Balance.Algo = algo
		if _, err := New(p); err == nil {
			t.Error(algo)
		}
	}
}
