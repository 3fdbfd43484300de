package balance

import (
	"fmt"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// TestAfterFailure lets every attempt fail. "=" is another attempt on the same server, ">" one that chooses again and
// moves, "o" one that chooses again and finds nobody else; "." after it is the pause. The answers are those of haproxy
// 3.5, which counts a retry for "=" and "o" and a redispatch for ">".
func TestAfterFailure(t *testing.T) {
	for _, c := range []struct {
		name                string
		algo                proxy.Algorithm
		servers             int
		redispatch, retries int
		direct              bool
		want                string
	}{
		{"no redispatch", proxy.AlgoRoundRobin, 2, 0, 3, false, "=.=.=."},
		{"no retries", proxy.AlgoRoundRobin, 2, 0, 0, false, ""},
		{"no retries, redispatch", proxy.AlgoRoundRobin, 2, -1, 0, false, ""},
		{"any server will do", proxy.AlgoRoundRobin, 2, -1, 3, false, ">>>"},
		{"any server will do: static-rr", proxy.AlgoStaticRR, 2, -1, 3, false, ">>>"},
		{"any server will do: leastconn", proxy.AlgoLeastConn, 2, -1, 3, false, ">>>"},
		{"any server will do: first", proxy.AlgoFirst, 2, -1, 3, false, ">>>"},
		{"any server will do: random", proxy.AlgoRandom, 2, -1, 3, false, ">>>"},
		{"interval does not matter", proxy.AlgoRoundRobin, 2, 2, 6, false, ">>>>>>"},
		{"one server", proxy.AlgoRoundRobin, 1, -1, 3, false, "=.=.o."},
		{"one server, every time", proxy.AlgoRoundRobin, 1, 1, 3, false, "o.o.o."},
		{"persistence", proxy.AlgoRoundRobin, 3, 0, 3, true, "=.=.=."},
		{"persistence, last", proxy.AlgoRoundRobin, 3, -1, 3, true, "=.=.>"},
		{"persistence, last of six", proxy.AlgoRoundRobin, 3, -1, 6, true, "=.=.=.=.=.>"},
		{"persistence, every", proxy.AlgoRoundRobin, 3, 1, 3, true, ">>>"},
		{"persistence, second", proxy.AlgoRoundRobin, 3, 2, 3, true, "=.>>"},
		{"persistence, fifth of three", proxy.AlgoRoundRobin, 3, 5, 3, true, "=.=.=."},
		{"persistence, last but one", proxy.AlgoRoundRobin, 3, -2, 3, true, "=.>>"},
		{"persistence, last but one of six", proxy.AlgoRoundRobin, 3, -2, 6, true, "=.=.=.=.>>"},
		{"persistence, before the first", proxy.AlgoRoundRobin, 3, -5, 3, true, ">>>"},
		{"key", proxy.AlgoURI, 3, -1, 3, false, "=.=.o"},
		{"key, every", proxy.AlgoURI, 3, 1, 3, false, "ooo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newBackend(t, 1, c.algo, []int{1, 1, 1}[:c.servers], func(p *proxy.Proxy) {
				p.Redispatch = c.redispatch
			})
			s, r := newStream(p), Request{Parker: newParker()}
			s.Req.Target = []byte("/")
			s.LB.Tries = c.retries
			if c.direct {
				s.Server, s.LB.Assigned, s.LB.Direct = p.Servers[0], true, true
			}
			Acquire(s, r)
			got := ""
			for {
				was := s.Server
				Release(s)
				next, pause := AfterFailure(s, true, 0)
				if next == GiveUp {
					break
				}
				if out := Acquire(s, r); out != Served {
					t.Fatal(out)
				}
				switch {
				case next == Again:
					got += "="
				case s.Server == was:
					got += "o"
				default:
					got += ">"
				}
				if pause > 0 {
					got += "."
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			b := p.State.Back.On(0)
			moved := strings.Count(c.want, ">")
			if int(b.Redispatches) != moved || int(b.Retries) != c.retries-moved {
				t.Errorf("%d redispatches, %d retries", b.Redispatches, b.Retries)
			}
			if s.LB.Conns != c.retries {
				t.Errorf("%d attempts after the first", s.LB.Conns)
			}
		})
	}
}

func TestTurnaround(t *testing.T) {
	for timeout, want := range map[int64]int64{0: 1e9, 5e9: 1e9, 3e8: 3e8} {
		p := &proxy.Proxy{}
		p.Timeout.Connect = timeout
		if got := turnaround(p); got != want {
			t.Error(fmt.Sprint(timeout, ": ", got))
		}
	}
}
