// Package checker runs the health checks and agent checks of servers (configuration.txt 5.2, check, agent-check): it
// knows when they are due, makes their connections and walks them through the steps that internal/check holds.
//
// Every check belongs to one loop for life. While nothing happens it is a timer; when it is due, a pooled task takes it
// through its steps. What it finds goes to check.Conclude, and so to the state of the server.
package checker

import (
	"math/rand/v2"
	"sync"

	"sluice/internal/balance"
	"sluice/internal/buf"
	"sluice/internal/check"
	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// Set is all checks of a process.
type Set struct {
	snap  *proxy.Snapshot
	rooms []*room
	kinds netx.Kinds

	mu      sync.Mutex // holds the list, which servers come to and go from
	watches []*watch
}

// room is what one loop owns.
type room struct {
	set  *Set
	loop *loop.Loop
	bufs *buf.Pool
	free []*exam
	busy int // checks under way

	resting *loop.Resting
	wait    []*watch
}

// watch is one server's check, or its agent's.
type watch struct {
	srv   *proxy.Server
	kind  check.Kind
	home  *room
	state *proxy.CheckState
	timer loop.Timer
	exam  *exam // under way
	spec  netx.DialSpec
	of    *proxy.Addr // what spec was made of
	how   *proxy.CheckConnect
	gone  bool // the server is deleted
}

// New returns the checks that the snapshot asks for, to run on the loops of g.
func New(g *loop.Group, snap *proxy.Snapshot) *Set {
	s := &Set{snap: snap}
	for _, l := range g.Loops() {
		s.rooms = append(s.rooms, &room{set: s, loop: l, bufs: buf.NewPool(snap.Global.Tune.BufSize, 64), resting: l.NewResting()})
	}
	for _, p := range snap.Proxies {
		if p.Disabled || !p.IsBack() {
			continue
		}
		for _, srv := range p.Servers {
			s.addServer(srv)
		}
	}
	return s
}

// addServer adds what a server asks for.
func (s *Set) addServer(srv *proxy.Server) {
	if srv.Check.Enabled {
		s.add(srv, check.Health, &srv.State.Check)
	}
	if srv.Check.Agent.Enabled {
		s.add(srv, check.Agent, &srv.State.Agent)
	}
}

func (s *Set) add(srv *proxy.Server, kind check.Kind, state *proxy.CheckState) {
	w := &watch{srv: srv, kind: kind, home: s.rooms[len(s.watches)%len(s.rooms)], state: state}
	s.watches = append(s.watches, w)
	if state.Last.Load() == nil { // else a state file has told of it
		state.Last.Store(&proxy.CheckStatus{CheckResult: proxy.CheckResult{Outcome: proxy.OutcomeInit}, Duration: -1})
	}
	state.Kick = func(delay int64) {
		w.home.loop.Post(func() { w.hurry(delay) })
	}
	if kind == check.Health {
		srv.State.Observed.React = func(text string) {
			w.home.loop.Post(func() { w.observed(text) })
		}
	}
}

// Start arms the first checks. They never begin in step: they are spread over the shortest interval of all, or over
// max-spread-checks (configuration.txt 3.1).
func (s *Set) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.watches) == 0 {
		return
	}
	span := check.Interval(s.watches[0].srv, s.watches[0].kind)
	for _, w := range s.watches {
		span = min(span, check.Interval(w.srv, w.kind))
	}
	if most := s.snap.Global.MaxSpreadChecks; most > 0 {
		span = min(span, most)
	}
	for i, w := range s.watches {
		at := span * int64(i) / int64(len(s.watches))
		w.home.loop.Post(func() { w.arm(max(at, 1)) })
	}
}

// arm sets the time of the next check. Times are rounded to a grid that is fine beside the time between two checks: what
// is due at almost the same time is begun in one turn of the loop, which wakes up for many checks and not for each. They are
// rounded to the nearest, since a check begins a little later than it is due: rounded up, each would lose a place.
func (w *watch) arm(delay int64) {
	if w.gone {
		return
	}
	at := w.home.loop.Now() + delay
	if grid := min(check.Interval(w.srv, w.kind)/gridShare, widestGrid); grid > 0 && delay > grid {
		at = (at + grid/2) / grid * grid
	}
	w.home.loop.Arm(&w.timer, at, w)
}

// A grid is a share of the time between two checks, and never wider than this.
const (
	gridShare  = 40
	widestGrid = 25e6
)

// hurry brings the next check forward.
func (w *watch) hurry(delay int64) {
	if w.exam == nil && !w.gone && (!w.timer.Armed() || w.timer.Deadline() > w.home.loop.Now()+delay) {
		w.home.loop.Disarm(&w.timer)
		w.arm(max(delay, 1))
	}
}

// Expired is the time of a check.
func (w *watch) Expired(l *loop.Loop, _ *loop.Timer) {
	if w.paused() || w.home.set.stopping() {
		w.arm(w.interval())
		return
	}
	most := w.home.set.snap.Global.Tune.MaxChecksPerThread
	if most > 0 && w.home.busy >= most {
		w.home.wait = append(w.home.wait, w)
		return
	}
	w.begin(l)
}

// begin starts a check.
func (w *watch) begin(l *loop.Loop) {
	w.home.busy++
	w.state.Running.Store(true)
	e := w.home.take()
	e.open(w)
	w.exam = e
	l.Spawn(e)
}

// paused reports whether the server is not to be checked now.
func (w *watch) paused() bool {
	maint := proxy.Admin(w.srv.State.Admin.Load())&proxy.AdminMaint != 0
	return w.gone || w.state.Off.Load() || maint && w.kind == check.Health // only the agent takes back what it has said
}

func (s *Set) stopping() bool { return s.snap.Proc.Stopping.Load() }

// interval is the time to the next check, with the variation of spread-checks (configuration.txt 3.1).
func (w *watch) interval() int64 {
	d := check.Interval(w.srv, w.kind)
	if percent := int64(w.home.set.snap.Global.SpreadChecks); percent > 0 {
		if most := d * percent / 100; most > 0 {
			d += rand.Int64N(2*most+1) - most
		}
	}
	return max(d, 1)
}

// ended is called when a check is over.
func (w *watch) ended(began int64) {
	h := w.home
	w.exam = nil
	w.state.Running.Store(false)
	h.busy--
	w.arm(max(began+w.interval()-h.loop.Now(), 1))
	if len(h.wait) > 0 {
		next := h.wait[0]
		h.wait = h.wait[1:]
		next.begin(h.loop)
	}
}

// moment is now on both clocks.
func (h *room) moment() balance.Moment {
	return balance.Moment{Mono: h.loop.Now(), Wall: h.loop.Wall() / 1e9}
}

func (h *room) take() *exam {
	if n := len(h.free); n > 0 {
		e := h.free[n-1]
		h.free = h.free[:n-1]
		return e
	}
	return newExam(h)
}
