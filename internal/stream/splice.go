package stream

import (
	"errors"
	"io"

	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// How much of a body must be left for a pipe to be worth its system calls, in bytes: where the configuration asks for
// splicing, and where it says nothing.
const (
	spliceFrom     = 64 << 10
	autoSpliceFrom = 256 << 10
)

// Without maxpipes and options large bodies have a few pipes, roomy ones so that each system call moves much. They are
// too few for their descriptors, or for the system's limit of pipe memory per user (pipe(7)), to matter.
const (
	autoPipes    = 64
	autoPipeSize = 256 << 10
)

// openPipes makes the pool of a home, nil where there is no splice.
func openPipes(g *proxy.Global, l *loop.Loop, limit *netx.PipeLimit) *netx.PipePool {
	if l.Group().Form() != loop.Epoll {
		return nil
	}
	size := g.Tune.PipeSize
	if size == 0 && g.MaxPipes == 0 {
		size = autoPipeSize
	}
	return netx.NewPipePool(limit, size)
}

// pipeLimit is how many pipes there may be.
func pipeLimit(g *proxy.Global) int {
	if g.MaxPipes > 0 {
		return g.MaxPipes
	}
	return min(autoPipes, g.MaxConn/16)
}

// maxSplice is how much is asked for in one system call, in bytes.
const maxSplice = 1 << 20

// splicer moves bytes between two sockets through a pipe, so that they never enter the process (splice(2)).
type splicer struct {
	pool *netx.PipePool
	pipe netx.Pipe
	held int // bytes in the pipe
}

// newSplicer returns a splicer with a pipe, nil when there is none to be had.
func (h *Home) newSplicer() *splicer {
	p, err := h.pipes.Get()
	if err != nil {
		return nil
	}
	return &splicer{pool: h.pipes, pipe: p}
}

// drop gives the pipe back; one that still holds bytes is closed.
func (sp *splicer) drop() {
	if sp == nil {
		return
	}
	if sp.held > 0 {
		sp.pool.Drop(sp.pipe)
		return
	}
	sp.pool.Put(sp.pipe)
}

// in moves up to limit bytes from c into the pipe.
func (sp *splicer) in(c *loop.Conn, limit int64) (int, error) {
	n, err := c.TrySpliceIn(sp.pipe.W, int(min(limit, maxSplice)), sp.held == 0)
	if n > 0 {
		sp.held += n
	}
	return n, err
}

// out moves what is in the pipe to c.
func (sp *splicer) out(c *loop.Conn) (int, error) {
	n, err := c.TrySpliceOut(sp.pipe.R, sp.held)
	if n > 0 {
		sp.held -= n
	}
	return n, err
}

// splices returns from how many bytes on the stream's bodies of one direction may pass through pipes, 0 for never: early
// where either side asks for it (configuration.txt 4.2, option splice-auto), else when they are large. Whatever global
// forbids it, forbids it (3.2, tune.disable-zero-copy-forwarding and its kin). What a filter changes never goes there.
func (h *Home) splices(s *proxy.Stream, direction proxy.Options) int64 {
	t := &h.snap.Global.Tune
	switch {
	case h.pipes == nil || h.snap.Global.NoSplice || t.NoFastForward || t.NoZeroCopy || t.NoSpliceH1:
		return 0
	case (s.Front.Options|s.Back.Options)&(proxy.OptSpliceAuto|direction) != 0:
		return spliceFrom
	}
	return autoSpliceFrom
}

// wantsPipe reports whether the rest of the body is large enough to be spliced, and nothing of it is in the buffer.
func (f *flow) wantsPipe() bool {
	if f.splice == 0 || f.watch != nil || f.hold >= 0 || f.in.len() > 0 || !f.from.Plain() || !f.to.Plain() {
		return false
	}
	// A body that ends with the connection is taken for large once it has been large so far; a chunked one is judged by
	// the chunk at hand.
	switch f.body {
	case msg.UntilClose:
		return f.taken >= uint64(f.splice)
	case msg.Chunked:
		return f.wired == 0 && !f.last && f.chunk.Left() >= uint64(f.splice)
	}
	return f.body >= f.splice
}

// spliceable is how many bytes the pipe may still take.
func (f *flow) spliceable() int64 {
	switch {
	case f.body > 0:
		return f.body - int64(f.pipe.held)
	case f.body == msg.Chunked:
		return int64(f.chunk.Left()) - int64(f.pipe.held)
	}
	return maxSplice
}

// piped accounts for n bytes that left through the pipe, and reports whether what could be spliced is over.
func (f *flow) piped(n int, now int64) bool {
	f.wrote = now
	f.moved += uint64(n)
	f.taken += uint64(n)
	f.spliced += uint64(n)
	switch {
	case f.body > 0:
		f.body -= int64(n)
		f.complete = f.body == 0
		return f.complete
	case f.body == msg.Chunked:
		f.chunk.Skip(uint64(n))
		return f.chunk.Left() == 0
	}
	return false
}

// pumpSplice moves the rest of a body, or of a chunk, through the pipe, as far as it goes without waiting. done says that
// it is through, and what follows comes through the buffer again.
func (f *flow) pumpSplice(h *Home) (again, done bool) {
	now := h.loop.Now()
	f.hung = false
	for range maxPumps {
		if f.pipe.held > 0 {
			n, err := f.pipe.out(f.to)
			if n > 0 && f.piped(n, now) {
				return false, true
			}
			if err != nil && err != loop.ErrAgain {
				f.werr = err
				return false, false
			}
			if f.pipe.held > 0 {
				f.hung = true
				return false, false
			}
		}
		n, err := f.pipe.in(f.from, f.spliceable())
		if n > 0 {
			f.read = now
			continue
		}
		f.spliceEnd(err)
		return false, false
	}
	return true, false
}

// spliceEnd notes what kept bytes from coming.
func (f *flow) spliceEnd(err error) {
	switch {
	case err == nil, errors.Is(err, loop.ErrAgain):
	case errors.Is(err, io.EOF):
		f.in.eof = true
		f.complete = f.body == msg.UntilClose
		f.cut = !f.complete
	default:
		f.in.err, f.cut = err, true
	}
}
