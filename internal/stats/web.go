package stats

import "sluice/internal/proxy"

// h1 is a counter of the HTTP/1 side of a proxy.
func (o *Object) h1(n uint64) Field {
	if o.Proxy.Mode != proxy.ModeHTTP {
		return o.only("FB", 0)
	}
	return o.only("FB", n)
}

// h1In and h1Out are what the proxy's own side received and sent: requests come in at a frontend, responses at a
// backend.
func (o *Object) h1In() uint64 {
	if o.Role == Back {
		return o.C.ResIn
	}
	return o.C.ReqIn
}

func (o *Object) h1Out() uint64 {
	if o.Role == Back {
		return o.C.ReqOut
	}
	return o.C.ResOut
}

// h1Open is how many connections the proxy's own side has now.
func (o *Object) h1Open() (n uint64) {
	if o.Role == Front {
		return uint64(max(o.cur(), 0))
	}
	for _, srv := range o.Proxy.All() {
		n += uint64(max(srv.State.Used.Load()+srv.State.Idle.Load(), 0))
	}
	return n
}

// requests is the number of HTTP requests; frontends have it in every mode.
func (o *Object) requests() Field {
	if o.Role == Front {
		return o.webFront(o.C.ReqTotal)
	}
	return o.http("SB", o.C.ReqTotal)
}

// webFront is a number about HTTP of a frontend, 0 in the other modes.
func (o *Object) webFront(n uint64) Field {
	if o.Proxy.Mode != proxy.ModeHTTP {
		n = 0
	}
	return o.only("F", n)
}
