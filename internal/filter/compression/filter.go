package compression

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Shops are what the loops of a process have for compressing; all filters share them.
type Shops struct {
	loops []shop
	names names
}

type names struct{ vary, acceptEncoding msg.Name }

// NewShops returns what Open makes usable.
func NewShops() *Shops {
	return &Shops{names: names{msg.NewName("vary"), msg.NewName("accept-encoding")}}
}

// Open makes shops for n loops. Call it before anything runs.
func (s *Shops) Open(n int) { s.loops = make([]shop, n) }

// Filter is the compression of one proxy's messages: `filter compression`, `filter comp-req`, `filter comp-res`, or the
// one that `compression` lines imply (configuration.txt 9.2). It implements proxy.Filter.
type Filter struct {
	Keyword string
	// Requests and Responses are the messages it compresses.
	Requests, Responses bool
	shops               *Shops
}

// New returns a filter.
func New(keyword string, requests, responses bool, shops *Shops) *Filter {
	return &Filter{Keyword: keyword, Requests: requests, Responses: responses, shops: shops}
}

// Name implements proxy.Filter.
func (f *Filter) Name() string { return f.Keyword }

// limits are how hard a body may be compressed.
type limits struct {
	level int
	rate  uint64 // bytes per second of the process, 0: no limit
	busy  int    // percent of the loop's time
	set   bool   // there is a limit
}

func limitsOf(g *proxy.Global) limits {
	l := limits{level: g.Tune.CompMaxLevel, rate: uint64(g.MaxCompRate), busy: g.MaxCompCPU}
	l.set = l.rate > 0 || l.busy < 100
	return l
}

// exceeded reports whether the process compresses too much, or works too much (configuration.txt 3.2, maxcomprate,
// maxcompcpuusage).
func (l *limits) exceeded(s *proxy.Stream) bool {
	if !l.set || s.Task == nil {
		return false
	}
	loop := s.Task.Loop()
	return l.rate > 0 && s.Snap.CompRate(loop.Now()) > l.rate || l.busy < 100 && loop.Load() > l.busy
}

// shop returns the shop of the stream's loop, nil for a loop that came later than the configuration.
func (f *Filter) shop(s *proxy.Stream) *shop {
	if s.Task == nil || s.Task.Loop().ID() >= len(f.shops.loops) {
		return nil
	}
	return &f.shops.loops[s.Task.Loop().ID()]
}

// settings calls fn for the settings of the backend, then of the frontend, until it is satisfied.
func settings(s *proxy.Stream, fn func(*proxy.Compression) bool) {
	if s.Back != nil && s.Back.Compression != nil && fn(s.Back.Compression) {
		return
	}
	if s.Front != s.Back && s.Front.Compression != nil {
		fn(s.Front.Compression)
	}
}

// Request implements proxy.Filter: it learns what the client accepts, and compresses the request where that was asked
// for. A request without a body is left alone.
func (f *Filter) Request(s *proxy.Stream) proxy.Transform {
	if f.Responses && s.Comp.Asked == proxy.CompNone {
		f.ask(s)
	}
	q := &s.Req
	if !f.Requests || s.Comp.Request != proxy.CompNone || q.Version < msg.HTTP11 || q.Body == 0 || q.Body < msg.Chunked ||
		q.Flags&msg.ConnUpgrade != 0 || q.Fields.First(msg.ContentEncoding) != nil {
		return nil
	}
	var algo proxy.CompAlgo
	var types []string
	var least int64
	settings(s, func(c *proxy.Compression) bool {
		if algo == proxy.CompNone && len(c.Req.Algos) > 0 {
			algo = c.Req.Algos[len(c.Req.Algos)-1]
		}
		if types == nil {
			types = c.Req.Types
		}
		least = max(least, c.Req.MinSize)
		return false
	})
	sh := f.shop(s)
	if algo == proxy.CompNone || sh == nil || !typed(q.Fields, types) {
		return nil
	}
	l := limitsOf(s.Snap.Global)
	if small(s, least) || l.exceeded(s) {
		return nil
	}
	if tag, ok := entityTag(q.Fields); !ok {
		return nil
	} else if tag != nil {
		weaken(tag, &s.Arena)
	}
	if q.DeleteField(msg.ContentLength.Name()) > 0 {
		q.AddField(msg.TransferEncoding.Name(), chunked[:], &s.Arena)
	}
	f.vary(&q.Fields, s)
	if algo != proxy.CompIdentity {
		q.AddField(msg.ContentEncoding.Name(), []byte(algo.Token()), &s.Arena)
	}
	q.Flags |= msg.Edited
	s.Comp.Request = algo
	return sh.body(s, algo, l, false)
}

