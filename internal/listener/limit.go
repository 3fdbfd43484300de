package listener

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// take counts one more connection of the process, the frontend and the bind; false when that would pass a limit.
func (p *port) take() bool {
	proc, b := p.lis.set.proc, p.lis.Bind
	front := b.Proxy
	if n := proc.Conns.Add(1); over(n, proc.MaxConn.Load()) {
		proc.Conns.Add(-1)
		return false
	}
	if n := front.State.Front.Enter(); over(n, front.State.MaxConn.Load()) {
		front.State.Front.Leave()
		proc.Conns.Add(-1)
		return false
	}
	if n := b.State.Front.Enter(); over(n, int32(b.MaxConn)) {
		b.State.Front.Leave()
		front.State.Front.Leave()
		proc.Conns.Add(-1)
		return false
	}
	proxy.Raise(&proc.ConnsMax, proc.Conns.Load())
	return true
}

// giveBack takes back what take counted.
func (p *port) giveBack() {
	b := p.lis.Bind
	b.State.Front.Leave()
	b.Proxy.State.Front.Leave()
	p.lis.set.proc.Conns.Add(-1)
}

// over and full know limits: 0 is none, a negative one lets nobody in.
func over(n, limit int32) bool { return limit < 0 || limit > 0 && n > limit }

func full(n, limit int32) bool { return limit < 0 || limit > 0 && n >= limit }

// atLimit reports whether the next connection would have to wait: a number is reached, or a rate.
func (p *port) atLimit() bool {
	set, b := p.lis.set, p.lis.Bind
	proc, front := set.proc, b.Proxy
	if full(proc.Conns.Load(), proc.MaxConn.Load()) || full(front.State.Front.Cur.Load(), front.State.MaxConn.Load()) ||
		full(b.State.Front.Cur.Load(), int32(b.MaxConn)) {
		return true
	}
	return p.rateDelay() > 0
}

// rateDelay counts the connection just accepted and returns how long to rest, in ns, so that the rates of rate-limit
// sessions, maxconnrate, maxsessrate and maxsslrate hold.
func (p *port) rateDelay() int64 {
	for _, x := range p.rates() {
		if x.limit > 0 {
			x.rate.Add(p.home.Loop().Now())
		}
	}
	return p.rateLeft()
}

// rateLeft returns how long to rest from now on.
func (p *port) rateLeft() (worst int64) {
	for _, x := range p.rates() {
		if x.limit > 0 {
			worst = max(worst, x.rate.Until(p.home.Loop().Now(), uint64(x.limit)))
		}
	}
	return worst
}

// rate is a limit of events in a second, and what counts them.
type rate struct {
	limit int
	rate  *proxy.GlobalRate
}

func (p *port) rates() [4]rate {
	proc, front := p.lis.set.proc, p.lis.Bind.Proxy
	secured := 0
	if p.lis.Bind.TLS != nil {
		secured = int(proc.MaxSSLRate.Load())
	}
	return [4]rate{{front.RateLimit, &front.State.RateLimit}, {int(proc.MaxConnRate.Load()), &proc.ConnRate},
		{int(proc.MaxSessRate.Load()), &proc.SessRate}, {secured, &proc.SSLRate}}
}

// rest stops accepting on this loop until a connection ends, or for a moment when only a rate was passed.
func (p *port) rest() {
	if p.off {
		return
	}
	p.acc.Pause()
	p.lis.waits.Store(true)
	p.home.Loop().Arm(&p.timer, p.home.Loop().Now()+restNs, p)
}

// restNs is how long a resting acceptor waits before it looks again whether there is room, in case no connection's end
// told it, in ns.
const restNs = int64(50e6)

// Expired implements loop.TimerHandler.
func (p *port) Expired(*loop.Loop, *loop.Timer) { p.goOn() }

// goOn accepts again if there is room: first what was held.
func (p *port) goOn() {
	for len(p.held) > 0 {
		if !p.take() {
			p.rest()
			return
		}
		h := p.held[0]
		p.held = p.held[1:]
		p.home.Accept(p.lis.Bind, h.sock, h.src, p)
	}
	p.held = nil
	if p.off || p.rests {
		return
	}
	set, b := p.lis.set, p.lis.Bind
	if full(set.proc.Conns.Load(), set.proc.MaxConn.Load()) ||
		full(b.Proxy.State.Front.Cur.Load(), b.Proxy.State.MaxConn.Load()) || full(b.State.Front.Cur.Load(), int32(b.MaxConn)) ||
		p.rateLeft() > 0 {
		p.rest()
		return
	}
	p.home.Loop().Disarm(&p.timer)
	p.acc.Resume()
}

// Ended implements stream.Limiter: a connection of this listener is gone, so its loop may accept again at once; the
// other loops look by their timers.
func (p *port) Ended(*proxy.Session) {
	if p.lis.waits.Load() && !p.off {
		p.goOn()
	}
}
