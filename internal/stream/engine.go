// Package stream is the machine that runs sessions and streams: it reads requests, walks them through the stages of
// docs/request.md, chooses and connects to a server, forwards both ways and writes the log. Everything a stream touches
// belongs to the loop of its session; what loops share is in package proxy and is atomic.
package stream

import (
	"net/netip"
	"sync/atomic"

	"sluice/internal/buf"
	"sluice/internal/freq"
	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// Engine runs the streams of one process, with one home per loop.
type Engine struct {
	Proc  *proxy.Process
	Group *loop.Group
	// Errors keeps the last invalid messages of each proxy for `show errors`.
	Errors ErrorStore
	homes  []*Home
	snap   atomic.Pointer[proxy.Snapshot]
	tracer atomic.Pointer[Tracer] // nil: off
	// Dialer makes the connections to servers; nil, and that is what serves, means the system. Set before anything runs.
	Dialer Dialer
	pages  map[int]*proxy.ErrorFile
	kinds  netx.Kinds
}

// Home is what one loop owns: its buffers, its pooled workers, its sessions. Only that loop touches it.
type Home struct {
	eng   *Engine
	loop  *loop.Loop
	id    int
	snap  *proxy.Snapshot
	bufs  *buf.Pool
	free  []*worker
	pipes *netx.PipePool // nil where there is no splice
	specs map[*proxy.Server]*serverSpec
	// resting holds sockets of ended server connections
	resting *loop.Resting
	rates   Rates

	frontKeys, backKeys KeyRate

	stages, tcpStages      []stage
	reqOptions, resOptions [2]h1.Options // strict, relaxed
	caseAdjust             func([]byte) []byte
	shares                 bool   // idle server connections may be taken over from other loops
	line, sd               []byte // scratch for log lines and names
	idNext, idLeft         uint64

	load     atomic.Int32 // clients of this loop, for others to see
	sessions session      // head of the ring of this loop's sessions
	nsess    int
	live     int // streams running now

	agents  agentPool    // connections to agents
	scratch proxy.Stream // for rules that run before a stream exists
	purge   purger

	stopFrom int64 // when a soft stop began, monotonic ns; 0 before
}

// Rates are the process's rates as this loop sees them, for `show info`.
type Rates struct{ Conn, Sess freq.Rate }

// maxFreeBuffers bounds the unused buffers a home keeps.
const maxFreeBuffers = 1024

// maxFreeWorkers bounds the idle workers a home keeps; each holds no buffer while it is free.
const maxFreeWorkers = 2048

// New returns an engine over the loops of g, serving snap.
func New(g *loop.Group, proc *proxy.Process, snap *proxy.Snapshot) *Engine {
	e := &Engine{Proc: proc, Group: g, pages: buildPages()}
	e.snap.Store(snap)
	pipes := netx.NewPipeLimit(pipeLimit(snap.Global))
	for i, l := range g.Loops() {
		e.homes = append(e.homes, newHome(e, i, l, snap, pipes))
	}
	return e
}

func newHome(e *Engine, i int, l *loop.Loop, snap *proxy.Snapshot, pipes *netx.PipeLimit) *Home {
	g := snap.Global
	h := &Home{eng: e, loop: l, id: i, snap: snap, bufs: buf.NewPool(g.Tune.BufSize, maxFreeBuffers),
		specs: make(map[*proxy.Server]*serverSpec), stages: httpStages(), tcpStages: tcpStages(),
		resting: l.NewResting(), caseAdjust: adjuster(g.CaseAdjust), pipes: openPipes(g, l, pipes)}
	h.shares = g.Tune.IdlePoolShared && l.Group().Form() == loop.Epoll
	for j := range 2 {
		o := h1.Options{MaxFields: g.Tune.MaxHdr, Relaxed: j == 1, AnyPayload: g.AcceptPayloadAnyMethod,
			TrustLength: g.NoCloseOnInsecureTE}
		h.reqOptions[j], h.resOptions[j] = o, o
	}
	h.sessions.next, h.sessions.prev = &h.sessions, &h.sessions
	h.scratch.Reset()
	return h
}

// headLimit is how large a message's head may be, in bytes: the buffer less the room kept for what rules add
// (tune.maxrewrite).
func (h *Home) headLimit() int { return h.bufs.Size() - h.snap.Global.Tune.MaxRewrite }

// Rates returns the loop's view of the process's rates. Only on its own thread.
func (h *Home) Rates() *Rates { return &h.rates }

// Snapshot returns the configuration in force for new sessions.
func (e *Engine) Snapshot() *proxy.Snapshot { return e.snap.Load() }

// Home returns the home of loop i.
func (e *Engine) Home(i int) *Home { return e.homes[i] }

// Loop returns the loop of this home.
func (h *Home) Loop() *loop.Loop { return h.loop }

// Sessions calls fn for every session of this loop, on the loop's own thread.
func (h *Home) Sessions(fn func(*proxy.Session)) {
	for x := h.sessions.next; x != &h.sessions; {
		next := x.next
		fn(&x.Session)
		x = next
	}
}

// Pools returns the buffer pool of this loop, for `show pools`.
func (h *Home) Pools() *buf.Pool { return h.bufs }

// Load returns the number of clients of this loop. From any loop.
func (h *Home) Load() int32 { return h.load.Load() }

// Live returns the number of streams running on this loop.
func (h *Home) Live() int { return h.live }

func (h *Home) link(x *session) {
	x.prev, x.next = h.sessions.prev, &h.sessions
	x.prev.next, h.sessions.prev = x, x
	h.nsess++
	h.load.Store(int32(h.nsess))
}

func (h *Home) unlink(x *session) {
	if x.next == nil {
		return
	}
	x.prev.next, x.next.prev = x.next, x.prev
	x.next, x.prev = nil, nil
	h.nsess--
	h.load.Store(int32(h.nsess))
}

// worker returns a pooled worker with fresh state.
func (h *Home) worker() *worker {
	h.live++
	if n := len(h.free); n > 0 {
		w := h.free[n-1]
		h.free[n-1] = nil
		h.free = h.free[:n-1]
		return w
	}
	w := &worker{home: h, s: new(proxy.Stream)}
	w.s.Reset()
	return w
}

// release gives a worker back; its buffers return to the pool.
func (h *Home) release(w *worker) {
	h.live--
	w.dropBuffers()
	if x := w.sess; x != nil && x.work == w {
		x.work = nil
	}
	w.sess, w.task, w.job = nil, nil, nil
	w.ref = loop.Ref{}
	w.up.passage, w.down.passage = passage{}, passage{}
	w.progress = progress{}
	if w.s == nil { // an idle relay keeps it
		w.s = new(proxy.Stream)
	}
	w.s.Reset()
	if len(h.free) < maxFreeWorkers {
		h.free = append(h.free, w)
	}
}

// localAddr is the session's way to ask for its destination.
func localAddr(fd int) netip.AddrPort {
	a, _ := netx.LocalAddr(fd)
	return a
}
