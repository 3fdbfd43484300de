package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/wire/spop"
)

// agentConn is a connection to an agent (SPOE.txt 3): a task of its own shakes hands, sends the frames that streams of the
// loop put on it and gives them the answers.
type agentConn struct {
	home  *Home
	srv   *proxy.Server
	back  *proxy.Proxy
	agent *proxy.Agent
	w     *worker

	ready     bool // hands are shaken
	closing   bool // takes no more
	pipelined bool
	most      uint32 // size of a frame
	flights   []*flight
	unsent    int
	lost      int    // flights abandoned since the last answer
	out       []byte // frames on their way
	sent      int    // of out
}

// room reports whether one more frame may be put on the connection.
func (c *agentConn) room() bool {
	switch {
	case c.closing:
		return false
	case c.ready && !c.pipelined || !c.ready && !c.agent.Pipelining:
		return len(c.flights) == 0
	}
	return len(c.flights) < maxFlights
}

// moved reports whether the server has another address by now: then the connection ends with what is on it.
func (c *agentConn) moved() bool {
	if back := c.w.back; back != nil && back.Addr != c.srv.State.Addr.Load() && !c.closing {
		c.closing = true
		c.w.task.Wake()
	}
	return c.closing
}

// start begins the task.
func (c *agentConn) start() {
	h := c.home
	w := h.worker()
	h.live-- // it is no stream of a client: a stop need not wait for it
	x := &session{home: h}
	x.Front, x.Snap = c.back, h.snap
	x.More().EngineID = c.agent.EngineID
	w.sess, w.job = x, func(*worker) { c.run() }
	w.s.Sess, w.s.Snap = &x.Session, h.snap
	w.s.Front, w.s.Back, w.s.Server, w.s.Mode = c.back, c.back, c.srv, proxy.ModeSPOP
	w.ended, w.quiet = true, true
	c.w = w
	w.task = h.loop.Spawn(w)
}

// add puts a flight on the connection.
func (c *agentConn) add(f *flight) {
	f.conn = c
	c.flights = append(c.flights, f)
	c.unsent++
	if c.ready {
		c.w.task.Wake()
	}
}

// abandon takes a flight off whose stream does not wait any longer. An answer that comes later is nobody's: without
// pipelining the connection cannot be used for another before it.
func (c *agentConn) abandon(f *flight) {
	f.conn = nil
	for i, x := range c.flights {
		if x == f {
			c.flights = append(c.flights[:i], c.flights[i+1:]...)
			break
		}
	}
	if !f.sent {
		c.unsent--
		return
	}
	if c.lost++; !c.pipelined || c.lost >= maxLost {
		c.closing = true
	}
	c.w.task.Wake()
}

// run is the task.
func (c *agentConn) run() {
	w := c.w
	defer func() { w.home.live++ }() // release counts it out
	defer c.over(askFailed, proxy.OffloadProtocol+proxy.OffloadStatus(spop.IOError))
	if !w.dial(c.srv) {
		c.over(askRefused, proxy.OffloadOK)
		return
	}
	st := c.hello()
	if st == spop.Normal {
		st = c.serve()
	}
	if w.back.Conn.IsOpen() && !w.sin.ended() {
		c.out, c.sent = spop.AppendDisconnect(c.out[:0], st), 0
		w.back.Conn.TryWrite(c.out)
	}
	c.over(askFailed, proxy.OffloadProtocol+proxy.OffloadStatus(st))
	w.dropBack()
}

// over ends the connection for all that is on it.
func (c *agentConn) over(state askState, status proxy.OffloadStatus) {
	c.closing = true
	c.home.agents.drop(c)
	for _, f := range c.flights {
		f.ask.end(state, status)
	}
	clear(c.flights)
	c.flights = c.flights[:0]
}

// helloMost is how long an agent may take to greet where the backend has no timeouts, in nanoseconds.
const helloMost = 30e9

// helloDeadline is when hands must be shaken.
func (c *agentConn) helloDeadline() int64 {
	t := &c.back.Timeout
	return after(c.home.loop.Now(), firstOf(t.Connect, t.Server, helloMost))
}

// hello shakes hands.
func (c *agentConn) hello() spop.Status {
	w, a := c.w, c.agent
	h := spop.Hello{MaxFrameSize: a.MaxFrameSize, Pipelining: a.Pipelining, EngineID: a.EngineID}
	c.out = h.Append(c.out[:0])
	deadline := c.helloDeadline()
	if _, err := w.back.Conn.Write(w.task, c.out, deadline); err != nil {
		return spop.IOError
	}
	c.out = c.out[:0]
	var f spop.Frame
	for {
		n, st := f.Parse(w.sin.unread(), a.MaxFrameSize)
		if st != spop.Normal {
			return st
		}
		if n > 0 {
			st = c.greeted(&f)
			w.sin.take(n)
			return st
		}
		if st := c.fill(deadline, true); st != spop.Normal {
			return st
		}
	}
}

