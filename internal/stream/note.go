package stream

import "sluice/internal/proxy"

// note is what the log and the counters of an idle TCP relay still need of its stream: the stream itself, with its
// message buffers, goes back to the pool meanwhile.
type note struct {
	id     uint64
	front  *proxy.Proxy
	back   *proxy.Proxy
	server *proxy.Server
	snap   *proxy.Snapshot
	times  proxy.Times
	term   proxy.Termination
	log    proxy.LogState
	conns  int
	qsrv   int
	qback  int
	redisp bool
	slot   bool
	trace  proxy.Trace
}

// stash takes the stream off the worker. A stream that made use of its arena or its variables is kept whole.
func (r *relay) stash(w *worker) {
	s := w.s
	if s.Mode != proxy.ModeTCP || r.up.watch != nil || s.Arena.Size() > 0 || s.Vars.Txn.Size()+s.Vars.Req.Size()+s.Vars.Res.Size() > 0 ||
		len(s.Track) > 0 || s.SrcOverride.IsValid() || s.DstOverride.IsValid() {
		r.s = s
		w.s = nil
		return
	}
	n := r.note
	if n == nil {
		n = new(note)
		r.note = n
	}
	lb := &s.LB
	*n = note{id: s.ID, front: s.Front, back: s.Back, server: s.Server, snap: s.Snap, times: s.Times, term: s.Term, log: s.Log,
		trace: s.Trace, conns: lb.Conns, qsrv: lb.QueuedSrv, qback: lb.QueuedBack, redisp: lb.Redisp, slot: lb.Slot}
	n.log.ReqCapture, n.log.ResCapture = nil, nil
}

// unstash gives the stream to the worker that goes on with the relay.
func (r *relay) unstash(w *worker) {
	if r.s != nil {
		w.s, r.s = r.s, nil
	} else {
		n, s := r.note, w.s
		s.ID, s.Front, s.Back, s.Server, s.Snap, s.Mode = n.id, n.front, n.back, n.server, n.snap, proxy.ModeTCP
		s.Times, s.Term, s.Log, s.Trace = n.times, n.term, n.log, n.trace
		lb := &s.LB
		lb.Conns, lb.QueuedSrv, lb.QueuedBack, lb.Redisp, lb.Slot = n.conns, n.qsrv, n.qback, n.redisp, n.slot
		lb.Assigned = true
		s.Hits = n.snap.Hits[w.home.id]
	}
	w.s.Sess, w.s.Task = &r.sess.Session, w.task
	w.back, w.slot, w.backEntered = r.back, w.s.LB.Slot, true
}
