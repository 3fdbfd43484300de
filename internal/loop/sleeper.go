package loop

import "time"

// sleeper is the source of a loop in the goroutine form: there is nothing to look at, everything comes by posts.
type sleeper struct {
	posted chan struct{}
	timer  *time.Timer // nil until the first sleep with a deadline
}

func newSleeper() *sleeper { return &sleeper{posted: make(chan struct{}, 1)} }

func (s *sleeper) poll(l *Loop) {
	if pause := l.pause(l.g.Now()); pause != 0 {
		l.in.asleep.Store(true)
		if !l.in.filled.Load() {
			l.n.Sleeps++
			s.sleep(pause)
		}
		l.in.asleep.Store(false)
	}
	l.readClock()
}

func (s *sleeper) sleep(pause int64) {
	if pause < 0 {
		<-s.posted
		return
	}
	if s.timer == nil {
		s.timer = time.NewTimer(time.Duration(pause))
	} else {
		s.timer.Reset(time.Duration(pause))
	}
	select {
	case <-s.posted:
		s.timer.Stop()
	case <-s.timer.C:
	}
}

func (s *sleeper) dispatch(*Loop) {}

func (s *sleeper) wake() {
	select {
	case s.posted <- struct{}{}:
	default: // the last wake has not been seen yet
	}
}

func (s *sleeper) close() {}