// greeted judges the first frame of an agent.
func (c *agentConn) greeted(f *spop.Frame) spop.Status {
	switch {
	case f.Type == spop.AgentDisconnect:
		return c.disconnected(f)
	case f.Type != spop.AgentHello || f.StreamID != 0 || f.FrameID != 0:
		return spop.Invalid
	case f.Flags&spop.Fin == 0:
		return spop.Fragmented
	}
	var g spop.AgentGreeting
	if st := g.Parse(f.Payload, c.agent.MaxFrameSize); st != spop.Normal {
		return st
	}
	c.ready, c.most, c.pipelined = true, g.MaxFrameSize, g.Pipelining && c.agent.Pipelining
	return spop.Normal
}

// disconnected is a DISCONNECT frame of the agent: its code is what the streams hear.
func (c *agentConn) disconnected(f *spop.Frame) spop.Status {
	var d spop.Disconnect
	c.w.sin.eof = true // nothing more is said
	if !d.Parse(f.Payload) {
		return spop.Invalid
	}
	if d.Status == spop.Normal {
		return spop.IOError
	}
	return d.Status
}

// fill reads more, waiting for it; with await false it only looks.
func (c *agentConn) fill(deadline int64, await bool) spop.Status {
	w := c.w
	conn := &w.back.Conn
	w.sin.compact()
	for w.sin.fill(conn, w.home.bufs, 0) == 0 {
		if w.sin.ended() && w.sin.len() > 0 {
			return spop.Invalid // in the middle of a frame
		}
		if w.sin.ended() || w.sin.full() || !conn.IsOpen() {
			return spop.IOError
		}
		if !await {
			return spop.Normal
		}
		w.task.Watch(conn, loop.In)
		switch w.task.Wait(deadline) {
		case loop.Expired:
			return spop.Timeout
		case loop.Cancelled:
			return spop.IOError
		}
	}
	return spop.Normal
}

// serve sends frames and takes answers until the connection ends.
func (c *agentConn) serve() spop.Status {
	w := c.w
	conn := &w.back.Conn
	for {
		c.encode()
		if st := c.push(); st != spop.Normal {
			return st
		}
		for {
			if st := c.take(); st != spop.Normal {
				return st
			}
			before := w.sin.len()
			if st := c.fill(0, false); st != spop.Normal {
				return st
			}
			if w.sin.len() == before {
				break
			}
		}
		if c.unsent > 0 && (c.pipelined || len(c.flights) == c.unsent) && c.sent == len(c.out) {
			continue
		}
		if c.closing && len(c.flights) == 0 {
			return spop.Normal
		}
		w.sin.release(w.home.bufs)
		w.task.Watch(conn, loop.In)
		if c.sent < len(c.out) {
			w.task.Watch(conn, loop.Out)
		}
		deadline := int64(0)
		if len(c.flights) == 0 {
			deadline = after(w.home.loop.Now(), c.back.Timeout.Server)
		}
		switch w.task.Wait(deadline) {
		case loop.Cancelled:
			return spop.Normal
		case loop.Expired:
			if len(c.flights) == 0 {
				return spop.Normal
			}
		}
	}
}

// encode makes frames of the flights that were put on the connection, as many as may be on their way.
func (c *agentConn) encode() {
	if c.unsent == 0 {
		return
	}
	if c.sent == len(c.out) {
		c.out, c.sent = c.out[:0], 0
	}
	kept := c.flights[:0]
	under := len(c.flights) - c.unsent
	for _, f := range c.flights {
		if f.sent || under > 0 && !c.pipelined {
			kept = append(kept, f)
			continue
		}
		c.unsent--
		frame := spop.Frame{Type: spop.Notify, Flags: spop.Fin, StreamID: f.stream, FrameID: f.frame, Payload: f.payload}
		if frame.Size() > int(c.most) {
			f.ask.end(askFailed, proxy.OffloadTooBig)
			continue
		}
		f.sent = true
		under++
		c.out = spop.AppendFrame(c.out, &frame)
		kept = append(kept, f)
	}
	clear(c.flights[len(kept):])
	c.flights = kept
}

// push writes what the system takes.
func (c *agentConn) push() spop.Status {
	for c.sent < len(c.out) {
		n, err := c.w.back.Conn.TryWrite(c.out[c.sent:])
		c.sent += n
		if n == 0 {
			if err != nil && err != loop.ErrAgain {
				return spop.IOError
			}
			break
		}
	}
	return spop.Normal
}

// take handles the frames that are there.
func (c *agentConn) take() spop.Status {
	w := c.w
	var f spop.Frame
	for {
		n, st := f.Parse(w.sin.unread(), c.most)
		if n == 0 || st != spop.Normal {
			return st
		}
		switch {
		case f.Type == spop.AgentDisconnect:
			return c.disconnected(&f)
		case f.Type != spop.Ack:
			return spop.Invalid
		case f.Flags&spop.Fin == 0:
			return spop.Fragmented
		}
		c.acknowledged(&f)
		w.sin.take(n)
	}
}

// acknowledged gives an answer to its stream; one for nobody is dropped.
func (c *agentConn) acknowledged(f *spop.Frame) {
	for i, x := range c.flights {
		if !x.sent || x.stream != f.StreamID || x.frame != f.FrameID {
			continue
		}
		c.lost = 0
		c.flights = append(c.flights[:i], c.flights[i+1:]...)
		a := x.ask
		if a.answer = a.answer[:0]; f.Flags&spop.Abort == 0 {
			a.answer = append(a.answer, f.Payload...)
		}
		a.end(askAnswered, proxy.OffloadOK)
		return
	}
}
