package stream

import "sluice/internal/proxy"

// redispatch counts a failed attempt and decides whether the next one may go to another server (configuration.txt 4.2,
// option redispatch): on the last try, or every n-th one.
func (w *worker) redispatch() bool {
	s := w.s
	lb := &s.LB
	lb.Tries--
	lb.Conns++
	every := s.Back.Redispatch
	if every == 0 || lb.Direct && lb.Persist&proxy.PersistForce != 0 {
		return false
	}
	if every < 0 {
		// -n: on the n-th attempt counted from the last, and every n-th before it.
		return lb.Tries%-every == 0
	}
	return lb.Conns%every == 0
}

// turnaround is the pause before another attempt on the same server, so that a server that restarts is not asked too
// soon, in ns: a second, or timeout connect when that is shorter.
func (w *worker) turnaround() int64 {
	d := int64(1e9)
	if t := w.s.Back.Timeout.Connect; t > 0 {
		d = min(d, t)
	}
	return d
}
