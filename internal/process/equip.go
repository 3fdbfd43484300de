package process

import (
	"time"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Equip makes the running state that the snapshot's objects point at, for the loops of proc. Each problem is an error of
// the configuration that only shows now. `sluice explain` equips a snapshot that never serves.
func Equip(snap *proxy.Snapshot, proc *proxy.Process) []error {
	n := proc.Loops
	snap.Index()
	snap.Proc = proc
	snap.Prepare(n)
	now := time.Now()
	for _, p := range snap.Proxies {
		p.Snapshot = snap
		p.State = proxy.NewState(n)
		p.State.Begin(p)
		p.State.LastChange.Store(now.Unix())
		p.State.MaxConn.Store(int32(orElse(p.MaxConn, snap.Global.MaxConn)))
		for _, b := range p.Binds {
			b.State = proxy.NewState(n)
		}
		for _, srv := range p.Servers {
			srv.State = proxy.NewServerState(srv, n)
			srv.State.LastChange.Store(now.Unix())
			if srv.NoAddress {
				srv.State.Admin.Store(uint32(proxy.AdminRMaint))
				srv.State.Oper.Store(uint32(proxy.OperStopped))
			}
		}
	}
	proc.MaxConn.Store(int32(snap.Global.MaxConn))
	proc.HardMaxConn = snap.Global.MaxConn
	proc.Started = now.UnixNano()
	return balancers(snap)
}

func orElse(n, other int) int {
	if n > 0 {
		return n
	}
	return other
}

// SetVariables gives the process's variables their first values (configuration.txt 3.1, set-var).
func SetVariables(snap *proxy.Snapshot) {
	s := new(proxy.Stream)
	s.Reset()
	s.Snap = snap
	for _, set := range snap.Global.SetVars {
		var v value.Value
		if set.Format != nil {
			v.SetStr(set.Format.Append(nil, s))
		} else if !set.Expr.Eval(s, &v) {
			continue
		}
		snap.Proc.Vars.Set(set.NameID, &v, snap.Global.Tune.VarsProcMax)
	}
}
