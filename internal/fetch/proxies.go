package fetch

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// proxyRows are the fetches of the state of frontends, backends and servers (configuration.txt 7.3.2).
func proxyRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "avg_queue", Doc: "Queued streams of a backend per usable server.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Eval: avgQueue},
		{Name: "be_conn", Doc: "Connections of a backend.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Eval: beConn},
		{Name: "be_conn_free", Doc: "Free connections of a backend's servers, -1 without limits.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Eval: beConnFree},
		{Name: "connslots", Doc: "Free connections and queue places of a backend's servers, -1 without limits.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Eval: connSlots},
		{Name: "fe_conn", Doc: "Connections of a frontend.", Args: "frontend", Out: value.Sint, Uses: sample.Internal, Eval: feConn},
		{Name: "nbsrv", Doc: "Usable servers of a backend.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Eval: nbsrv},
		{Name: "queue", Doc: "Queued streams of a backend and its servers.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Eval: queue},
		{Name: "srv_conn", Doc: "Connections of a server.", Args: "server", Out: value.Sint, Uses: sample.Internal, Eval: srvConn},
		{Name: "srv_conn_free", Doc: "Free connections of a server, -1 without limit.", Args: "server", Out: value.Sint, Uses: sample.Internal, Eval: srvConnFree},
		{Name: "srv_is_up", Doc: "Whether a server is up.", Args: "server", Out: value.Bool, Uses: sample.Internal, Eval: srvIsUp},
		{Name: "srv_iweight", Doc: "Weight of a server as configured.", Args: "server", Out: value.Sint, Uses: sample.Internal, Eval: srvInitialWeight},
		{Name: "srv_queue", Doc: "Queued streams of a server.", Args: "server", Out: value.Sint, Uses: sample.Internal, Eval: srvQueue},
		{Name: "srv_uweight", Doc: "Weight of a server as set by the user.", Args: "server", Out: value.Sint, Uses: sample.Internal, Eval: srvUserWeight},
		{Name: "srv_weight", Doc: "Weight of a server in force.", Args: "server", Out: value.Sint, Uses: sample.Internal, Eval: srvWeight},
	}
}

// given returns the proxy of the first argument, in a rule of a defaults section the stream's own; without state there is
// nothing to tell.
func given(s *proxy.Stream, a sample.Args) *proxy.Proxy {
	if len(a) == 0 {
		return nil
	}
	p := a[0].Proxy
	switch {
	case p != nil || s == nil:
	case a[0].Type == sample.ArgFrontend:
		p = s.Front
	case a[0].Type == sample.ArgBackend:
		p = s.Back
	}
	if p == nil || p.State == nil {
		return nil
	}
	return p
}

// usable calls fn for the servers that take load: the active ones, or the backups when there is no active one.
func usable(p *proxy.Proxy, fn func(*proxy.Server)) (n int64) {
	for _, backup := range [...]bool{false, true} {
		for _, srv := range p.All() {
			if srv.Backup == backup && srv.State != nil && srv.State.Usable() {
				n++
				fn(srv)
			}
		}
		if n > 0 {
			return n
		}
	}
	return 0
}

func queued(p *proxy.Proxy) int64 {
	n := int64(p.State.Queue.Len())
	for _, srv := range p.All() {
		if srv.State != nil {
			n += int64(srv.State.Queue.Len())
		}
	}
	return n
}

func avgQueue(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	n := usable(p, func(*proxy.Server) {})
	if n > 0 {
		v.SetInt((queued(p) + n - 1) / n)
	} else {
		v.SetInt(2 * queued(p))
	}
	return true
}

func beConn(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	v.SetInt(int64(p.State.Back.Cur.Load()))
	return true
}

func feConn(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	v.SetInt(int64(p.State.Front.Cur.Load()))
	return true
}

func beConnFree(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	total, unlimited := int64(0), false
	usable(p, func(srv *proxy.Server) {
		limit := int64(srv.State.MaxConn.Load())
		if limit == 0 {
			unlimited = true
		}
		total += max(limit-int64(srv.State.Cur.Load()), 0)
	})
	if unlimited {
		total = -1
	}
	v.SetInt(total)
	return true
}

func connSlots(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	total := int64(0)
	for _, srv := range p.All() {
		st := srv.State
		if st == nil || !st.Up() {
			continue
		}
		limit := int64(st.MaxConn.Load())
		if limit == 0 || srv.MaxQueue == 0 {
			total = -1
			break
		}
		total += limit - int64(st.Cur.Load()) + int64(srv.MaxQueue) - int64(st.Queue.Len())
	}
	v.SetInt(total)
	return true
}

func nbsrv(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	v.SetInt(usable(p, func(*proxy.Server) {}))
	return true
}

func queue(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := given(s, a)
	if p == nil {
		return false
	}
	v.SetInt(queued(p))
	return true
}

// server returns the state of the server in the first argument.
func server(a sample.Args) *proxy.ServerState {
	if len(a) == 0 || a[0].Server == nil {
		return nil
	}
	return a[0].Server.State
}

func srvConn(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	st := server(a)
	if st == nil {
		return false
	}
	v.SetInt(int64(st.Cur.Load()))
	return true
}

func srvConnFree(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	st := server(a)
	if st == nil {
		return false
	}
	limit := int64(st.MaxConn.Load())
	if limit == 0 {
		v.SetInt(-1)
	} else {
		v.SetInt(max(limit-int64(st.Cur.Load()), 0))
	}
	return true
}

func srvIsUp(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	st := server(a)
	if st == nil {
		return false
	}
	v.SetBool(st.Up())
	return true
}

func srvInitialWeight(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	if server(a) == nil {
		return false
	}
	v.SetInt(int64(a[0].Server.Weight))
	return true
}

func srvQueue(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	st := server(a)
	if st == nil {
		return false
	}
	v.SetInt(int64(st.Queue.Len()))
	return true
}

func srvUserWeight(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	st := server(a)
	if st == nil {
		return false
	}
	v.SetInt(int64(st.UserWeight.Load()))
	return true
}

func srvWeight(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	st := server(a)
	if st == nil {
		return false
	}
	v.SetInt((int64(st.Effective.Load()) + proxy.WeightScale - 1) / proxy.WeightScale)
	return true
}
