package trace

import (
	"bytes"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// Hub hands the records of a running process to those who asked for them. It is the engine's tracer while there is
// anybody. Its methods may be called from anywhere.
type Hub struct {
	// Switch is called when the first one comes and when the last one goes, under the hub's lock.
	Switch func(on bool)

	mu   sync.Mutex
	taps atomic.Pointer[[]*Tap]
}

// Tap is where one reader takes records.
type Tap struct {
	Filter Filter
	// Records are those that passed; when it is full they are dropped.
	Records chan *Record
	Dropped atomic.Uint64
	left    atomic.Int64
}

// waiting is how many records wait for one reader at most.
const waiting = 64

// Open adds a reader of at most n records.
func (h *Hub) Open(f Filter, n int) *Tap {
	t := &Tap{Filter: f, Records: make(chan *Record, waiting)}
	t.left.Store(int64(n))
	h.mu.Lock()
	defer h.mu.Unlock()
	list := append(h.list(), t)
	h.taps.Store(&list)
	if len(list) == 1 {
		h.Switch(true)
	}
	return t
}

// Close takes a reader out. Streams that are recorded for it finish without.
func (h *Hub) Close(t *Tap) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t.left.Store(0)
	list := h.list()
	list = slices.DeleteFunc(list, func(o *Tap) bool { return o == t })
	h.taps.Store(&list)
	if len(list) == 0 {
		h.Switch(false)
	}
}

// list returns a copy of the readers.
func (h *Hub) list() []*Tap {
	if l := h.taps.Load(); l != nil {
		return slices.Clone(*l)
	}
	return nil
}

// Session implements stream.Tracer: the rules of connections are not recorded.
func (h *Hub) Session(*proxy.Session) proxy.Trace { return nil }

// Stream implements stream.Tracer.
func (h *Hub) Stream(*proxy.Stream) proxy.Trace {
	l := h.taps.Load()
	if l == nil || len(*l) == 0 {
		return nil
	}
	var chosen []*Tap
	r := &Recorder{Limits: Live()}
	r.Wanted = func(s *proxy.Stream) bool {
		for _, t := range *l {
			if t.left.Load() > 0 && t.Filter.head(s) {
				chosen = append(chosen, t)
			}
		}
		return len(chosen) > 0
	}
	r.Done = func(rec *Record) {
		taps := chosen
		if rec.Unread {
			taps = *l
		}
		for _, t := range taps {
			if t.Filter.end(rec) {
				t.offer(rec)
			}
		}
	}
	return r
}

// offer gives a record to the reader, unless it has had enough or is too slow.
func (t *Tap) offer(rec *Record) {
	for {
		n := t.left.Load()
		if n <= 0 {
			return
		}
		if t.left.CompareAndSwap(n, n-1) {
			break
		}
	}
	select {
	case t.Records <- rec:
	default:
		t.Dropped.Add(1)
	}
}

// Left returns how many records may still come.
func (t *Tap) Left() int { return int(t.left.Load()) }

// Filter chooses requests; the zero value takes all.
type Filter struct {
	Frontend, Backend string
	Path              []byte       // prefix
	Src               netip.Prefix // invalid: any
	Header            []byte       // name in lower case, nil: none
	Text              []byte       // what one of its values holds
	Cond              proxy.Cond   // nil: none
}

// head looks at what is known when the request's head is there.
func (f *Filter) head(s *proxy.Stream) bool {
	switch {
	case f.Frontend != "" && s.Front.Name != f.Frontend,
		f.Path != nil && !bytes.HasPrefix(s.Req.Path(), f.Path),
		f.Src.IsValid() && !f.Src.Contains(s.Src().Addr().Unmap()),
		f.Header != nil && !f.hasHeader(s.Req.Fields):
		return false
	case f.Cond == nil:
		return true
	}
	own := s.Trace
	s.Trace = nil // what chooses requests is no part of their record
	ok := f.Cond.Match(s)
	s.Trace = own
	return ok
}

func (f *Filter) hasHeader(fields msg.Fields) bool {
	for i := range fields {
		if h := &fields[i]; !h.Dead && bytes.Equal(h.Name, f.Header) && bytes.Contains(h.Value, f.Text) {
			return true
		}
	}
	return false
}

// end looks at what is known at the end. A request that could not be read has nothing that head could look at.
func (f *Filter) end(rec *Record) bool {
	if rec.Unread && (f.Path != nil || f.Src.IsValid() || f.Header != nil || f.Cond != nil ||
		f.Frontend != "" && f.Frontend != rec.Frontend.Name) {
		return false
	}
	return f.Backend == "" || rec.Backend != nil && rec.Backend.Name == f.Backend
}
