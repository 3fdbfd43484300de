package balance

import "sluice/internal/proxy"

// Next is what follows a failed attempt to get an answer from a server.
type Next uint8

// What may follow.
const (
	GiveUp    Next = iota // it was the last attempt
	Again                 // the same server again, after the pause
	Elsewhere             // Acquire chooses again, after the pause: another server if there is one
)

// AfterFailure counts a failed attempt of s and decides what follows (configuration.txt 4.2, retries, option redispatch).
// The slot has been released. connecting says that no connection could be made: then a pause in nanoseconds keeps the
// stream from asking a server again that is just starting; requests that failed later (retry-on) go out at once.
// loop is the number of the stream's loop, for counters.
func AfterFailure(s *proxy.Stream, connecting bool, loop int) (next Next, pause int64) {
	lb := &s.LB
	if lb.Tries <= 0 {
		return GiveUp, 0
	}
	lb.Tries--
	lb.Conns++
	if connecting {
		pause = turnaround(s.Back)
	}
	srv := s.Server
	if !mayRedispatch(s) {
		countRetry(s, srv, loop)
		return Again, pause
	}
	if !connecting {
		countRetry(s, srv, loop)
	} else if activeServers(s.Back) > 1 {
		pause = 0
	}
	lb.PrevServer, lb.Assigned, lb.Direct = srv, false, false
	return Elsewhere, pause
}

// mayRedispatch reports whether the attempt that follows may go to another server: when the configured number of
// failures is reached and, where any server is as good as another, always.
func mayRedispatch(s *proxy.Stream) bool {
	every := s.Back.Redispatch
	if every == 0 || s.LB.Persist&proxy.PersistForce != 0 {
		return false
	}
	if every < 0 { // counted from the last retry, which is number Conns+Tries
		every = max(1, s.LB.Conns+s.LB.Tries+1+every)
	}
	if s.LB.Conns%every == 0 {
		return true
	}
	return !s.LB.Direct && indifferent(s.Back) && activeServers(s.Back) > 1
}

// indifferent reports whether the algorithm does not send a stream to a server for what it is.
func indifferent(p *proxy.Proxy) bool {
	switch p.Balance.Algo {
	case proxy.AlgoNone, proxy.AlgoRandom, proxy.AlgoRoundRobin, proxy.AlgoStaticRR, proxy.AlgoLeastConn, proxy.AlgoFirst:
		return true
	}
	return false
}

// activeServers returns how many servers that are not backups are usable.
func activeServers(p *proxy.Proxy) int {
	if m := farmOf(p); !m.backup {
		return len(m.servers)
	}
	return 0
}

// turnaround is the pause between two attempts on one server: a second, or the connection timeout when that is shorter.
func turnaround(p *proxy.Proxy) int64 {
	if t := p.Timeout.Connect; t > 0 {
		return min(t, second)
	}
	return second
}

func countRetry(s *proxy.Stream, srv *proxy.Server, loop int) {
	srv.State.On(loop).Retries++
	s.Back.State.Back.On(loop).Retries++
}

// arrived counts, once a stream that was to go elsewhere has its slot, whether it really did.
func arrived(s *proxy.Stream, loop int) {
	prev := s.LB.PrevServer
	if prev == nil {
		return
	}
	s.LB.PrevServer = nil
	if prev == s.Server {
		countRetry(s, prev, loop)
		return
	}
	s.LB.Redisp = true
	countRedispatch(s, prev, loop)
}

func countRedispatch(s *proxy.Stream, from *proxy.Server, loop int) {
	from.State.On(loop).Redispatches++
	s.Back.State.Back.On(loop).Redispatches++
}
