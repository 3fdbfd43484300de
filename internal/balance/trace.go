package balance

import (
	"fmt"
	"strconv"

	"sluice/internal/proxy"
)

// reason says, for traces, what the choice of the balancer went by.
func reason(s *proxy.Stream) string {
	m := farmOf(s.Back)
	why := ""
	switch n := len(m.servers); {
	case n == 1:
		why = "the only usable server"
	case s.LB.HashSet:
		why = keyName(&s.Back.Balance) + ", hash " + strconv.FormatUint(uint64(s.LB.Hash), 10)
	case !indifferent(s.Back):
		why = "no " + keyName(&s.Back.Balance) + ": in turn"
	case s.Back.Balance.Algo == proxy.AlgoNone, s.Back.Balance.Algo == proxy.AlgoRandom:
		why = fmt.Sprintf("drawn from %d usable servers", n)
	default:
		why = fmt.Sprintf("of %d usable servers", n)
	}
	if m.backup {
		why += ", backups only"
	}
	if prev := s.LB.PrevServer; prev != nil {
		why += ", after " + prev.Name + " failed"
	}
	return why
}

// keyName is what an algorithm that goes by a key looks at, in the words of the configuration.
func keyName(b *proxy.Balance) string {
	switch b.Algo {
	case proxy.AlgoSource:
		return "client address"
	case proxy.AlgoURI:
		return "URI"
	case proxy.AlgoURLParam:
		return "parameter " + string(b.Param)
	case proxy.AlgoHdr:
		return "header " + string(b.Param)
	case proxy.AlgoRDPCookie:
		return "RDP cookie " + string(b.Param)
	}
	return "key"
}

// traceQueue records that s has to wait, for srv or for any server when that is nil.
func traceQueue(s *proxy.Stream, srv *proxy.Server) {
	if srv == nil {
		s.Trace.Note("queue", "all servers are full: waiting in the queue of backend "+s.Back.Name)
		return
	}
	s.Trace.Note("queue", "waiting in the queue of server "+srv.NameNow())
}
