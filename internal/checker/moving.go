package checker

import (
	"math/rand/v2"
	"slices"

	"sluice/internal/check"
	"sluice/internal/proxy"
)

// Join begins the checks that a server asks for that came while the process runs (management.txt 9.3, add server). They
// wait until somebody lets them be made, which enable health and enable agent do.
func (s *Set) Join(srv *proxy.Server) {
	var came []*watch
	s.mu.Lock()
	before := len(s.watches)
	s.addServer(srv)
	came = append(came, s.watches[before:]...)
	s.mu.Unlock()
	for _, w := range came {
		w.home.loop.Post(func() { w.arm(1 + rand.Int64N(check.Interval(w.srv, w.kind))) })
	}
}

// Leave ends the checks of a server that is deleted. One that is under way ends without a word.
func (s *Set) Leave(srv *proxy.Server) {
	s.mu.Lock()
	gone := slices.Clone(s.watches)
	s.watches = slices.DeleteFunc(s.watches, func(w *watch) bool { return w.srv == srv })
	s.mu.Unlock()
	for _, w := range gone {
		if w.srv == srv {
			w.home.loop.Post(w.leave)
		}
	}
}

// leave ends a watch, on its loop.
func (w *watch) leave() {
	w.gone = true
	w.home.loop.Disarm(&w.timer)
	w.home.wait = slices.DeleteFunc(w.home.wait, func(o *watch) bool { return o == w })
	if w.exam != nil && w.exam.Task != nil {
		w.exam.Task.Ref().Cancel()
	}
}
