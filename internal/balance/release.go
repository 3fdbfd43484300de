package balance

import "sluice/internal/proxy"

// Release gives back the slot that s holds, if any, and lets in the next stream that waits for it, on whatever loop
// that lives. The server stays in s.Server.
func Release(s *proxy.Stream) {
	if !s.LB.Slot {
		return
	}
	s.LB.Slot = false
	srv := s.Server
	if st := srv.State; waiting(srv) {
		// Hand the slot over without putting it back, so that nobody who comes now can take it first.
		if limit := srv.Limit(); (limit == 0 || st.Cur.Load() <= limit) && grant(srv) {
			srv.Proxy.Balancer.Dropped(srv)
			return
		}
	}
	srv.State.Cur.Add(-1)
	srv.Proxy.Balancer.Dropped(srv)
	// A stream that found the server full may have queued before the slot was back: look after giving it back.
	serve(srv)
}

// waiting reports whether anybody waits for a slot of srv.
func waiting(srv *proxy.Server) bool {
	return srv.State.Queue.Len() > 0 || srv.Proxy.State.Queue.Len() > 0 && farmOf(srv.Proxy).has(srv)
}

// serve lets waiting streams in while srv has free slots.
//
// No stream is forgotten: who queues calls serve after it can be seen in the queue, and who gives a slot back calls it
// after the slot can be taken. Whichever comes second sees the other's.
func serve(srv *proxy.Server) {
	for waiting(srv) && srv.Take() {
		if !grant(srv) {
			srv.State.Cur.Add(-1)
		}
	}
}

// serveAll lets streams of the backend's queue in wherever there is a free slot.
func serveAll(p *proxy.Proxy) {
	for _, srv := range farmOf(p).servers {
		if p.State.Queue.Len() == 0 {
			return
		}
		serve(srv)
	}
}

// grant gives a slot of srv, which the caller has reserved, to the stream that is due first among those that wait for
// srv and for any server. It reports false, and the slot stays the caller's, when nobody waits.
func grant(srv *proxy.Server) bool {
	own, all := &srv.State.Queue, &srv.Proxy.State.Queue
	for {
		mine, any := own.Head(), proxy.NoKey
		if farmOf(srv.Proxy).has(srv) {
			any = all.Head()
		}
		switch {
		case mine == proxy.NoKey && any == proxy.NoKey:
			return false
		case mine <= any:
			if own.Grant(srv) {
				return true
			}
		default:
			if all.Grant(srv) {
				return true
			}
		}
	}
}

// farmOf returns the servers of p that may be chosen now.
func farmOf(p *proxy.Proxy) *members { return p.Balancer.(balancer).members() }
