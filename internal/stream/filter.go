package stream

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// filtered reports whether the stream's proxies have filters (configuration.txt 9).
func (w *worker) filtered() bool {
	return w.s.Front.Rules.Filters.Declared != nil || w.s.Back.Rules.Filters.Declared != nil
}

// filterRequest shows the request to the filters of frontend and backend, now that all rules have let it pass. One filter
// at most changes the body.
func (w *worker) filterRequest() outcome {
	s := w.s
	if !w.filtered() {
		return next
	}
	w.up.watch = w.watch(false)
	s.Comp.Whole = whole(s.Req.Body, w.in.unread(), &w.home.reqOptions[0])
	for i, p := range [2]*proxy.Proxy{s.Front, s.Back} {
		if i == 1 && s.Front == s.Back {
			break
		}
		for _, f := range p.Rules.Filters.Request {
			if c := f.Request(s); c != nil {
				w.reqChange = c
			}
		}
	}
	return next
}

// filterReceived shows the head of a response to the filters as it came.
func (w *worker) filterReceived() {
	s := w.s
	if !w.filtered() {
		return
	}
	w.acts(proxy.StepHTTPResponse)
	s.Comp.Whole = whole(s.Res.Body, w.sin.unread(), &w.home.resOptions[0])
	for i, p := range [2]*proxy.Proxy{s.Back, s.Front} {
		if i == 1 && s.Front == s.Back {
			break
		}
		for _, f := range p.Rules.Filters.Response {
			f.Received(s)
		}
	}
}

// filterResponse shows a response to the filters when the rules are through with it, and returns what changes its body.
func (w *worker) filterResponse(body int64) (change proxy.Transform) {
	s := w.s
	if body == 0 || !w.filtered() {
		return nil
	}
	w.down.watch = w.watch(true)
	before := int64(responseBytes(&s.Res))
	for i, p := range [2]*proxy.Proxy{s.Back, s.Front} {
		if i == 1 && s.Front == s.Back {
			break
		}
		for _, f := range p.Rules.Filters.Response {
			if c := f.Response(s); c != nil {
				change = c
			}
		}
	}
	s.Log.Saved += before - int64(responseBytes(&s.Res))
	return change
}

// endFilters tells filters that the stream is over, and gives back what changed its bodies.
func (w *worker) endFilters() {
	w.acts(proxy.StepEnd)
	w.up.watch, w.down.watch = nil, nil
	if w.reqChange != nil {
		w.reqChange.Release()
		w.reqChange, w.up.change = nil, nil
	}
	if w.down.change != nil {
		w.down.change.Release()
		w.down.change = nil
	}
}

// whole returns the size of a body, as far as it is known: by its length, or because the last chunk is in data; -1 when
// it is not.
func whole(body int64, data []byte, o *h1.Options) int64 {
	if body != msg.Chunked {
		return max(body, -1)
	}
	var c h1.Chunked
	for len(data) > 0 {
		_, _, n, v := c.Next(data, o)
		if v == h1.Done {
			return int64(c.Payload)
		}
		if v != h1.Part {
			break
		}
		data = data[n:]
	}
	return -1
}

// The framing of the chunk that is made of a piece of a changed body.
const (
	framingRoom = h1.ChunkHead + len(h1.ChunkEnd) + len(h1.LastChunk)
	leastRoom   = proxy.MinTransform + framingRoom
)

// pumpChanged is pump for a body that a filter changes: what is read goes through the filter into out, as far as there is
// room, and leaves from there in chunks.
func (f *flow) pumpChanged(h *Home) (again bool) {
	for range maxPumps {
		f.make()
		if f.sent < len(f.out) {
			if !f.push(nil, h.loop.Now()) || f.over() {
				return false
			}
			continue
		}
		if f.over() || f.fill(h) == 0 {
			return false
		}
	}
	return true
}

// make moves payload from the input through the filter.
func (f *flow) make() {
	for !f.complete && !f.bad && cap(f.out)-len(f.out) >= leastRoom {
		data := f.in.unread()[max(f.hold, 0):]
		if f.body != msg.Chunked {
			piece := data[:min(int64(len(data)), f.body)]
			n := f.transform(piece, int64(len(piece)) == f.body)
			if n == 0 {
				return
			}
			f.skip(n)
			f.body -= int64(n)
			if f.complete = f.body == 0; f.complete {
				f.out = append(f.out, h1.LastChunk...)
			}
			continue
		}
		if f.wired == 0 {
			if !f.nextPiece(data) {
				return
			}
			continue
		}
		n := f.transform(data[:f.wired], false)
		if n == 0 {
			return
		}
		f.skip(n)
		if f.wired -= n; f.wired == 0 {
			f.skip(f.after)
		}
	}
}

// nextPiece finds the next piece of payload of a chunked body, f.wired bytes at the beginning of the input, or its end.
func (f *flow) nextPiece(data []byte) bool {
	from, to, n, v := f.chunk.Next(data, &f.lax)
	switch {
	case v == h1.Failed:
		f.bad = true
	case v == h1.Done:
		f.transform(nil, true)
		trailers := f.chunk.Trailers
		if f.dropTrailers {
			trailers = nil
		}
		f.out = h1.AppendTrailers(f.out, trailers)
		f.complete = true
	}
	if from == to {
		f.skip(n)
		return v == h1.Part
	}
	f.skip(from)
	f.wired, f.after = to-from, n-to
	return true
}

// transform appends a chunk of what the filter makes of src, and returns how much of that it took.
func (f *flow) transform(src []byte, last bool) (taken int) {
	at := len(f.out)
	end := cap(f.out) - len(h1.ChunkEnd) - len(h1.LastChunk)
	from := at + h1.ChunkHead
	if part := f.watch.pass(src); len(part) < len(src) {
		src, last = part, false
	}
	made, taken := f.change.Append(f.out[:from:end], src, last)
	n := len(made) - from
	if n == 0 {
		return taken
	}
	head := h1.PutChunkHead(made[at:from], uint64(n))
	copy(made[at:], made[at+head:])
	f.made += uint64(n)
	if &made[0] == &f.out[:1][0] {
		made = f.out[:len(made)] // with all of its capacity
	}
	f.out = append(made[:len(made)-head], h1.ChunkEnd...)
	return taken
}
