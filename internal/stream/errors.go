package stream

import (
	"net/netip"
	"sync"

	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// ErrorStore keeps the last invalid request and the last invalid response of each proxy, for `show errors`
// (management.txt 9.3). Both are rare, so one lock serves all loops.
type ErrorStore struct {
	mu   sync.Mutex
	seq  uint64
	last map[*proxy.Proxy]*[2]Capture
}

// Capture is one invalid message as it was received.
type Capture struct {
	Seq      uint64
	Wall     int64 // ns
	Request  bool
	Other    *proxy.Proxy // the other side's proxy, nil when none
	Server   *proxy.Server
	Src      netip.AddrPort
	StreamID uint64
	Reason   string
	Pos      int // offset of the first wrong byte in Bytes
	Bytes    []byte
}

// keepRequest notes an invalid request of the stream's frontend.
func (e *ErrorStore) keepRequest(w *worker, err *h1.Error) {
	s := w.s
	e.keep(s.Front, Capture{Request: true, Other: s.Back, Reason: err.Reason, Pos: err.Pos, Bytes: w.in.unread()}, w)
}

// keepResponse notes an invalid response of the stream's backend.
func (e *ErrorStore) keepResponse(w *worker, err *h1.Error) {
	s := w.s
	e.keep(s.Back, Capture{Other: s.Front, Server: s.Server, Reason: err.Reason, Pos: err.Pos, Bytes: w.sin.unread()}, w)
}

func (e *ErrorStore) keep(p *proxy.Proxy, c Capture, w *worker) {
	c.Wall, c.Src, c.StreamID = w.home.loop.Wall(), w.s.Src(), w.s.ID
	c.Bytes = append([]byte(nil), c.Bytes...)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last == nil {
		e.last = make(map[*proxy.Proxy]*[2]Capture)
	}
	both := e.last[p]
	if both == nil {
		both = new([2]Capture)
		e.last[p] = both
	}
	c.Seq = e.seq
	e.seq++
	i := 0
	if !c.Request {
		i = 1
	}
	both[i] = c
}

// Of returns the last invalid request and response of p; Wall is 0 where there was none.
func (e *ErrorStore) Of(p *proxy.Proxy) (request, response Capture) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if both := e.last[p]; both != nil {
		return both[0], both[1]
	}
	return Capture{}, Capture{}
}

// Total returns how many invalid messages were seen.
func (e *ErrorStore) Total() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seq
}
