package process

import (
	"os"
	"path/filepath"
	"runtime"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// reservedFDs is how many descriptors the process needs beside those of connections and listeners: the loops' own, log
// targets, the runtime API, standard streams.
const reservedFDs = 30

// limits works out how many loops and connections there are to be and raises the limit of descriptors for them
// (configuration.txt 3.2, maxconn; 3.1, ulimit-n, fd-hard-limit).
func (r *run) limits() bool {
	g := r.Snapshot.Global
	loops := orElse(g.NbThread, runtime.NumCPU())
	host, _ := os.Hostname()
	r.proc = &proxy.Process{Name: r.Name, Tag: orText(g.LogTag, filepath.Base(r.Name)), PID: os.Getpid(), Host: host,
		Version: r.Version, Node: orText(g.Node, host), Loops: loops}
	soft, hard, err := netx.FDLimits()
	if err != nil {
		r.Console.Warnf("cannot read the limit of descriptors: %v.", err)
		soft, hard = 1024, 1024
	}
	most := hard
	if n := uint64(g.FDHardLimit); n > 0 {
		most = min(most, n)
	}
	sockets := 0
	for _, p := range r.Snapshot.Proxies {
		sockets += len(p.Binds)
	}
	reserve := uint64(reservedFDs + 4*loops + sockets)
	if g.MaxConn == 0 {
		if most <= reserve+2 {
			r.Console.Alertf("[%s.main()] the limit of %d descriptors leaves none for connections: raise it (ulimit -n).", r.Name, most)
			return false
		}
		g.MaxConn = int((most - reserve) / 2)
		r.Console.Noticef("Automatically setting global.maxconn to %d.", g.MaxConn)
	}
	if g.MaxPipes == 0 {
		g.MaxPipes = max(g.MaxConn/8, 16)
	}
	want := uint64(2*g.MaxConn) + reserve
	if n := uint64(g.UlimitN); n > 0 {
		want = n
	}
	return r.raise(soft, hard, want)
}

// raise sets the limit of descriptors.
func (r *run) raise(soft, hard, want uint64) bool {
	r.proc.MaxFD = int64(max(soft, want))
	if want <= soft {
		return true
	}
	if err := netx.SetFDLimits(want, max(hard, want)); err == nil {
		return true
	}
	if err := netx.SetFDLimits(min(want, hard), hard); err != nil {
		r.Console.Alertf("[%s.main()] Cannot raise FD limit to %d: %v.", r.Name, min(want, hard), err)
		return false
	}
	r.proc.MaxFD = int64(min(want, hard))
	if want <= hard {
		return true
	}
	if r.Snapshot.Global.StrictLimits {
		r.Console.Alertf("[%s.main()] Cannot raise FD limit to %d, limit is %d.", r.Name, want, hard)
		return false
	}
	r.Console.Warnf("[%s.main()] Cannot raise FD limit to %d, limit is %d.", r.Name, want, hard)
	return true
}

func orText(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
