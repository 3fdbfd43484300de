package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// finishUpload passes on the rest of a request whose response is through already: a server may answer early, and a client
// may look for the answer only when it has sent everything. What comes for a server that is gone is thrown away.
func (w *worker) finishUpload() {
	client, server, f := &w.sess.Conn, &w.back.Conn, &w.up
	for {
		again := f.pump(w.home)
		if !f.mute && (f.werr != nil || server.Failed()) {
			w.s.Term.Set(proxy.CauseServer, proxy.PhaseLast)
			w.keepBack = false
			f.forget()
			continue
		}
		if f.over() {
			break
		}
		if again {
			w.task.Yield()
			continue
		}
		if !f.mute {
			w.task.Watch(server, loop.Hup)
		}
		if f.hung {
			w.task.Watch(server, loop.Out)
		} else {
			w.task.Watch(client, loop.In)
		}
		at, cause := w.uploadDeadline()
		switch w.task.Wait(at) {
		case loop.Cancelled:
			w.s.Term.Set(proxy.CauseKilled, proxy.PhaseLast)
			return
		case loop.Expired:
			if again, _ := w.uploadDeadline(); again > 0 && again <= w.home.loop.Now() {
				w.s.Term.Set(cause, proxy.PhaseLast)
				return
			}
		}
	}
	if !f.finished() {
		w.s.Term.Set(proxy.CauseClient, proxy.PhaseLast)
	}
}

// uploadDeadline returns when the rest of the request must have moved, and whom it blames.
func (w *worker) uploadDeadline() (int64, proxy.Cause) {
	s := w.s
	if w.up.hung {
		return after(w.up.wrote, s.Tune.Or(s.Tune.TimeoutServer, s.Back.Timeout.Server)), proxy.CauseSrvTO
	}
	return after(max(w.up.read, w.down.wrote), s.Tune.Or(s.Tune.TimeoutClient, s.Front.Timeout.Client)), proxy.CauseCliTO
}

// forget makes f read the rest of its message without passing it on.
func (f *flow) forget() {
	f.pipe.drop()
	f.pipe, f.splice, f.change = nil, 0, nil
	f.mute, f.hung, f.werr = true, false, nil
	f.out, f.sent, f.hold = f.out[:0], 0, -1
}
