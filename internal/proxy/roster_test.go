package proxy

import "testing"

// TestRoster adds and deletes servers: indexes are never given out twice, the lowest free id is.
func TestRoster(t *testing.T) {
	a := &Server{Name: "a", ID: 1}
	p := &Proxy{Servers: []*Server{a}, ByName: map[string]*Server{"a": a}}
	b, c := &Server{Name: "b"}, &Server{Name: "c", ID: 7}
	before := p.All()
	p.Join(b)
	p.Join(c)
	p.Leave(b)
	d := &Server{Name: "d"}
	p.Join(d)
	if len(before) != 1 || len(p.All()) != 3 || p.Named("b") != nil || p.Named("d") != d || p.Named("a") != a {
		t.Errorf("servers %v", p.All())
	}
	if b.Index != 1 || c.Index != 2 || d.Index != 3 || p.Slots() != 4 || b.ID != 2 || d.ID != 2 || c.ID != 7 {
		t.Errorf("indexes %d %d %d of %d, ids %d %d %d", b.Index, c.Index, d.Index, p.Slots(), b.ID, c.ID, d.ID)
	}
	p.Leave(a)
	if len(p.Servers) != 1 || len(p.All()) != 2 {
		t.Error("the configuration changed")
	}
}
