package listener

import (
	"time"

	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// Spec translates a bind line.
func Spec(b *proxy.Bind, g *proxy.Global) (netx.ListenSpec, error) {
	s := netx.ListenSpec{Addr: stream.NetAddr(&b.Addr), Backlog: b.Backlog, NoReusePort: g.NoReusePort,
		Transparent: b.Transparent, V6Only: b.V6Only, Interface: b.Interface, Mode: b.Mode, UID: b.UID, GID: b.GID,
		MSS: b.MSS, CC: b.CC, MD5Key: b.TCPMD5Sig, SaveSYN: b.SaveSYN, UserTimeout: time.Duration(b.TCPUserTO), DeferAccept: b.DeferAccept,
		FastOpen: b.TFO, Buffers: netx.Buffers{Recv: g.Tune.RcvBufClient, Send: g.Tune.SndBufClient,
			NotSentLow: g.Tune.NotSentLowatClient}}
	if s.Backlog == 0 && b.Proxy != nil {
		s.Backlog = b.Proxy.Backlog
	}
	if b.Addr.Proto == "mptcp" {
		s.Kind = netx.MPTCP
	}
	if p := b.Proxy; p != nil {
		s.NoQuickAck = p.Options.Has(proxy.OptTCPSmartAccept) || p.Mode == proxy.ModeHTTP && !p.Options.Has(proxy.OptNoTCPSmartAccept)
		s.NoLinger = p.Options.Has(proxy.OptNoLinger)
		if p.Options.Has(proxy.OptClientTCPKA) {
			k := p.ClientKA
			s.KeepAlive = netx.KeepAlive{On: true, Count: k.Count, Idle: time.Duration(k.Idle) * time.Second,
				Interval: time.Duration(k.Interval) * time.Second}
		}
	}
	if b.Namespace != "" {
		ns, err := netx.OpenNamespace(b.Namespace)
		if err != nil {
			return s, err
		}
		s.Namespace = ns
	}
	return s, nil
}

// loopsOf returns the loops that take connections of b: those its `thread` option names, else all.
func (s *Set) loopsOf(b *proxy.Bind) []int {
	n := len(s.eng.Group.Loops())
	var loops []int
	for i := range n {
		if len(b.Threads) == 0 || onThread(b.Threads, i+1) {
			loops = append(loops, i)
		}
	}
	if len(loops) == 0 { // threads that this process does not have: any will do
		loops = append(loops, 0)
	}
	return loops
}

func onThread(sets []proxy.ThreadSet, thread int) bool {
	for _, t := range sets {
		if thread >= t.Low && thread <= t.High {
			return true
		}
	}
	return false
}

// shardCount returns how many sockets b gets: `shards`, else tune.listener.default-shards. An inherited or UNIX socket
// is always one.
func shardCount(b *proxy.Bind, g *proxy.Global, loops int) int {
	if b.Addr.Family != proxy.FamIPv4 && b.Addr.Family != proxy.FamIPv6 || g.NoReusePort {
		return 1
	}
	n := b.Shards
	if n == proxy.ShardsDefault {
		n = g.Tune.DefaultShards
	}
	switch {
	case n == proxy.ByThread:
		return loops
	case n <= 0:
		return 1
	}
	return min(int(n), loops)
}
