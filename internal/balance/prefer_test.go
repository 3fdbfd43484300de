package balance

import (
	"testing"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

func TestPrefers(t *testing.T) {
	for _, c := range []struct {
		name    string
		algo    proxy.Algorithm
		option  bool
		private bool
		limit   int // max-keep-alive-queue
		busy    bool
		drain   bool
		want    bool
	}{
		{name: "nobody asked", algo: proxy.AlgoRoundRobin, limit: -1},
		{name: "option", algo: proxy.AlgoRoundRobin, option: true, limit: -1, want: true},
		{name: "static-rr", algo: proxy.AlgoStaticRR, option: true, limit: -1, want: true},
		{name: "leastconn", algo: proxy.AlgoLeastConn, option: true, limit: -1, want: true},
		{name: "a key decides", algo: proxy.AlgoSource, option: true, private: true, limit: -1},
		{name: "authenticated", algo: proxy.AlgoRandom, private: true, want: true, busy: true},
		{name: "drained", algo: proxy.AlgoRoundRobin, option: true, private: true, drain: true, limit: -1},
		{name: "never queue", algo: proxy.AlgoRoundRobin, option: true, busy: true},
		{name: "may queue", algo: proxy.AlgoRoundRobin, option: true, busy: true, limit: 2, want: true},
		{name: "no limit", algo: proxy.AlgoRoundRobin, option: true, busy: true, limit: -1, want: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newBackend(t, 1, c.algo, []int{1, 1}, func(p *proxy.Proxy) {
				p.MaxKAQueue = c.limit
				p.Servers[0].MaxConn = 1
				if c.option {
					p.Options |= proxy.OptPreferLastServer
				}
			})
			s := newStream(p)
			s.Sess = &proxy.Session{}
			if c.private {
				s.Sess.Flags |= proxy.SessPrivate
			}
			if c.busy {
				p.Servers[0].Take()
			}
			if c.drain {
				SetDrain(p.Servers[0], Moment{})
			}
			if got := Prefers(s, p.Servers[0]); got != c.want {
				t.Error(got)
			}
		})
	}
}

func TestBindsConnection(t *testing.T) {
	for _, c := range []struct {
		status int
		name   msg.Known
		value  string
		want   bool
	}{
		{401, msg.WWWAuthenticate, "NTLM", true},
		{401, msg.WWWAuthenticate, "ntlm TlRMTVNT", true},
		{401, msg.WWWAuthenticate, "Negotiate", true},
		{401, msg.WWWAuthenticate, "nego", true},
		{401, msg.WWWAuthenticate, "Neg", false},
		{401, msg.WWWAuthenticate, "Basic NTLM", false},
		{401, msg.ProxyAuthenticate, "NTLM", false},
		{407, msg.ProxyAuthenticate, "NTLM", true},
		{407, msg.WWWAuthenticate, "NTLM", false},
		{200, msg.WWWAuthenticate, "NTLM", false},
	} {
		r := msg.Response{Status: c.status, Fields: []msg.Field{{Known: c.name, Name: []byte(c.name.String()), Value: []byte(c.value)}}}
		if got := BindsConnection(&r); got != c.want {
			t.Errorf("%d %v: %s: %v", c.status, c.name, c.value, got)
		}
	}
}
