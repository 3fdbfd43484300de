package listener

import (
	"math/rand/v2"
	"net/netip"

	"sluice/internal/loop"
)

// choose returns the port whose loop gets the connection just accepted (configuration.txt 3.2,
// tune.listener.multi-queue): of a bind line with several loops the one with fewer clients of two, which is the own one
// unless it has clearly more than the other; or one after the other; or always the own one.
func (p *port) choose() *port {
	ports := p.lis.ports
	if len(ports) == 1 {
		return p
	}
	switch p.lis.set.eng.Snapshot().Global.Tune.MultiQueue {
	case "on":
		other := ports[rand.IntN(len(ports))]
		if mine, theirs := p.home.Load(), other.home.Load(); mine > theirs+theirs/8+1 {
			return other
		}
	case "fair":
		return ports[int(p.lis.turn.Add(1))%len(ports)]
	}
	return p
}

// handover is an accepted connection on its way to the loop that serves it.
type handover struct {
	to   *port
	sock loop.Socket
	src  netip.AddrPort
}

// handOver gives a connection that was counted to another loop.
func (p *port) handOver(to *port, sock loop.Socket, src netip.AddrPort) {
	if !to.home.Loop().PostRunner(&handover{to: to, sock: sock, src: src}) { // that loop has ended
		sock.Close()
		p.giveBack()
	}
}

// RunOnLoop implements loop.LoopRunner.
func (h *handover) RunOnLoop(*loop.Loop) { h.to.home.Accept(h.to.lis.Bind, h.sock, h.src, h.to) }
