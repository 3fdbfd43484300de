package stream

import "sluice/internal/proxy"

// admitted runs what the backend of an agent says of its streams before a server is chosen: tcp-request content, persistence,
// use-server, stick rules. Nothing but the messages will come, so nobody waits for input. false means that a rule refuses.
func (a *asking) admitted() bool {
	r := &a.s.Back.Rules
	if len(r.TCPContent) > 0 {
		switch v, _ := proxy.RunAll(r.TCPContent, &a.s); v {
		case proxy.Abort, proxy.Deny, proxy.InternalError:
			a.s.Back.State.Back.On(a.w.home.id).DeniedReq++
			return false
		}
	}
	if len(r.Persist)+len(r.UseServer)+len(r.Stick) > 0 {
		a.exchange()
		a.w.persistRules()
		a.w.useServer()
		a.w.stickRequest()
		a.exchange()
	}
	return true
}

// settle ends the stream on the agent's side: a server that answered is stored as stick rules say, tracked counters are let
// go.
func (a *asking) settle() {
	if a.state == askAnswered && len(a.s.Back.Rules.Stick) > 0 {
		a.exchange()
		a.w.stickResponse()
		a.exchange()
	}
	a.s.Track.Drop(a.w.home.loop.Now())
}

// exchange has the worker work on the stream on the agent's side instead of its own, and back.
func (a *asking) exchange() {
	w := a.w
	if a.own == nil {
		a.own, w.s = w.s, &a.s
	} else {
		w.s, a.own = a.own, nil
	}
	w.stores, a.stores = a.stores, w.stores
}
