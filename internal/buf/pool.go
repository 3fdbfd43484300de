package buf

// Pool keeps free buffers of one size (tune.bufsize). It belongs to one loop. Buffers beyond Max free ones go back to
// the garbage collector, so a burst does not pin its memory for ever.
type Pool struct {
	size int
	max  int
	free [][]byte
	// Allocated counts the buffers ever made, InUse those that are out now, for `show pools`.
	Allocated, InUse int
}

// NewPool returns a pool of buffers of size bytes that keeps at most maxFree unused ones.
func NewPool(size, maxFree int) *Pool { return &Pool{size: size, max: maxFree} }

// Size returns the size of this pool's buffers, in bytes.
func (p *Pool) Size() int { return p.size }

// Get returns a buffer of Size bytes with undefined content.
func (p *Pool) Get() []byte {
	p.InUse++
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free[n-1] = nil
		p.free = p.free[:n-1]
		return b
	}
	p.Allocated++
	return make([]byte, p.size)
}

// Put gives b, which Get returned, back. The caller must not use it any more. A nil b is ignored.
func (p *Pool) Put(b []byte) {
	if b == nil {
		return
	}
	p.InUse--
	if len(p.free) < p.max {
		p.free = append(p.free, b[:p.size:p.size])
	}
}

// Free returns the number of unused buffers kept.
func (p *Pool) Free() int { return len(p.free) }