// small reports whether the body at hand is known to have less than least bytes: by its length, or because all of it is
// here. One of which neither is true may become large.
func small(s *proxy.Stream, least int64) bool { return s.Comp.Whole >= 0 && s.Comp.Whole < least }

// ask finds what the client wants, and hides from the server that it does where the proxy is to do all of the work
// (configuration.txt 4.2, compression offload).
func (f *Filter) ask(s *proxy.Stream) {
	q := &s.Req
	if broken(q.Fields) {
		return
	}
	var offered []proxy.CompAlgo
	offload := false
	settings(s, func(c *proxy.Compression) bool {
		if offered == nil {
			offered = c.Res.Algos
		}
		offload = offload || c.Offload
		return false
	})
	algo, named := choose(q.Fields, offered)
	s.Comp.Asked = algo
	if offload && named {
		q.DeleteField(f.shops.names.acceptEncoding)
	}
}

// Received implements proxy.Filter: whether a response is compressed is decided by what the server sent.
func (f *Filter) Received(s *proxy.Stream) {
	r := &s.Res
	if !f.Responses || s.Comp.Asked == proxy.CompNone || s.Comp.Response != proxy.CompNone || !compressible(s) {
		return
	}
	var types []string
	var least int64
	settings(s, func(c *proxy.Compression) bool {
		if types == nil {
			types = c.Res.Types
		}
		least = max(least, c.Res.MinSize)
		return false
	})
	l := limitsOf(s.Snap.Global)
	if !typed(r.Fields, types) || multipart(r.Fields) || small(s, least) || l.exceeded(s) || f.shop(s) == nil {
		return
	}
	s.Comp.Response = s.Comp.Asked
}

// compressible reports whether a response may be compressed by its kind.
func compressible(s *proxy.Stream) bool {
	r := &s.Res
	if s.Req.Version < msg.HTTP11 || r.Version < msg.HTTP11 || r.Status < 200 || r.Status > 203 || s.Req.MethodID == value.HEAD ||
		r.Flags&msg.NoBody != 0 || r.Body == 0 || r.Body < msg.Chunked {
		return false
	}
	if r.Fields.First(msg.ContentEncoding) != nil || noTransform(r.Fields) {
		return false
	}
	_, ok := entityTag(r.Fields)
	return ok
}

// Response implements proxy.Filter.
func (f *Filter) Response(s *proxy.Stream) proxy.Transform {
	r, algo := &s.Res, s.Comp.Response
	if !f.Responses || algo == proxy.CompNone || s.Comp.Begun {
		return nil
	}
	s.Comp.Begun = true
	if tag, ok := entityTag(r.Fields); ok && tag != nil {
		weaken(tag, &s.Arena)
	}
	if r.DeleteField(msg.ContentLength.Name()) > 0 {
		r.AddField(msg.TransferEncoding.Name(), chunked[:], &s.Arena)
	}
	f.vary(&r.Fields, s)
	if algo != proxy.CompIdentity {
		r.AddField(msg.ContentEncoding.Name(), []byte(algo.Token()), &s.Arena)
	}
	r.Flags |= msg.Edited
	return f.shop(s).body(s, algo, limitsOf(s.Snap.Global), true)
}

var chunked = [...]byte{'c', 'h', 'u', 'n', 'k', 'e', 'd'}
