package balance

import (
	"fmt"
	"testing"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// sampleExpr is an expression that returns a number.
type sampleExpr struct{}

func (sampleExpr) Eval(_ *proxy.Stream, v *value.Value) bool {
	*v = value.Value{Type: value.Sint, Int: 4711}
	return true
}

// kinds are the algorithms with each way of hashing.
func kinds() (list []proxy.Balance) {
	for _, algo := range everyAlgorithm() {
		list = append(list, proxy.Balance{Algo: algo})
	}
	for _, algo := range []proxy.Algorithm{proxy.AlgoSource, proxy.AlgoURI, proxy.AlgoURLParam, proxy.AlgoHdr, proxy.AlgoRDPCookie, proxy.AlgoHash} {
		for _, method := range []proxy.HashType{proxy.HashMapBased, proxy.HashConsistent} {
			list = append(list, proxy.Balance{Algo: algo, Type: method, Avalanche: true, Param: []byte("x-key"), Expr: sampleExpr{}})
		}
	}
	return list
}

func kindName(b proxy.Balance) string {
	if b.Type == proxy.HashConsistent {
		return b.Algo.String() + "-consistent"
	}
	return b.Algo.String()
}

// loaded returns a backend with n servers and a stream that has every kind of key.
func loaded(t testing.TB, b proxy.Balance, n, maxconn int) (*proxy.Proxy, *proxy.Stream) {
	weights := make([]int, n)
	for i := range weights {
		weights[i] = 1 + i%7
	}
	p := newBackend(t, 1, b.Algo, weights, func(p *proxy.Proxy) {
		p.Balance = b
		for _, srv := range p.Servers {
			srv.MaxConn = maxconn
		}
	})
	s := newStream(p)
	r := newRequest(1, []string{"key=some-value"})
	r.target += "&x-key=abc"
	r.fill(s)
	s.In.Bytes = []byte("\x03\x00\x00\x2a\x25\xe0\x00\x00\x00\x00\x00Cookie: x-key=user\r\n")
	return p, s
}

func TestPickAllocatesNothing(t *testing.T) {
	for _, b := range kinds() {
		for _, maxconn := range []int{0, 100} {
			p, s := loaded(t, b, 20, maxconn)
			n := testing.AllocsPerRun(1000, func() {
				s.Arena.Reset()
				if p.Balancer.Pick(s, nil) == nil {
					t.Fatal("no server")
				}
			})
			if n != 0 {
				t.Errorf("%s: %v allocations", kindName(b), n)
			}
		}
	}
}

func BenchmarkPick(b *testing.B) {
	for _, kind := range kinds() {
		for _, servers := range []int{4, 1000} {
			b.Run(fmt.Sprint(kindName(kind), "/", servers), func(b *testing.B) {
				p, s := loaded(b, kind, servers, 0)
				for b.Loop() {
					s.Arena.Reset()
					p.Balancer.Pick(s, nil)
				}
			})
		}
	}
}

func BenchmarkAcquireRelease(b *testing.B) {
	for _, kind := range kinds() {
		for _, maxconn := range []int{0, 100} {
			b.Run(fmt.Sprint(kindName(kind), "/", maxconn), func(b *testing.B) {
				p, s := loaded(b, kind, 4, maxconn)
				r := Request{Parker: newParker()}
				for b.Loop() {
					s.Arena.Reset()
					s.Back, s.LB.Assigned = p, false
					Acquire(s, r)
					Release(s)
				}
			})
		}
	}
}

// BenchmarkUpdate is what a change of one server costs.
func BenchmarkUpdate(b *testing.B) {
	for _, kind := range kinds()[:7] {
		for _, servers := range []int{4, 1000} {
			b.Run(fmt.Sprint(kindName(kind), "/", servers), func(b *testing.B) {
				p, _ := loaded(b, kind, servers, 0)
				for b.Loop() {
					p.Balancer.Update(p.Servers[0])
				}
			})
		}
	}
}
