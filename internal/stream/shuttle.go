package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// shuttle passes on what an idle relay has received from c, when one read and one write do it: most of what clients and
// servers say to each other is that short, and then no task is needed. It reports false, with what it could not finish
// left in the relay, when a worker has to take over.
func (r *relay) shuttle(c *loop.Conn) bool {
	h := r.sess.home
	d, to, other := &r.up, &r.back.Conn, &r.down
	if c != &r.sess.Conn {
		d, to, other = &r.down, &r.sess.Conn, &r.up
	}
	if d.watch != nil || d.in.len() > 0 || other.in.len() > 0 || !to.Writable() || c.Failed() || r.sess.Front.Options.Has(proxy.OptContStats) {
		return false
	}
	if d.in.fill(c, h.bufs, 0) == 0 {
		d.in.release(h.bufs)
		if d.in.ended() {
			return false
		}
		c.SetIdle(r)
		return true
	}
	now := h.loop.Now()
	d.read = now
	if c.Readable() { // more than a buffer, or the end
		return false
	}
	n, err := to.TryWriteLate(d.in.unread())
	if n > 0 {
		d.in.take(n)
		d.moved += uint64(n)
		d.wrote = now
	}
	if err != nil || d.in.len() > 0 {
		return false // the worker meets the error again, or waits
	}
	d.in.release(h.bufs)
	c.SetIdle(r)
	return true
}
