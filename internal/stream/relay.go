package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// relay moves bytes both ways between a client and a server until both sides have closed: a TCP stream, or an HTTP
// connection after CONNECT or an upgrade. While nothing moves it is a struct with two idle connections and a timer; a
// pooled worker runs it when something arrives.
type relay struct {
	sess     *session
	back     *proxy.IdleConn
	up, down half // client to server, server to client
	timer    loop.Timer
	to       relayTimeouts
	idle     bool

	s    *proxy.Stream // kept when it holds more than the note can; nil otherwise
	note *note
}

// half is one direction of a relay.
type half struct {
	in    input
	moved uint64 // bytes written to the other side
	shut  bool   // the end was passed on
	read  int64  // monotonic ns of the last byte read
	wrote int64  // of the last byte written
	hung  bool   // a write is blocked
	werr  error  // the receiving side broke
	watch watches
}

// relayTimeouts are the inactivity limits in ns, 0: none (configuration.txt 4.2: timeout client, server, tunnel,
// client-fin, server-fin).
type relayTimeouts struct {
	client, server, clientFin, serverFin int64
	independent                          bool
}

// maxPumps bounds the rounds of one direction before other tasks get their turn.
const maxPumps = 16

// startRelay turns the worker's stream into a relay and runs it until it is idle for the first time.
func (w *worker) startRelay() {
	s := w.s
	now := w.home.loop.Now()
	w.up.passage, w.down.passage = passage{}, passage{}
	r := &relay{sess: w.sess, back: w.back}
	r.up.in, r.down.in = w.in, w.sin
	w.in, w.sin = input{}, input{}
	r.up.read, r.down.read = now, now
	r.up.watch, r.down.watch = w.watch(false), w.watch(true)
	t, b := &s.Front.Timeout, &s.Back.Timeout
	r.to = relayTimeouts{
		client: s.Tune.Or(s.Tune.TimeoutClient, t.Client), server: s.Tune.Or(s.Tune.TimeoutServer, b.Server),
		clientFin: t.ClientFin, serverFin: b.ServerFin,
		independent: (s.Front.Options | s.Back.Options).Has(proxy.OptIndependentStreams),
	}
	if tunnel := s.Tune.Or(s.Tune.TimeoutTunnel, b.Tunnel); tunnel > 0 {
		r.to.client, r.to.server = tunnel, tunnel
	}
	w.sess.relay = r
	w.runRelay(r)
}

// runRelay moves what can be moved. It returns when the relay is idle or over.
func (w *worker) runRelay(r *relay) {
	client, server := &r.sess.Conn, &r.back.Conn
	for {
		if w.task.Cancelled() {
			w.endRelay(r, proxy.CauseKilled)
			return
		}
		again := w.pump(r, &r.up, client, server)
		again = w.pump(r, &r.down, server, client) || again
		if cause, over := r.over(); over {
			w.endRelay(r, cause)
			return
		}
		if again {
			w.task.Yield()
			continue
		}
		at, cause := r.deadline()
		if at > 0 && at <= w.home.loop.Now() {
			w.endRelay(r, cause)
			return
		}
		if w.s.Front.Options.Has(proxy.OptContStats) {
			w.countRelay(r)
		}
		if !r.up.hung && !r.down.hung {
			r.park(w, at)
			return
		}
		if !w.waitRelay(r, at) {
			w.endRelay(r, proxy.CauseKilled)
			return
		}
	}
}

// waitRelay waits until something can move or the deadline passed; false means that the task was cancelled.
func (w *worker) waitRelay(r *relay, at int64) bool {
	client, server := &r.sess.Conn, &r.back.Conn
	for _, d := range [2]struct {
		h        *half
		from, to *loop.Conn
	}{{&r.up, client, server}, {&r.down, server, client}} {
		if d.h.hung {
			w.task.Watch(d.to, loop.Out)
		} else if !d.h.in.ended() {
			w.task.Watch(d.from, loop.In)
		}
	}
	return w.task.Wait(at) != loop.Cancelled
}

// pump moves one direction until it would block, and reports whether it stopped only to be fair.
func (w *worker) pump(r *relay, d *half, from, to *loop.Conn) (again bool) {
	now := w.home.loop.Now()
	for range maxPumps {
		if d.in.len() > 0 {
			n, want, err := d.write(from, to)
			if n > 0 {
				d.in.take(n)
				d.moved += uint64(n)
				d.wrote = now
			}
			if d.hung = n < want && (err == nil || err == loop.ErrAgain); d.hung {
				return false
			}
			if err != nil && err != loop.ErrAgain {
				d.werr = err
				return false
			}
			if d.in.len() > 0 {
				continue // a filter lets it pass piece by piece
			}
		}
		if d.in.fill(from, w.home.bufs, 0) == 0 {
			d.in.release(w.home.bufs)
			to.Push()
			if d.in.ended() && !d.shut {
				d.shut = true
				to.CloseWrite()
			}
			return false
		}
		d.read = now
	}
	return true
}

