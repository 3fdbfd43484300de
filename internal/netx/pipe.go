package netx

import (
	"errors"
	"sync/atomic"
)

// ErrNoPipe says that maxpipes are in use already: copy instead of splicing.
var ErrNoPipe = errors.New("all pipes are in use")

// Pipe is a pair of descriptors: what is spliced into W comes out of R.
type Pipe struct{ R, W int }

// PipeLimit counts the pipes of all loops (configuration.txt 3.2, maxpipes).
type PipeLimit struct {
	most int64
	n    atomic.Int64
}

// NewPipeLimit allows that many pipes.
func NewPipeLimit(most int) *PipeLimit { return &PipeLimit{most: int64(most)} }

// Open returns how many pipes there are, in use and waiting.
func (l *PipeLimit) Open() int { return int(l.n.Load()) }

// PipePool holds the pipes of one loop; it is not safe for use by several. A pipe that comes back empty is used again:
// making one costs more than the splicing of a small body saves.
type PipePool struct {
	limit *PipeLimit
	size  int
	free  []Pipe
	used  int
}

// NewPipePool returns a pool whose pipes have room for size bytes, 0 for what the system gives (tune.pipesize).
func NewPipePool(limit *PipeLimit, size int) *PipePool {
	return &PipePool{limit: limit, size: size}
}

// Get returns an empty pipe. The error is ErrNoPipe, or the system's when it has no more descriptors.
func (p *PipePool) Get() (Pipe, error) {
	if n := len(p.free); n > 0 {
		pipe := p.free[n-1]
		p.free = p.free[:n-1]
		p.used++
		return pipe, nil
	}
	if p.limit.n.Add(1) > p.limit.most {
		p.limit.n.Add(-1)
		return Pipe{}, ErrNoPipe
	}
	pipe, err := openPipe(p.size)
	if err != nil {
		p.limit.n.Add(-1)
		return Pipe{}, err
	}
	p.used++
	return pipe, nil
}

// Put gives back a pipe that Get returned and that is empty again.
func (p *PipePool) Put(pipe Pipe) {
	p.used--
	p.free = append(p.free, pipe)
}

// Drop gives back a pipe in which something may be left.
func (p *PipePool) Drop(pipe Pipe) {
	p.used--
	p.discard(pipe)
}

// Trim closes waiting pipes until keep are left, for a loop that has been quiet.
func (p *PipePool) Trim(keep int) {
	for len(p.free) > max(keep, 0) {
		n := len(p.free) - 1
		p.discard(p.free[n])
		p.free = p.free[:n]
	}
}

func (p *PipePool) discard(pipe Pipe) {
	closePipe(pipe)
	p.limit.n.Add(-1)
}

// Used returns how many pipes are out, and Free how many wait (management.txt, show info).
func (p *PipePool) Used() int { return p.used }

// Free returns how many pipes wait to be used.
func (p *PipePool) Free() int { return len(p.free) }
