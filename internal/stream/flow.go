package stream

import (
	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// flow passes one message from one connection to the other: first what was serialised (the head, and the framing of a
// chunked body), then the body as it comes. A body with a length leaves straight from the input's buffer.
type flow struct {
	passage
	chunk h1.Chunked // apart, so that a message without chunks does not touch it
	watch watches    // nil: nobody looks at the payload
}

// passage is the part of a flow that every message begins anew.
type passage struct {
	in           *input
	from         *loop.Conn
	to           *loop.Conn
	out          []byte     // serialised, to leave before anything else; its capacity is a pool buffer
	sent         int        // bytes of out that have left
	body         int64      // bytes of the body still to come, or msg.Chunked, msg.UntilClose; 0: none
	lax          h1.Options // how strict the trailers are read
	wired        int        // bytes of a chunked body that were checked and may leave
	last         bool       // the last chunk was seen
	mute         bool       // the body is read and dropped
	chunked      bool       // the body is chunked
	dropTrailers bool
	late         bool            // the end of the message may leave at the end of the loop's turn
	complete     bool            // the whole message was taken from the input
	hung         bool            // the receiver takes no more now
	cut          bool            // the sender ended in the middle of the message
	bad          bool            // the sender broke the framing
	pipe         *splicer        // in use, nil: none
	splice       int64           // from how many bytes on the rest may go through a pipe, 0: never
	hold         int             // bytes at the beginning of in that were sent but are kept for a retry; -1: nothing is kept
	change       proxy.Transform // of a filter, nil: the body is passed on as it is
	after        int             // bytes of framing behind the wired ones, where a filter changes the body
	made         uint64          // bytes of payload that the filter made

	werr    error  // the receiver is gone
	moved   uint64 // bytes that left
	taken   uint64 // bytes of the body consumed
	spliced uint64 // of these, the ones that went through a pipe
	read    int64  // monotonic ns of the last byte read
	wrote   int64  // of the last byte written
}

// begin prepares f for a message whose head is already in out.
func (f *flow) begin(in *input, from, to *loop.Conn, out []byte, body int64, now int64) {
	if f.in != nil { // it passed another message before
		f.pipe.drop()
		f.passage = passage{}
	}
	f.in, f.from, f.to, f.out, f.body = in, from, to, out, body
	f.hold, f.read, f.wrote = -1, now, now
	if body == msg.Chunked {
		f.chunked = true
		f.chunk.Reset()
	}
	f.complete = body == 0
}

// end gives back what f holds of the loop's.
func (f *flow) end() {
	f.pipe.drop()
	f.pipe = nil
}

// finished reports whether the whole message has left.
func (f *flow) finished() bool { return f.complete && f.sent == len(f.out) }

// over reports whether f will move nothing more, for good or bad.
func (f *flow) over() bool {
	return f.finished() || f.werr != nil || f.bad && f.sent == len(f.out) || f.cut && f.sent == len(f.out)
}

// pump moves what can be moved without waiting, and reports whether it stopped only to be fair.
func (f *flow) pump(h *Home) (again bool) {
	if f.change != nil {
		return f.pumpChanged(h)
	}
	for range maxPumps {
		if f.mute && f.sent == len(f.out) {
			f.discard()
		}
		plain := f.watch.pass(f.take())
		if len(plain) > 0 || f.sent < len(f.out) {
			if !f.push(plain, h.loop.Now()) || f.over() {
				return false
			}
			continue
		}
		if f.over() {
			return false
		}
		if f.pipe == nil && f.wantsPipe() {
			f.pipe = h.newSplicer()
			if f.pipe == nil {
				f.splice = 0
			}
		}
		if f.pipe != nil {
			again, done := f.pumpSplice(h)
			if !done || f.over() {
				return again
			}
			f.pipe.drop() // the end of a chunk
			f.pipe = nil
			continue
		}
		if f.fill(h) == 0 {
			if f.to != nil {
				f.to.Push()
			}
			return false
		}
	}
	return true
}

// fill reads more of the body.
func (f *flow) fill(h *Home) int {
	if f.hold >= 0 && f.in.w == len(f.in.b) {
		f.in.take(f.hold) // the buffer is full: what was sent can no longer be kept for a retry
		f.hold = -1
	}
	f.in.compact()
	n := f.in.fill(f.from, h.bufs, 0)
	switch {
	case n > 0:
		f.read = h.loop.Now()
	case f.in.full():
		f.bad = true // trailers larger than the buffer
	case f.in.ended() && f.body == msg.UntilClose && f.in.err == nil:
		f.complete = true
	case f.in.ended():
		f.cut = true
	}
	return n
}

// take looks at the input and returns body bytes that may leave as they are. Of a chunked body that is nearly all;
// unusual heads and trailers are written anew into out.
func (f *flow) take() []byte {
	if f.complete || f.bad {
		return nil
	}
	data := f.in.unread()[max(f.hold, 0):]
	switch {
	case len(data) == 0, f.mute && f.sent < len(f.out):
		return nil
	case f.body >= 0:
		return data[:min(int64(len(data)), f.body)]
	case f.body == msg.UntilClose:
		return data
	}
	if f.wired == 0 {
		data = f.frame(data)
	}
	return data[:f.wired]
}

// frame checks the next bytes of a chunked body: f.wired of what it returns may leave unchanged.
func (f *flow) frame(data []byte) []byte {
	for !f.last {
		n, v := f.chunk.Wire(data)
		f.wired = n
		switch v {
		case h1.Done:
			f.last = true
		case h1.Failed:
			f.bad = true
			f.wired = 0
		case h1.Rewrite:
			if n > 0 {
				break // these first
			}
			k, more := f.head(data)
			data = data[k:]
			if more {
				continue
			}
		}
		break
	}
	return data
}

// head takes a chunk's head that cannot be passed on as it is, or the end of the body, and writes it anew.
func (f *flow) head(data []byte) (n int, more bool) {
	n, v := f.chunk.Head(data, &f.lax)
	f.skip(n)
	switch v {
	case h1.Part:
		f.out = h1.AppendChunkHead(f.out, f.chunk.Left())
		return n, true
	case h1.Done:
		trailers := f.chunk.Trailers
		if f.dropTrailers {
			trailers = nil
		}
		f.out = h1.AppendTrailers(f.out, trailers)
		f.complete = true
	case h1.Failed:
		f.bad = true
	}
	return n, false
}

// skip consumes n bytes of the input that do not leave as they are.
func (f *flow) skip(n int) {
	f.taken += uint64(n)
	if f.hold >= 0 {
		f.hold += n
	} else {
		f.in.take(n)
	}
}

// copyMost is how large a piece of a body may be to be copied behind the head that waits to leave: for a small one a copy
// costs less than handing two pieces to the kernel.
const copyMost = 2 << 10

// moreFrom is how large a piece of a body must be for the kernel to be told that the next one follows at once.
const moreFrom = 4 << 10

// push writes out and then plain, and accounts for what has left. It reports false when the receiver takes no more.
func (f *flow) push(plain []byte, now int64) bool {
	f.hung = false
	if n := len(plain); n > 0 && n <= copyMost && len(f.out) > 0 && cap(f.out)-len(f.out) >= n {
		f.out = append(f.out, plain...)
		f.consume(n)
		plain = nil
	}
	rest := f.out[f.sent:]
	if len(rest) == 0 && len(plain) == 0 {
		return true
	}
	var n int
	var err error
	switch {
	case len(plain) == 0 && f.complete && f.late:
		n, err = f.to.TryWriteLate(rest)
	case len(plain) == 0:
		n, err = f.to.TryWrite(rest)
	case len(plain) >= moreFrom && f.body > int64(len(plain)) && f.from.Readable():
		n, err = f.to.TryWriteMore(rest, plain)
	case len(rest) == 0:
		n, err = f.to.TryWrite(plain)
	default:
		n, err = f.to.TryWritev(rest, plain)
	}
	if n > 0 {
		f.wrote = now
		f.moved += uint64(n)
		head := min(n, len(rest))
		if f.sent += head; f.sent == len(f.out) {
			f.out, f.sent = f.out[:0], 0
		}
		f.consume(n - head)
	}
	if err != nil && err != loop.ErrAgain {
		f.werr = err
		return false
	}
	f.hung = n < len(rest)+len(plain)
	return !f.hung
}

// consume accounts for n body bytes that left.
func (f *flow) consume(n int) {
	if n == 0 {
		return
	}
	f.skip(n)
	switch {
	case f.body > 0:
		f.body -= int64(n)
		f.complete = f.body == 0
	case f.body == msg.Chunked:
		f.wired -= n
		f.complete = f.last && f.wired == 0
	}
}

// discard drops what there is of the body and returns how many bytes that were.
func (f *flow) discard() int {
	before := f.in.len()
	for plain := f.take(); len(plain) > 0; plain = f.take() {
		f.consume(len(plain))
	}
	f.out, f.sent = f.out[:0], 0
	return before - f.in.len()
}
