package stream

import (
	"io"

	"sluice/internal/buf"
	"sluice/internal/loop"
)

// input is what was read from a connection and not consumed yet: b[r:w]. The buffer comes from the home's pool at the
// first read and goes back when nothing is left and nobody runs.
type input struct {
	b    []byte
	r, w int
	pin  int // bytes below it are in use (the head of the request) and stay where they are
	eof  bool
	err  error // what ended the input, other than an orderly end
}

// unread returns the unread bytes. They stay where they are until compact or fill moves them.
func (in *input) unread() []byte { return in.b[in.r:in.w] }

// len returns the number of unread bytes.
func (in *input) len() int { return in.w - in.r }

// full reports whether no more can be read without consuming.
func (in *input) full() bool { return in.b != nil && in.r == in.pin && in.w == len(in.b) }

// ended reports whether nothing more will come.
func (in *input) ended() bool { return in.eof || in.err != nil }

// take consumes n bytes.
func (in *input) take(n int) {
	in.r += n
	if in.r == in.w {
		in.r, in.w = in.pin, in.pin
	}
}

// compact moves the unread bytes to the front so that the whole buffer can be filled.
func (in *input) compact() {
	if gap := in.r - in.pin; gap > 0 {
		copy(in.b[in.pin:], in.b[in.r:in.w])
		in.r, in.w = in.pin, in.w-gap
	}
}

// fill reads once from c what it has, without waiting, up to limit bytes in the buffer (0: all of it). It returns the
// number of bytes read; 0 means that there is nothing now, that the input ended, or that the buffer is full.
func (in *input) fill(c *loop.Conn, p *buf.Pool, limit int) int {
	if in.ended() {
		return 0
	}
	if in.b == nil {
		if !c.Readable() && !c.Failed() && !c.AtEnd() {
			return 0 // nothing to read: no buffer yet
		}
		in.b = p.Get()
	}
	if limit <= 0 || limit > len(in.b) {
		limit = len(in.b)
	}
	if in.w >= limit {
		return 0
	}
	n, err := c.TryRead(in.b[in.w:limit])
	if n > 0 {
		in.w += n
		return n
	}
	switch err {
	case nil, loop.ErrAgain:
	case io.EOF:
		in.eof = true
	default:
		in.err = err
	}
	return 0
}

// drop returns the buffer to its pool and forgets everything.
func (in *input) drop(p *buf.Pool) {
	if in.b != nil {
		p.Put(in.b)
	}
	*in = input{}
}

// release returns an empty buffer to its pool, and keeps what is known about the end.
func (in *input) release(p *buf.Pool) {
	if in.b != nil && in.r == in.w {
		p.Put(in.b)
		in.b, in.r, in.w, in.pin = nil, 0, 0, 0
	}
}

// unpin lets go of the pinned bytes and moves the unread ones to the front.
func (in *input) unpin() {
	in.pin = 0
	if in.r == in.w {
		in.r, in.w = 0, 0
	}
	in.compact()
}