// write gives what was read, as far as filters let it pass, to the receiver: n of want bytes. A buffer that is full while
// there is more to read will be full again.
func (d *half) write(from, to *loop.Conn) (n, want int, err error) {
	b := d.watch.pass(d.in.unread())
	if len(b) == len(d.in.b) && from.Readable() {
		n, err = to.TryWriteMore(nil, b)
	} else {
		n, err = to.TryWrite(b)
	}
	return n, len(b), err
}

// over reports whether the relay has ended and who ended it.
func (r *relay) over() (proxy.Cause, bool) {
	switch {
	case r.up.in.err != nil || r.down.werr != nil:
		return proxy.CauseClient, true
	case r.down.in.err != nil || r.up.werr != nil:
		return proxy.CauseServer, true
	case r.up.shut && r.down.shut:
		return proxy.CauseNone, true
	}
	return 0, false
}

// deadline returns the earliest inactivity limit and whom it blames.
func (r *relay) deadline() (int64, proxy.Cause) {
	c := sideDeadline(&r.up, &r.down, r.to.client, r.to.clientFin, r.to.independent)
	s := sideDeadline(&r.down, &r.up, r.to.server, r.to.serverFin, r.to.independent)
	if c > 0 && (s == 0 || c <= s) {
		return c, proxy.CauseCliTO
	}
	return s, proxy.CauseSrvTO
}

// sideDeadline is the limit of one side: from is what it sends, to what it receives. A side that has closed its sending
// half is only watched when a fin timeout is set or when it does not take what it is sent. Unless streams are
// independent, activity in either direction counts.
func sideDeadline(from, to *half, limit, fin int64, independent bool) int64 {
	if from.in.eof {
		if fin > 0 {
			limit = fin
		} else if !to.hung {
			return 0
		}
	}
	if limit <= 0 {
		return 0
	}
	last := from.read
	if !independent || to.hung {
		last = max(last, to.wrote)
	}
	return last + limit
}

// park makes the relay a struct again: the loop calls Ready or Expired.
func (r *relay) park(w *worker, at int64) {
	r.up.in.release(w.home.bufs)
	r.down.in.release(w.home.bufs)
	r.stash(w)
	r.idle = true
	if at > 0 {
		w.home.loop.Arm(&r.timer, at, r)
	}
	if !r.up.in.ended() {
		r.sess.Conn.Eager()
		r.sess.Conn.SetIdle(r)
	}
	if !r.down.in.ended() {
		r.back.Conn.Eager()
		r.back.Conn.SetIdle(r)
	}
}

// wake hands an idle relay to a worker.
func (r *relay) wake() {
	if !r.idle {
		return
	}
	r.idle = false
	r.sess.Conn.SetIdle(nil)
	r.back.Conn.SetIdle(nil)
	r.sess.home.spawn(r.sess, resumeRelay)
}

// Ready implements loop.IdleHandler.
func (r *relay) Ready(c *loop.Conn) {
	if !r.shuttle(c) {
		r.wake()
	}
}

// Expired implements loop.TimerHandler. Deadlines move with every byte while the timer stays: an early one re-arms.
func (r *relay) Expired(l *loop.Loop, _ *loop.Timer) {
	if at, _ := r.deadline(); at > l.Now() {
		l.Arm(&r.timer, at, r)
		return
	}
	r.wake()
}

func resumeRelay(w *worker) {
	r := w.sess.relay
	r.unstash(w)
	w.runRelay(r)
}

// endRelay closes both sides, counts and logs.
func (w *worker) endRelay(r *relay, cause proxy.Cause) {
	w.home.loop.Disarm(&r.timer)
	s := w.s
	s.Log.BytesIn += r.up.moved
	s.Log.BytesOut += r.down.moved
	s.Log.ReqOut += r.up.moved
	s.Log.ResIn += r.down.moved
	if cause != proxy.CauseNone {
		s.Term.Set(cause, proxy.PhaseData)
	}
	w.in, w.sin = r.up.in, r.down.in
	w.back = r.back
	r.sess.relay = nil
	w.keepFront = false
	w.endBack(false)
	w.endStream()
	if cause == proxy.CauseServer || cause == proxy.CauseKilled {
		w.sess.abort()
		return
	}
	w.sess.close()
}
