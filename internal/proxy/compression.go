package proxy

import (
	"sync/atomic"

	"sluice/internal/freq"
)

// CompAlgo is an algorithm of the compression filter (configuration.txt 4.2, compression algo).
type CompAlgo uint8

// The algorithms; CompNone is no compression at all, CompIdentity one that changes nothing.
const (
	CompNone CompAlgo = iota
	CompIdentity
	CompGzip
	CompDeflate    // in the format of zlib
	CompRawDeflate // without any
)

// CompAlgos returns the algorithms in the order of their names in -vv.
func CompAlgos() []CompAlgo { return []CompAlgo{CompIdentity, CompDeflate, CompRawDeflate, CompGzip} }

// String returns the name that configuration files use.
func (a CompAlgo) String() string {
	switch a {
	case CompIdentity:
		return "identity"
	case CompGzip:
		return "gzip"
	case CompDeflate:
		return "deflate"
	case CompRawDeflate:
		return "raw-deflate"
	}
	return ""
}

// Token returns the name that messages use.
func (a CompAlgo) Token() string {
	if a == CompRawDeflate {
		return "deflate"
	}
	return a.String()
}

// Compression are the `compression` lines of a proxy.
type Compression struct {
	Req, Res CompSide
	Offload  bool // servers are not told what the client accepts
	// Requests and Responses say what the implied filter compresses.
	Requests, Responses bool
}

// CompSide is what is said about messages of one direction.
type CompSide struct {
	Algos   []CompAlgo // in order of preference
	Types   []string   // beginnings of media types, in lower case; nil: all
	MinSize int64      // of a body that is worth it, in bytes
}

func (c *Compression) clone() *Compression {
	if c == nil {
		return nil
	}
	d := *c
	d.Req, d.Res = c.Req.clone(), c.Res.clone()
	d.Offload = false // it is not inherited
	return &d
}

func (c CompSide) clone() CompSide {
	c.Algos = append([]CompAlgo(nil), c.Algos...)
	c.Types = append([]string(nil), c.Types...)
	return c
}

// CompState is how far the compression of a stream's messages is.
type CompState struct {
	Asked           CompAlgo // what the client accepts, of what is offered
	Response        CompAlgo // what the response is compressed with
	Request         CompAlgo // what the request is compressed with
	Begun           bool     // the response's head says so
	Whole           int64    // size of the body at hand, -1 when it is not known
	In, Out, Bypass uint64   // payload of the response: compressed, what became of it, passed through
}

// AddTo adds a compressed response to the counters of its frontend and backend.
func (c *CompState) AddTo(f, b *Counters) {
	if !c.Begun {
		return
	}
	for _, x := range [2]*Counters{f, b} {
		x.CompRsp++
		x.CompIn += c.In
		x.CompOut += c.Out
		x.CompByp += c.Bypass
	}
}

// CompRates are the bytes of payload per second that one loop gives to compression and gets from it.
type CompRates struct {
	In, Out freq.Rate // of that loop only
	now     atomic.Uint64
}

// Add counts a piece that was compressed, at monotonic time now.
func (c *CompRates) Add(now int64, in, out int) {
	c.In.Add(now, uint32(in))
	c.Out.Add(now, uint32(out))
	c.now.Store(uint64(now/freq.Second)<<32 | uint64(c.In.Read(now)))
}

// CompRate returns how many bytes per second all loops together compress, at monotonic time now. From any loop.
func (s *Snapshot) CompRate(now int64) (sum uint64) {
	for i := range s.Comp {
		v := s.Comp[i].now.Load()
		if at := uint64(now / freq.Second); at-v>>32 <= 1 {
			sum += v & (1<<32 - 1)
		}
	}
	return sum
}
