package balance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sluice/internal/proxy"
)

// TestQueueModel does random things to a backend, one after the other, and holds what must be true after each: nobody
// waits while a slot that may be his is free, no server has more than its limit, slots are counted right, and who is let
// in had the lowest key of all that waited for that server.
func TestQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { newModel(t).run() })
}

type model struct {
	*local
	rt   *rapid.T
	next int
	was  map[string]waitingAs // those who waited before the last step
}

type waitingAs struct {
	key  int64
	srv  *proxy.Server // nil: any
	sure bool          // that it waits for srv can be told from here
}

func newModel(t *rapid.T) *model {
	algos := []proxy.Algorithm{proxy.AlgoRoundRobin, proxy.AlgoStaticRR, proxy.AlgoLeastConn, proxy.AlgoFirst, proxy.AlgoRandom,
		proxy.AlgoSource, proxy.AlgoHdr}
	p := &proxy.Proxy{Name: "be", Caps: proxy.CapBackend, State: proxy.NewState(1), ByName: map[string]*proxy.Server{}}
	p.Balance.Algo = rapid.SampledFrom(algos).Draw(t, "algorithm")
	p.Balance.Param = []byte("x-key")
	p.Balance.Type = proxy.HashType(rapid.IntRange(0, 1).Draw(t, "hash-type"))
	p.Balance.Avalanche = true
	p.Redispatch = rapid.IntRange(-1, 0).Draw(t, "redispatch")
	for i := range rapid.IntRange(1, 4).Draw(t, "servers") {
		srv := &proxy.Server{Name: string(rune('a' + i)), ID: i + 1, Index: i, Proxy: p,
			Weight: rapid.IntRange(1, 5).Draw(t, "weight"), MaxConn: rapid.IntRange(1, 3).Draw(t, "maxconn"),
			MaxQueue: rapid.IntRange(0, 2).Draw(t, "maxqueue"), Backup: i > 0 && rapid.IntRange(0, 3).Draw(t, "backup") == 0}
		srv.State = proxy.NewServerState(srv, 1)
		p.Servers = append(p.Servers, srv)
		p.ByName[srv.Name] = srv
	}
	b, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Balancer = b
	return &model{local: &local{p: p, held: map[string]*holding{}}, rt: t}
}

func (m *model) run() {
	for range rapid.IntRange(1, 60).Draw(m.rt, "steps") {
		m.remember()
		m.step()
		m.check()
	}
	for _, id := range m.ids() {
		m.free(id)
	}
	for _, srv := range m.p.Servers {
		m.set([]string{"state", srv.Name, "ready"})
	}
	for range 1000 {
		m.settled()
		ids := m.ids()
		if len(ids) == 0 {
			break
		}
		m.free(ids[0])
	}
	if len(m.waiting) > 0 {
		m.rt.Fatalf("%d streams wait for ever", len(m.waiting))
	}
}

func (m *model) ids() []string {
	var ids []string
	for id := range m.held {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (m *model) remember() {
	m.was = map[string]waitingAs{}
	for _, h := range m.waiting {
		m.was[h.id] = waitingAs{key: h.s.LB.Pending.Key, srv: h.s.Server, sure: h.s.LB.Direct || m.anyServer()}
	}
}

// anyServer reports whether a stream that persists nowhere waits for any server.
func (m *model) anyServer() bool { return indifferent(m.p) && m.p.Balance.Algo != proxy.AlgoLeastConn }

func (m *model) step() {
	ids := m.ids()
	srv := m.p.Servers[rapid.IntRange(0, len(m.p.Servers)-1).Draw(m.rt, "server")]
	switch what := rapid.IntRange(0, 9).Draw(m.rt, "step"); {
	case what <= 4:
		m.next++
		args := []string{"key=k%", fmt.Sprint("class=", rapid.IntRange(-2, 2).Draw(m.rt, "class"))}
		if rapid.Bool().Draw(m.rt, "direct") {
			args = append(args, "use="+srv.Name)
		}
		r := newRequest(m.next, args)
		m.hold("h"+strconv.Itoa(m.next), r)
		m.settled()
	case what <= 7 && len(ids) > 0:
		m.inOrder(m.free(rapid.SampledFrom(ids).Draw(m.rt, "free")))
	case what == 8:
		m.set([]string{"state", srv.Name, rapid.SampledFrom([]string{"maint", "drain", "ready", "ready"}).Draw(m.rt, "state")})
		m.settled()
	default:
		m.set([]string{"maxconn", srv.Name, strconv.Itoa(rapid.IntRange(1, 4).Draw(m.rt, "limit"))})
		m.settled()
	}
}

// inOrder checks that those who were let in by one freed slot had the lowest keys.
func (m *model) inOrder(answer string) {
	for _, word := range strings.Fields(answer) {
		id, name, found := strings.Cut(word, ":")
		if !found || !m.was[id].sure {
			continue
		}
		srv := m.p.ByName[name]
		for other, w := range m.was {
			eligible := w.srv == srv || w.srv == nil && farmOf(m.p).has(srv)
			if w.sure && eligible && w.key < m.was[id].key && m.stillWaits(other) {
				m.rt.Fatalf("%s was let in before %s", id, other)
			}
		}
	}
}

func (m *model) stillWaits(id string) bool {
	return slices.ContainsFunc(m.waiting, func(h *holding) bool { return h.id == id })
}

func (m *model) check() {
	on := map[*proxy.Server]int{}
	for _, h := range m.held {
		on[h.s.Server]++
	}
	all := farmOf(m.p)
	for _, srv := range m.p.Servers {
		if got := int(srv.State.Cur.Load()); got != on[srv] {
			m.rt.Fatalf("%s counts %d streams and has %d", srv.Name, got, on[srv])
		}
		if srv.State.Queue.Len() > 0 && srv.State.Cur.Load() < srv.Limit() {
			m.rt.Fatalf("%d wait for %s, which has room", srv.State.Queue.Len(), srv.Name)
		}
		if srv.State.Queue.Len() > 0 && !srv.State.Up() {
			m.rt.Fatalf("%d wait for %s, which is down", srv.State.Queue.Len(), srv.Name)
		}
		if m.p.State.Queue.Len() > 0 && all.has(srv) && srv.State.Cur.Load() < srv.Limit() {
			m.rt.Fatalf("%d wait for anybody, and %s has room", m.p.State.Queue.Len(), srv.Name)
		}
	}
	if m.p.State.Queue.Len() > 0 && len(all.servers) == 0 {
		m.rt.Fatalf("%d wait for nobody", m.p.State.Queue.Len())
	}
}
