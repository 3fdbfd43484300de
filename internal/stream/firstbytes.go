package stream

import (
	"sluice/internal/msg"
	"sluice/internal/wire/h1"
)

// bodyBegins reports whether b, what came with the head of a response, can be the beginning of its body. A framing that is
// broken from the start makes the response an invalid one, about which the client can still be told; later it only ends.
func (w *worker) bodyBegins(b []byte, o *h1.Options) bool {
	if r := &w.s.Res; len(b) == 0 || r.Body != msg.Chunked || r.Flags&msg.NoBody != 0 {
		return true
	}
	d := &w.down.chunk
	d.Reset()
	for {
		_, _, n, v := d.Next(b, o)
		if v != h1.Part {
			return v != h1.Failed
		}
		b = b[n:]
	}
}

// bodySoFar is how many bytes of the response's body are there, before any of them is passed on.
func (w *worker) bodySoFar() uint64 {
	r := &w.s.Res
	b := w.sin.unread()
	switch {
	case r.Flags&msg.NoBody != 0:
		return 0
	case r.Body == msg.Chunked:
		w.bodyBegins(b, &w.home.resOptions[1])
		return w.down.chunk.Payload
	case r.Body == msg.UntilClose:
		return uint64(len(b))
	}
	return uint64(min(int64(len(b)), max(r.Body, 0)))
}
