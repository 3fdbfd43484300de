package stream

import "sluice/internal/proxy"

// watches are the filters that look at payload on its way and say how much of it leaves at a time.
type watches []proxy.Watch

// pass returns the beginning of b that may leave now: all of it when nobody watches, else at least one byte.
func (ws watches) pass(b []byte) []byte {
	if len(b) > 0 {
		for _, x := range ws {
			b = b[:x.Pass(b)]
		}
	}
	return b
}

// watch returns the filters of frontend and backend that look at a message's payload; nil: none.
func (w *worker) watch(response bool) (ws watches) {
	s := w.s
	for i, p := range [2]*proxy.Proxy{s.Front, s.Back} {
		if p == nil || i == 1 && s.Front == s.Back {
			break
		}
		for _, f := range p.Rules.Filters.Steps {
			if f, ok := f.(proxy.Watcher); ok {
				if x := f.Watch(s, response); x != nil {
					ws = append(ws, x)
				}
			}
		}
	}
	return ws
}
