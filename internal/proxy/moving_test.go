package proxy

import (
	"sync"
	"testing"
)

func twoServers() *Proxy {
	p := &Proxy{Name: "be", ByName: map[string]*Server{}}
	for i, name := range []string{"a", "b"} {
		srv := &Server{Name: name, ID: i + 1, Index: i, Proxy: p}
		srv.State = NewServerState(srv, 1)
		p.Servers = append(p.Servers, srv)
		p.ByName[name] = srv
	}
	return p
}

// TestRename: a server is found by the name that it has, and what came before it with the old name is free.
func TestRename(t *testing.T) {
	p := twoServers()
	a := p.Servers[0]
	p.Rename(a, "c")
	if a.NameNow() != "c" || p.Named("c") != a || p.Named("a") != nil || p.Named("b") != p.Servers[1] {
		t.Errorf("%s, %v", a.NameNow(), p.roster.Load().named)
	}
	late := &Server{Name: "a", Proxy: p}
	late.State = NewServerState(late, 1)
	p.Join(late)
	p.Rename(a, "d")
	if p.Named("a") != late || p.Named("d") != a || len(p.All()) != 3 {
		t.Errorf("%v", p.roster.Load().named)
	}
	p.Leave(a)
	if p.Named("d") != nil || len(p.All()) != 2 {
		t.Errorf("%v", p.roster.Load().named)
	}
}

// TestRenameRaces reads a name and looks it up while it changes: for the race detector.
func TestRenameRaces(t *testing.T) {
	p := twoServers()
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for range 200 {
				if name := p.Servers[0].NameNow(); name == "" {
					t.Error("no name")
				}
				if p.Named("b") == nil {
					t.Error("the other one is gone")
				}
			}
		})
	}
	for i := range 100 {
		p.Rename(p.Servers[0], []string{"x", "y"}[i%2])
	}
	wait.Wait()
}

// TestFollowers: who came last is last, and the list of the configuration stays as it was.
func TestFollowers(t *testing.T) {
	p := twoServers()
	of, b := p.Servers[0], p.Servers[1]
	b.Tracked, of.Trackers = of, []*Server{b}
	late := &Server{Name: "c", Proxy: p, Tracked: of}
	late.State = NewServerState(late, 1)
	late.Follow()
	if got := of.Followers(); len(got) != 2 || got[0] != b || got[1] != late || len(of.Trackers) != 1 {
		t.Errorf("%v", got)
	}
	late.Unfollow()
	if got := of.Followers(); len(got) != 1 || got[0] != b {
		t.Errorf("%v", got)
	}
}

// TestSecured follows the values of the state file (management.txt 9.3, srv_use_ssl).
func TestSecured(t *testing.T) {
	for _, c := range []struct {
		srv     Server
		use     int32
		secured bool
	}{
		{Server{}, 0, false}, {Server{TLS: noTLS{}}, 1, true}, {Server{TLS: noTLS{}, NoTLS: true}, -1, false}, {Server{NoTLS: true}, -1, false},
	} {
		c.srv.State = NewServerState(&c.srv, 1)
		if got := c.srv.State.UseTLS.Load(); got != c.use || c.srv.Secured() != c.secured {
			t.Errorf("%v, no-ssl %v: %d, %v", c.srv.TLS, c.srv.NoTLS, got, c.srv.Secured())
		}
	}
}

type noTLS struct{}

func (noTLS) Secure(*Handshake) error { return nil }
