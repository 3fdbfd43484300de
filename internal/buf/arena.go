// Package buf holds the memory of the request path: a bump arena for what one stream makes up while it runs, and
// per-loop pools of fixed-size buffers. Nothing here is safe for use by two goroutines at once: an arena and a pool
// belong to one loop.
package buf

// Arena is a bump allocator for bytes that live exactly as long as one stream: rewritten headers, converter output,
// log fields. Reset makes the memory ready for the next stream without returning it, so a steady state allocates
// nothing. The zero value is ready to use.
type Arena struct {
	cur  []byte   // current block; its length is what is in use
	full [][]byte // blocks filled before cur, kept alive until Reset
	used int      // bytes in full

	// Spent is the time, in nanoseconds, that searches which may take long have used since Reset: it is bounded for all of
	// a stream's together.
	Spent int64
	// GivenUp is how many of those searches had no result because of that since Reset, GivenUpOn what the last one looked for.
	GivenUp   int
	GivenUpOn string
}

// GiveUp counts a search for what that had no result, because its time or that of the stream was over.
func (a *Arena) GiveUp(what string) {
	a.GivenUp++
	a.GivenUpOn = what
}

// MinBlock is the size of an arena's first block, in bytes. Later blocks double up to MaxBlock.
const (
	MinBlock = 2 << 10
	MaxBlock = 64 << 10
)

// Alloc returns n zero-length-capped bytes: len and cap are n, the content is undefined. The slice stays valid until
// Reset.
func (a *Arena) Alloc(n int) []byte {
	if cap(a.cur)-len(a.cur) < n {
		a.grow(n)
	}
	l := len(a.cur)
	a.cur = a.cur[:l+n]
	return a.cur[l : l+n : l+n]
}

// Copy returns a copy of b that lives in the arena.
func (a *Arena) Copy(b []byte) []byte {
	d := a.Alloc(len(b))
	copy(d, b)
	return d
}

// CopyString returns the bytes of s, copied into the arena.
func (a *Arena) CopyString(s string) []byte {
	d := a.Alloc(len(s))
	copy(d, s)
	return d
}

// Tail returns an empty slice with the rest of the current block as capacity, at least hint bytes, for code that
// appends without knowing the size first. Give the result to Keep to make it permanent; otherwise the next Alloc
// overwrites it. If an append outgrows the capacity the result is an ordinary heap slice and Keep leaves it so.
func (a *Arena) Tail(hint int) []byte {
	if cap(a.cur)-len(a.cur) < hint {
		a.grow(hint)
	}
	l := len(a.cur)
	return a.cur[l:l:cap(a.cur)]
}

// Keep makes b, which was appended to the slice that Tail returned, permanent until Reset, and returns it with its
// capacity cut to its length. Calls of Alloc between Tail and Keep are a mistake.
func (a *Arena) Keep(b []byte) []byte {
	l := len(a.cur)
	if len(b) > 0 && cap(a.cur) > l && &b[0] == &a.cur[:l+1][l] {
		a.cur = a.cur[:l+len(b)]
	}
	return b[:len(b):len(b)]
}

// Reset forgets everything. Slices handed out before must not be used any more. One block is kept.
func (a *Arena) Reset() {
	a.cur = a.cur[:0]
	clear(a.full)
	a.full = a.full[:0]
	a.used = 0
	a.Spent, a.GivenUp, a.GivenUpOn = 0, 0, ""
}

// Size returns the bytes handed out since the last Reset.
func (a *Arena) Size() int { return a.used + len(a.cur) }

// IsTail reports whether b is what Tail returned, still empty or appended to: memory that the next Alloc takes.
func (a *Arena) IsTail(b []byte) bool {
	l := len(a.cur)
	return cap(b) > 0 && cap(a.cur) > l && &b[:1][0] == &a.cur[:l+1][l]
}

// Mark is a place in an arena to return to.
type Mark struct{ blocks, len int }

// Mark returns the present place.
func (a *Arena) Mark() Mark { return Mark{len(a.full), len(a.cur)} }

// Release forgets what was handed out since m, so that work whose result is thrown away costs nothing. When the arena
// has taken a new block meanwhile it keeps everything: what was handed out before stays valid in any case.
func (a *Arena) Release(m Mark) {
	if len(a.full) == m.blocks && m.len <= len(a.cur) {
		a.cur = a.cur[:m.len]
	}
}

func (a *Arena) grow(n int) {
	size := MinBlock
	if a.cur != nil {
		if len(a.cur) > 0 {
			a.used += len(a.cur)
			a.full = append(a.full, a.cur)
		}
		size = min(2*cap(a.cur), MaxBlock)
	}
	a.cur = make([]byte, 0, max(size, n))
}
