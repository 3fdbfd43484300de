package process

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// Descriptors that the process needs besides connections: standard streams, the runtime's own, and for each loop its
// epoll instance and what wakes it. The numbers are HAProxy's, so that both compute the same limits.
const (
	fixedFDs   = 10
	fdsPerLoop = 3
	// defaultFDHardLimit bounds what is taken of a system's limit without fd-hard-limit.
	defaultFDHardLimit = 1048576
	// leastMaxConn is what a chosen maxconn is at least: a system that has no descriptors for that many is set up wrong.
	leastMaxConn = 100
)

// identify makes the description of the process that log lines and statistics show.
func (r *run) identify() bool {
	g := r.Snapshot.Global
	host, _ := os.Hostname()
	r.proc = &proxy.Process{Name: r.Name, Tag: orText(g.LogTag, filepath.Base(r.Name)), PID: os.Getpid(), Host: host,
		Version: r.Version, Release: r.Release, Node: orText(g.Node, host), Loops: g.Threads(), VarNames: r.Names}
	if r.Megabytes > 0 {
		debug.SetMemoryLimit(int64(r.Megabytes) << 20)
	}
	rare()
	return true
}

// renice gives the process the priority that it serves with (configuration.txt 3.2, tune.renice.runtime).
func (r *run) renice() bool {
	if n := r.Snapshot.Global.ReniceRuntime; n.Set {
		if err := netx.SetNice(n.Value); err != nil {
			r.Console.Warnf("[%s.main()] couldn't set the runtime nice value to %d: %s", r.Name, n.Value, Reason(err))
		}
	}
	return true
}

// overhead returns how many descriptors the snapshot needs beside its connections.
func overhead(s *proxy.Snapshot, loops int) int {
	n := fixedFDs + fdsPerLoop*loops
	for _, p := range s.Proxies {
		if !p.Disabled {
			n += sockets(p.Binds, loops)
		}
	}
	if len(s.Global.StatsSockets) > 0 {
		n += sockets(s.Global.StatsSockets, loops) + s.Global.StatsMaxConn
	}
	return n
}

// sockets counts the sockets of bind lines.
func sockets(binds []*proxy.Bind, loops int) int {
	n := 0
	for _, b := range binds {
		switch {
		case b.Shards == proxy.ByThread:
			n += loops
		case b.Shards > 0:
			n += min(int(b.Shards), loops)
		default:
			n++
		}
	}
	return n
}

// splices says whether a proxy asks for splicing, which takes pipes of two descriptors.
func splices(s *proxy.Snapshot) bool {
	const splicing = proxy.OptSpliceAuto | proxy.OptSpliceRequest | proxy.OptSpliceResponse
	for _, p := range s.Proxies {
		if p.Options&splicing != 0 && !s.Global.NoSplice {
			return true
		}
	}
	return false
}

// limits works out how many connections the process takes and raises the system's limit of descriptors to what they
// need (configuration.txt 3.1, ulimit-n, fd-hard-limit; 3.2, maxconn, maxpipes; management.txt 5).
func (r *run) limits() bool {
	g := r.Snapshot.Global
	soft, hard, err := netx.FDLimits()
	if err != nil {
		r.Console.Warnf("cannot read the limit of descriptors: %s.", Reason(err))
		soft, hard = 1024, 1024
	}
	extra := overhead(r.Snapshot, r.proc.Loops)
	most := int(min(hard, math.MaxInt32))
	if g.FDHardLimit > 0 {
		most = min(most, g.FDHardLimit)
	}
	if g.MaxConn == 0 {
		g.MaxConn = max(r.affordable(min(most, orElse(g.FDHardLimit, defaultFDHardLimit))-extra), leastMaxConn)
		r.Console.Noticef("Automatically setting global.maxconn to %d.", g.MaxConn)
	}
	if g.MaxPipes == 0 && splices(r.Snapshot) {
		g.MaxPipes = max(g.MaxConn/4, 1)
	}
	need := 2*g.MaxConn + 2*g.MaxPipes + extra
	return r.raise(soft, hard, uint64(max(need, g.UlimitN)), max(r.affordable(most-extra), 0))
}

// affordable returns the connections that a number of descriptors allows: two each, and their share of pipes.
func (r *run) affordable(fds int) int {
	if pipes := r.Snapshot.Global.MaxPipes; pipes > 0 {
		return (fds - 2*pipes) / 2
	}
	if splices(r.Snapshot) {
		return fds * 2 / 5 // two for the connection, and a pipe for every fourth
	}
	return fds / 2
}

// raise sets the limit of descriptors, which fd-hard-limit bounds. The limit of the process is never lowered: it may be needed
// at run time.
func (r *run) raise(soft, hard, want uint64, affordable int) bool {
	r.proc.MaxFD = int64(want)
	top, advice := hard, ""
	if own := uint64(r.Snapshot.Global.FDHardLimit); own > 0 && want > own {
		if soft, top = min(soft, own), min(hard, own); own < hard {
			advice = ", or raise 'fd-hard-limit'"
		}
	} else if want <= soft || netx.SetFDLimits(want, max(hard, want)) == nil {
		return true
	}
	if r.Snapshot.Global.StrictLimits {
		if uint64(r.Snapshot.Global.UlimitN) >= want {
			advice = ", or drop 'ulimit-n' from the global section" + advice
		} else if affordable > 0 {
			advice = fmt.Sprintf(", or set 'maxconn' to about %d", affordable) + advice
		}
		r.Console.Alertf("[%s.main()] Cannot raise FD limit to %d, current limit is %d and hard limit is %d. "+
			"Raise it (ulimit -n)%s.", r.Name, want, soft, hard, advice)
		return false
	}
	r.proc.MaxFD = int64(top)
	if top > soft && netx.SetFDLimits(top, hard) != nil {
		r.proc.MaxFD = int64(soft)
	}
	r.Console.Warnf("[%s.main()] Cannot raise FD limit to %d, limit is %d.", r.Name, want, r.proc.MaxFD)
	return true
}

func orText(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
